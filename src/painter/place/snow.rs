//! Snow: white hills with firs, and flakes in the air.

use super::SNOW;
use crate::canvas::{Form, Paint};
use crate::chance::{Chance, noise};
use crate::colour::{Rgb, Tones};
use crate::easel::Easel;
use crate::scene::Medium;

pub(super) fn behind(easel: &mut Easel, chance: &mut Chance) {
    let (horizon, light) = (easel.light.horizon, easel.light);
    let field = chance.field();
    let hill = |x: f32| horizon - 0.055 + 0.060 * noise(x * 2.0, 5.0, field);
    easel.land(24, hill, Paint::formed(light.far(SNOW * Rgb(0.80, 0.86, 0.96), 0.25), Form::Slope(0.0)));
    // Firs in two groups that leave the middle free.
    for fir in 0..chance.count(5, 7) {
        let side = if fir % 2 == 0 { -1.0 } else { 1.0 };
        let (x, size) = (0.5 + side * chance.between(0.24, 0.48), chance.between(0.12, 0.22));
        let y = horizon + 0.02 + 0.05 * (size - 0.12) / 0.10;
        let tones = light.far(Rgb(0.14, 0.36, 0.34), 0.12);
        for tier in 0..3u8 {
            let up = f32::from(tier) * 0.27 * size;
            let (half, top) = (size * (0.34 - 0.07 * f32::from(tier)), y - up - size * 0.46);
            easel.polygon(&[(x - half, y - up), (x, top), (x + half, y - up)], Paint::formed(tones, Form::Column).lift(0.006));
            let cap = light.land(SNOW).light;
            let third = half * 0.42;
            easel
                .polygon(&[(x - third, top + size * 0.20), (x, top), (x + third, top + size * 0.20)], Paint::flat(cap).lift(0.0));
        }
    }
    let ground = |x: f32| horizon + 0.045 + 0.030 * noise(x * 2.0, 8.0, field);
    let tones = light.land(SNOW);
    let drift = Tones { shade: tones.base * Rgb(0.78, 0.85, 0.97), ..tones };
    easel.land(24, ground, Paint::formed(drift, Form::Fall));
    for _ in 0..4 {
        let (x, y) = (chance.unit(), horizon + chance.between(0.09, 0.30));
        let paint = Paint::flat(tones.base * Rgb(0.80, 0.87, 0.98)).opacity(0.6).lift(0.0);
        easel.ellipse((x, y), (chance.between(0.10, 0.20), 0.014), paint);
    }
}

pub(super) fn before(easel: &mut Easel, chance: &mut Chance) {
    let size = if easel.canvas.medium == Medium::PixelArt { 0.018 } else { 0.0 };
    let crowd = if easel.canvas.medium == Medium::PixelArt { 2 } else { 1 };
    for _ in 0..chance.count(16, 30) / crowd {
        let (x, y) = (chance.unit(), chance.unit());
        let radius = chance.between(0.007, 0.014).max(size);
        easel.ellipse((x, y), (radius, radius), Paint::flat(Rgb(1.0, 1.0, 1.0)).opacity(0.85).lift(0.003));
    }
}
