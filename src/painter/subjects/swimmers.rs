//! What is at home in water: a fish, a duck, a turtle, a penguin.

use super::small::{beside, eye, marking, orange};
use super::{Figure, Palette, ball, slope};
use crate::canvas::Paint;
use crate::chance::Chance;
use crate::colour::{Rgb, Tones};
use crate::easel::Easel;

pub(super) const FISH: Figure = Figure { draw: fish, height: 0.54, girth: 0.34, altitude: 0.16, ..Figure::STANDING };

/// Leaps, head up.
fn fish(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    let own = palette.own;
    let turn = |(x, y): (f32, f32)| (0.947 * x - 0.32 * y - 0.05, 0.32 * x + 0.947 * y - 0.52);
    let traced = easel.canvas.on_subject;
    easel.canvas.on_subject = false;
    let drop = Paint::flat(Rgb(0.84, 0.95, 1.0).mix(easel.light.bands[2], 0.2)).lift(0.006);
    for (x, y, radius) in [(0.46, 0.08, 0.045), (0.26, 0.05, 0.034), (0.60, -0.06, 0.032), (0.10, 0.13, 0.026)] {
        easel.smooth(&[(x, y - radius * 1.8), (x + radius, y), (x, y + radius), (x - radius, y)], drop);
    }
    easel.canvas.on_subject = traced;
    let fins: [&[(f32, f32)]; 4] = [
        &[
            (0.26, -0.05),
            (0.42, -0.22),
            (0.60, -0.30),
            (0.54, -0.13),
            (0.47, 0.0),
            (0.53, 0.14),
            (0.57, 0.31),
            (0.41, 0.21),
            (0.26, 0.05),
        ],
        &[(-0.34, -0.20), (-0.22, -0.38), (-0.04, -0.43), (0.14, -0.37), (0.20, -0.24), (0.16, -0.14), (-0.08, -0.18)],
        &[(-0.24, 0.20), (-0.18, 0.36), (-0.04, 0.43), (0.0, 0.32), (0.02, 0.18)],
        &[(0.08, 0.18), (0.14, 0.31), (0.25, 0.30), (0.26, 0.08)],
    ];
    for fin in fins {
        let fin: Vec<_> = fin.iter().copied().map(turn).collect();
        easel.smooth(&fin, slope(own, -0.55));
    }
    let body = [
        (-0.60, 0.03),
        (-0.50, -0.14),
        (-0.32, -0.26),
        (-0.10, -0.29),
        (0.10, -0.22),
        (0.26, -0.10),
        (0.34, -0.06),
        (0.34, 0.06),
        (0.26, 0.09),
        (0.10, 0.20),
        (-0.10, 0.27),
        (-0.32, 0.25),
        (-0.50, 0.15),
    ];
    easel.smooth(&body.map(turn), ball(Tones { shade: own.shade.mix(own.base, 0.35), ..own }));
    let stripes = [
        [(-0.27, -0.27), (-0.17, -0.285), (-0.12, 0.0), (-0.16, 0.265), (-0.26, 0.26), (-0.215, 0.0)],
        [(0.06, -0.24), (0.13, -0.20), (0.17, 0.0), (0.13, 0.185), (0.06, 0.215), (0.095, 0.0)],
    ];
    for stripe in stripes {
        easel.smooth(&stripe.map(turn), slope(palette.second, 0.1).lift(0.0));
    }
    let fin = [(-0.13, 0.04), (-0.02, 0.0), (0.07, 0.06), (0.05, 0.15), (-0.07, 0.14)];
    easel.smooth(&fin.map(turn), slope(own, -0.7).lift(0.006));
    easel.bar(turn((-0.60, 0.06)), turn((-0.49, 0.085)), (0.026, 0.016), Paint::flat(marking(palette)).lift(0.0));
    eye(easel, turn((-0.415, -0.06)), 0.075, palette);
}

pub(super) const DUCK: Figure = Figure { draw: duck, height: 0.54, girth: 0.46, floats: true, ..Figure::STANDING };

fn duck(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    let own = palette.own;
    let bright = Tones { shade: own.shade.mix(own.base, 0.35), ..own };
    // The drake's curl.
    let curl = [(0.36, -0.44), (0.43, -0.56), (0.40, -0.65), (0.33, -0.66), (0.40, -0.72), (0.49, -0.66), (0.52, -0.50)];
    easel.smooth(&curl, slope(own, -0.5).lift(0.006));
    let body = [
        (-0.46, -0.28),
        (-0.38, -0.46),
        (-0.14, -0.42),
        (0.12, -0.45),
        (0.34, -0.45),
        (0.50, -0.54),
        (0.62, -0.60),
        (0.60, -0.42),
        (0.52, -0.18),
        (0.34, -0.03),
        (0.0, 0.025),
        (-0.30, 0.01),
        (-0.44, -0.12),
    ];
    easel.smooth(&body, ball(bright));
    let neck = [(-0.43, -0.74), (-0.41, -0.58), (-0.45, -0.40), (-0.36, -0.28), (-0.16, -0.34), (-0.13, -0.52), (-0.12, -0.76)];
    easel.smooth(&neck, ball(bright).lift(0.0));
    let orange = orange(easel, palette);
    let bill =
        [(-0.38, -0.85), (-0.49, -0.775), (-0.60, -0.765), (-0.65, -0.715), (-0.61, -0.655), (-0.48, -0.635), (-0.38, -0.67)];
    easel.smooth(&bill, slope(orange, 0.1).lift(0.006));
    easel.bar((-0.63, -0.695), (-0.44, -0.70), (0.024, 0.02), slope(orange, -1.0).lift(0.0));
    easel.ellipse((-0.28, -0.80), (0.19, 0.185), ball(bright));
    let collar = [(-0.415, -0.57), (-0.28, -0.54), (-0.135, -0.58), (-0.135, -0.51), (-0.28, -0.465), (-0.425, -0.50)];
    easel.smooth(&collar, slope(palette.second, 0.2).lift(0.0));
    let wing = [
        (-0.18, -0.30),
        (-0.06, -0.39),
        (0.16, -0.39),
        (0.36, -0.36),
        (0.50, -0.37),
        (0.42, -0.24),
        (0.24, -0.12),
        (0.0, -0.12),
        (-0.15, -0.20),
    ];
    easel.smooth(&wing, slope(own, 0.55).lift(0.008));
    let speculum = [(0.10, -0.28), (0.26, -0.29), (0.40, -0.31), (0.33, -0.22), (0.22, -0.17), (0.10, -0.19)];
    easel.smooth(&speculum, slope(palette.second, 0.1).lift(0.0));
    let edge = [(-0.17, -0.25), (0.0, -0.155), (0.24, -0.155), (0.40, -0.26), (0.25, -0.105), (0.0, -0.10), (-0.14, -0.16)];
    easel.smooth(&edge, Paint::flat(marking(palette)).lift(0.0));
    eye(easel, (-0.345, -0.83), 0.055, palette);
}

pub(super) const TURTLE: Figure = Figure { draw: turtle, height: 0.54, girth: 0.48, floats: true, ..Figure::STANDING };

fn turtle(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    let own = palette.own;
    let skin = beside(easel, palette, Rgb(0.46, 0.55, 0.26), Rgb(0.86, 0.76, 0.48));
    let far = Tones::flat(skin.shade.mix(skin.base, 0.2));
    easel.smooth(&[(-0.12, -0.26), (-0.20, -0.06), (-0.30, 0.0), (-0.16, 0.02), (0.02, -0.20)], slope(far, 0.0));
    easel.smooth(&[(0.22, -0.24), (0.20, -0.06), (0.14, 0.01), (0.28, 0.01), (0.38, -0.20)], slope(far, 0.0));
    easel.smooth(&[(0.42, -0.30), (0.54, -0.22), (0.63, -0.10), (0.50, -0.14), (0.38, -0.18)], slope(skin, -0.4));
    let neck = [
        (-0.50, -0.74),
        (-0.42, -0.52),
        (-0.44, -0.36),
        (-0.34, -0.20),
        (-0.16, -0.18),
        (-0.18, -0.42),
        (-0.30, -0.62),
        (-0.36, -0.78),
    ];
    easel.smooth(&neck, slope(skin, -0.15));
    let head = [(-0.64, -0.68), (-0.60, -0.80), (-0.47, -0.87), (-0.34, -0.81), (-0.31, -0.68), (-0.42, -0.60), (-0.56, -0.60)];
    easel.smooth(&head, ball(skin));
    easel.bar((-0.63, -0.665), (-0.50, -0.655), (0.022, 0.014), Paint::flat(palette.dark).lift(0.0));
    let under = [(-0.34, -0.26), (0.0, -0.22), (0.48, -0.26), (0.42, -0.12), (0.04, -0.08), (-0.26, -0.12)];
    easel.smooth(&under, slope(palette.second, -0.2));
    let shell = [
        (-0.36, -0.26),
        (-0.32, -0.52),
        (-0.18, -0.78),
        (0.06, -0.90),
        (0.30, -0.80),
        (0.46, -0.54),
        (0.53, -0.26),
        (0.28, -0.19),
        (0.06, -0.175),
        (-0.18, -0.19),
    ];
    easel.smooth(&shell, ball(own));
    // Grooves between the plates.
    let groove = Paint::flat(marking(palette)).lift(0.0);
    let grooves = [
        ((-0.33, -0.37), (0.08, -0.32)),
        ((0.08, -0.32), (0.50, -0.37)),
        ((-0.06, -0.70), (0.20, -0.70)),
        ((-0.06, -0.70), (-0.13, -0.50)),
        ((0.20, -0.70), (0.29, -0.50)),
        ((-0.13, -0.50), (-0.05, -0.335)),
        ((0.29, -0.50), (0.22, -0.335)),
        ((-0.06, -0.70), (-0.10, -0.83)),
        ((0.20, -0.70), (0.24, -0.84)),
        ((-0.13, -0.50), (-0.31, -0.54)),
        ((0.29, -0.50), (0.46, -0.54)),
        ((-0.17, -0.345), (-0.18, -0.20)),
        ((0.06, -0.32), (0.06, -0.18)),
        ((0.32, -0.345), (0.32, -0.20)),
    ];
    for (from, to) in grooves {
        easel.bar(from, to, (0.028, 0.028), groove);
    }
    let front = [
        (-0.26, -0.24),
        (-0.34, -0.12),
        (-0.46, -0.04),
        (-0.52, 0.01),
        (-0.36, 0.03),
        (-0.20, -0.02),
        (-0.06, -0.14),
        (-0.08, -0.24),
    ];
    easel.smooth(&front, slope(skin, 0.25));
    let back = [(0.28, -0.24), (0.34, -0.10), (0.32, 0.0), (0.42, 0.025), (0.56, 0.0), (0.50, -0.12), (0.46, -0.24)];
    easel.smooth(&back, slope(skin, 0.05));
    eye(easel, (-0.50, -0.755), 0.052, palette);
}

pub(super) const PENGUIN: Figure = Figure { draw: penguin, girth: 0.32, ..Figure::STANDING };

fn penguin(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    let own = palette.own;
    let orange = orange(easel, palette);
    for side in [-1.0f32, 1.0] {
        let foot = [(side * 0.03, -0.05), (side * 0.14, -0.09), (side * 0.26, -0.02), (side * 0.22, 0.03), (side * 0.08, 0.03)];
        easel.smooth(&foot, slope(orange, easel.facing(side) * 0.5).lift(0.006));
        let flipper = [
            (side * 0.19, -0.66),
            (side * 0.29, -0.56),
            (side * 0.39, -0.38),
            (side * 0.44, -0.22),
            (side * 0.36, -0.23),
            (side * 0.25, -0.34),
        ];
        easel.smooth(&flipper, slope(own, easel.facing(side) * 0.8));
    }
    let body = [
        (0.0, -1.0),
        (0.14, -0.96),
        (0.205, -0.82),
        (0.20, -0.68),
        (0.275, -0.50),
        (0.305, -0.28),
        (0.24, -0.06),
        (0.0, -0.01),
        (-0.24, -0.06),
        (-0.305, -0.28),
        (-0.275, -0.50),
        (-0.20, -0.68),
        (-0.205, -0.82),
        (-0.14, -0.96),
    ];
    easel.smooth(&body, ball(Tones { shade: own.shade.mix(own.base, 0.3), ..own }));
    let belly = [
        (0.0, -0.60),
        (0.13, -0.56),
        (0.185, -0.34),
        (0.15, -0.10),
        (0.0, -0.035),
        (-0.15, -0.10),
        (-0.185, -0.34),
        (-0.13, -0.56),
    ];
    let pale = slope(palette.second, 0.35).lift(0.0);
    easel.smooth(&belly, pale);
    for side in [-1.0f32, 1.0] {
        easel.ellipse((side * 0.082, -0.80), (0.088, 0.10), pale);
        let (x, y) = (side * 0.078, -0.82);
        easel.ellipse((x, y), (0.042, 0.050), Paint::flat(palette.dark).lift(0.0));
        easel.ellipse((x - 0.013, y - 0.017), (0.016, 0.016), Paint::flat(Rgb::WHITE).lift(0.0));
    }
    easel.polygon(&[(-0.075, -0.755), (0.0, -0.80), (0.075, -0.755), (0.0, -0.665)], slope(orange, 0.1).lift(0.006));
}
