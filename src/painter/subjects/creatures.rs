//! What looks back: a sitting cat and a spouting whale.

use super::{Figure, Palette, ball, slope};
use crate::canvas::Paint;
use crate::chance::Chance;
use crate::colour::{Rgb, Tones};
use crate::easel::Easel;

pub(super) const CAT: Figure = Figure { draw: cat, girth: 0.34, ..Figure::STANDING };

fn cat(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    let own = palette.own;
    // The tail lies around the body and lifts its tip.
    let tail = [
        (0.14, -0.06),
        (0.32, -0.10),
        (0.37, -0.22),
        (0.33, -0.38),
        (0.42, -0.44),
        (0.485, -0.28),
        (0.45, -0.06),
        (0.32, 0.015),
        (0.14, 0.02),
    ];
    easel.smooth(&tail, ball(own));
    let body = [
        (-0.13, -0.56),
        (-0.22, -0.30),
        (-0.27, -0.08),
        (-0.20, 0.015),
        (0.0, 0.025),
        (0.20, 0.015),
        (0.27, -0.08),
        (0.22, -0.30),
        (0.13, -0.56),
    ];
    easel.smooth(&body, ball(own));
    easel.smooth(
        &[(0.0, -0.52), (0.10, -0.38), (0.08, -0.19), (0.0, -0.13), (-0.08, -0.19), (-0.10, -0.38)],
        slope(palette.second, 0.1).lift(0.0),
    );
    for side in [-1.0f32, 1.0] {
        easel.ellipse((side * 0.105, -0.012), (0.085, 0.05), slope(palette.second, easel.facing(side) * 0.4).lift(0.0));
        let ear = [(side * 0.255, -0.74), (side * 0.245, -1.0), (side * 0.06, -0.90)];
        easel.polygon(&ear, slope(own, easel.facing(side) * 0.7));
        let inner = [(side * 0.215, -0.80), (side * 0.215, -0.93), (side * 0.12, -0.87)];
        easel.polygon(&inner, Paint::flat(own.shade.mix(Rgb(0.90, 0.52, 0.56), 0.5)).lift(0.0));
    }
    let head =
        [(0.0, -0.90), (0.18, -0.87), (0.27, -0.72), (0.21, -0.56), (0.0, -0.49), (-0.21, -0.56), (-0.27, -0.72), (-0.18, -0.87)];
    easel.smooth(&head, ball(Tones { shade: own.shade.mix(own.base, 0.4), ..own }));
    easel.ellipse((0.0, -0.59), (0.115, 0.07), slope(palette.second, 0.2).lift(0.0));
    for side in [-1.0f32, 1.0] {
        easel.ellipse((side * 0.12, -0.715), (0.062, 0.066), Paint::flat(palette.dark).lift(0.0));
        easel.ellipse((side * 0.12 - 0.018, -0.735), (0.022, 0.022), Paint::flat(Rgb(0.98, 0.98, 0.90)).lift(0.0));
    }
    easel.polygon(&[(-0.042, -0.645), (0.042, -0.645), (0.0, -0.595)], Paint::flat(Rgb(0.44, 0.16, 0.20)).lift(0.0));
}

pub(super) const WHALE: Figure = Figure { draw: whale, height: 0.56, girth: 0.48, floats: true, ..Figure::STANDING };

fn whale(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    easel.canvas.on_subject = false;
    let spray = Paint::flat(Rgb(0.84, 0.95, 1.0).mix(easel.light.bands[2], 0.2)).opacity(0.95).lift(0.006);
    easel.smooth(&[(-0.235, -0.55), (-0.22, -0.75), (-0.235, -0.90), (-0.265, -0.75), (-0.262, -0.55)], spray);
    easel.smooth(&[(-0.24, -0.82), (-0.34, -0.96), (-0.44, -0.90), (-0.46, -0.78), (-0.41, -0.84), (-0.33, -0.88)], spray);
    easel.smooth(&[(-0.26, -0.82), (-0.16, -0.96), (-0.06, -0.90), (-0.04, -0.78), (-0.09, -0.84), (-0.17, -0.88)], spray);
    easel.canvas.on_subject = true;
    // The flukes first: the tail's stem covers their root.
    easel.smooth(&[(0.52, -0.58), (0.44, -0.72), (0.30, -0.84), (0.27, -0.72), (0.38, -0.58), (0.48, -0.52)], ball(palette.own));
    easel.smooth(&[(0.49, -0.56), (0.58, -0.72), (0.71, -0.80), (0.70, -0.68), (0.62, -0.56), (0.52, -0.50)], ball(palette.own));
    let body = [
        (-0.58, -0.24),
        (-0.53, -0.43),
        (-0.36, -0.57),
        (-0.12, -0.58),
        (0.12, -0.48),
        (0.30, -0.38),
        (0.42, -0.44),
        (0.46, -0.60),
        (0.56, -0.60),
        (0.57, -0.42),
        (0.50, -0.20),
        (0.32, -0.05),
        (0.0, 0.02),
        (-0.35, 0.02),
        (-0.53, -0.07),
    ];
    easel.smooth(&body, ball(Tones { shade: palette.own.shade.mix(palette.own.base, 0.35), ..palette.own }));
    let belly = [(-0.565, -0.20), (-0.36, -0.17), (-0.10, -0.12), (0.22, -0.06), (0.0, 0.015), (-0.34, 0.018), (-0.52, -0.06)];
    easel.smooth(&belly, slope(palette.second, 0.0).lift(0.0));
    easel.smooth(
        &[(-0.12, -0.16), (0.02, -0.18), (0.12, -0.02), (0.02, 0.06), (-0.06, -0.02)],
        slope(palette.own, -0.6).lift(0.006),
    );
    easel.ellipse((-0.36, -0.31), (0.046, 0.052), Paint::flat(palette.dark).lift(0.0));
    easel.ellipse((-0.372, -0.325), (0.018, 0.018), Paint::flat(Rgb::WHITE).lift(0.0));
}
