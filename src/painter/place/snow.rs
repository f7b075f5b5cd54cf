//! Snow: white hills with firs, and drifts with the last blades of grass.

use super::SNOW;
use crate::canvas::{Form, Paint};
use crate::chance::{Chance, noise};
use crate::colour::{Rgb, Tones};
use crate::easel::Easel;

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

pub(super) fn before(easel: &mut Easel, chance: &mut Chance, foot: f32) {
    let (tones, straw) = (easel.light.land(SNOW), easel.light.land(Rgb(0.62, 0.56, 0.42)).base);
    for _ in 0..chance.count(2, 4) {
        let (x, y) = (chance.unit(), chance.between(foot + 0.05, 0.99));
        for blade in [-1.0, 0.0, 1.0] {
            let tip = x + blade * chance.between(0.008, 0.018);
            let height = chance.between(0.04, 0.07);
            easel.polygon(&[(x - 0.006, y), (tip, y - height), (x + 0.006, y)], Paint::flat(straw).lift(0.003));
        }
        let (half, rise) = (chance.between(0.05, 0.10), chance.between(0.012, 0.022));
        easel.ellipse((x, y + 0.01), (half, rise), Paint::formed(tones, Form::Fall).lift(0.004));
    }
}
