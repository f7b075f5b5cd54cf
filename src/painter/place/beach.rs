//! A beach: turquoise water with a line of surf, pale sand with shells and a starfish, dune grass and a parasol.

use super::keep;
use super::water;
use crate::canvas::{Form, Paint};
use crate::chance::{Chance, cosine, noise, sine};
use crate::colour::{Rgb, Tones};
use crate::easel::Easel;
use crate::scene::Medium;

pub(super) fn behind(easel: &mut Easel, chance: &mut Chance) {
    let (horizon, light) = (easel.light.horizon, easel.light);
    let paper = easel.canvas.medium == Medium::PaperCutout;
    let field = chance.field();
    let turquoise = Rgb(0.18, 0.78, 0.76);
    let shallow = keep(light.land(turquoise), turquoise).base.mix(water(easel).base, 0.20);
    let deep = light.land(Rgb(0.05, 0.50, 0.66)).base.mix(water(easel).base, 0.35);
    // A headland closes the bay on the side away from the sun.
    let away = if light.sun.0 > 0.5 { -1.0 } else { 1.0 };
    let reach = chance.between(0.20, 0.30);
    let cape = 0.5 + away * 0.52;
    let headland = [
        (cape, horizon + 0.006),
        (cape, horizon - 0.075),
        (cape - away * reach * 0.35, horizon - 0.066),
        (cape - away * reach * 0.60, horizon - 0.030),
        (cape - away * reach, horizon + 0.006),
    ];
    easel.polygon(&headland, Paint::formed(light.far(Rgb(0.36, 0.54, 0.40), 0.40), Form::Slope(0.0)));
    let sea = Tones { light: deep, base: deep.mix(shallow, 0.5), shade: shallow };
    // The water is shallow, and so lighter, towards the shore; Fall would run on under the sand.
    easel.land(1, |_| horizon, Paint::flat(sea.light).lift(0.004));
    let slope = -away * chance.between(0.020, 0.034);
    let start = chance.unit();
    let wave = move |x: f32| slope * (x - 0.5) * 2.0 + 0.007 * sine(x * 2.3 + start) + 0.004 * noise(x * 7.0, 1.0, field);
    let shore = move |x: f32| (horizon + 0.110).min(0.738) + wave(x);
    let span = shore(0.5) - horizon;
    for (share, level) in [(0.30, 0.0), (0.58, -1.0)] {
        let edge = |x: f32| horizon + span * share + wave(1.0 - x) * share * 0.25;
        easel.land(30, edge, Paint::flat(sea.at(level)).lift(0.004));
    }
    if !paper {
        for _ in 0..9 {
            let near = chance.unit();
            let (x, y) = (chance.unit(), horizon + span * (0.10 + 0.62 * near));
            let paint = Paint::flat(light.bands[2].mix(Rgb(1.0, 1.0, 1.0), 0.5)).opacity(0.5).lift(0.0);
            easel.ellipse((x, y), (0.025 + 0.030 * near, 0.004 + 0.003 * near), paint);
        }
    }
    let foam = light.land(Rgb(1.0, 1.0, 1.0)).light;
    let breaker = |x: f32| shore(x) - 0.040 + 0.006 * cosine(x * 3.0 + start);
    if !paper {
        band(
            easel,
            &breaker,
            &|x| 0.004 + 0.007 * (1.0 + noise(x * 9.0, 4.0, field)) * 0.5,
            Paint::flat(foam).opacity(0.8).lift(0.0),
        );
    }
    easel.land(36, |x| shore(x) - 0.014, Paint::flat(foam).lift(0.005));
    let sand = light.land(Rgb(0.97, 0.88, 0.68));
    easel.land(36, |x| shore(x) + 0.006, Paint::flat(sand.shade).lift(0.0));
    let dry = Tones { light: sand.light, base: sand.base, shade: sand.base * Rgb(0.90, 0.87, 0.84) };
    easel.land(36, |x| shore(x) + 0.030, Paint::formed(dry, Form::Fall).lift(0.004));
    for _ in 0..6 {
        let (x, y) = (chance.unit(), chance.between(0.79, 0.99));
        easel.ellipse((x, y), (chance.between(0.06, 0.12), 0.007), Paint::flat(dry.shade).opacity(0.6).lift(0.0));
    }
    parasol(easel, (0.5 - away * chance.between(0.36, 0.41), 0.80));
    let (x, y) = (0.5 + away * 0.5, shore(0.5 + away * 0.5));
    dune(easel, chance, (x, y), away);
}

/// A stripe that follows `middle` across the picture, `half` thick to both sides.
fn band(easel: &mut Easel, middle: &dyn Fn(f32) -> f32, half: &dyn Fn(f32) -> f32, paint: Paint) {
    let along = |index: u8| -0.02 + 1.04 * f32::from(index) / 32.0;
    let upper = (0..=32u8).map(along).map(|x| (x, middle(x) - half(x)));
    let lower = (0..=32u8).rev().map(along).map(|x| (x, middle(x) + half(x)));
    let outline: Vec<(f32, f32)> = upper.chain(lower).collect();
    easel.polygon(&outline, paint);
}

/// A white parasol with coral stripes.
fn parasol(easel: &mut Easel, (x, y): (f32, f32)) {
    let light = easel.light;
    let (white, coral) = (light.land(Rgb(1.0, 0.97, 0.90)), light.land(Rgb(0.96, 0.50, 0.40)));
    let (half, height, rise) = (0.100, 0.155, 0.075);
    easel.shadow((x, y + 0.004), (half, 0.014), light.shadow());
    easel.bar((x, y), (x, y - height - rise), (0.011, 0.011), Paint::flat(light.land(Rgb(0.55, 0.40, 0.28)).base).lift(0.004));
    let rim = y - height;
    let top = (x, rim - rise);
    let arc = |share: f32| (x + half * share, rim - 0.012 * (1.0 - share * share));
    for stripe in 0..6u8 {
        let (from, to) = (f32::from(stripe) / 3.0 - 1.0, f32::from(stripe + 1) / 3.0 - 1.0);
        let bow = |share: f32| (x + half * share * 0.66, rim - rise * (1.0 - 0.42 * share * share) + 0.014);
        let tones = if stripe % 2 == 0 { coral } else { white };
        let level = easel.facing((from + to) * 0.7);
        easel.polygon(&[top, bow(from), arc(from), arc(to), bow(to)], Paint::formed(tones, Form::Slope(level)).lift(0.004));
    }
}

/// A low dune with grass at the picture's edge.
fn dune(easel: &mut Easel, chance: &mut Chance, (x, y): (f32, f32), away: f32) {
    let sand = easel.light.land(Rgb(0.95, 0.83, 0.60));
    let bank = [
        (x + away * 0.05, y + 0.20),
        (x + away * 0.05, y - 0.055),
        (x - away * 0.08, y - 0.040),
        (x - away * 0.20, y + 0.060),
        (x - away * 0.26, y + 0.12),
        (x - away * 0.1, y + 0.15),
    ];
    easel.smooth(&bank, Paint::formed(sand, Form::Fall).lift(0.006));
    for tuft in 0..3u8 {
        let out = f32::from(tuft) * 0.065;
        grass(easel, chance, (x - away * (0.02 + out), y - 0.030 + out * 0.5), 0.13);
    }
}

fn grass(easel: &mut Easel, chance: &mut Chance, (x, y): (f32, f32), size: f32) {
    let blades = easel.light.land(Rgb(0.52, 0.60, 0.28));
    for blade in 0..5u8 {
        let turn = (f32::from(blade) - 2.0) / 2.0 + chance.between(-0.2, 0.2);
        let tip = (x + turn * size * 0.55, y - size * chance.between(0.7, 1.0) * (1.0 - 0.25 * turn * turn));
        let paint = Paint::flat(blades.at(turn * 0.8 - 0.2)).lift(0.003);
        easel.polygon(&[(x + turn * 0.012 - 0.010, y + 0.012), tip, (x + turn * 0.012 + 0.010, y + 0.012)], paint);
    }
}

pub(super) fn before(easel: &mut Easel, chance: &mut Chance, foot: f32) {
    let light = easel.light;
    let lowest = |chance: &mut Chance| chance.between((foot + 0.06).min(0.93), 0.965);
    let side = chance.side();
    // A starfish on one side, shells on the other and between.
    let (x, y) = (0.5 + side * chance.between(0.26, 0.42), lowest(chance));
    let size = chance.between(0.038, 0.046);
    let turn = chance.unit();
    let star: Vec<(f32, f32)> = (0..10u8)
        .map(|corner| {
            let reach = if corner % 2 == 0 { size } else { size * 0.42 };
            let angle = turn + f32::from(corner) / 10.0;
            (x + reach * cosine(angle), y + reach * 0.72 * sine(angle))
        })
        .collect();
    easel.shadow((x, y + 0.012), (size, size * 0.5), light.shadow());
    easel.polygon(&star, Paint::formed(light.land(Rgb(0.94, 0.46, 0.28)), Form::Slope(0.2)).lift(0.005));
    for shell in 0..chance.count(3, 5) {
        let out = if shell % 2 == 0 { -side } else { chance.side() };
        let (x, y) = (0.5 + out * chance.between(0.16, 0.47), lowest(chance));
        let size = chance.between(0.015, 0.023);
        let colour = if chance.unit() < 0.5 { Rgb(1.0, 0.97, 0.92) } else { Rgb(0.98, 0.78, 0.72) };
        let tones = light.land(colour);
        easel.shadow((x + 0.004, y + size * 0.7), (size * 1.2, size * 0.4), light.shadow());
        let fan = [
            (x, y + size * 0.8),
            (x - size, y - size * 0.1),
            (x - size * 0.6, y - size * 0.8),
            (x + size * 0.6, y - size * 0.8),
            (x + size, y - size * 0.1),
        ];
        easel.polygon(&fan, Paint::formed(tones, Form::Fall).lift(0.004));
    }
    grass(easel, chance, (0.5 - side * 0.47, 1.01), 0.15);
}
