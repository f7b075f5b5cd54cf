//! A field of lavender: violet rows that run together far off, green between them, and cypresses before low hills.

use super::keep;
use crate::canvas::{Form, Paint};
use crate::chance::{Chance, noise};
use crate::colour::{Rgb, Tones};
use crate::easel::Easel;
use crate::scene::Medium;

const BLOSSOM: Rgb = Rgb(0.66, 0.52, 0.88);
const LEAF: Rgb = Rgb(0.46, 0.60, 0.32);

pub(super) fn behind(easel: &mut Easel, chance: &mut Chance) {
    let (horizon, light) = (easel.light.horizon, easel.light);
    let field = chance.field();
    let hill = |x: f32| horizon - 0.060 + 0.040 * noise(x * 2.2, 3.0, field);
    easel.land(24, hill, Paint::formed(light.far(Rgb(0.48, 0.52, 0.68), 0.40), Form::Slope(0.1)));
    let hill = |x: f32| horizon - 0.012 + 0.022 * noise(x * 2.6, 7.0, field);
    easel.land(24, hill, Paint::formed(light.far(Rgb(0.50, 0.64, 0.36), 0.15), Form::Slope(0.2)));
    trees(easel, chance);
    let edge = horizon + 0.020;
    let leaf = keep(light.land(LEAF), LEAF);
    easel.land(2, |_| edge, Paint::formed(Tones { shade: leaf.base * Rgb(0.80, 0.86, 0.74), ..leaf }, Form::Fall));
    rows(easel, chance, edge);
}

/// Cypresses and a round tree or two, away from the sun.
fn trees(easel: &mut Easel, chance: &mut Chance) {
    let (horizon, light) = (easel.light.horizon, easel.light);
    let away = if light.sun.0 > 0.5 { -1.0 } else { 1.0 };
    let (cypress, bush) = (light.far(Rgb(0.16, 0.34, 0.22), 0.12), light.far(Rgb(0.30, 0.48, 0.26), 0.14));
    for _ in 0..2 {
        let (x, size) = (0.5 + chance.side() * chance.between(0.16, 0.46), chance.between(0.022, 0.032));
        easel.ellipse((x, horizon + 0.008 - size * 0.6), (size * 1.4, size), Paint::formed(bush, Form::Ball).lift(0.004));
    }
    let middle = chance.between(0.31, 0.37);
    for (out, size) in [(-0.075, 0.13), (0.0, 0.19), (0.085, 0.15)] {
        let (x, size) = (0.5 + away * (middle + out), size * chance.between(0.9, 1.1));
        let y = horizon + 0.024;
        let half = 0.012 + size * 0.10;
        let flame = [
            (x, y - size),
            (x + half * 0.75, y - size * 0.55),
            (x + half, y - size * 0.22),
            (x + half * 0.4, y),
            (x - half * 0.4, y),
            (x - half, y - size * 0.22),
            (x - half * 0.75, y - size * 0.55),
        ];
        easel.smooth(&flame, Paint::formed(cypress, Form::Column).lift(0.005));
    }
}

/// Rows that meet in one point at the horizon; the gap in the middle is a path of pale earth.
fn rows(easel: &mut Easel, chance: &mut Chance, edge: f32) {
    let light = easel.light;
    let paper = easel.canvas.medium == Medium::PaperCutout;
    let point = (0.5 + chance.between(-0.05, 0.05), edge - 0.030);
    let earth = light.land(Rgb(0.84, 0.78, 0.56));
    // Where a line to the lower edge of the picture, `out` from the middle there, has come at height `y`.
    let along = |out: f32, y: f32| (point.0 + (0.5 + out - point.0) * (y - point.1) / (1.02 - point.1), y);
    let blossom = keep(light.land(BLOSSOM), BLOSSOM);
    let blossom = Tones { shade: blossom.base * Rgb(0.66, 0.60, 0.78), ..blossom };
    // Gentler than the rows, so that these stay whole.
    let bush = Tones { shade: blossom.at(-0.6), ..blossom };
    let strip = |easel: &mut Easel, from: f32, to: f32, paint: Paint| {
        easel.polygon(&[along(from, edge), along(to, edge), along(to, 1.03), along(from, 1.03)], paint);
    };
    strip(easel, -0.22, 0.22, Paint::formed(earth, Form::Fall).lift(0.002));
    let (count, pitch, width) = if paper { (4u8, 0.42, 0.30) } else { (7, 0.27, 0.19) };
    let bright = easel.facing(1.0).signum();
    for side in [-1.0, 1.0] {
        for row in (0..count).rev() {
            let inner = 0.20 + f32::from(row) * pitch;
            let (left, right) = if side < 0.0 { (-inner - width, -inner) } else { (inner, inner + width) };
            let (lit, dark) = if bright > 0.0 { (right, left) } else { (left, right) };
            let level = 0.30 * (chance.unit() - 0.5);
            strip(easel, left, right, Paint::flat(blossom.at(level)).lift(0.006));
            strip(easel, dark, dark + (lit - dark) * 0.36, Paint::flat(blossom.shade).lift(0.0));
            strip(easel, lit, lit + (dark - lit) * 0.26, Paint::flat(blossom.at(0.9)).lift(0.0));
            if paper || row > 2 {
                continue;
            }
            // Round bushes along the row, larger the nearer they are.
            let mut y = edge + 0.070;
            while y < 1.0 {
                let near = (y - point.1) / (1.02 - point.1);
                let centre = along((left + right) / 2.0, y - 0.020 * near);
                let radius = near * width * 0.46;
                easel.ellipse(centre, (radius, radius * 0.62), Paint::formed(bush, Form::Ball).lift(0.0));
                y += 0.020 + 0.075 * near;
            }
        }
    }
}

pub(super) fn before(easel: &mut Easel, chance: &mut Chance, foot: f32) {
    let light = easel.light;
    let (stem, blossom) = (light.land(Rgb(0.36, 0.54, 0.28)), light.land(Rgb(0.54, 0.38, 0.82)));
    for side in [-1.0, 1.0] {
        for sprig in 0..6u8 {
            let x = 0.5 + side * (0.30 + 0.034 * f32::from(sprig) + chance.between(-0.012, 0.012));
            let top = (foot + 0.03).max(0.87) + chance.between(0.0, 0.04) - 0.012 * f32::from(sprig);
            let lean = side * chance.between(-0.03, 0.01);
            easel.bar((x, 1.03), (x + lean, top), (0.010, 0.007), Paint::flat(stem.at(-0.2)).lift(0.002));
            let head = [(x + lean - 0.013, top + 0.045), (x + lean * 1.3, top - 0.020), (x + lean + 0.013, top + 0.045)];
            let level = if sprig % 2 == 0 { 0.5 } else { -0.5 };
            easel.polygon(&head, Paint::flat(blossom.at(level)).lift(0.004));
        }
    }
}
