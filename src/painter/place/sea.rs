//! The sea: a path of light under the sun, glints and waves.

use crate::canvas::{Form, Paint};
use crate::chance::{Chance, cosine, noise, sine};
use crate::colour::{Rgb, Tones};
use crate::easel::Easel;
use crate::scene::{Medium, Sky};

pub(super) fn behind(easel: &mut Easel, chance: &mut Chance) {
    let (horizon, sun, tones) = (easel.light.horizon, easel.light.sun, water(easel));
    easel.land(1, |_| horizon, Paint::formed(tones, Form::Fall).lift(0.006));
    if easel.canvas.medium == Medium::PaperCutout {
        let field = chance.field();
        for sheet in 1..4u8 {
            let share = f32::from(sheet) / 3.0;
            let edge = |x: f32| horizon + 0.10 * share + 0.010 * sine(x * 4.0 + share * 7.0 + noise(x, share, field));
            easel.land(40, edge, Paint::flat(tones.at(0.8 - share)).lift(0.006));
        }
    }
    // The path of light: short level glints below the sun, wider and further apart the nearer they come.
    let glint = easel.light.bands[2].mix(Rgb(1.0, 0.96, 0.80), 0.5);
    for row in 0..9u8 {
        let near = f32::from(row) / 8.0;
        let y = horizon + 0.015 + (1.0 - horizon) * near * near * 0.9;
        let width = 0.03 + 0.07 * near;
        let x = sun.0 + chance.between(-0.5, 0.5) * width;
        let paint = Paint::flat(glint).opacity(0.75 - 0.35 * near).lift(0.0);
        easel.ellipse((x, y), (width * chance.between(0.6, 1.2), 0.006 + 0.008 * near), paint);
    }
    for _ in 0..14 {
        let near = chance.unit();
        let y = horizon + 0.02 + (1.0 - horizon) * near * 0.95;
        let (x, width) = (chance.unit(), 0.03 + 0.06 * near);
        let level = if chance.unit() < 0.5 { 0.75 } else { -1.0 };
        easel.ellipse((x, y), (width, 0.005 + 0.006 * near), Paint::flat(tones.at(level)).opacity(0.6).lift(0.0));
    }
}

pub(super) fn before(easel: &mut Easel, chance: &mut Chance, foot: f32) {
    let tones = water(easel);
    let start = chance.unit();
    if easel.canvas.medium == Medium::PaperCutout {
        // Paper does not mirror: a sheet of waves stands before the subject instead.
        let crest = |x: f32| foot + 0.050 + 0.014 * sine(x * 3.5 + start) + 0.006 * cosine(x * 8.0 + start);
        easel.land(36, crest, Paint::formed(tones, Form::Slope(0.2)));
        easel.land(36, |x| crest(1.0 - x) + 0.065, Paint::formed(tones, Form::Slope(-0.5)));
    }
    for _ in 0..7 {
        let (x, y) = (chance.unit(), chance.between(foot + 0.05, 0.98));
        easel.ellipse((x, y), (chance.between(0.05, 0.10), 0.009), Paint::flat(tones.light).opacity(0.55).lift(0.0));
    }
}

/// Paints what the subject stands on in water: `middle` from the left, at the height of its `foot`, wider than `half` to both sides.
pub(crate) fn islet(easel: &mut Easel, chance: &mut Chance, (middle, foot): (f32, f32), half: f32) {
    let sand = easel.light.land(Rgb(0.86, 0.74, 0.52));
    let reach = half * 1.15 + chance.between(0.06, 0.10);
    let bank = [
        (middle - reach, foot + 0.045),
        (middle - reach * 0.66, foot - 0.008),
        (middle, foot - 0.025),
        (middle + reach * 0.66, foot - 0.008),
        (middle + reach, foot + 0.045),
        (middle, foot + 0.075),
    ];
    easel.smooth(&bank, Paint::formed(sand, Form::Fall));
}

/// The colour of the water: its own, with the sky in it.
pub(crate) fn water(easel: &Easel) -> Tones {
    let light = easel.light;
    let (own, sky_share) = match light.sky {
        Sky::Dawn => (Rgb(0.30, 0.56, 0.66), 0.42),
        Sky::Noon => (Rgb(0.05, 0.46, 0.62), 0.10),
        Sky::Sunset => (Rgb(0.26, 0.20, 0.42), 0.38),
        Sky::Night => (Rgb(0.03, 0.12, 0.26), 0.25),
        Sky::Overcast => (Rgb(0.34, 0.47, 0.52), 0.40),
        Sky::Storm => (Rgb(0.12, 0.22, 0.28), 0.30),
        Sky::Rainbow => (Rgb(0.12, 0.48, 0.58), 0.15),
        Sky::Aurora => (Rgb(0.03, 0.16, 0.24), 0.25),
    };
    let base = own.mix(light.bands[1], sky_share);
    Tones { light: base.mix(light.bands[2], 0.50), base, shade: base * Rgb(0.66, 0.72, 0.84) }
}
