//! What goes on four legs: a dog, a fox, a horse, an elephant, a rabbit, and a bear that stands up.

use super::{Figure, Palette, ball, slope};
use crate::canvas::Paint;
use crate::chance::Chance;
use crate::colour::{Rgb, Tones};
use crate::easel::Easel;

const IVORY: Rgb = Rgb(0.98, 0.95, 0.84);

/// The coat of a body: never in full shade over half its width.
fn coat(palette: &Palette) -> Tones {
    Tones { shade: palette.own.shade.mix(palette.own.base, 0.35), ..palette.own }
}

/// A black coat swallows what is darker.
fn is_black(palette: &Palette) -> bool {
    palette.own.base.luminance() < 0.22
}

/// An ear or a limb that lies on its own coat: darker, or lighter on a black one.
fn fold(palette: &Palette, depth: f32) -> Paint {
    let depth = if is_black(palette) { depth } else { -depth };
    slope(palette.own, depth).lift(0.006)
}

/// What lies behind the body, in the shade.
fn far(palette: &Palette) -> Paint {
    let own = palette.own;
    Paint::flat(if is_black(palette) { own.shade * 0.8 } else { own.shade.mix(palette.dark, 0.16) })
}

fn pink(palette: &Palette) -> Paint {
    Paint::flat(palette.own.shade.mix(Rgb(0.92, 0.55, 0.58), 0.6)).lift(0.0)
}

fn eye(easel: &mut Easel, palette: &Palette, (x, y): (f32, f32), radius: f32) {
    if is_black(palette) {
        easel.ellipse((x, y), (radius * 1.4, radius * 1.4), Paint::flat(Rgb(0.96, 0.80, 0.42)).lift(0.0));
    }
    easel.ellipse((x, y), (radius, radius * 1.1), Paint::flat(palette.dark).lift(0.0));
    let glint = radius * 0.38;
    easel.ellipse((x - radius * 0.3, y - radius * 0.35), (glint, glint), Paint::flat(IVORY).lift(0.0));
}

pub(super) const DOG: Figure = Figure { draw: dog, height: 0.59, girth: 0.42, ..Figure::STANDING };

fn dog(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    let own = palette.own;
    // The tail stands up and wags.
    easel.smooth(
        &[(0.30, -0.50), (0.42, -0.58), (0.47, -0.74), (0.55, -0.87), (0.60, -0.80), (0.57, -0.60), (0.47, -0.44), (0.36, -0.38)],
        ball(own),
    );
    let leg = |x: f32| {
        [
            (x - 0.07, -0.34),
            (x - 0.065, -0.10),
            (x - 0.12, -0.035),
            (x - 0.09, 0.012),
            (x + 0.06, 0.012),
            (x + 0.065, -0.12),
            (x + 0.08, -0.34),
        ]
    };
    for x in [-0.12, 0.24] {
        easel.smooth(&leg(x), far(palette));
    }
    for x in [-0.24, 0.37] {
        easel.smooth(&leg(x), slope(own, easel.facing(x.signum()) * 0.35));
        easel.ellipse((x - 0.03, -0.022), (0.075, 0.042), slope(palette.second, 0.0).lift(0.0));
    }
    let body = [
        (-0.30, -0.74),
        (-0.36, -0.52),
        (-0.32, -0.32),
        (-0.16, -0.22),
        (0.10, -0.26),
        (0.30, -0.20),
        (0.45, -0.24),
        (0.46, -0.42),
        (0.34, -0.55),
        (0.10, -0.56),
        (-0.08, -0.66),
    ];
    easel.smooth(&body, ball(coat(palette)));
    easel.smooth(
        &[(-0.36, -0.54), (-0.28, -0.46), (-0.22, -0.32), (-0.30, -0.27), (-0.36, -0.38)],
        slope(palette.second, 0.1).lift(0.0),
    );
    // The tongue hangs out under the snout.
    easel.smooth(
        &[(-0.50, -0.64), (-0.43, -0.62), (-0.44, -0.51), (-0.49, -0.48), (-0.53, -0.54)],
        Paint::flat(Rgb(0.94, 0.38, 0.46)).lift(0.004),
    );
    let head = [
        (-0.33, -0.97),
        (-0.44, -0.90),
        (-0.50, -0.80),
        (-0.61, -0.77),
        (-0.64, -0.68),
        (-0.54, -0.61),
        (-0.36, -0.58),
        (-0.18, -0.62),
        (-0.11, -0.78),
        (-0.18, -0.93),
    ];
    easel.smooth(&head, ball(coat(palette)));
    easel.smooth(
        &[(-0.50, -0.77), (-0.60, -0.76), (-0.635, -0.68), (-0.54, -0.615), (-0.40, -0.60), (-0.42, -0.70)],
        slope(palette.second, 0.1).lift(0.0),
    );
    easel.ellipse((-0.60, -0.76), (0.055, 0.045), Paint::flat(palette.dark).lift(0.0));
    eye(easel, palette, (-0.42, -0.80), 0.046);
    // The ear hangs over the cheek.
    easel.smooth(
        &[
            (-0.30, -0.95),
            (-0.16, -0.96),
            (-0.06, -0.84),
            (-0.04, -0.64),
            (-0.10, -0.53),
            (-0.19, -0.56),
            (-0.24, -0.70),
            (-0.27, -0.82),
        ],
        fold(palette, 0.9),
    );
}

pub(super) const FOX: Figure = Figure { draw: fox, height: 0.57, girth: 0.40, ..Figure::STANDING };

fn fox(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    let own = palette.own;
    let stocking = Paint::flat(if is_black(palette) { own.light } else { own.shade.mix(palette.dark, 0.72) });
    // Each leg strides: its foot stands ahead of or behind its hip.
    let mut leg = |hip: f32, foot: f32, upper: Paint| {
        easel.bar((hip, -0.42), (foot, -0.06), (0.15, 0.085), upper);
        let knee = hip + (foot - hip) * 0.62;
        easel.bar((knee, -0.20), (foot, 0.0), (0.105, 0.085), stocking.lift(0.0));
        easel.ellipse((foot - 0.025, -0.018), (0.065, 0.032), stocking.lift(0.0));
    };
    leg(-0.12, -0.02, far(palette));
    leg(0.12, 0.02, far(palette));
    leg(-0.18, -0.30, slope(own, -0.1));
    leg(0.18, 0.26, slope(own, -0.1));
    // The brush, and its pale tip.
    let brush = [
        (0.14, -0.52),
        (0.28, -0.52),
        (0.40, -0.66),
        (0.54, -0.74),
        (0.64, -0.86),
        (0.67, -0.66),
        (0.63, -0.46),
        (0.52, -0.34),
        (0.36, -0.32),
        (0.20, -0.38),
    ];
    easel.smooth(&brush, ball(own));
    let tip = [(0.64, -0.86), (0.67, -0.66), (0.64, -0.50), (0.57, -0.58), (0.53, -0.56), (0.52, -0.66), (0.54, -0.74)];
    easel.smooth(&tip, slope(palette.second, 0.3).lift(0.0));
    let body = [
        (-0.22, -0.66),
        (-0.32, -0.52),
        (-0.30, -0.36),
        (-0.16, -0.29),
        (0.02, -0.33),
        (0.20, -0.30),
        (0.27, -0.42),
        (0.20, -0.54),
        (0.0, -0.57),
    ];
    easel.smooth(&body, ball(coat(palette)));
    easel.smooth(
        &[(-0.36, -0.58), (-0.24, -0.56), (-0.16, -0.42), (-0.22, -0.31), (-0.31, -0.36)],
        slope(palette.second, 0.1).lift(0.0),
    );
    // Ears, the far one first.
    easel.polygon(&[(-0.44, -0.80), (-0.42, -1.0), (-0.30, -0.84)], far(palette));
    easel.polygon(&[(-0.34, -0.80), (-0.24, -1.02), (-0.13, -0.72)], slope(own, 0.2));
    easel.polygon(&[(-0.28, -0.81), (-0.24, -0.93), (-0.185, -0.77)], Paint::flat(palette.dark.mix(own.shade, 0.25)).lift(0.0));
    let head = [
        (-0.32, -0.86),
        (-0.43, -0.80),
        (-0.52, -0.70),
        (-0.64, -0.61),
        (-0.62, -0.56),
        (-0.46, -0.54),
        (-0.30, -0.50),
        (-0.14, -0.58),
        (-0.13, -0.74),
        (-0.21, -0.84),
    ];
    easel.smooth(&head, ball(coat(palette)));
    let cheek = [
        (-0.50, -0.635),
        (-0.62, -0.585),
        (-0.61, -0.56),
        (-0.46, -0.545),
        (-0.30, -0.505),
        (-0.15, -0.57),
        (-0.26, -0.64),
        (-0.38, -0.61),
    ];
    easel.smooth(&cheek, slope(palette.second, 0.2).lift(0.0));
    easel.ellipse((-0.625, -0.605), (0.038, 0.036), Paint::flat(palette.dark).lift(0.0));
    eye(easel, palette, (-0.385, -0.705), 0.040);
}

pub(super) const HORSE: Figure = Figure { draw: horse, height: 0.64, girth: 0.38, ..Figure::STANDING };

fn horse(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    let own = palette.own;
    let hair = |level: f32| slope(palette.second, level).lift(0.008);
    // The tail falls from the croup.
    easel.smooth(
        &[(0.34, -0.62), (0.46, -0.62), (0.54, -0.48), (0.53, -0.28), (0.58, -0.12), (0.46, -0.18), (0.42, -0.34), (0.42, -0.50)],
        hair(-0.3),
    );
    let hoof = if is_black(palette) { palette.own.light } else { palette.dark };
    let mut leg = |joints: [(f32, f32); 3], upper: f32, paint: Paint| {
        let [hip, knee, foot] = joints;
        easel.bar(hip, knee, (upper, 0.085), paint);
        easel.ellipse(knee, (0.044, 0.05), paint.lift(0.0));
        easel.bar(knee, foot, (0.08, 0.066), paint);
        let (x, y) = (foot.0 - knee.0, foot.1 - knee.1);
        let length = (x * x + y * y).sqrt();
        let end = (foot.0 + x / length * 0.05, foot.1 + y / length * 0.05);
        easel.bar(foot, end, (0.08, 0.10), Paint::flat(hoof).lift(0.0));
    };
    leg([(-0.10, -0.42), (-0.08, -0.22), (-0.07, -0.04)], 0.13, far(palette));
    leg([(0.24, -0.44), (0.27, -0.24), (0.22, -0.04)], 0.16, far(palette));
    // The near foreleg is lifted to trot.
    leg([(-0.19, -0.42), (-0.33, -0.28), (-0.26, -0.12)], 0.15, slope(own, 0.0));
    leg([(0.32, -0.46), (0.38, -0.24), (0.36, -0.04)], 0.20, slope(own, -0.1));
    let body = [
        (-0.36, -0.90),
        (-0.38, -0.74),
        (-0.33, -0.52),
        (-0.22, -0.36),
        (0.04, -0.34),
        (0.26, -0.36),
        (0.41, -0.40),
        (0.44, -0.54),
        (0.34, -0.64),
        (0.16, -0.61),
        (-0.02, -0.63),
        (-0.14, -0.76),
        (-0.22, -0.92),
        (-0.30, -0.98),
    ];
    easel.smooth(&body, ball(coat(palette)));
    easel.polygon(&[(-0.30, -0.92), (-0.27, -1.04), (-0.20, -0.92)], slope(own, -0.2).lift(0.004));
    let head = [
        (-0.27, -0.97),
        (-0.38, -0.93),
        (-0.50, -0.80),
        (-0.60, -0.71),
        (-0.60, -0.63),
        (-0.52, -0.60),
        (-0.42, -0.66),
        (-0.30, -0.70),
        (-0.22, -0.82),
    ];
    easel.smooth(&head, ball(coat(palette)));
    easel.smooth(
        &[(-0.54, -0.76), (-0.605, -0.70), (-0.60, -0.63), (-0.52, -0.605), (-0.48, -0.67)],
        slope(palette.second, -0.1).lift(0.0),
    );
    easel.ellipse((-0.57, -0.675), (0.018, 0.02), Paint::flat(palette.dark).lift(0.0));
    eye(easel, palette, (-0.385, -0.835), 0.034);
    // The mane runs down the neck in locks, with a forelock.
    let mane = [
        (-0.33, -0.99),
        (-0.22, -1.01),
        (-0.10, -0.92),
        (-0.03, -0.78),
        (0.04, -0.64),
        (-0.02, -0.56),
        (-0.08, -0.62),
        (-0.13, -0.60),
        (-0.15, -0.70),
        (-0.21, -0.70),
        (-0.21, -0.80),
        (-0.25, -0.85),
        (-0.30, -0.90),
        (-0.40, -0.90),
    ];
    easel.smooth(&mane, hair(0.1));
}

pub(super) const ELEPHANT: Figure = Figure { draw: elephant, height: 0.59, girth: 0.46, ..Figure::STANDING };

fn elephant(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    let own = palette.own;
    easel.bar((0.50, -0.62), (0.60, -0.34), (0.05, 0.03), slope(own, -0.5));
    easel.ellipse((0.605, -0.30), (0.035, 0.06), far(palette));
    let leg = |x: f32| {
        [(x - 0.11, -0.40), (x - 0.10, -0.12), (x - 0.12, 0.0), (x, 0.018), (x + 0.12, 0.0), (x + 0.10, -0.12), (x + 0.11, -0.40)]
    };
    for x in [-0.02, 0.24] {
        easel.smooth(&leg(x), far(palette));
    }
    for x in [-0.18, 0.40] {
        easel.smooth(&leg(x), slope(own, easel.facing(x.signum()) * 0.35));
    }
    let body = [
        (-0.24, -0.80),
        (-0.30, -0.50),
        (-0.26, -0.26),
        (0.10, -0.22),
        (0.44, -0.24),
        (0.53, -0.42),
        (0.52, -0.66),
        (0.38, -0.83),
        (0.14, -0.90),
        (-0.08, -0.86),
    ];
    easel.smooth(&body, ball(coat(palette)));
    for x in [-0.18, 0.40] {
        for toe in [-0.075, 0.0, 0.075] {
            easel.ellipse((x + toe, -0.012), (0.028, 0.026), slope(palette.second, 0.0).lift(0.0));
        }
    }
    // Forehead, and the trunk down to its raised tip.
    let head = [
        (-0.22, -0.99),
        (-0.38, -0.93),
        (-0.45, -0.78),
        (-0.47, -0.58),
        (-0.49, -0.34),
        (-0.54, -0.24),
        (-0.59, -0.34),
        (-0.65, -0.32),
        (-0.63, -0.17),
        (-0.54, -0.11),
        (-0.42, -0.14),
        (-0.36, -0.28),
        (-0.33, -0.46),
        (-0.18, -0.50),
        (-0.04, -0.64),
        (-0.04, -0.86),
    ];
    easel.smooth(&head, ball(coat(palette)));
    easel.smooth(
        &[(-0.33, -0.54), (-0.38, -0.40), (-0.50, -0.36), (-0.58, -0.44), (-0.48, -0.43), (-0.42, -0.56)],
        Paint::flat(IVORY).lift(0.006),
    );
    eye(easel, palette, (-0.335, -0.745), 0.036);
    let ear = [
        (-0.20, -0.92),
        (-0.04, -0.97),
        (0.13, -0.88),
        (0.19, -0.70),
        (0.12, -0.50),
        (0.0, -0.36),
        (-0.10, -0.42),
        (-0.17, -0.56),
        (-0.23, -0.74),
    ];
    easel.smooth(&ear, fold(palette, 0.85));
    let inner = ear.map(|(x, y)| (-0.03 + (x + 0.03) * 0.66, -0.68 + (y + 0.68) * 0.70));
    easel.smooth(&inner, Paint::flat(own.base.mix(own.shade, 0.5).mix(Rgb(0.92, 0.55, 0.58), 0.30)).lift(0.0));
}

pub(super) const RABBIT: Figure = Figure { draw: rabbit, height: 0.70, girth: 0.36, ..Figure::STANDING };

fn rabbit(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    let own = palette.own;
    easel.ellipse((0.40, -0.17), (0.10, 0.10), ball(palette.second));
    // The far ear.
    easel.smooth(&[(-0.16, -0.60), (-0.26, -0.78), (-0.28, -0.96), (-0.22, -1.0), (-0.15, -0.90), (-0.09, -0.66)], far(palette));
    easel.smooth(&[(-0.16, -0.30), (-0.15, -0.10), (-0.20, 0.0), (-0.10, 0.012), (-0.02, 0.0), (-0.04, -0.28)], far(palette));
    let body = [
        (-0.12, -0.50),
        (-0.25, -0.34),
        (-0.24, -0.14),
        (-0.14, -0.02),
        (0.10, 0.012),
        (0.32, -0.01),
        (0.40, -0.16),
        (0.35, -0.34),
        (0.20, -0.46),
        (0.04, -0.50),
    ];
    easel.smooth(&body, ball(coat(palette)));
    easel.smooth(
        &[(-0.22, -0.38), (-0.12, -0.34), (-0.10, -0.18), (-0.18, -0.10), (-0.25, -0.22)],
        slope(palette.second, 0.1).lift(0.0),
    );
    easel.smooth(
        &[(-0.23, -0.26), (-0.22, -0.08), (-0.28, -0.01), (-0.16, 0.015), (-0.10, -0.02), (-0.10, -0.24)],
        slope(own, 0.1).lift(0.004),
    );
    // The haunch, and the long foot under it.
    easel.ellipse((0.19, -0.19), (0.175, 0.175), fold(palette, 0.40));
    easel.smooth(
        &[(0.26, -0.06), (0.04, -0.075), (-0.02, -0.02), (0.06, 0.02), (0.24, 0.02), (0.32, -0.02)],
        slope(palette.second, 0.0).lift(0.0),
    );
    let ear = [(-0.10, -0.62), (-0.11, -0.80), (-0.05, -0.98), (0.02, -1.0), (0.06, -0.88), (0.03, -0.72), (-0.01, -0.60)];
    easel.smooth(&ear, ball(own));
    easel.smooth(
        &[(-0.065, -0.66), (-0.07, -0.80), (-0.02, -0.94), (0.02, -0.87), (-0.005, -0.74), (-0.025, -0.66)],
        pink(palette),
    );
    let head = [
        (-0.12, -0.70),
        (-0.26, -0.66),
        (-0.36, -0.54),
        (-0.36, -0.44),
        (-0.24, -0.38),
        (-0.08, -0.38),
        (0.03, -0.48),
        (0.0, -0.63),
    ];
    easel.smooth(&head, ball(coat(palette)));
    easel.smooth(
        &[(-0.33, -0.55), (-0.365, -0.49), (-0.34, -0.42), (-0.24, -0.385), (-0.20, -0.45), (-0.26, -0.51)],
        slope(palette.second, 0.2).lift(0.0),
    );
    easel.ellipse((-0.352, -0.525), (0.026, 0.022), Paint::flat(Rgb(0.80, 0.36, 0.42)).lift(0.0));
    eye(easel, palette, (-0.195, -0.575), 0.046);
}

pub(super) const BEAR: Figure = Figure { draw: bear, height: 0.70, girth: 0.32, ..Figure::STANDING };

fn bear(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    let own = palette.own;
    for side in [-1.0f32, 1.0] {
        let leg = [(0.04, -0.20), (0.06, -0.02), (0.16, 0.018), (0.30, 0.0), (0.31, -0.06), (0.27, -0.24)];
        easel.smooth(&leg.map(|(x, y)| (side * x, y)), slope(own, easel.facing(side) * 0.4 - 0.15));
    }
    let body = [
        (0.0, -0.66),
        (-0.19, -0.60),
        (-0.29, -0.38),
        (-0.28, -0.18),
        (-0.14, -0.08),
        (0.0, -0.075),
        (0.14, -0.08),
        (0.28, -0.18),
        (0.29, -0.38),
        (0.19, -0.60),
    ];
    easel.smooth(&body, ball(coat(palette)));
    easel.ellipse((0.0, -0.30), (0.165, 0.185), slope(palette.second, -0.05).lift(0.0));
    for side in [-1.0f32, 1.0] {
        easel.ellipse((side * 0.19, -0.035), (0.085, 0.045), slope(palette.second, -0.1).lift(0.0));
    }
    // One arm greets, the other hangs.
    let raised = [
        (-0.16, -0.60),
        (-0.30, -0.62),
        (-0.40, -0.74),
        (-0.47, -0.73),
        (-0.50, -0.63),
        (-0.43, -0.50),
        (-0.28, -0.42),
        (-0.18, -0.46),
    ];
    easel.smooth(&raised, slope(own, easel.facing(-1.0) * 0.4));
    let hanging = [(0.16, -0.60), (0.29, -0.54), (0.39, -0.38), (0.41, -0.24), (0.33, -0.19), (0.26, -0.26), (0.22, -0.40)];
    easel.smooth(&hanging, slope(own, easel.facing(1.0) * 0.4));
    easel.ellipse((-0.445, -0.655), (0.042, 0.05), slope(palette.second, -0.1).lift(0.0));
    for claw in [-0.05, 0.0, 0.05] {
        easel.bar((0.335 + claw, -0.225), (0.33 + claw, -0.17), (0.032, 0.012), Paint::flat(IVORY).lift(0.0));
    }
    for side in [-1.0f32, 1.0] {
        easel.ellipse((side * 0.19, -0.93), (0.085, 0.085), slope(own, easel.facing(side) * 0.5));
        easel.ellipse((side * 0.185, -0.92), (0.045, 0.045), pink(palette));
    }
    let head = [
        (0.0, -0.985),
        (-0.16, -0.95),
        (-0.25, -0.80),
        (-0.22, -0.66),
        (-0.10, -0.57),
        (0.10, -0.57),
        (0.22, -0.66),
        (0.25, -0.80),
        (0.16, -0.95),
    ];
    easel.smooth(&head, ball(coat(palette)));
    easel.ellipse((0.0, -0.68), (0.13, 0.10), slope(palette.second, 0.15).lift(0.0));
    easel.ellipse((0.0, -0.735), (0.058, 0.040), Paint::flat(palette.dark).lift(0.0));
    easel.bar((0.0, -0.72), (0.0, -0.64), (0.02, 0.02), Paint::flat(palette.dark).lift(0.0));
    for side in [-1.0f32, 1.0] {
        eye(easel, palette, (side * 0.115, -0.815), 0.034);
    }
}
