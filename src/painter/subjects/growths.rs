//! What grows tall: a pine, a palm, a cactus, a tulip, a sunflower.

use super::{Figure, Palette, ball, column, slope};
use crate::canvas::Paint;
use crate::chance::{Chance, cosine, sine};
use crate::colour::{Rgb, Tones};
use crate::easel::Easel;

/// The outline of a stalk along its middle, from foot to tip; `half` is its half width at a share of the way.
fn stalk(middle: &[(f32, f32)], half: impl Fn(f32) -> f32) -> Vec<(f32, f32)> {
    let last = middle.len() - 1;
    let side = |index: usize, hand: f32| {
        let (before, after) = (middle[index.saturating_sub(1)], middle[(index + 1).min(last)]);
        let (x, y) = (after.0 - before.0, after.1 - before.1);
        let out = hand * half(index as f32 / last as f32) / (x * x + y * y).sqrt().max(1e-6);
        (middle[index].0 - y * out, middle[index].1 + x * out)
    };
    (0..=last).map(|index| side(index, -1.0)).chain((0..=last).rev().map(|index| side(index, 1.0))).collect()
}

/// Points along a curve that leaves `from` towards `bend` and ends at `to`.
fn curve<const POINTS: usize>(from: (f32, f32), bend: (f32, f32), to: (f32, f32)) -> [(f32, f32); POINTS] {
    std::array::from_fn(|index| {
        let t = index as f32 / (POINTS - 1) as f32;
        let mix = |a: f32, b: f32, c: f32| (1.0 - t) * (1.0 - t) * a + 2.0 * t * (1.0 - t) * b + t * t * c;
        (mix(from.0, bend.0, to.0), mix(from.1, bend.1, to.1))
    })
}

/// The green of stems and leaves, whatever the colour of the bloom.
fn leaf(easel: &Easel) -> Tones {
    easel.light.subject(Rgb(0.33, 0.50, 0.20))
}

pub(super) const PINE: Figure = Figure { draw: pine, height: 0.70, girth: 0.32, ..Figure::STANDING };

fn pine(easel: &mut Easel, palette: &Palette, chance: &mut Chance) {
    easel.polygon(&[(-0.09, 0.015), (-0.055, -0.22), (0.055, -0.22), (0.09, 0.015)], column(palette.wood));
    // Tiers from the lowest up, each with tips that hang and a dark fold beneath it.
    for (top, hem, half) in [(-0.52, -0.11, 0.40), (-0.70, -0.34, 0.325), (-0.86, -0.55, 0.245), (-1.0, -0.74, 0.165)] {
        let (swing, drop) = (chance.between(-0.012, 0.012), hem - top);
        let tier = |lower: f32| {
            let mut outline = vec![(0.0, top)];
            for (out, down) in [(0.16, 0.28), (0.42, 0.62), (1.0, 1.0), (0.70, 0.96), (0.52, 1.10), (0.30, 1.0), (0.12, 1.13)] {
                outline.push((half * out + swing, top + drop * down + lower));
            }
            for (out, down) in
                [(-0.12, 1.0), (-0.32, 1.12), (-0.52, 0.98), (-0.74, 1.07), (-1.0, 0.98), (-0.42, 0.62), (-0.16, 0.28)]
            {
                outline.push((half * out + swing, top + drop * down + lower));
            }
            outline
        };
        if hem < -0.2 {
            easel.polygon(&tier(0.035), slope(palette.own, -1.0).lift(0.0));
        }
        easel.polygon(&tier(0.0), column(palette.own));
    }
}

pub(super) const PALM: Figure = Figure { draw: palm, height: 0.70, girth: 0.24, ..Figure::STANDING };

fn palm(easel: &mut Easel, palette: &Palette, chance: &mut Chance) {
    let crown = (0.05, -0.74);
    let trunk: [_; 7] = curve((-0.14, 0.015), (-0.12, -0.42), (crown.0, crown.1 + 0.02));
    easel.smooth(&stalk(&trunk, |share| 0.075 - 0.035 * share), column(palette.wood));
    for (ring, &(x, y)) in trunk.iter().enumerate().take(6).skip(1) {
        let half = 0.072 - 0.035 * ring as f32 / 6.0;
        easel.bar((x - half, y + 0.012), (x + half, y - 0.004), (0.022, 0.022), Paint::flat(palette.wood.shade).lift(0.0));
    }
    // Fronds from the back to the front: where each ends and how high it arches before.
    let fronds = [
        ((-0.20, -0.24), (-0.16, -0.14), -0.5),
        ((0.18, -0.25), (0.14, -0.14), -0.5),
        ((-0.47, 0.05), (-0.30, -0.26), -0.1),
        ((0.42, 0.06), (0.28, -0.26), -0.1),
        ((-0.40, 0.30), (-0.36, -0.06), 0.1),
        ((0.36, 0.30), (0.34, -0.06), 0.1),
        ((-0.17, 0.36), (-0.22, 0.04), 0.4),
        ((0.17, 0.36), (0.22, 0.04), 0.4),
    ];
    for (to, bend, level) in fronds {
        let sway = chance.between(-0.02, 0.02);
        let rib: [_; 9] =
            curve(crown, (crown.0 + bend.0, crown.1 + bend.1 + sway), (crown.0 + to.0, (crown.1 + to.1 + sway).max(-1.0)));
        let spread = |share: f32| 0.012 + 0.27 * share * (1.0 - share);
        let mut outline = stalk(&rib, spread);
        // Notches between the leaflets on both edges.
        for (index, point) in outline.iter_mut().enumerate() {
            let step = if index < 9 { index } else { 17 - index };
            if step % 2 == 1 && step > 1 {
                *point = (point.0 + (rib[step].0 - point.0) * 0.5, point.1 + (rib[step].1 - point.1) * 0.5);
            }
        }
        let side = easel.facing(to.0 * 2.0) * 0.6;
        easel.polygon(&outline, slope(palette.own, (level + side).clamp(-1.0, 1.0)).lift(0.008));
    }
    for (x, y) in [(-0.045, 0.03), (0.045, 0.035), (0.0, 0.065)] {
        easel.ellipse((crown.0 + x, crown.1 + y), (0.042, 0.044), ball(palette.wood).lift(0.004));
    }
}

pub(super) const CACTUS: Figure = Figure { draw: cactus, height: 0.66, girth: 0.30, ..Figure::STANDING };

fn cactus(easel: &mut Easel, palette: &Palette, chance: &mut Chance) {
    let (left, right) = (chance.between(-0.04, 0.04), chance.between(-0.04, 0.04));
    let arms = [(-1.0f32, -0.34 + left, -0.72 + left), (1.0, -0.46 + right, -0.84 + right)];
    for (side, low, tip) in arms {
        let middle = [
            (side * 0.05, low),
            (side * 0.20, low + 0.005),
            (side * 0.295, low - 0.035),
            (side * 0.325, low - 0.12),
            (side * 0.325, tip + 0.10),
            (side * 0.325, tip + 0.03),
            (side * 0.325, tip),
        ];
        let half = |share: f32| {
            if share > 0.95 {
                0.035
            } else if share > 0.8 {
                0.075
            } else {
                0.085
            }
        };
        easel.smooth(&stalk(&middle, half), column(palette.own));
        let rib = [middle[1], (side * 0.28, low - 0.03), (side * 0.319, low - 0.12), (side * 0.322, tip + 0.06)];
        easel.smooth(&stalk(&rib, |_| 0.011), slope(palette.own, -1.0).lift(0.0));
        bloom(easel, palette, (side * 0.325, tip), 0.05);
    }
    let trunk = [
        (-0.125, 0.015),
        (-0.14, -0.35),
        (-0.135, -0.80),
        (-0.085, -0.93),
        (0.0, -0.965),
        (0.085, -0.93),
        (0.135, -0.80),
        (0.14, -0.35),
        (0.125, 0.015),
    ];
    easel.smooth(&trunk, column(palette.own));
    for (x, top) in [(-0.07, -0.86), (0.0, -0.90), (0.07, -0.86)] {
        easel.bar((x, -0.02), (x * 0.85, top), (0.024, 0.018), slope(palette.own, -1.0).lift(0.0));
    }
    bloom(easel, palette, (0.0, -0.955), 0.07);
}

/// A small flower on the tip of a cactus.
fn bloom(easel: &mut Easel, palette: &Palette, (x, y): (f32, f32), size: f32) {
    let petals = [(-1.0, -0.5), (-0.45, -0.35), (0.0, -0.9), (0.45, -0.35), (1.0, -0.5), (0.55, 0.5), (-0.55, 0.5)];
    easel.polygon(&petals.map(|(out, down)| (x + out * size, y + down * size)), slope(palette.second, 0.0).lift(0.004));
}

pub(super) const TULIP: Figure = Figure { draw: tulip, height: 0.68, girth: 0.20, lean: (-0.05, 0.05), ..Figure::STANDING };

fn tulip(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    let (green, left, right) = (leaf(easel), easel.facing(-1.0), easel.facing(1.0));
    easel.bar((0.0, 0.01), (0.0, -0.48), (0.062, 0.05), column(green));
    // Two leaves clasp the stem and bend outwards, the left one higher.
    for (side, bend, tip, level) in [(-1.0f32, (0.17, -0.12), (0.33, -0.46), left), (1.0, (0.19, -0.08), (0.36, -0.36), right)] {
        let rib: [_; 7] = curve((0.0, 0.01), (side * bend.0, bend.1), (side * tip.0, tip.1));
        let width = |share: f32| 0.012 + 0.20 * share * (1.0 - share);
        easel.smooth(&stalk(&rib, width), slope(green, level * 0.7));
    }
    // The far petals show between the near ones; the cup is widest below its middle.
    easel.polygon(&[(-0.20, -0.72), (-0.13, -0.97), (0.0, -0.80), (0.13, -0.97), (0.20, -0.72)], slope(palette.own, -1.0));
    for side in [-1.0f32, 1.0] {
        let petal = [
            (side * -0.02, -0.405),
            (side * 0.18, -0.44),
            (side * 0.305, -0.60),
            (side * 0.30, -0.80),
            (side * 0.285, -0.985),
            (side * 0.17, -0.87),
            (side * 0.05, -0.66),
        ];
        let level = easel.facing(side) * 0.7 - 0.1;
        easel.smooth(&petal, slope(palette.own, level));
    }
    let front = [
        (0.0, -0.395),
        (0.135, -0.45),
        (0.185, -0.62),
        (0.11, -0.80),
        (0.0, -0.945),
        (-0.11, -0.80),
        (-0.185, -0.62),
        (-0.135, -0.45),
    ];
    easel.smooth(&front, ball(palette.own).lift(0.008));
}

pub(super) const SUNFLOWER: Figure =
    Figure { draw: sunflower, height: 0.70, girth: 0.20, lean: (-0.05, 0.05), ..Figure::STANDING };

fn sunflower(easel: &mut Easel, palette: &Palette, chance: &mut Chance) {
    let (green, start) = (leaf(easel), chance.between(0.0, 0.08));
    easel.bar((0.0, 0.01), (0.0, -0.45), (0.062, 0.05), column(green));
    for (side, foot, tip) in [(-1.0f32, -0.07, (0.31, -0.20)), (1.0, -0.12, (0.30, -0.26))] {
        let rib: [_; 7] = curve((0.0, foot), (side * 0.16, tip.1 - 0.06), (side * tip.0, tip.1 + 0.05));
        let level = easel.facing(side) * 0.7;
        easel.smooth(&stalk(&rib, |share| 0.012 + 0.24 * share * (1.0 - share)), slope(green, level));
    }
    let head = (0.0, -0.61);
    let at = |turn: f32, out: f32| (head.0 + cosine(turn) * out, head.1 + sine(turn) * out);
    // A ring of petals behind in one piece, and a ring of single ones in front of its gaps.
    let behind: Vec<_> = (0..48u8)
        .map(|point| {
            let out = [0.22, 0.345, 0.375, 0.345][usize::from(point % 4)];
            at(start + f32::from(point) / 48.0, out)
        })
        .collect();
    easel.polygon(&behind, slope(palette.own, -0.9));
    for petal in 0..12u8 {
        let turn = start + f32::from(petal) / 12.0;
        let outline = [(0.10, 0.02), (0.24, 0.042), (0.33, 0.024), (0.385, 0.0), (0.33, -0.024), (0.24, -0.042), (0.10, -0.02)];
        let level = easel.facing(cosine(turn)) * 0.6 - sine(turn) * 0.3 + 0.2;
        easel.smooth(&outline.map(|(out, aside)| at(turn + aside, out)), slope(palette.own, level.clamp(-1.0, 1.0)).lift(0.006));
    }
    easel.ellipse(head, (0.165, 0.165), ball(easel.light.subject(Rgb(0.46, 0.27, 0.12))).lift(0.008));
    easel.ellipse(head, (0.085, 0.085), ball(easel.light.subject(Rgb(0.25, 0.14, 0.08))).lift(0.0));
    for seed in 0..9u8 {
        let seed = at(start + f32::from(seed) / 9.0, 0.122);
        easel.ellipse(seed, (0.015, 0.015), Paint::flat(Rgb(0.86, 0.62, 0.24)).lift(0.0));
    }
}
