//! What people live in, look out for and grind with: a cottage, a lighthouse, a windmill.

use super::{Figure, Palette, ball, column, slope};
use crate::canvas::Paint;
use crate::chance::{Chance, cosine, sine};
use crate::colour::Rgb;
use crate::easel::Easel;

pub(super) const COTTAGE: Figure = Figure { draw: cottage, height: 0.62, girth: 0.46, ..Figure::STANDING };

fn cottage(easel: &mut Easel, palette: &Palette, chance: &mut Chance) {
    let (front, side) = (easel.facing(-0.5), easel.facing(1.0));
    smoke(easel, chance);
    easel.polygon(&[(0.22, -0.96), (0.35, -0.96), (0.35, -0.62), (0.22, -0.62)], column(palette.wood));
    easel.polygon(&[(0.20, -1.0), (0.37, -1.0), (0.37, -0.93), (0.20, -0.93)], slope(palette.stone, 0.0).lift(0.0));
    // Walls: the gable to the left, the long side to the right.
    easel.polygon(
        &[(-0.46, 0.0), (-0.46, -0.44), (-0.27, -0.80), (-0.08, -0.44), (-0.08, 0.0)],
        slope(palette.stone, front * 0.7),
    );
    easel.polygon(&[(-0.08, 0.0), (-0.08, -0.46), (0.47, -0.46), (0.47, 0.0)], slope(palette.stone, side * 0.7).lift(0.0));
    easel.polygon(&[(-0.285, -0.88), (0.33, -0.88), (0.545, -0.40), (-0.055, -0.40)], slope(palette.own, side * 0.35 + 0.15));
    easel.polygon(&[(-0.30, -0.88), (-0.235, -0.88), (-0.47, -0.38), (-0.54, -0.40)], slope(palette.own, front - 0.2));
    // Door in the gable, two windows along the side.
    easel.polygon(&[(-0.355, 0.0), (-0.355, -0.31), (-0.185, -0.31), (-0.185, 0.0)], slope(palette.own, -0.55).lift(0.004));
    let window = Paint::flat(palette.window).lift(0.004);
    for x in [0.04, 0.27] {
        easel.polygon(&[(x, -0.32), (x + 0.13, -0.32), (x + 0.13, -0.15), (x, -0.15)], window);
    }
}

fn smoke(easel: &mut Easel, chance: &mut Chance) {
    let drift = chance.between(-0.06, 0.10);
    easel.canvas.on_subject = false;
    for puff in 0..3u8 {
        let up = f32::from(puff);
        let grey = easel.light.bands[2].mix(Rgb::WHITE, 0.45);
        let centre = (0.29 + drift * up, -1.06 - 0.085 * up);
        let paint = Paint::flat(grey).opacity(0.72 - 0.16 * up).lift(0.004);
        easel.ellipse(centre, (0.05 + 0.018 * up, 0.05 + 0.012 * up), paint);
    }
    easel.canvas.on_subject = true;
}

pub(super) const LIGHTHOUSE: Figure = Figure { draw: lighthouse, ..Figure::STANDING };

fn lighthouse(easel: &mut Easel, palette: &Palette, _: &mut Chance) {
    if easel.light.lamps() {
        easel.canvas.on_subject = false;
        let beam = Paint::flat(Rgb(1.0, 0.94, 0.66)).opacity(0.42).lift(0.0);
        easel.polygon(&[(0.0, -0.85), (-1.1, -1.02), (-1.1, -0.70)], beam);
        easel.polygon(&[(0.0, -0.85), (1.1, -1.02), (1.1, -0.70)], beam);
        easel.canvas.on_subject = true;
    }
    easel.smooth(&[(-0.36, 0.03), (-0.26, -0.07), (0.0, -0.10), (0.28, -0.06), (0.38, 0.03), (0.0, 0.06)], ball(palette.wood));
    let half = |y: f32| 0.135 + 0.115 * (y + 0.78) / 0.76;
    easel.polygon(&[(-0.25, -0.02), (-0.135, -0.78), (0.135, -0.78), (0.25, -0.02)], column(palette.own));
    for (top, bottom) in [(-0.66, -0.53), (-0.40, -0.255)] {
        let band = [(-half(bottom), bottom), (-half(top), top), (half(top), top), (half(bottom), bottom)];
        easel.polygon(&band, column(palette.second).lift(0.0));
    }
    easel.polygon(&[(-0.055, -0.03), (-0.055, -0.17), (0.055, -0.17), (0.055, -0.03)], Paint::flat(palette.dark).lift(0.0));
    let glass = if easel.light.lamps() { Rgb(1.0, 0.95, 0.60) } else { Rgb(0.84, 0.92, 0.94) };
    easel.polygon(&[(-0.10, -0.78), (-0.10, -0.91), (0.10, -0.91), (0.10, -0.78)], Paint::flat(glass));
    easel.polygon(&[(-0.18, -0.765), (-0.18, -0.815), (0.18, -0.815), (0.18, -0.765)], Paint::flat(palette.dark).lift(0.004));
    easel.polygon(&[(-0.15, -0.895), (-0.06, -0.99), (0.0, -1.03), (0.06, -0.99), (0.15, -0.895)], column(palette.own));
    if easel.light.lamps() {
        let lamp = easel.frame.point((0.0, -0.845));
        easel.canvas.glow(lamp, 0.16, Rgb(1.0, 0.93, 0.60), 0.55);
    }
}

pub(super) const WINDMILL: Figure = Figure { draw: windmill, girth: 0.30, ..Figure::STANDING };

fn windmill(easel: &mut Easel, palette: &Palette, chance: &mut Chance) {
    let turn = chance.between(0.06, 0.19);
    easel.polygon(&[(-0.32, 0.0), (-0.19, -0.66), (0.19, -0.66), (0.32, 0.0)], column(palette.own));
    easel.polygon(&[(-0.32, 0.0), (-0.303, -0.085), (0.303, -0.085), (0.32, 0.0)], column(palette.second).lift(0.0));
    easel.smooth(
        &[(-0.235, -0.63), (-0.16, -0.78), (0.0, -0.87), (0.16, -0.78), (0.235, -0.63), (0.0, -0.61)],
        ball(palette.wood),
    );
    easel.polygon(&[(-0.06, 0.0), (-0.06, -0.19), (0.06, -0.19), (0.06, 0.0)], Paint::flat(palette.dark).lift(0.0));
    easel.polygon(&[(-0.05, -0.40), (-0.05, -0.50), (0.05, -0.50), (0.05, -0.40)], Paint::flat(palette.window).lift(0.0));
    let hub = (0.0, -0.665);
    for quarter in 0..4u8 {
        let (x, y) = (cosine(turn + f32::from(quarter) * 0.25), sine(turn + f32::from(quarter) * 0.25));
        let at = |out: f32, aside: f32| (hub.0 + x * out - y * aside, hub.1 + y * out + x * aside);
        let cloth = [at(0.13, 0.0), at(0.13, 0.105), at(0.45, 0.105), at(0.45, 0.0)];
        easel.polygon(&cloth, slope(palette.second, y * -0.4).lift(0.008));
        easel.bar(at(0.0, 0.0), at(0.45, 0.0), (0.045, 0.035), Paint::flat(palette.wood.shade).lift(0.0));
    }
    easel.ellipse(hub, (0.045, 0.045), Paint::flat(palette.wood.base).lift(0.004));
}
