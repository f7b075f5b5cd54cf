//! What goes by engine: a train, a car, a bus, a tractor, an aeroplane, an airship, a steamship, a submarine.

use super::{Figure, Palette, ball, column, slope, soft};
use crate::canvas::{Form, Paint};
use crate::chance::Chance;
use crate::colour::{Rgb, Tones};
use crate::easel::Easel;

/// A lying barrel: light above, shade below.
fn barrel(tones: Tones) -> Paint {
    Paint::formed(soft(tones), Form::Fall)
}

/// Whether its own colour is black, at any hour.
fn dark(palette: &Palette) -> bool {
    palette.own.base.luminance() < 0.25
}

/// Tyres, funnel tops and gaps: dark, but to be told from a black body.
fn rubber(palette: &Palette) -> Rgb {
    if dark(palette) { Rgb(0.29, 0.27, 0.32) } else { palette.dark }
}

fn wheel(easel: &mut Easel, palette: &Palette, centre: (f32, f32), radius: f32, rim: Tones) {
    easel.ellipse(centre, (radius, radius), Paint::flat(rubber(palette)));
    easel.ellipse(centre, (radius * 0.58, radius * 0.58), ball(rim).lift(0.0));
    easel.ellipse(centre, (radius * 0.20, radius * 0.20), Paint::flat(rubber(palette)).lift(0.0));
}

/// A pane of glass in its frame; it stands out from every colour, by day and lit by night.
fn pane(easel: &mut Easel, palette: &Palette, corners: &[(f32, f32)]) {
    let count = corners.len() as f32;
    let sum = corners.iter().fold((0.0, 0.0), |sum, corner| (sum.0 + corner.0, sum.1 + corner.1));
    let (x, y) = (sum.0 / count, sum.1 / count);
    let outer: Vec<(f32, f32)> = corners.iter().map(|corner| (x + (corner.0 - x) * 1.22, y + (corner.1 - y) * 1.18)).collect();
    easel.polygon(&outer, Paint::flat(palette.own.shade * 0.55).lift(0.0));
    easel.polygon(corners, Paint::flat(glass(easel, palette)).lift(0.0));
}

fn glass(easel: &Easel, palette: &Palette) -> Rgb {
    let dark = palette.own.base.luminance() < 0.50;
    if dark && !easel.light.lamps() { Rgb(0.74, 0.87, 0.94) } else { palette.window }
}

/// Puffs that grow and fade as they drift back.
fn smoke(easel: &mut Easel, (x, y): (f32, f32), size: f32, chance: &mut Chance) {
    let drift = chance.between(1.5, 1.9);
    let grey = easel.light.bands[2].mix(Rgb::WHITE, 0.45);
    easel.canvas.on_subject = false;
    for puff in 0..4u8 {
        let back = f32::from(puff);
        let centre = (x + size * drift * back, y - size * (0.7 + 0.75 * back - 0.09 * back * back));
        let radius = size * (1.0 + 0.26 * back);
        let paint = Paint::flat(grey).opacity(0.80 - 0.14 * back).lift(0.004);
        easel.ellipse(centre, (radius * 1.15, radius), paint);
    }
    easel.canvas.on_subject = true;
}

pub(super) const TRAIN: Figure = Figure { draw: train, height: 0.53, girth: 0.58, ..Figure::STANDING };

fn train(easel: &mut Easel, palette: &Palette, chance: &mut Chance) {
    let (front, own) = (easel.facing(-1.0), palette.own);
    let iron = Paint::flat(rubber(palette));
    smoke(easel, (-0.37, -0.97), 0.085, chance);
    // The cowcatcher and the frame between the wheels.
    easel.polygon(&[(-0.50, -0.27), (-0.44, -0.01), (-0.66, -0.01)], slope(palette.second, front * 0.5));
    easel.polygon(&[(-0.48, -0.27), (0.60, -0.27), (0.60, -0.12), (-0.48, -0.12)], iron);
    // The chimney widens upwards.
    easel.polygon(&[(-0.43, -0.60), (-0.48, -0.92), (-0.26, -0.92), (-0.31, -0.60)], column(own));
    easel
        .polygon(&[(-0.50, -0.96), (-0.24, -0.96), (-0.26, -0.88), (-0.48, -0.88)], slope(palette.second, front * 0.3).lift(0.0));
    easel.smooth(&[(-0.10, -0.56), (-0.10, -0.70), (-0.02, -0.77), (0.06, -0.70), (0.06, -0.56)], ball(palette.second));
    easel.polygon(&[(-0.54, -0.66), (0.20, -0.66), (0.20, -0.24), (-0.54, -0.24)], barrel(own));
    easel.smooth(
        &[(-0.48, -0.68), (-0.59, -0.61), (-0.62, -0.45), (-0.59, -0.29), (-0.48, -0.22), (-0.46, -0.45)],
        slope(own, front * 0.5 - 0.45).lift(0.0),
    );
    for x in [-0.26, 0.08] {
        easel.polygon(&[(x, -0.66), (x + 0.045, -0.66), (x + 0.045, -0.24), (x, -0.24)], slope(palette.second, 0.0).lift(0.0));
    }
    easel.polygon(&[(0.17, -0.88), (0.58, -0.88), (0.58, -0.20), (0.17, -0.20)], slope(own, front * 0.35 + 0.1));
    pane(easel, palette, &[(0.26, -0.78), (0.48, -0.78), (0.48, -0.56), (0.26, -0.56)]);
    easel
        .smooth(&[(0.10, -0.86), (0.22, -0.97), (0.53, -0.97), (0.66, -0.86), (0.38, -0.85)], slope(palette.second, front * 0.4));
    for (x, radius) in [(-0.42, 0.105), (-0.17, 0.105), (0.10, 0.165), (0.44, 0.165)] {
        wheel(easel, palette, (x, -radius), radius, palette.second);
    }
    easel.bar((-0.17, -0.13), (0.44, -0.17), (0.04, 0.04), slope(own, -0.2).lift(0.004));
}

pub(super) const CAR: Figure = Figure { draw: car, height: 0.54, girth: 0.54, ..Figure::STANDING };

fn car(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    let own = Tones { shade: palette.own.shade.mix(palette.own.base, 0.3), ..palette.own };
    let body = [
        (-0.60, -0.16),
        (-0.58, -0.32),
        (-0.46, -0.42),
        (-0.30, -0.47),
        (-0.20, -0.66),
        (0.00, -0.76),
        (0.22, -0.72),
        (0.42, -0.56),
        (0.56, -0.34),
        (0.60, -0.16),
        (0.40, -0.11),
        (-0.40, -0.11),
    ];
    easel.smooth(&body, ball(own));
    // The windscreen's pane before the door's and the rear one.
    pane(easel, palette, &[(-0.22, -0.48), (-0.135, -0.63), (-0.05, -0.67), (-0.05, -0.48)]);
    pane(easel, palette, &[(0.03, -0.48), (0.03, -0.68), (0.18, -0.65), (0.31, -0.56), (0.35, -0.48)]);
    easel.polygon(&[(-0.26, -0.155), (0.26, -0.155), (0.26, -0.095), (-0.26, -0.095)], slope(palette.second, 0.0).lift(0.004));
    for (x, back) in [(-0.38, 0.0), (0.38, 0.03)] {
        let wing = [
            (x - 0.25, -0.13),
            (x - 0.19, -0.32),
            (x, -0.40),
            (x + 0.19 + back, -0.31),
            (x + 0.25, -0.13),
            (x + 0.10, -0.14),
            (x - 0.10, -0.14),
        ];
        easel.smooth(&wing, ball(own).lift(0.008));
        wheel(easel, palette, (x, -0.155), 0.155, palette.second);
    }
    easel.ellipse((-0.555, -0.295), (0.055, 0.07), Paint::flat(Rgb(1.0, 0.95, 0.70)).lift(0.004));
    easel.bar((0.03, -0.41), (0.13, -0.41), (0.028, 0.028), slope(palette.second, 0.3).lift(0.0));
    for (outer, inner) in [(-0.66, -0.52), (0.66, 0.52)] {
        easel.bar((outer, -0.12), (inner, -0.12), (0.065, 0.065), slope(palette.second, easel.facing(outer) * 0.5).lift(0.0));
    }
}

pub(super) const BUS: Figure = Figure { draw: bus, height: 0.62, girth: 0.44, ..Figure::STANDING };

fn bus(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    let (front, side) = (easel.facing(-1.0), easel.facing(0.7));
    let own = palette.own;
    easel.polygon(&[(-0.44, -0.16), (0.48, -0.16), (0.46, -0.06), (-0.42, -0.06)], Paint::flat(rubber(palette)));
    // The long side, then the front, which recedes a little to the left.
    easel.smooth(
        &[
            (-0.32, -0.10),
            (-0.32, -0.50),
            (-0.32, -0.94),
            (-0.28, -0.985),
            (0.10, -0.99),
            (0.46, -0.98),
            (0.51, -0.92),
            (0.52, -0.50),
            (0.51, -0.11),
            (0.10, -0.10),
        ],
        slope(own, side * 0.45),
    );
    easel.polygon(
        &[(-0.31, -0.10), (-0.31, -0.985), (-0.45, -0.965), (-0.50, -0.90), (-0.50, -0.14)],
        slope(own, front * 0.55 - 0.25).lift(0.0),
    );
    easel.polygon(&[(-0.31, -0.985), (-0.42, -1.0), (0.44, -1.02), (0.49, -0.955), (-0.31, -0.955)], slope(palette.second, 0.2));
    easel.polygon(
        &[(-0.505, -0.575), (-0.31, -0.585), (-0.31, -0.515), (-0.505, -0.515)],
        slope(palette.second, front * 0.4).lift(0.0),
    );
    easel.polygon(
        &[(-0.31, -0.585), (0.525, -0.585), (0.525, -0.515), (-0.31, -0.515)],
        slope(palette.second, side * 0.4).lift(0.0),
    );
    for (top, bottom) in [(-0.86, -0.71), (-0.44, -0.29)] {
        pane(easel, palette, &[(-0.46, top + 0.01), (-0.355, top), (-0.355, bottom), (-0.46, bottom)]);
        for x in [-0.24, -0.05, 0.14, 0.33] {
            pane(easel, palette, &[(x, top), (x + 0.11, top), (x + 0.11, bottom), (x, bottom)]);
        }
    }
    easel.ellipse((-0.45, -0.175), (0.03, 0.035), Paint::flat(Rgb(1.0, 0.95, 0.70)).lift(0.0));
    for x in [-0.14, 0.32] {
        wheel(easel, palette, (x, -0.115), 0.125, palette.second);
    }
}

pub(super) const TRACTOR: Figure = Figure { draw: tractor, height: 0.54, girth: 0.54, ..Figure::STANDING };

fn tractor(easel: &mut Easel, palette: &Palette, chance: &mut Chance) {
    let (front, own) = (easel.facing(-1.0), palette.own);
    smoke(easel, (-0.23, -0.99), 0.045, chance);
    easel.bar((-0.25, -0.55), (-0.25, -0.97), (0.065, 0.065), Paint::flat(rubber(palette)));
    // A cab of glass under a roof.
    easel.polygon(&[(0.02, -0.52), (0.06, -0.92), (0.46, -0.92), (0.50, -0.52)], Paint::flat(glass(easel, palette)));
    for (foot, head) in [(0.02, 0.06), (0.26, 0.26), (0.50, 0.46)] {
        easel.bar((foot, -0.50), (head, -0.92), (0.045, 0.045), slope(own, -0.4).lift(0.0));
    }
    easel.polygon(&[(-0.02, -0.90), (0.03, -1.0), (0.49, -1.0), (0.54, -0.90)], slope(own, 0.3));
    easel.polygon(&[(-0.50, -0.32), (0.20, -0.32), (0.20, -0.18), (-0.44, -0.20)], Paint::flat(rubber(palette)));
    let bonnet = [(-0.60, -0.28), (-0.61, -0.56), (-0.54, -0.63), (0.10, -0.66), (0.10, -0.27)];
    easel.polygon(&bonnet, barrel(own));
    easel
        .polygon(&[(-0.61, -0.55), (-0.53, -0.60), (-0.53, -0.29), (-0.60, -0.29)], slope(palette.second, front * 0.4).lift(0.0));
    easel.bar((-0.46, -0.43), (-0.10, -0.44), (0.045, 0.045), slope(palette.second, 0.1).lift(0.0));
    // The mudguard follows the large wheel.
    let mudguard = [
        (-0.10, -0.36),
        (-0.05, -0.56),
        (0.10, -0.71),
        (0.28, -0.755),
        (0.46, -0.70),
        (0.60, -0.56),
        (0.50, -0.40),
        (0.26, -0.36),
    ];
    easel.smooth(&mudguard, ball(own));
    // Black rims would be lost in their tyres.
    let rim = if dark(palette) { palette.second } else { own };
    wheel(easel, palette, (0.27, -0.335), 0.345, rim);
    wheel(easel, palette, (-0.42, -0.175), 0.185, rim);
}

pub(super) const AEROPLANE: Figure =
    Figure { draw: aeroplane, height: 0.52, girth: 0.38, altitude: 0.34, lean: (-0.08, 0.08), ..Figure::STANDING };

fn aeroplane(easel: &mut Easel, palette: &Palette, chance: &mut Chance) {
    let (front, own) = (easel.facing(-1.0), palette.own);
    let canopy = if own.base.luminance() < 0.50 { Rgb(0.74, 0.87, 0.94) } else { Rgb(0.30, 0.38, 0.50) };
    // Seen from a little above: the far wing and tail first.
    easel.polygon(&[(-0.22, -0.52), (0.06, -0.54), (0.24, -0.90), (0.08, -0.92)], slope(own, -0.35));
    easel.polygon(&[(0.42, -0.54), (0.54, -0.55), (0.60, -0.69), (0.52, -0.70)], slope(own, -0.5));
    let fuselage = [
        (-0.55, -0.40),
        (-0.53, -0.50),
        (-0.36, -0.57),
        (-0.06, -0.60),
        (0.24, -0.57),
        (0.58, -0.54),
        (0.63, -0.51),
        (0.58, -0.47),
        (0.24, -0.36),
        (-0.10, -0.27),
        (-0.38, -0.28),
        (-0.52, -0.33),
    ];
    easel.smooth(&fuselage, barrel(own));
    easel.polygon(&[(0.38, -0.53), (0.56, -0.80), (0.66, -0.80), (0.62, -0.51)], slope(palette.second, front * 0.4));
    easel.smooth(
        &[(-0.22, -0.565), (-0.17, -0.67), (-0.04, -0.71), (0.10, -0.66), (0.18, -0.57), (-0.02, -0.53)],
        Paint::flat(canopy),
    );
    easel.polygon(&[(0.24, -0.475), (0.56, -0.515), (0.56, -0.48), (0.24, -0.42)], slope(palette.second, 0.0).lift(0.0));
    easel.polygon(&[(-0.24, -0.37), (0.08, -0.42), (0.34, -0.05), (0.24, 0.0), (0.14, -0.01)], slope(own, front * 0.3 + 0.45));
    easel.polygon(
        &[(0.05, -0.115), (0.275, -0.14), (0.34, -0.05), (0.24, 0.0), (0.14, -0.01)],
        slope(palette.second, 0.2).lift(0.0),
    );
    easel.polygon(&[(0.42, -0.49), (0.55, -0.51), (0.66, -0.36), (0.58, -0.34)], slope(own, front * 0.3 + 0.3));
    // The nose, and the propeller turning before it.
    easel.smooth(
        &[(-0.46, -0.56), (-0.56, -0.52), (-0.60, -0.41), (-0.55, -0.31), (-0.46, -0.275), (-0.48, -0.42)],
        slope(palette.second, front * 0.5).lift(0.0),
    );
    let (lean, blade) = (chance.between(-0.03, 0.03), Paint::flat(rubber(palette)));
    easel.bar((-0.60, -0.41), (-0.60 + lean, -0.68), (0.035, 0.06), blade);
    easel.bar((-0.60, -0.41), (-0.60 - lean, -0.14), (0.035, 0.06), blade);
    easel.ellipse((-0.61, -0.41), (0.05, 0.05), slope(palette.own, 0.1));
}

pub(super) const AIRSHIP: Figure =
    Figure { draw: airship, height: 0.51, girth: 0.50, altitude: 0.36, lean: (-0.05, 0.05), ..Figure::STANDING };

fn airship(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    let (front, own) = (easel.facing(-1.0), palette.own);
    for (y, flip) in [(-0.54, -1.0), (-0.54, 1.0)] {
        let fin = [(0.28, y + flip * 0.16), (0.50, y + flip * 0.34), (0.65, y + flip * 0.34), (0.60, y + flip * 0.05)];
        easel.polygon(&fin, slope(palette.second, if flip < 0.0 { 0.2 } else { -0.5 }));
    }
    easel.polygon(&[(-0.22, -0.30), (-0.17, -0.24), (0.12, -0.24), (0.17, -0.30)], Paint::flat(rubber(palette)).lift(0.0));
    let envelope = [
        (-0.65, -0.54),
        (-0.57, -0.70),
        (-0.36, -0.81),
        (-0.10, -0.84),
        (0.18, -0.79),
        (0.42, -0.68),
        (0.60, -0.55),
        (0.60, -0.53),
        (0.42, -0.40),
        (0.18, -0.29),
        (-0.10, -0.24),
        (-0.36, -0.27),
        (-0.57, -0.38),
    ];
    easel.smooth(&envelope, ball(own));
    // A belt along the middle, bent with the round, and the cap on the nose.
    let belt = [(-0.60, -0.54), (-0.36, -0.505), (0.0, -0.49), (0.34, -0.515), (0.34, -0.565), (0.0, -0.585), (-0.36, -0.57)];
    easel.smooth(&belt, slope(palette.second, 0.0).lift(0.0));
    easel.smooth(
        &[(-0.655, -0.54), (-0.60, -0.655), (-0.545, -0.70), (-0.525, -0.54), (-0.545, -0.38), (-0.60, -0.425)],
        slope(palette.second, front * 0.5).lift(0.0),
    );
    let level = [(0.30, -0.56), (0.50, -0.60), (0.66, -0.58), (0.66, -0.50), (0.50, -0.49)];
    easel.polygon(&level, slope(palette.second, 0.4).lift(0.004));
    let gondola = [(-0.27, -0.22), (-0.20, -0.06), (0.13, -0.06), (0.20, -0.22)];
    easel.polygon(&gondola, slope(palette.wood, front * 0.4).lift(0.006));
    for x in [-0.185, -0.065, 0.055] {
        easel.polygon(&[(x, -0.19), (x + 0.075, -0.19), (x + 0.075, -0.12), (x, -0.12)], Paint::flat(lit(easel)).lift(0.0));
    }
}

/// Glass in a wall of wood.
fn lit(easel: &Easel) -> Rgb {
    if easel.light.lamps() { Rgb(1.0, 0.88, 0.46) } else { Rgb(0.80, 0.90, 0.94) }
}

pub(super) const STEAMSHIP: Figure = Figure { draw: steamship, height: 0.53, girth: 0.56, floats: true, ..Figure::STANDING };

fn steamship(easel: &mut Easel, palette: &Palette, chance: &mut Chance) {
    let (front, own) = (easel.facing(-1.0), palette.own);
    for x in [0.28, -0.06] {
        smoke(easel, (x + 0.04, -0.99), 0.06, chance);
    }
    easel.bar((-0.46, -0.34), (-0.44, -0.86), (0.035, 0.02), Paint::flat(palette.wood.shade).lift(0.004));
    // The funnels lean back; each has a band and a sooty top.
    for x in [0.20, -0.14] {
        let at = |up: f32, across: f32| (x + across * 0.105 + 0.09 * up, -0.54 - 0.44 * up);
        let ring = |low: f32, high: f32| [at(low, -1.0), at(high, -1.0), at(high, 1.0), at(low, 1.0)];
        easel.polygon(&ring(0.0, 1.0), column(own));
        easel.polygon(&ring(0.48, 0.68), column(palette.second).lift(0.0));
        easel.polygon(&ring(0.84, 1.0), Paint::flat(rubber(palette)).lift(0.0));
    }
    easel.polygon(&[(-0.34, -0.46), (-0.30, -0.62), (0.36, -0.62), (0.40, -0.46)], slope(palette.second, front * 0.3 + 0.3));
    easel.polygon(
        &[(-0.44, -0.32), (-0.40, -0.48), (0.48, -0.48), (0.52, -0.32)],
        slope(palette.second, front * 0.3 - 0.1).lift(0.006),
    );
    for (y, start, many) in [(-0.555, -0.23, 5u8), (-0.41, -0.33, 7)] {
        for window in 0..many {
            let x = start + 0.125 * f32::from(window);
            easel.ellipse((x, y), (0.033, 0.035), Paint::flat(palette.window).lift(0.0));
        }
    }
    // High at the bow, on the left; a dark line where the water comes to.
    let hull = [
        (-0.66, -0.43),
        (-0.40, -0.35),
        (0.30, -0.34),
        (0.64, -0.39),
        (0.60, -0.16),
        (0.50, 0.03),
        (-0.48, 0.03),
        (-0.56, -0.10),
    ];
    easel.polygon(&hull, barrel(own));
    easel.polygon(&[(-0.56, -0.10), (0.57, -0.10), (0.50, 0.035), (-0.48, 0.035)], Paint::flat(rubber(palette)).lift(0.0));
    easel.polygon(
        &[
            (-0.67, -0.45),
            (-0.40, -0.37),
            (0.30, -0.36),
            (0.65, -0.41),
            (0.645, -0.35),
            (0.30, -0.305),
            (-0.40, -0.315),
            (-0.65, -0.39),
        ],
        slope(palette.second, 0.2).lift(0.0),
    );
}

pub(super) const SUBMARINE: Figure = Figure { draw: submarine, height: 0.53, girth: 0.52, floats: true, ..Figure::STANDING };

fn submarine(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    let own = Tones { shade: palette.own.shade.mix(palette.own.base, 0.3), ..palette.own };
    let iron = Paint::flat(rubber(palette));
    // The periscope looks ahead.
    easel.bar((0.02, -0.66), (0.02, -0.99), (0.05, 0.05), iron);
    easel.polygon(&[(-0.12, -1.01), (0.045, -1.01), (0.045, -0.935), (-0.12, -0.925)], iron.lift(0.0));
    // The screw and the rudder at the stern.
    easel.ellipse((0.645, -0.29), (0.028, 0.10), iron);
    easel.ellipse((0.645, -0.10), (0.028, 0.10), iron.lift(0.0));
    easel.polygon(&[(0.36, -0.34), (0.52, -0.60), (0.64, -0.60), (0.60, -0.20)], slope(palette.second, easel.facing(1.0) * 0.4));
    easel.smooth(&[(-0.22, -0.42), (-0.19, -0.70), (-0.12, -0.76), (0.12, -0.76), (0.20, -0.70), (0.25, -0.42)], column(own));
    easel.bar((-0.21, -0.745), (0.21, -0.745), (0.06, 0.06), slope(palette.second, 0.2).lift(0.0));
    let hull = [
        (-0.63, -0.20),
        (-0.58, -0.36),
        (-0.42, -0.47),
        (-0.10, -0.52),
        (0.22, -0.49),
        (0.48, -0.36),
        (0.63, -0.20),
        (0.60, -0.08),
        (0.46, 0.02),
        (0.0, 0.045),
        (-0.44, 0.02),
        (-0.59, -0.06),
    ];
    easel.smooth(&hull, ball(own));
    let keel = [(-0.60, -0.09), (-0.30, -0.075), (0.10, -0.07), (0.60, -0.10), (0.46, 0.02), (0.0, 0.045), (-0.44, 0.02)];
    easel.smooth(&keel, slope(palette.second, -0.1).lift(0.0));
    for x in [-0.37, -0.08, 0.21] {
        easel.ellipse((x, -0.275), (0.105, 0.105), slope(palette.second, 0.3).lift(0.0));
        easel.ellipse((x, -0.275), (0.066, 0.066), Paint::flat(palette.window).lift(0.0));
    }
}
