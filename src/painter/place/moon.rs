//! The moon: grey ground with craters and boulders under a sharp horizon, and the blue earth in the sky.

use crate::canvas::{Form, Paint};
use crate::chance::{Chance, noise};
use crate::colour::{Rgb, Tones};
use crate::easel::Easel;
use crate::scene::Medium;

/// Moon dust, which has no colour of its own.
const DUST: Rgb = Rgb(0.56, 0.56, 0.59);

pub(super) fn behind(easel: &mut Easel, chance: &mut Chance) {
    let (horizon, light) = (easel.light.horizon, easel.light);
    let away = if light.sun.0 > 0.5 { -1.0 } else { 1.0 };
    earth(easel, (0.5 + away * chance.between(0.29, 0.36), chance.between(0.15, 0.22)), chance);
    let field = chance.field();
    let dust = ground(easel);
    // A rim of old mountains to one side, without haze, for there is no air.
    let side = chance.side();
    let rim = |x: f32| {
        let aside = (side * (x - 0.5) + 0.12).max(0.0);
        horizon - 0.115 * aside * (1.5 - aside) - 0.018 * noise(x * 9.0, 2.0, field).abs()
    };
    easel.land(40, rim, Paint::flat(dust.at(-0.75)));
    let lit = |x: f32| rim(x) + 0.030 + 0.016 * noise(x * 11.0, 6.0, field);
    easel.land(40, lit, Paint::flat(dust.at(-0.2)).lift(0.0));
    // The ground bends down to the sides, as on a small ball.
    let plain = |x: f32| horizon + 0.012 + 0.075 * (x - 0.5) * (x - 0.5);
    let floor = Tones { light: dust.light, base: dust.base, shade: dust.base * Rgb(0.72, 0.72, 0.75) };
    easel.land(30, plain, Paint::formed(floor, Form::Fall));
    let craters = if easel.canvas.medium == Medium::PaperCutout { 4u8 } else { 7 };
    for number in 0..craters {
        let near = (f32::from(number) + chance.between(0.1, 0.9)) / f32::from(craters);
        let turn = if number % 2 == 0 { away } else { -away };
        let (x, y) = (0.5 + turn * chance.between(0.20, 0.48), horizon + 0.045 + 0.27 * near);
        crater(easel, (x, y), 0.045 + 0.065 * near * chance.between(0.7, 1.1));
    }
    for _ in 0..3 {
        let (x, y) = (0.5 + chance.side() * chance.between(0.18, 0.46), horizon + chance.between(0.03, 0.10));
        boulder(easel, chance, (x, y), 0.018);
    }
}

fn ground(easel: &Easel) -> Tones {
    let dust = easel.light.land(DUST).map(|tone| tone.saturate(0.45));
    Tones { light: dust.light.mix(Rgb::WHITE, 0.12), base: dust.base, shade: dust.shade * 0.62 }
}

/// A bowl with its shadow on the side towards the sun and a bright rim around.
fn crater(easel: &mut Easel, (x, y): (f32, f32), size: f32) {
    let dust = ground(easel);
    let sun = easel.facing(1.0).clamp(-0.6, 0.6);
    let flat = 0.34;
    let paint = |level: f32| Paint::flat(dust.at(level)).lift(0.0);
    easel.ellipse((x, y), (size * 1.16, size * flat * 1.24), paint(0.85).lift(0.004));
    easel.ellipse((x, y + size * 0.02), (size, size * flat), paint(-0.30));
    easel.ellipse((x + sun * size * 0.16, y - size * 0.05), (size * 0.82, size * flat * 0.80), paint(-0.95));
    easel.ellipse((x - sun * size * 0.20, y + size * 0.07), (size * 0.58, size * flat * 0.50), paint(-0.45));
}

fn boulder(easel: &mut Easel, chance: &mut Chance, (x, y): (f32, f32), size: f32) {
    let dust = ground(easel);
    let stone = Tones { shade: dust.shade * 0.8, ..dust };
    easel.shadow((x - easel.facing(1.0) * size * 0.8, y), (size * 1.8, size * 0.32), easel.light.shadow() * 0.8);
    let rough = chance.between(0.9, 1.15);
    let corners = [
        (x - size, y + size * 0.15),
        (x - size * 0.90, y - size * 0.55),
        (x - size * 0.30, y - size * rough),
        (x + size * 0.45, y - size * 0.90),
        (x + size * rough, y - size * 0.30),
        (x + size * 0.85, y + size * 0.18),
    ];
    easel.polygon(&corners, Paint::formed(stone, Form::Ball).lift(0.006));
}

fn earth(easel: &mut Easel, (x, y): (f32, f32), chance: &mut Chance) {
    let radius = 0.070;
    easel.canvas.glow((x, y), radius * 2.0, Rgb(0.70, 0.88, 1.0), 0.55);
    let sea = Tones { light: Rgb(0.36, 0.66, 1.0), base: Rgb(0.10, 0.38, 0.86), shade: Rgb(0.03, 0.12, 0.42) };
    let spot = |easel: &mut Easel, right: f32, down: f32, radii: (f32, f32), colour: Rgb| {
        let centre = (x + right * radius, y + down * radius);
        easel.ellipse(centre, (radii.0 * radius, radii.1 * radius), Paint::flat(colour).lift(0.0));
    };
    easel.ellipse((x, y), (radius * 1.10, radius * 1.10), Paint::flat(Rgb(0.80, 0.93, 1.0)).lift(0.004));
    easel.ellipse((x, y), (radius, radius), Paint::formed(sea, Form::Ball).lift(0.0));
    let turn = chance.between(-0.15, 0.15);
    spot(easel, -0.35 + turn, -0.20, (0.36, 0.42), Rgb(0.36, 0.66, 0.30));
    spot(easel, -0.20 + turn, 0.38, (0.22, 0.30), Rgb(0.44, 0.64, 0.28));
    spot(easel, 0.48 + turn, 0.0, (0.24, 0.34), Rgb(0.34, 0.58, 0.30));
    spot(easel, 0.0, -0.78, (0.46, 0.16), Rgb(0.97, 0.99, 1.0));
    spot(easel, -0.42, 0.12, (0.34, 0.10), Rgb(0.97, 0.99, 1.0));
    spot(easel, 0.36, -0.34, (0.38, 0.10), Rgb(0.97, 0.99, 1.0));
    spot(easel, 0.40, 0.44, (0.36, 0.10), Rgb(0.97, 0.99, 1.0));
    spot(easel, 0.05, 0.82, (0.38, 0.13), Rgb(0.97, 0.99, 1.0));
}

pub(super) fn before(easel: &mut Easel, chance: &mut Chance, foot: f32) {
    let side = chance.side();
    let x = 0.5 + side * chance.between(0.26, 0.40);
    crater(easel, (x, chance.between(foot + 0.07, 0.98).max(0.93)), chance.between(0.09, 0.12));
    for _ in 0..chance.count(2, 3) {
        let (x, y) = (0.5 - side * chance.between(0.20, 0.48), chance.between(foot + 0.06, 1.0).max(0.92));
        let size = chance.between(0.028, 0.050);
        boulder(easel, chance, (x, y), size);
    }
}
