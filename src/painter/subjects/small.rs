//! What is small and bright: a bird, an owl, a butterfly, a snail.

use super::{Figure, Palette, ball, slope};
use crate::canvas::Paint;
use crate::chance::{Chance, cosine, sine};
use crate::colour::{Rgb, Tones};
use crate::easel::Easel;

/// A round eye in a pale ring, which shows on dark faces too.
pub(super) fn eye(easel: &mut Easel, centre: (f32, f32), radius: f32, palette: &Palette) {
    let (x, y) = centre;
    easel.ellipse(centre, (radius, radius), Paint::flat(Rgb(0.98, 0.97, 0.92)).lift(0.0));
    easel.ellipse(centre, (radius * 0.76, radius * 0.76), Paint::flat(palette.dark).lift(0.0));
    easel.ellipse((x - radius * 0.24, y - radius * 0.26), (radius * 0.28, radius * 0.28), Paint::flat(Rgb::WHITE).lift(0.0));
}

/// The first of two colours, or the other where the first would be lost on the subject's own and the other less so.
pub(super) fn beside(easel: &Easel, palette: &Palette, first: Rgb, other: Rgb) -> Tones {
    let [first, other] = [first, other].map(|colour| easel.light.subject(colour));
    let contrast = |tones: &Tones| palette.own.base.distance(tones.base);
    if contrast(&first) < 0.5 && contrast(&other) > contrast(&first) { other } else { first }
}

/// Beaks and feet.
pub(super) fn orange(easel: &Easel, palette: &Palette) -> Tones {
    beside(easel, palette, Rgb(0.96, 0.45, 0.07), Rgb(1.0, 0.86, 0.30))
}

/// Lines on the own colour: darker ones, or pale ones on black.
pub(super) fn marking(palette: &Palette) -> Rgb {
    if palette.own.base.luminance() < 0.2 { palette.second.shade } else { palette.own.shade.mix(palette.dark, 0.5) }
}

pub(super) const BIRD: Figure =
    Figure { draw: bird, height: 0.54, girth: 0.32, altitude: 0.14, lean: (-0.08, 0.08), ..Figure::STANDING };

/// In flight, both wings up.
fn bird(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    let own = palette.own;
    let bright = Tones { shade: own.shade.mix(own.base, 0.4), ..own };
    let mark = marking(palette);
    let far = [(-0.22, -0.40), (-0.28, -0.62), (-0.33, -0.84), (-0.31, -1.0), (-0.16, -0.92), (-0.04, -0.74), (0.04, -0.46)];
    easel.smooth(&far, slope(own, -0.8));
    let tail = [(0.20, -0.36), (0.42, -0.38), (0.63, -0.36), (0.51, -0.25), (0.60, -0.12), (0.40, -0.13), (0.18, -0.15)];
    easel.polygon(&tail, slope(own, -0.4));
    let beak = [(-0.47, -0.51), (-0.65, -0.42), (-0.48, -0.36)];
    let orange = orange(easel, palette);
    easel.polygon(&beak, slope(orange, 0.0).lift(0.006));
    let body = [
        (-0.51, -0.44),
        (-0.44, -0.57),
        (-0.31, -0.60),
        (-0.16, -0.51),
        (0.08, -0.42),
        (0.32, -0.33),
        (0.34, -0.20),
        (0.14, -0.09),
        (-0.12, -0.04),
        (-0.34, -0.10),
        (-0.48, -0.28),
    ];
    easel.smooth(&body, ball(bright));
    let belly = [
        (-0.495, -0.34),
        (-0.34, -0.31),
        (-0.12, -0.20),
        (0.16, -0.13),
        (-0.02, -0.055),
        (-0.14, -0.045),
        (-0.34, -0.11),
        (-0.46, -0.24),
    ];
    easel.smooth(&belly, slope(palette.second, 0.1).lift(0.0));
    // Feather tips make the near wing's hem.
    let wing = [
        (-0.20, -0.34),
        (-0.12, -0.56),
        (0.06, -0.78),
        (0.28, -0.94),
        (0.54, -1.02),
        (0.46, -0.86),
        (0.52, -0.80),
        (0.40, -0.70),
        (0.44, -0.62),
        (0.31, -0.55),
        (0.33, -0.46),
        (0.19, -0.40),
        (0.14, -0.28),
        (-0.06, -0.22),
    ];
    easel.smooth(&wing, slope(own, 0.35));
    for (from, to) in [((0.14, -0.66), (0.42, -0.83)), ((0.10, -0.54), (0.36, -0.67)), ((0.04, -0.43), (0.26, -0.51))] {
        easel.bar(from, to, (0.014, 0.034), Paint::flat(mark).lift(0.0));
    }
    eye(easel, (-0.37, -0.465), 0.056, palette);
}

pub(super) const OWL: Figure = Figure { draw: owl, girth: 0.40, ..Figure::STANDING };

/// Sits on a branch.
fn owl(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    let own = palette.own;
    let bright = Tones { shade: own.shade.mix(own.base, 0.4), ..own };
    let mark = marking(palette);
    for side in [-1.0f32, 1.0] {
        let tuft = [(side * 0.285, -0.72), (side * 0.29, -1.0), (side * 0.06, -0.86)];
        easel.polygon(&tuft, slope(own, easel.facing(side) * 0.7));
    }
    let body = [
        (0.0, -0.90),
        (0.20, -0.87),
        (0.295, -0.70),
        (0.285, -0.50),
        (0.31, -0.32),
        (0.24, -0.10),
        (0.0, -0.03),
        (-0.24, -0.10),
        (-0.31, -0.32),
        (-0.285, -0.50),
        (-0.295, -0.70),
        (-0.20, -0.87),
    ];
    easel.smooth(&body, ball(bright));
    let breast =
        [(0.0, -0.52), (0.14, -0.44), (0.17, -0.26), (0.10, -0.10), (0.0, -0.07), (-0.10, -0.10), (-0.17, -0.26), (-0.14, -0.44)];
    easel.smooth(&breast, slope(palette.second, 0.0).lift(0.0));
    for (x, y) in [(-0.07, -0.34), (0.07, -0.34), (0.0, -0.25), (-0.075, -0.17), (0.075, -0.17)] {
        let fleck = [(x - 0.042, y - 0.03), (x, y - 0.012), (x + 0.042, y - 0.03), (x, y + 0.04)];
        easel.polygon(&fleck, slope(own, -0.3).lift(0.0));
    }
    easel.bar((-0.47, -0.035), (0.47, 0.0), (0.10, 0.075), slope(palette.wood, 0.0).lift(0.006));
    easel.bar((-0.46, -0.062), (0.47, -0.020), (0.03, 0.02), slope(palette.wood, 0.9).lift(0.0));
    let leaf = easel.light.land(Rgb(0.38, 0.62, 0.24));
    easel.smooth(&[(0.36, -0.03), (0.42, -0.15), (0.54, -0.17), (0.50, -0.07)], slope(leaf, 0.4).lift(0.006));
    easel.smooth(&[(-0.38, -0.06), (-0.44, -0.16), (-0.55, -0.16), (-0.50, -0.07)], slope(leaf, 0.0).lift(0.006));
    let amber = beside(easel, palette, Rgb(1.0, 0.76, 0.10), Rgb(1.0, 0.52, 0.08)).base;
    let claw = orange(easel, palette);
    for side in [-1.0f32, 1.0] {
        let wing = [
            (side * 0.245, -0.54),
            (side * 0.325, -0.42),
            (side * 0.335, -0.24),
            (side * 0.27, -0.06),
            (side * 0.215, -0.02),
            (side * 0.175, -0.22),
            (side * 0.19, -0.42),
        ];
        easel.smooth(&wing, slope(own, easel.facing(side) * 0.8 - 0.1).lift(0.006));
        for claw_x in [0.06f32, 0.115] {
            easel.ellipse((side * claw_x, -0.045), (0.026, 0.045), slope(claw, 0.0).lift(0.0));
        }
        easel.ellipse((side * 0.135, -0.665), (0.152, 0.155), slope(palette.second, 0.5).lift(0.006));
        easel.ellipse((side * 0.13, -0.665), (0.108, 0.110), Paint::flat(amber).lift(0.0));
        easel.ellipse((side * 0.125, -0.665), (0.066, 0.070), Paint::flat(palette.dark).lift(0.0));
        easel.ellipse((side * 0.125 - 0.025, -0.695), (0.026, 0.026), Paint::flat(Rgb::WHITE).lift(0.0));
    }
    // The brows run together above the beak.
    easel.polygon(&[(-0.25, -0.90), (0.0, -0.70), (0.25, -0.90), (0.0, -0.80)], Paint::flat(mark).lift(0.0));
    easel.polygon(&[(-0.042, -0.64), (0.0, -0.68), (0.042, -0.64), (0.0, -0.52)], slope(claw, 0.0).lift(0.0));
}

pub(super) const BUTTERFLY: Figure =
    Figure { draw: butterfly, height: 0.54, girth: 0.30, altitude: 0.14, lean: (-0.14, 0.14), ..Figure::STANDING };

fn butterfly(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    let own = palette.own;
    let hem = if own.base.luminance() < 0.2 { palette.second } else { Tones::flat(own.shade.mix(palette.dark, 0.75)) };
    let spot = slope(palette.second, 0.3).lift(0.0);
    // Towards the wing's middle, as a share of the way.
    let inset = |outline: &[(f32, f32)], (x, y): (f32, f32), share: f32| -> Vec<(f32, f32)> {
        outline.iter().map(|point| (x + (point.0 - x) * share, y + (point.1 - y) * share)).collect()
    };
    for side in [-1.0f32, 1.0] {
        let at = |(x, y): (f32, f32)| (side * x, y);
        let level = easel.facing(side);
        let lower = [
            (0.02, -0.50),
            (0.22, -0.50),
            (0.42, -0.40),
            (0.48, -0.20),
            (0.38, -0.03),
            (0.24, 0.0),
            (0.15, -0.10),
            (0.06, -0.30),
        ]
        .map(at);
        let upper = [
            (0.02, -0.50),
            (0.10, -0.74),
            (0.28, -0.94),
            (0.50, -1.0),
            (0.62, -0.90),
            (0.59, -0.68),
            (0.46, -0.50),
            (0.22, -0.42),
        ]
        .map(at);
        for (outline, root, tone) in
            [(&lower, at((0.22, -0.29)), level * 0.5 - 0.3), (&upper, at((0.32, -0.69)), level * 0.6 + 0.25)]
        {
            easel.smooth(outline, slope(hem, tone));
            easel.smooth(&inset(outline, root, 0.86), slope(own, tone).lift(0.0));
        }
        for ((x, y), radius) in
            [((0.545, -0.885), 0.036), ((0.535, -0.76), 0.034), ((0.40, -0.15), 0.036), ((0.29, -0.075), 0.034)]
        {
            easel.ellipse((side * x, y), (radius, radius), spot);
        }
        for ((x, y), radius) in [((0.36, -0.74), 0.085), ((0.26, -0.29), 0.07)] {
            easel.ellipse((side * x, y), (radius, radius), spot);
            easel.ellipse((side * x, y), (radius * 0.55, radius * 0.55), slope(hem, 0.0).lift(0.0));
        }
        easel.bar((side * 0.015, -0.76), (side * 0.11, -0.97), (0.018, 0.018), Paint::flat(palette.dark).lift(0.0));
        easel.ellipse((side * 0.115, -0.98), (0.026, 0.026), Paint::flat(palette.dark).lift(0.0));
    }
    let fur = Tones { light: palette.dark.mix(own.base, 0.4), base: palette.dark, shade: palette.dark };
    easel.ellipse((0.0, -0.46), (0.042, 0.29), ball(fur).lift(0.006));
    easel.ellipse((0.0, -0.745), (0.052, 0.052), ball(fur).lift(0.006));
}

pub(super) const SNAIL: Figure = Figure { draw: snail, height: 0.54, girth: 0.50, ..Figure::STANDING };

fn snail(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    let skin = beside(easel, palette, Rgb(0.93, 0.78, 0.58), Rgb(0.66, 0.50, 0.38));
    for (foot, tip) in [((-0.42, -0.48), (-0.36, -0.86)), ((-0.48, -0.46), (-0.57, -0.80))] {
        easel.bar(foot, tip, (0.06, 0.035), slope(skin, 0.0).lift(0.006));
        eye(easel, tip, 0.055, palette);
    }
    let body = [
        (-0.37, -0.50),
        (-0.27, -0.34),
        (-0.10, -0.24),
        (0.30, -0.20),
        (0.50, -0.10),
        (0.62, 0.0),
        (0.40, 0.02),
        (-0.20, 0.02),
        (-0.42, -0.01),
        (-0.50, -0.14),
        (-0.53, -0.30),
        (-0.55, -0.44),
        (-0.47, -0.54),
    ];
    easel.smooth(&body, slope(skin, 0.1));
    easel.bar((-0.40, -0.012), (0.52, 0.0), (0.035, 0.02), slope(skin, -1.0).lift(0.0));
    easel.bar((-0.545, -0.36), (-0.475, -0.34), (0.022, 0.014), Paint::flat(palette.dark).lift(0.0));
    let (x, y) = (0.11, -0.55);
    easel.ellipse((x, y), (0.43, 0.44), ball(palette.own));
    // The spiral winds inwards from the mouth of the shell; its other edge leads back out.
    let winding = |share: f32, out: f32| {
        let (turns, radius) = (0.30 + 2.1 * share, 0.405 - 0.34 * share);
        let radius = radius + out * (0.026 - 0.010 * share);
        (x + radius * cosine(turns), y + radius * sine(turns))
    };
    let steps = || (0..=40u8).map(|step| f32::from(step) / 40.0);
    let spiral: Vec<_> =
        steps().map(|share| winding(share, 1.0)).chain(steps().rev().map(|share| winding(share, -1.0))).collect();
    easel.polygon(&spiral, Paint::flat(marking(palette)).lift(0.0));
    easel.ellipse((x - 0.18, y - 0.335), (0.05, 0.03), slope(palette.second, 0.6).opacity(0.6).lift(0.0));
}
