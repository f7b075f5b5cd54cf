//! The sky: where the sun or moon stands, what hangs around it, and the light it throws on everything below.

use crate::canvas::{Form, Paint};
use crate::chance::{Chance, cosine, noise, sine};
use crate::colour::{Rgb, Tones};
use crate::easel::Easel;
use crate::scene::{Medium, Sky};

/// The light of one hour.
pub(crate) struct Light {
    pub sky: Sky,
    /// The sun or the moon, in picture widths.
    pub sun: (f32, f32),
    pub horizon: f32,
    /// Sky colours from the top to the horizon.
    pub bands: [Rgb; 3],
    /// Colour of the light itself.
    key: Rgb,
    /// What the hour leaves of a subject's colour, on its whole and in its shade.
    on_subject: [Rgb; 2],
    /// What the hour leaves of the land's colour.
    on_land: Rgb,
}

impl Light {
    /// `chance` decides on which side the light comes from.
    pub fn new(sky: Sky, horizon: f32, chance: &mut Chance) -> Light {
        let (side, out, high) = (chance.side(), chance.between(0.30, 0.38), chance.unit());
        let x = 0.5 + side * out;
        let (sun, bands, key, on_subject, on_land) = match sky {
            Sky::Dawn => (
                (x, horizon - 0.05 - 0.03 * high),
                [Rgb(0.55, 0.70, 0.90), Rgb(0.93, 0.80, 0.87), Rgb(1.0, 0.89, 0.72)],
                Rgb(1.0, 0.93, 0.84),
                [Rgb(1.0, 0.96, 0.97), Rgb(0.78, 0.70, 0.82)],
                Rgb(0.98, 0.91, 0.92),
            ),
            Sky::Noon => (
                (x, 0.13 + 0.05 * high),
                [Rgb(0.16, 0.48, 0.90), Rgb(0.42, 0.71, 0.97), Rgb(0.80, 0.92, 0.98)],
                Rgb(1.0, 1.0, 0.96),
                [Rgb(1.0, 1.0, 1.0), Rgb(0.74, 0.70, 0.80)],
                Rgb(1.0, 1.0, 0.98),
            ),
            Sky::Sunset => (
                (x, horizon - 0.07 - 0.05 * high),
                [Rgb(0.27, 0.17, 0.47), Rgb(0.82, 0.30, 0.40), Rgb(1.0, 0.66, 0.22)],
                Rgb(1.0, 0.84, 0.55),
                [Rgb(1.0, 0.91, 0.87), Rgb(0.70, 0.52, 0.64)],
                Rgb(0.84, 0.56, 0.56),
            ),
            Sky::Night => (
                (x, 0.14 + 0.08 * high),
                [Rgb(0.02, 0.04, 0.15), Rgb(0.05, 0.10, 0.28), Rgb(0.14, 0.24, 0.46)],
                Rgb(0.88, 0.94, 1.0),
                [Rgb(0.92, 0.88, 0.95), Rgb(0.60, 0.53, 0.68)],
                Rgb(0.46, 0.45, 0.61),
            ),
            Sky::Overcast => (
                (x, 0.10 + 0.05 * high),
                [Rgb(0.55, 0.57, 0.60), Rgb(0.67, 0.69, 0.71), Rgb(0.82, 0.83, 0.83)],
                Rgb(0.96, 0.97, 0.98),
                [Rgb(0.95, 0.96, 0.97), Rgb(0.76, 0.76, 0.80)],
                Rgb(0.80, 0.82, 0.83),
            ),
            Sky::Storm => (
                (x, 0.20 + 0.06 * high),
                [Rgb(0.16, 0.14, 0.25), Rgb(0.31, 0.28, 0.42), Rgb(0.63, 0.58, 0.66)],
                Rgb(0.98, 0.97, 1.0),
                [Rgb(0.94, 0.92, 0.97), Rgb(0.56, 0.52, 0.66)],
                Rgb(0.58, 0.57, 0.66),
            ),
            Sky::Rainbow => (
                (x, 0.08 + 0.05 * high),
                [Rgb(0.40, 0.53, 0.66), Rgb(0.60, 0.72, 0.80), Rgb(0.88, 0.92, 0.91)],
                Rgb(1.0, 0.99, 0.92),
                [Rgb(0.99, 0.99, 0.98), Rgb(0.74, 0.72, 0.81)],
                Rgb(0.95, 0.98, 0.95),
            ),
            Sky::Aurora => (
                (x, 0.14 + 0.08 * high),
                [Rgb(0.03, 0.04, 0.13), Rgb(0.03, 0.11, 0.19), Rgb(0.06, 0.28, 0.29)],
                Rgb(0.90, 1.0, 0.95),
                [Rgb(0.94, 0.93, 0.94), Rgb(0.58, 0.57, 0.67)],
                Rgb(0.40, 0.50, 0.55),
            ),
        };
        Light { sky, sun, horizon, bands, key, on_subject, on_land }
    }

    /// Unit vector from the middle of the picture towards the light.
    pub fn toward(&self) -> [f32; 3] {
        let (x, y, depth) = (self.sun.0 - 0.5, (self.sun.1 - 0.62).min(-0.12), 0.34f32);
        let length = (x * x + y * y + depth * depth).sqrt();
        [x / length, y / length, depth / length]
    }

    /// A subject keeps its colour at any hour.
    pub fn subject(&self, colour: Rgb) -> Tones {
        let [whole, shade] = self.on_subject;
        Tones { light: (colour * whole).mix(self.key, 0.22), base: colour * whole, shade: colour * shade }
    }

    /// The land takes on the colour of the hour.
    pub fn land(&self, colour: Rgb) -> Tones {
        let base = colour * self.on_land;
        Tones { light: base.mix(self.key * self.on_land, 0.28), base, shade: base * Rgb(0.72, 0.72, 0.82) }
    }

    /// Land far away: `distance` from 0 (near) to 1 (lost in the haze).
    pub fn far(&self, colour: Rgb, distance: f32) -> Tones {
        self.land(colour).map(|tone| tone.mix(self.bands[2].mix(self.bands[1], 0.4), distance))
    }

    /// What a shadow on the ground leaves of the light.
    pub fn shadow(&self) -> Rgb {
        match self.sky {
            Sky::Dawn => Rgb(0.74, 0.70, 0.84),
            Sky::Noon => Rgb(0.62, 0.64, 0.78),
            Sky::Sunset => Rgb(0.60, 0.48, 0.66),
            Sky::Night => Rgb(0.50, 0.52, 0.70),
            Sky::Overcast => Rgb(0.80, 0.81, 0.85),
            Sky::Storm => Rgb(0.52, 0.50, 0.64),
            Sky::Rainbow => Rgb(0.68, 0.70, 0.80),
            Sky::Aurora => Rgb(0.48, 0.56, 0.66),
        }
    }

    /// Whether lamps are lit.
    pub fn lamps(&self) -> bool {
        matches!(self.sky, Sky::Night | Sky::Sunset | Sky::Storm | Sky::Aurora)
    }
}

/// Paints the sky over the whole canvas; what follows covers its lower part.
pub(crate) fn paint(easel: &mut Easel, chance: &mut Chance) {
    let light = easel.light;
    let [top, middle, low] = light.bands;
    let colour = |height: f32| if height < 0.5 { top.mix(middle, height * 2.0) } else { middle.mix(low, height * 2.0 - 1.0) };
    let field = chance.field();
    if easel.canvas.medium == Medium::PaperCutout {
        easel.canvas.backdrop(|_, _| colour(0.0));
        for band in 1..5u8 {
            let share = f32::from(band) / 4.0;
            let height = light.horizon * (share - 0.06) * 0.97;
            let edge = |x: f32| height + 0.035 * noise(x * 3.0 + f32::from(band) * 9.0, 0.5, field);
            easel.land(24, edge, Paint::flat(colour(share)).lift(0.008));
        }
    } else {
        easel.canvas.backdrop(|_, y| colour((y / light.horizon).min(1.0)));
    }
    match light.sky {
        Sky::Dawn | Sky::Noon | Sky::Sunset => {
            sun(easel);
            clouds(easel, chance, 3);
        }
        Sky::Night => {
            stars(easel, chance);
            clouds(easel, chance, 1);
            moon(easel);
        }
        Sky::Overcast => {
            for (row, grey) in [0.56, 0.63, 0.70, 0.77, 0.84].into_iter().enumerate() {
                let tone = |change: f32| Rgb(grey + change - 0.01, grey + change, grey + change + 0.015);
                let tones = Tones { light: tone(0.11), base: tone(0.0), shade: tone(-0.10) };
                let nearness = 1.0 - row as f32 * 0.18;
                let height = light.horizon * (0.06 + 0.21 * row as f32);
                bank(easel, chance, (height, 0.20), nearness, tones);
            }
        }
        Sky::Storm => {
            let tones = [
                [Rgb(0.46, 0.42, 0.54), Rgb(0.40, 0.36, 0.49), Rgb(0.33, 0.29, 0.43)],
                [Rgb(0.37, 0.33, 0.46), Rgb(0.29, 0.26, 0.40), Rgb(0.22, 0.19, 0.32)],
                [Rgb(0.26, 0.23, 0.36), Rgb(0.19, 0.16, 0.28), Rgb(0.12, 0.10, 0.20)],
            ];
            for (height, [light, base, shade]) in [0.36, 0.23, 0.09].into_iter().zip(tones) {
                bank(easel, chance, (height, -0.26), 1.0, Tones { light, base, shade });
            }
            lightning(easel, chance);
        }
        Sky::Rainbow => {
            easel.canvas.glow(light.sun, 0.42, Rgb(1.0, 0.98, 0.88), 0.75);
            let tones = [Rgb(0.66, 0.72, 0.78), Rgb(0.54, 0.61, 0.70), Rgb(0.46, 0.53, 0.63)];
            bank(easel, chance, (0.035, -0.16), 0.8, Tones { light: tones[0], base: tones[1], shade: tones[2] });
            clouds(easel, chance, 2);
            rainbow(easel, chance);
        }
        Sky::Aurora => {
            stars(easel, chance);
            aurora(easel, chance);
        }
    }
}

/// A bank of cloud across the picture, billowing at `height`; its flat side is `depth` below, or above if negative.
fn bank(easel: &mut Easel, chance: &mut Chance, (height, depth): (f32, f32), nearness: f32, tones: Tones) {
    let mut billows = vec![];
    let mut middle = -0.10 + 0.10 * chance.unit();
    while middle < 1.15 {
        let radius = nearness * chance.between(0.085, 0.150);
        billows.push((middle, radius, chance.between(-0.02, 0.02)));
        middle += radius * 1.35;
    }
    let mut outline = vec![(1.02, height + depth), (-0.02, height + depth)];
    for point in 0..=60u8 {
        let across = -0.02 + 1.04 * f32::from(point) / 60.0;
        let bulge = |&(middle, radius, out): &(f32, f32, f32)| {
            let square: f32 = radius * radius - (across - middle) * (across - middle);
            if square > 0.0 { out + 0.62 * square.sqrt() } else { 0.0 }
        };
        let reach = billows.iter().map(bulge).fold(0.0, f32::max);
        outline.push((across, if depth > 0.0 { height - reach } else { height + reach }));
    }
    easel.polygon(&outline, Paint::formed(tones, Form::Fall).opacity(0.92));
}

/// A forked bolt from the clouds to the horizon, and its light on the clouds.
fn lightning(easel: &mut Easel, chance: &mut Chance) {
    let light = easel.light;
    let inward = if light.sun.0 > 0.5 { -1.0 } else { 1.0 };
    let (top, length) = (0.07, light.horizon - 0.05);
    let width = if easel.canvas.medium == Medium::PixelArt { 0.052 } else { 0.042 };
    let bends = [(-0.03, 0.0), (0.045, 0.24), (-0.030, 0.36), (0.035, 0.60), (-0.025, 0.70), (0.01, 1.0)]
        .map(|(out, down)| (light.sun.0 + inward * (out + chance.between(-0.008, 0.008)), top + length * down));
    let (fork, split) = (bends[2], bends[3]);
    let branch = [
        fork,
        (fork.0 - inward * 0.050, fork.1 + length * 0.13),
        (fork.0 - inward * 0.028, fork.1 + length * 0.17),
        (fork.0 - inward * 0.085, fork.1 + length * 0.38),
    ];
    let twig = [split, (split.0 + inward * 0.055, split.1 + length * 0.10), (split.0 + inward * 0.090, split.1 + length * 0.26)];
    easel.canvas.glow((light.sun.0, top + length * 0.3), 0.40, Rgb(0.80, 0.72, 0.98), 0.72);
    for (path, thick) in [(&twig[..], width * 0.55), (&branch[..], width * 0.62), (&bends[..], width)] {
        // Each side of the bolt is its middle line moved sideways, less and less towards the tip.
        let last = (path.len() - 1) as f32;
        let side = |sign: f32| {
            path.iter().enumerate().map(move |(index, &(x, y))| (x + sign * thick * (0.58 - 0.5 * index as f32 / last), y))
        };
        let mut outline: Vec<(f32, f32)> = side(-1.0).collect();
        outline.extend(side(1.0).rev());
        easel.polygon(&outline, Paint::flat(Rgb(1.0, 0.99, 0.80)).lift(0.004));
    }
}

/// An arc over the middle of the picture, red outside.
fn rainbow(easel: &mut Easel, chance: &mut Chance) {
    const BAND: f32 = 0.027;
    const COLOURS: [Rgb; 6] = [
        Rgb(0.93, 0.28, 0.28),
        Rgb(0.98, 0.60, 0.20),
        Rgb(0.99, 0.90, 0.30),
        Rgb(0.34, 0.76, 0.40),
        Rgb(0.26, 0.54, 0.92),
        Rgb(0.54, 0.32, 0.78),
    ];
    let (x, y) = (0.5 + chance.between(-0.03, 0.03), easel.light.horizon + 0.03);
    let (outer, inner) = (0.475, 0.475 - BAND * COLOURS.len() as f32);
    for (band, colour) in (0u8..).zip(COLOURS) {
        // Every band reaches in under the later ones, so that no gap shows between them.
        let radius = outer - BAND * f32::from(band);
        let arc = |radius: f32| {
            (0..=48u8).map(move |point| {
                let turns = 0.48 + 0.54 * f32::from(point) / 48.0;
                (x + radius * cosine(turns), y + radius * sine(turns))
            })
        };
        let mut outline: Vec<(f32, f32)> = arc(radius).collect();
        outline.extend(arc(inner).rev());
        easel.polygon(&outline, Paint::flat(colour).opacity(0.88).lift(0.003));
    }
}

/// Curtains of light that wave across the sky, green below and violet above.
fn aurora(easel: &mut Easel, chance: &mut Chance) {
    const GREEN: Rgb = Rgb(0.36, 0.98, 0.56);
    const TEAL: Rgb = Rgb(0.14, 0.74, 0.58);
    const VIOLET: Rgb = Rgb(0.60, 0.28, 0.82);
    let (field, start, slope) = (chance.field(), chance.unit(), chance.side() * 0.05);
    // The lower hem of a curtain, its height and its strength, the furthest first.
    let curtains = [(0.17, 0.20, 0.70), (0.47, 0.34, 0.85), (0.34, 0.34, 1.0)];
    for (number, (middle, height, strength)) in (0u8..).zip(curtains) {
        let phase = start + 0.37 * f32::from(number);
        let hem =
            |x: f32| middle + slope * (x - 0.5) * 2.0 + 0.055 * sine(x * 1.15 + phase) + 0.020 * sine(x * 2.9 + phase * 2.0);
        let ray = |x: f32| 0.5 + 0.5 * noise(x * 13.0, f32::from(number) * 7.0, field);
        // From the whole curtain to its bright hem; each strip fades upwards into the next.
        let strips = [(1.0, VIOLET, 0.30), (0.66, VIOLET.mix(TEAL, 0.5), 0.40), (0.44, TEAL, 0.72), (0.26, GREEN, 0.90)];
        for (share, colour, opacity) in strips {
            let points = |across: u8| -0.02 + 1.04 * f32::from(across) / 40.0;
            let mut outline: Vec<(f32, f32)> = (0..=40u8).map(|across| (points(across), hem(points(across)))).collect();
            outline.extend((0..=40u8).rev().map(|across| {
                let x = points(across);
                (x, hem(x) - height * share * (0.65 + 0.35 * ray(x)))
            }));
            easel.polygon(&outline, Paint::flat(colour).opacity(opacity * strength).lift(0.003));
        }
    }
}

fn sun(easel: &mut Easel) {
    let sun = easel.light.sun;
    let (radius, disc, glow, reach, strength) = match easel.light.sky {
        Sky::Dawn => (0.070, Rgb(1.0, 0.97, 0.84), Rgb(1.0, 0.90, 0.74), 0.38, 0.85),
        Sky::Sunset => (0.105, Rgb(1.0, 0.86, 0.36), Rgb(1.0, 0.56, 0.18), 0.48, 0.85),
        _ => (0.070, Rgb(1.0, 0.95, 0.55), Rgb(1.0, 0.98, 0.86), 0.26, 0.75),
    };
    easel.canvas.glow(sun, reach, glow, strength);
    easel.ellipse(sun, (radius, radius), Paint::flat(disc));
}

/// A crescent: the disc, and the glowless sky again where the earth's shadow lies.
fn moon(easel: &mut Easel) {
    let sun = easel.light.sun;
    easel.canvas.glow(sun, 0.30, Rgb(0.50, 0.60, 0.86), 0.55);
    let disc = Rgb(0.98, 0.96, 0.84);
    easel.ellipse(sun, (0.078, 0.078), Paint::flat(disc));
    easel.ellipse((sun.0 + 0.026, sun.1 - 0.012), (0.022, 0.022), Paint::flat(disc * 0.88).lift(0.0));
    easel.ellipse((sun.0 - 0.022, sun.1 + 0.026), (0.018, 0.018), Paint::flat(disc * 0.90).lift(0.0));
}

fn stars(easel: &mut Easel, chance: &mut Chance) {
    let crowd = if easel.canvas.medium == Medium::PixelArt { 2 } else { 1 };
    for _ in 0..chance.count(22, 34) / crowd {
        let (x, y) = (chance.unit(), chance.unit() * easel.light.horizon * 0.92);
        let brightness = chance.between(0.55, 1.0);
        let size = if easel.canvas.medium == Medium::PixelArt { 0.017 } else { 0.006 + 0.006 * brightness };
        let colour = Rgb(1.0, 0.97, 0.86);
        // A diamond is the smallest shape that still looks like a star.
        let corners = [(x, y - size * 1.4), (x + size, y), (x, y + size * 1.4), (x - size, y)];
        easel.polygon(&corners, Paint::flat(colour).opacity(0.4 + 0.6 * brightness).lift(0.0));
    }
}

fn clouds(easel: &mut Easel, chance: &mut Chance, most: u32) {
    let light = easel.light;
    let tones = match light.sky {
        Sky::Dawn => [Rgb(1.0, 0.95, 0.93), Rgb(0.97, 0.84, 0.86), Rgb(0.82, 0.74, 0.86)],
        Sky::Noon => [Rgb(1.0, 1.0, 1.0), Rgb(0.97, 0.98, 1.0), Rgb(0.76, 0.84, 0.94)],
        Sky::Sunset => [Rgb(1.0, 0.72, 0.46), Rgb(0.88, 0.42, 0.44), Rgb(0.48, 0.24, 0.48)],
        Sky::Rainbow => [Rgb(1.0, 1.0, 1.0), Rgb(0.90, 0.93, 0.96), Rgb(0.70, 0.77, 0.86)],
        _ => [Rgb(0.22, 0.30, 0.50), Rgb(0.14, 0.20, 0.38), Rgb(0.08, 0.12, 0.28)],
    };
    let tones = Tones { light: tones[0], base: tones[1], shade: tones[2] };
    for _ in 0..chance.count(1, most) {
        // On the side away from the sun, and off the middle, where the subject stands.
        let side = if light.sun.0 > 0.5 { -1.0 } else { 1.0 };
        let (x, y) = (0.5 + side * chance.between(0.12, 0.46), chance.between(0.08, light.horizon * 0.55));
        let size = chance.between(0.09, 0.16);
        let flat = if matches!(light.sky, Sky::Noon) { 1.0 } else { 0.6 };
        // The upper edge of four balls side by side; the lower edge is nearly flat.
        let balls = [(-0.95, 0.34), (-0.35, 0.62), (0.32, 0.50), (0.90, 0.36)]
            .map(|(out, radius)| (x + out * size, radius * size * chance.between(0.85, 1.15)));
        let mut outline = vec![(x + size, y + size * 0.10), (x - size, y + size * 0.10)];
        for point in 0..=26u8 {
            let across = x + (f32::from(point) / 13.0 - 1.0) * size * 1.34;
            let rise = balls.map(|(middle, radius)| (radius * radius - (across - middle) * (across - middle)).max(0.0).sqrt());
            outline.push((across, y - flat * rise.into_iter().fold(0.0, f32::max)));
        }
        let paint = Paint::formed(tones, if light.sky == Sky::Noon { Form::Ball } else { Form::Fall });
        easel.polygon(&outline, paint.opacity(0.92));
    }
}
