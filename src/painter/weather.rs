//! The weather: what falls or hangs in the air, before and behind the subject.

use crate::canvas::Paint;
use crate::chance::{Chance, noise};
use crate::colour::Rgb;
use crate::easel::Easel;
use crate::scene::{Medium, Weather};

/// What hangs between the distance and the subject. `easel` is in picture coordinates.
pub(crate) fn behind(weather: Weather, easel: &mut Easel, chance: &mut Chance) {
    if weather == Weather::Fog {
        // Thickest at the horizon; the upper sky stays clear.
        let horizon = easel.light.horizon;
        easel.canvas.glow((0.5, horizon), 0.40, mist(easel), 0.55);
        for (rise, sink, opacity) in [(0.24, 0.05, 0.34), (0.14, 0.08, 0.44), (0.05, 0.14, 0.55)] {
            drift(easel, chance, (horizon - rise, horizon + sink), opacity);
        }
    }
}

/// What falls before everything.
pub(crate) fn before(weather: Weather, easel: &mut Easel, chance: &mut Chance) {
    match weather {
        Weather::Clear => {}
        Weather::Rain => rain(easel, chance),
        Weather::Snowfall => snowfall(easel, chance),
        Weather::Fog => drift(easel, chance, (0.845, 0.905), 0.45),
    }
}

/// The colour of fog in this light.
fn mist(easel: &Easel) -> Rgb {
    let share = if easel.light.sky.dark() { 0.42 } else { 0.68 };
    easel.light.bands[2].mix(Rgb(0.95, 0.96, 0.97), share)
}

/// A wavy band of fog across the picture, from a height down to another.
fn drift(easel: &mut Easel, chance: &mut Chance, (top, bottom): (f32, f32), opacity: f32) {
    let (colour, field) = (mist(easel), chance.field());
    let edge = |height: f32, row: f32| {
        (0..=30u8).map(move |point| {
            let x = -0.02 + 1.04 * f32::from(point) / 30.0;
            (x, height + 0.022 * noise(x * 3.5, row, field))
        })
    };
    let mut outline: Vec<(f32, f32)> = edge(top, 0.5).collect();
    outline.extend(edge(bottom, 9.5).rev());
    easel.polygon(&outline, Paint::flat(colour).opacity(opacity).lift(0.004));
}

/// Slanted streaks, each with a darker one beside it that shows where the streak itself would not, and splashes on the ground.
fn rain(easel: &mut Easel, chance: &mut Chance) {
    let slant = chance.side() * chance.between(0.20, 0.34);
    let coarse = easel.canvas.medium == Medium::PixelArt;
    // A cell of pixel art is wide: there fewer streaks fall, and all are half clear.
    // Glass needs them wide and solid to cut them as pieces of their own.
    let (width, rows, solid) = match easel.canvas.medium {
        Medium::PixelArt => (0.030, 4u8, 0.0),
        Medium::StainedGlass => (0.019, 5, 0.30),
        _ => (0.011, 6, 0.0),
    };
    for index in 0..7 * rows {
        // Spread evenly by rows and columns, then shaken.
        let (column, row) = (f32::from(index % 7), f32::from(index / 7));
        let x = (column + chance.unit()) / 7.0;
        let y = (row + chance.unit()) / f32::from(rows) - 0.06;
        let length = chance.between(0.08, 0.14);
        let end = (x - slant * length, y + length);
        let opacity = if coarse { 0.45 } else { chance.between(0.48, 0.66) + solid };
        let grey = Paint::flat(Rgb(0.36, 0.44, 0.58)).opacity(0.32).lift(0.0);
        if !coarse {
            easel.bar((x + width, y), (end.0 + width, end.1), (width, width), grey);
        }
        easel.bar((x, y), end, (width, width), Paint::flat(Rgb(0.90, 0.95, 1.0)).opacity(opacity).lift(0.0));
    }
    for _ in 0..7 {
        let (x, y) = (chance.unit(), chance.between(0.74, 0.98));
        let splash = Paint::flat(Rgb(0.92, 0.96, 1.0)).opacity(0.6).lift(0.0);
        easel.ellipse((x, y), (0.024, 0.006), splash);
        for side in [-1.0, 1.0] {
            easel.bar((x + side * 0.010, y), (x + side * 0.022, y - 0.024), (0.008, 0.004), splash);
        }
    }
}

/// Soft flakes of many sizes, each with a faint rim that shows where white lies on white.
fn snowfall(easel: &mut Easel, chance: &mut Chance) {
    for index in 0..48u8 {
        let (column, row) = (f32::from(index % 8), f32::from(index / 8));
        let at = ((column + chance.unit()) / 8.0, (row + chance.unit()) / 6.0);
        let near = chance.unit();
        let size = 0.009 + 0.013 * near * near;
        let rim = Paint::flat(Rgb(0.50, 0.58, 0.74)).opacity(0.28).lift(0.0);
        easel.ellipse(at, (size * 1.5, size * 1.5), rim);
        easel.ellipse(at, (size, size), Paint::flat(Rgb(1.0, 1.0, 1.0)).opacity(0.9).lift(0.0));
    }
}
