//! What carries people away: a sailing boat, a balloon, a rocket.

use super::{Figure, Palette, ball, column, slope};
use crate::canvas::Paint;
use crate::chance::Chance;
use crate::colour::{Rgb, Tones};
use crate::easel::Easel;

pub(super) const BOAT: Figure = Figure { draw: boat, girth: 0.40, lean: (-0.06, 0.06), floats: true, ..Figure::STANDING };

fn boat(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    let (left, right) = (easel.facing(-1.0), easel.facing(1.0));
    easel.bar((0.0, -0.20), (0.0, -1.0), (0.045, 0.035), slope(palette.wood, -0.2).lift(0.006));
    // The mainsail bellies to the right of the mast, the jib to the left.
    easel.smooth(
        &[(0.035, -0.95), (0.20, -0.66), (0.41, -0.285), (0.22, -0.25), (0.04, -0.27)],
        slope(palette.own, right * 0.6 + 0.1),
    );
    easel.smooth(
        &[(-0.035, -0.88), (-0.16, -0.60), (-0.34, -0.285), (-0.17, -0.255), (-0.035, -0.27)],
        slope(palette.second, left * 0.6),
    );
    easel.polygon(&[(-0.46, -0.22), (0.48, -0.22), (0.34, 0.03), (-0.32, 0.03)], column(palette.own));
    easel.polygon(&[(-0.40, -0.075), (0.40, -0.075), (0.335, 0.035), (-0.325, 0.035)], column(palette.wood).lift(0.0));
    easel.polygon(&[(-0.47, -0.235), (0.49, -0.235), (0.475, -0.185), (-0.45, -0.185)], slope(palette.second, 0.2).lift(0.0));
}

pub(super) const BALLOON: Figure =
    Figure { draw: balloon, height: 0.62, altitude: 0.12, lean: (-0.06, 0.06), ..Figure::STANDING };

fn balloon(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    for x in [-0.085, 0.085] {
        easel.bar((x * 2.2, -0.34), (x, -0.12), (0.026, 0.026), Paint::flat(palette.wood.shade).lift(0.0));
    }
    let envelope = [
        (0.0, -1.0),
        (0.23, -0.93),
        (0.365, -0.72),
        (0.32, -0.51),
        (0.12, -0.27),
        (-0.12, -0.27),
        (-0.32, -0.51),
        (-0.365, -0.72),
        (-0.23, -0.93),
    ];
    easel.smooth(&envelope, ball(palette.own));
    // Gores: two narrow panels of the second colour, bent with the round.
    for side in [-1.0f32, 1.0] {
        let gore = [
            (side * 0.045, -0.995),
            (side * 0.155, -0.90),
            (side * 0.215, -0.72),
            (side * 0.18, -0.51),
            (side * 0.075, -0.265),
            (side * 0.035, -0.265),
            (side * 0.09, -0.51),
            (side * 0.11, -0.72),
            (side * 0.08, -0.90),
        ];
        let level = easel.facing(side) * 0.6;
        easel.smooth(&gore, slope(palette.second, level).lift(0.0));
    }
    easel.polygon(&[(-0.105, -0.15), (0.105, -0.15), (0.085, 0.0), (-0.085, 0.0)], column(palette.wood).lift(0.006));
    easel.polygon(&[(-0.115, -0.165), (0.115, -0.165), (0.112, -0.125), (-0.112, -0.125)], slope(palette.stone, 0.0).lift(0.0));
}

pub(super) const ROCKET: Figure = Figure { draw: rocket, girth: 0.20, altitude: 0.14, lean: (-0.05, 0.30), ..Figure::STANDING };

fn rocket(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    let tracing = easel.canvas.on_subject;
    // Fire is its own light, whatever the hour, and throws no outline.
    easel.canvas.on_subject = false;
    let fire = |colour: Rgb| Paint::formed(Tones::flat(colour), crate::canvas::Form::Slope(0.0)).lift(0.006);
    easel.smooth(&[(0.12, -0.16), (0.10, 0.03), (0.0, 0.20), (-0.10, 0.03), (-0.12, -0.16)], fire(Rgb(1.0, 0.52, 0.12)));
    easel.smooth(&[(0.07, -0.16), (0.055, 0.0), (0.0, 0.10), (-0.055, 0.0), (-0.07, -0.16)], fire(Rgb(1.0, 0.90, 0.42)));
    easel.canvas.on_subject = tracing;
    for side in [-1.0f32, 1.0] {
        let fin = [(side * 0.16, -0.46), (side * 0.40, -0.20), (side * 0.39, -0.03), (side * 0.11, -0.17)];
        let level = easel.facing(side) * 0.9;
        easel.polygon(&fin, slope(palette.second, level));
    }
    let hull = [
        (0.0, -1.0),
        (0.14, -0.83),
        (0.235, -0.58),
        (0.22, -0.33),
        (0.14, -0.14),
        (-0.14, -0.14),
        (-0.22, -0.33),
        (-0.235, -0.58),
        (-0.14, -0.83),
    ];
    easel.smooth(&hull, column(palette.own));
    let nose = [(0.0, -1.0), (0.085, -0.915), (0.152, -0.80), (0.0, -0.775), (-0.152, -0.80), (-0.085, -0.915)];
    easel.smooth(&nose, column(palette.second).lift(0.0));
    easel.ellipse((0.0, -0.575), (0.12, 0.12), slope(palette.second, 0.3).lift(0.0));
    easel.ellipse((0.0, -0.575), (0.08, 0.08), Paint::flat(Rgb(0.20, 0.34, 0.48)).lift(0.0));
    easel.ellipse((-0.02, -0.61), (0.024, 0.024), Paint::flat(Rgb(0.70, 0.86, 0.95)).lift(0.0));
}
