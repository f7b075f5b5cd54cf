//! What stands for centuries and what stands for a night: a castle, a church, a pagoda, a tent, a bridge.

use super::{Figure, Palette, column, slope};
use crate::canvas::Paint;
use crate::chance::{Chance, cosine, sine};
use crate::easel::Easel;

pub(super) const CASTLE: Figure = Figure { draw: castle, height: 0.64, girth: 0.46, ..Figure::STANDING };

fn castle(easel: &mut Easel, palette: &Palette, chance: &mut Chance) {
    let wave = chance.between(-0.012, 0.012);
    // The keep behind, then the wall, then the two towers at its ends.
    for (x, top) in [(0.0, -0.84), (-0.34, -0.70), (0.34, -0.70)] {
        easel.bar((x, top + 0.04), (x, top - 0.17), (0.026, 0.026), Paint::flat(palette.wood.shade).lift(0.0));
        let pennant = [(x + 0.008, top - 0.165), (x + 0.19, top - 0.105 + wave), (x + 0.008, top - 0.04)];
        easel.polygon(&pennant, slope(palette.own, 0.5).lift(0.004));
    }
    tower(easel, palette, (0.0, 0.165), (-0.84, -0.30));
    let wall = [(-0.30, 0.0), (-0.30, -0.40), (0.30, -0.40), (0.30, 0.0)];
    let level = easel.facing(0.0) - 0.15;
    easel.polygon(&wall, slope(palette.own, level));
    for x in [-0.165, -0.055, 0.055, 0.165] {
        let merlon = [(x - 0.032, -0.395), (x - 0.032, -0.46), (x + 0.032, -0.46), (x + 0.032, -0.395)];
        easel.polygon(&merlon, slope(palette.own, level).lift(0.0));
    }
    tower(easel, palette, (-0.34, 0.125), (-0.70, 0.0));
    tower(easel, palette, (0.34, 0.125), (-0.70, 0.0));
    let gate = arch((0.0, 0.0), 0.125, 0.29);
    easel.smooth(&arch((0.0, 0.0), 0.165, 0.335), slope(palette.stone, 0.0).lift(0.004));
    easel.smooth(&gate, Paint::flat(palette.dark).lift(0.0));
    let window = Paint::flat(palette.window).lift(0.0);
    for (x, y, half) in [(0.0, -0.58, 0.045), (-0.34, -0.42, 0.034), (0.34, -0.42, 0.034)] {
        easel.smooth(&arch((x, y), half, half * 3.1), window);
    }
}

/// A round tower from its crown's battlements down to its foot.
fn tower(easel: &mut Easel, palette: &Palette, (x, half): (f32, f32), (top, foot): (f32, f32)) {
    easel.polygon(
        &[(x - half * 1.06, foot), (x - half, top + 0.06), (x + half, top + 0.06), (x + half * 1.06, foot)],
        column(palette.own),
    );
    // Crown and battlements in one outline: three merlons, two gaps.
    let (wide, step) = (half * 1.24, half * 1.24 / 2.5);
    let mut crown = vec![(x - wide, top + 0.10), (x - wide, top)];
    for gap in [-1.5, 0.5] {
        let from = x + gap * step;
        crown.extend([(from, top), (from, top + 0.052), (from + step, top + 0.052), (from + step, top)]);
    }
    crown.extend([(x + wide, top), (x + wide, top + 0.10)]);
    easel.polygon(&crown, column(palette.own).lift(0.006));
}

/// A doorway or window with a round head, upright on `foot`.
fn arch((x, foot): (f32, f32), half: f32, height: f32) -> Vec<(f32, f32)> {
    let spring = foot - height + half;
    let mut outline = vec![(x - half, foot), (x, foot), (x + half, foot), (x + half, foot)];
    for step in 0..=6u8 {
        let turn = f32::from(step) / 12.0;
        outline.push((x + half * cosine(turn), spring - half * sine(turn)));
    }
    outline.push((x - half, foot));
    outline
}

pub(super) const CHURCH: Figure = Figure { draw: church, height: 0.70, girth: 0.46, ..Figure::STANDING };

fn church(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    let (front, side) = (easel.facing(-0.5), easel.facing(1.0));
    // The nave runs to the right behind the tower.
    easel.polygon(&[(-0.10, 0.0), (-0.10, -0.34), (0.45, -0.34), (0.45, 0.0)], slope(palette.own, side * 0.6));
    easel.polygon(&[(-0.10, -0.56), (0.37, -0.56), (0.49, -0.31), (-0.10, -0.31)], slope(palette.second, side * 0.35 - 0.2));
    let window = Paint::flat(palette.window).lift(0.0);
    for x in [0.085, 0.215, 0.345] {
        easel.smooth(&arch((x, -0.06), 0.038, 0.18), window);
    }
    // Tower: a narrow shaded side, the lit front.
    easel.polygon(&[(-0.12, 0.0), (-0.12, -0.60), (0.0, -0.60), (0.0, 0.0)], slope(palette.own, side * 0.8 - 0.15));
    easel.polygon(&[(-0.40, 0.0), (-0.40, -0.60), (-0.10, -0.60), (-0.10, 0.0)], slope(palette.own, front * 0.6 + 0.1).lift(0.0));
    easel.polygon(&[(-0.43, -0.585), (-0.20, -0.93), (0.03, -0.585)], slope(palette.second, side * 0.5 - 0.4));
    easel.polygon(&[(-0.43, -0.585), (-0.20, -0.93), (-0.10, -0.585)], slope(palette.second, front * 0.5 + 0.1).lift(0.0));
    let gold = Paint::flat(palette.wood.shade).lift(0.004);
    easel.bar((-0.20, -0.90), (-0.20, -1.02), (0.026, 0.026), gold);
    easel.bar((-0.245, -0.975), (-0.155, -0.975), (0.026, 0.026), gold);
    easel.smooth(&arch((-0.25, 0.0), 0.075, 0.23), slope(palette.wood, -0.3).lift(0.0));
    easel.smooth(&arch((-0.25, -0.34), 0.055, 0.18), window);
}

pub(super) const PAGODA: Figure = Figure { draw: pagoda, height: 0.70, girth: 0.36, ..Figure::STANDING };

fn pagoda(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    easel.polygon(&[(-0.40, 0.01), (-0.36, -0.05), (0.36, -0.05), (0.40, 0.01)], slope(palette.stone, -0.2));
    easel.bar((0.0, -0.80), (0.0, -1.02), (0.045, 0.02), slope(palette.wood, -0.4).lift(0.0));
    easel.ellipse((0.0, -0.93), (0.035, 0.028), slope(palette.wood, 0.2).lift(0.0));
    // Storeys from the ground up; each roof hangs over the one below.
    for (eaves, half, rise) in [(-0.20, 0.47, 0.215), (-0.47, 0.39, 0.205), (-0.73, 0.31, 0.20)] {
        let (body, foot) = (half * 0.54, eaves + 0.17);
        easel.polygon(
            &[(-body, foot), (-body, eaves - 0.04), (body, eaves - 0.04), (body, foot)],
            column(palette.second).lift(0.0),
        );
        let opening = Paint::flat(palette.window).lift(0.0);
        for x in [-0.5, 0.5] {
            let (left, right) = (body * (x - 0.22), body * (x + 0.22));
            easel.polygon(
                &[(left, eaves + 0.125), (left, eaves + 0.035), (right, eaves + 0.035), (right, eaves + 0.125)],
                opening,
            );
        }
        // Eaves that sag in the middle and sweep up at the tips.
        let top = eaves - rise;
        let mut roof = vec![(-half * 0.34, top), (half * 0.34, top)];
        for (out, down) in [(0.46, 0.40), (0.70, 0.62), (1.0, 0.50), (1.07, 0.62), (0.88, 0.98), (0.48, 1.14)] {
            roof.push((half * out, top + rise * down));
        }
        let back: Vec<_> = roof[2..].iter().rev().map(|&(x, y)| (-x, y)).collect();
        roof.push((0.0, top + rise * 1.2));
        roof.extend(back);
        easel.polygon(&roof, column(palette.own));
    }
}

pub(super) const TENT: Figure = Figure { draw: tent, height: 0.56, girth: 0.50, ..Figure::STANDING };

fn tent(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    let (left, right) = (easel.facing(-0.8), easel.facing(0.8));
    let rope = Paint::flat(palette.wood.base).lift(0.0);
    for side in [-1.0f32, 1.0] {
        easel.bar((side * 0.02, -0.93), (side * 0.62, 0.0), (0.018, 0.018), rope);
    }
    easel.bar((0.0, -0.85), (0.0, -1.0), (0.04, 0.035), rope);
    // One cloth on each side of the ridge, and between them the way in with its flap thrown back.
    easel.polygon(&[(0.0, -0.93), (-0.50, 0.0), (0.50, 0.0)], slope(palette.own, left * 0.7 + 0.05));
    easel.polygon(&[(0.0, -0.93), (0.0, 0.0), (0.50, 0.0)], slope(palette.own, right * 0.7).lift(0.0));
    easel.polygon(&[(0.0, -0.72), (-0.17, 0.0), (0.17, 0.0)], Paint::flat(palette.dark).lift(0.0));
    easel.smooth(
        &[(0.0, -0.74), (0.10, -0.40), (0.30, -0.06), (0.17, 0.0), (0.12, -0.24)],
        slope(palette.second, right).lift(0.006),
    );
}

pub(super) const BRIDGE: Figure = Figure { draw: bridge, height: 0.78, girth: 0.48, floats: true, ..Figure::STANDING };

fn bridge(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    // The roadway climbs to the middle.
    let road = |x: f32| -0.50 + 0.95 * x * x;
    let across = |point: u8| -0.5 + f32::from(point) / 12.0;
    // Middle, half width and height of each arch, from the right to the left.
    let arches = [(0.345, 0.085, 0.19), (0.0, 0.195, 0.345), (-0.345, 0.085, 0.19)];
    for (x, half, height) in arches {
        // The far edge of the vault, in the dark.
        let depth = half * 0.36;
        let mut vault: Vec<_> = round((x, 0.0), half * 1.04, height * 1.02).collect();
        vault.extend(
            round((x + depth, 0.0), half, height * 0.94).collect::<Vec<_>>().into_iter().rev().filter(|end| end.0 < x + half),
        );
        easel.polygon(&vault, slope(palette.own, -1.0).lift(0.0));
    }
    let mut outline = vec![(-0.5, 0.0)];
    outline.extend((0..=12).map(|point| (across(point), road(across(point)))));
    outline.push((0.5, 0.0));
    for (x, half, height) in arches {
        outline.extend(round((x, 0.0), half, height));
    }
    easel.polygon(&outline, slope(palette.own, easel.facing(0.3)));
    for (x, half, height) in arches {
        let mut ring: Vec<_> = round((x, 0.0), half + 0.036, height + 0.036).collect();
        ring.extend(round((x, 0.0), half, height).collect::<Vec<_>>().into_iter().rev());
        easel.polygon(&ring, slope(palette.second, -0.1).lift(0.0));
    }
    let mut parapet: Vec<_> = (0..=12).map(|point| (across(point) * 1.03, road(across(point)) - 0.035)).collect();
    parapet.extend((0..=12).rev().map(|point| (across(point) * 1.03, road(across(point)) + 0.03)));
    easel.polygon(&parapet, slope(palette.second, 0.2).lift(0.006));
}

/// The round of an arch, from its right foot over its crown to its left foot.
fn round((x, foot): (f32, f32), half: f32, height: f32) -> impl Iterator<Item = (f32, f32)> {
    let spring = foot - (height - half).max(0.0);
    let head = (0..=10u8).map(move |step| {
        let turn = f32::from(step) / 20.0;
        (x + half * cosine(turn), spring - (height + spring - foot) * sine(turn))
    });
    [(x + half, foot)].into_iter().chain(head).chain([(x - half, foot)])
}
