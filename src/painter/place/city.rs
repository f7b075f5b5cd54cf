//! A city: towers far off, gabled houses before them, and a square paved with stones.

use crate::canvas::{Form, Paint};
use crate::chance::Chance;
use crate::colour::{Rgb, Tones};
use crate::easel::Easel;
use crate::scene::Medium;

pub(super) fn behind(easel: &mut Easel, chance: &mut Chance) {
    let (horizon, light) = (easel.light.horizon, easel.light);
    let away = if light.sun.0 > 0.5 { -1.0 } else { 1.0 };
    // Towers, tall on the side away from the sun.
    let base = horizon + 0.05;
    let mut x = -0.02;
    while x < 1.0 {
        let width = chance.between(0.085, 0.125);
        let aside = (x + width / 2.0 - 0.5) * away;
        let tallest = if aside > 0.10 {
            0.46
        } else if aside > -0.16 {
            0.20
        } else {
            0.26f32.min(horizon - light.sun.1 - 0.12).max(0.12)
        };
        let height = tallest * chance.between(0.68, 1.0);
        tower(easel, chance, (x, base), (width, height));
        x += width + chance.between(-0.004, 0.014);
    }
    let walls =
        [Rgb(0.80, 0.52, 0.40), Rgb(0.88, 0.78, 0.60), Rgb(0.62, 0.66, 0.70), Rgb(0.76, 0.62, 0.56), Rgb(0.90, 0.84, 0.76)];
    // Houses at both sides; the street between them is open in the middle.
    for side in [-1.0, 1.0] {
        let first = chance.count(0, 4) as usize;
        for (index, (out, height)) in [(0.22, 0.10), (0.33, 0.145), (0.455, 0.20)].into_iter().enumerate() {
            let width = 0.10 + 0.03 * index as f32;
            let middle = (0.5 + side * out, base + 0.012 * index as f32);
            house(easel, (middle.0, middle.1), (width, height * chance.between(0.90, 1.10)), walls[(first + index) % 5]);
        }
    }
    square(easel, base - 0.012);
}

/// What the panes show: lamplight after dusk, the sky by day.
fn pane(easel: &Easel) -> Rgb {
    let light = easel.light;
    if light.lamps() || light.sky.dark() { Rgb(1.0, 0.82, 0.38) } else { light.land(Rgb(0.28, 0.38, 0.50)).base }
}

fn tower(easel: &mut Easel, chance: &mut Chance, (left, base): (f32, f32), (width, height): (f32, f32)) {
    let light = easel.light;
    let tones = light.far(Rgb(0.42, 0.46, 0.58), chance.between(0.18, 0.42));
    let top = base - height;
    let wall = |easel: &mut Easel, from: f32, to: f32, level: f32| {
        let (from, to) = (left + width * from, left + width * to);
        let paint = Paint::formed(tones, Form::Slope(level)).lift(if to - from > width * 0.9 { 0.006 } else { 0.0 });
        easel.polygon(&[(from, base), (from, top), (to, top), (to, base)], paint);
    };
    wall(easel, 0.0, 1.0, 0.1);
    let dark = easel.facing(1.0) < 0.0;
    let (from, to) = if dark { (0.74, 1.0) } else { (0.0, 0.26) };
    wall(easel, from, to, -1.0);
    let middle = left + width / 2.0;
    match chance.count(0, 3) {
        0 => easel.bar((middle, top), (middle, top - 0.06), (0.012, 0.006), Paint::flat(tones.shade).lift(0.0)),
        1 => {
            let step = [
                (left + width * 0.2, top),
                (left + width * 0.2, top - 0.03),
                (left + width * 0.8, top - 0.03),
                (left + width * 0.8, top),
            ];
            easel.polygon(&step, Paint::formed(tones, Form::Slope(-0.2)).lift(0.0));
        }
        2 => easel.polygon(
            &[(left, top), (middle, top - 0.05), (left + width, top)],
            Paint::formed(tones, Form::Slope(-0.4)).lift(0.0),
        ),
        _ => {}
    }
    let glass = if light.lamps() || light.sky.dark() { pane(easel) } else { tones.light.mix(Rgb::WHITE, 0.25) };
    windows(easel, chance, (left + width * 0.12, top + 0.022), (width * 0.76, height - 0.07), glass, 0.62);
}

/// A grid of panes, of which a `share` is lit.
fn windows(
    easel: &mut Easel,
    chance: &mut Chance,
    (left, top): (f32, f32),
    (width, height): (f32, f32),
    colour: Rgb,
    share: f32,
) {
    let coarse = matches!(easel.canvas.medium, Medium::PixelArt | Medium::PaperCutout | Medium::Mosaic | Medium::StainedGlass);
    let (columns, pitch, tall) = if coarse { (1u8, 0.064, 0.032) } else { (2, 0.044, 0.024) };
    let wide = (width / f32::from(columns) * 0.58).min(0.034);
    let mut y = top;
    while y + tall < top + height {
        for column in 0..columns {
            let x = left + width * (f32::from(column) + 0.5) / f32::from(columns);
            if chance.unit() < share {
                let corners = [(x - wide / 2.0, y), (x + wide / 2.0, y), (x + wide / 2.0, y + tall), (x - wide / 2.0, y + tall)];
                easel.polygon(&corners, Paint::flat(colour).lift(0.0));
            }
        }
        y += pitch;
    }
}

fn house(easel: &mut Easel, (middle, base): (f32, f32), (width, height): (f32, f32), colour: Rgb) {
    let light = easel.light;
    let (left, right, top) = (middle - width / 2.0, middle + width / 2.0, base - height);
    let (wall, roof) = (light.far(colour, 0.04), light.far(Rgb(0.60, 0.28, 0.24), 0.06));
    let level = easel.facing(0.5 - middle) * 0.8;
    easel.polygon(&[(left, base), (left, top), (right, top), (right, base)], Paint::formed(wall, Form::Slope(level)).lift(0.008));
    let eaves = width * 0.08;
    let gable = [(left - eaves, top), (middle, top - width * 0.62), (right + eaves, top)];
    easel.polygon(&gable, Paint::formed(roof, Form::Slope(level)).lift(0.006));
    let glass = pane(easel);
    let (wide, tall) = (width * 0.23, width * 0.29);
    let mut y = top + tall * 0.45;
    while y + tall * 1.2 < base {
        for side in [-1.0, 1.0] {
            let x = middle + side * width * 0.23;
            let corners = [(x - wide / 2.0, y), (x + wide / 2.0, y), (x + wide / 2.0, y + tall), (x - wide / 2.0, y + tall)];
            easel.polygon(&corners, Paint::flat(glass).lift(0.0));
        }
        y += tall * 1.7;
    }
}

/// Paving in perspective: joints that run to one point, and rows that close up with distance.
fn square(easel: &mut Easel, edge: f32) {
    let light = easel.light;
    let stone = light.land(Rgb(0.70, 0.67, 0.64));
    let stone = Tones { shade: stone.base * Rgb(0.86, 0.86, 0.90), ..stone };
    easel.land(2, |_| edge, Paint::formed(stone, Form::Fall));
    let joint = Paint::flat(stone.base * Rgb(0.76, 0.75, 0.80)).opacity(0.75).lift(0.0);
    let point = (0.5, edge - 0.05);
    for line in -5..=5i8 {
        let out = (f32::from(line) + 0.5) * 0.26;
        let at = |y: f32| (point.0 + out * (y - point.1) / (1.02 - point.1), y);
        easel.bar(at(edge), at(1.03), (0.003, 0.011), joint);
    }
    for row in 0..6u8 {
        let near = (f32::from(row) + 0.6) / 6.0;
        let y = edge + (1.0 - edge) * near * (0.35 + 0.65 * near);
        let half = 0.002 + 0.004 * near;
        easel.polygon(&[(-0.02, y - half), (1.02, y - half), (1.02, y + half), (-0.02, y + half)], joint);
    }
    // A kerb before the houses.
    let kerb = Paint::flat(stone.light).lift(0.0);
    easel.polygon(&[(-0.02, edge), (1.02, edge), (1.02, edge + 0.012), (-0.02, edge + 0.012)], kerb);
}

pub(super) fn before(easel: &mut Easel, chance: &mut Chance, foot: f32) {
    let light = easel.light;
    let stone = light.land(Rgb(0.70, 0.67, 0.64));
    for _ in 0..5 {
        let (x, y) = (0.5 + chance.side() * chance.between(0.10, 0.46), chance.between((foot + 0.05).min(0.95), 0.99));
        let (half, tall) = (chance.between(0.035, 0.050), 0.014);
        let level = if chance.unit() < 0.5 { 0.8 } else { -0.9 };
        let slab = [(x - half * 0.94, y - tall), (x + half * 0.94, y - tall), (x + half, y + tall), (x - half, y + tall)];
        easel.polygon(&slab, Paint::flat(stone.at(level)).opacity(0.7).lift(0.0));
    }
    // A street lamp at one edge.
    let x = 0.5 + chance.side() * chance.between(0.41, 0.45);
    let (base, top) = ((foot + 0.05).clamp(0.88, 0.97), 0.50);
    let iron = Paint::formed(light.land(Rgb(0.16, 0.18, 0.22)), Form::Column).lift(0.006);
    easel.shadow((x, base), (0.045, 0.010), light.shadow());
    easel.bar((x, base), (x, top), (0.020, 0.014), iron);
    easel.polygon(
        &[(x - 0.026, base + 0.006), (x - 0.014, base - 0.035), (x + 0.014, base - 0.035), (x + 0.026, base + 0.006)],
        iron.lift(0.0),
    );
    let lit = light.lamps() || light.sky.dark();
    if lit {
        easel.canvas.glow((x, top - 0.03), 0.14, Rgb(1.0, 0.80, 0.42), 0.6);
    }
    let glass = if lit { Rgb(1.0, 0.90, 0.56) } else { light.land(Rgb(0.90, 0.94, 0.94)).base };
    easel.polygon(
        &[(x - 0.018, top), (x - 0.028, top - 0.055), (x + 0.028, top - 0.055), (x + 0.018, top)],
        Paint::flat(glass).lift(0.004),
    );
    easel.polygon(&[(x - 0.034, top - 0.055), (x, top - 0.085), (x + 0.034, top - 0.055)], iron.lift(0.0));
}
