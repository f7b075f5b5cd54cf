//! Ink drawing: dark contours and hatching on cream paper, over a light wash of colour.

use crate::canvas::{Canvas, Patch};
use crate::chance::{Chance, cosine, ease, noise, sine};
use crate::colour::Rgb;

const PAPER: Rgb = Rgb(0.975, 0.945, 0.870);
const INK: Rgb = Rgb(0.105, 0.090, 0.120);
/// From one line of a hatching to the next, in picture widths.
const SPACING: f32 = 0.036;

pub(super) fn lay(patch: &Patch, pixels: &mut [Rgb]) {
    super::model(patch, pixels);
}

pub(super) fn finish(canvas: &mut Canvas, chance: &mut Chance) {
    let (side, field) = (canvas.side as f32, chance.field());
    let shapes = measure(canvas);
    let outlines = distances(canvas, |one, other| on_subject(canvas, one) != on_subject(canvas, other));
    let folds = distances(canvas, |one, other| {
        let least = if on_subject(canvas, one) { 0.008 } else { 0.014 };
        [one, other].iter().all(|&index| shapes[usize::from(canvas.parts[index])].girth > least)
    });
    // Three directions of lines, in turns from level, each from its own darkness on.
    let directions = [(0.125, 0.30), (-0.10, 0.52), (0.02, 0.70)].map(|(turn, from)| (cosine(turn), sine(turn), from));
    for index in 0..canvas.pixels.len() {
        let (x, y) = canvas.point(index);
        let (model, subject) = (canvas.pixels[index], canvas.subject[index].min(1.0));
        let dark = 1.0 - model.luminance();
        // A hand does not draw straight.
        let (sway_x, sway_y) = (0.005 * noise(x * 13.0, y * 13.0, field), 0.005 * noise(x * 13.0, y * 13.0, field ^ 1));
        let edge = x.min(1.0 - x).min(y.min(1.0 - y)) + 0.012 * noise(x * 11.0, y * 11.0, field ^ 2);

        let pool = noise(x * 6.0, y * 6.0, field ^ 3);
        let strength = (0.40 + 0.26 * dark + 0.06 * pool) * (1.0 - subject) + (0.93 + 0.05 * pool) * subject;
        let wash = Rgb::WHITE.mix(model.saturate(1.2), strength * ease((edge - 0.018) / 0.016));
        let mut colour = PAPER * wash;
        // Night is washed over once more, in blue.
        let night = ease((dark - 0.72) / 0.2) * (1.0 - subject);
        colour = colour * Rgb::WHITE.mix(Rgb(0.56, 0.68, 0.98), 0.8 * night * ease((edge - 0.018) / 0.016));

        // The sky is ruled level, the land slants one way and the subject the other.
        let sky = canvas.parts[index] == 0;
        let slant = if subject > 0.5 { -1.0 } else { 1.0 };
        let depth = if subject > 0.5 { dark * 0.72 } else { dark * 0.98 };
        let mut bare = 1.0;
        for (layer, (along, down, from)) in (0u32..).zip(directions) {
            let (along, down) = if sky && layer == 0 { (1.0, 0.0) } else { (along, down * slant) };
            let across = (y + sway_y * 0.8) * along - (x + sway_x * 0.8) * down;
            let line = (across / SPACING).floor();
            let reach = (across - (line + 0.5) * SPACING).abs();
            let press = noise((x * along + y * down) * 9.0 + line * 3.7, line, field ^ (7 + layer));
            let width = ((depth - from) * 3.0 + 0.45 * press).clamp(0.0, 1.0) * 0.0062;
            bare *= 1.0 - stroke(reach * side, width * side);
        }
        colour = colour.mix(INK, (1.0 - bare) * if subject > 0.5 { 0.36 } else { 0.70 } * ease((edge - 0.022) / 0.01));

        let press = 1.0 + 0.35 * noise(x * 8.0, y * 8.0, field ^ 4);
        let outline = stroke(sample(&outlines, canvas.side, x + sway_x, y + sway_y), 0.0100 * press * side);
        let fold = stroke(sample(&folds, canvas.side, x + sway_x, y + sway_y), (0.0052 + 0.0018 * subject) * press * side);
        let line = (1.0 - (1.0 - outline) * (1.0 - fold)) * ease((edge - 0.010) / 0.012);
        canvas.pixels[index] = colour.mix(INK, 0.94 * line) * (1.0 + 0.010 * noise(x * 60.0, y * 60.0, field ^ 5));
    }
}

/// How large a part of the picture shows.
pub(super) struct Shape {
    /// In squares of the picture's width.
    pub area: f32,
    /// The radius of a disc, the width of a strip; in picture widths.
    pub girth: f32,
}

/// The shape of every part, by its number.
pub(super) fn measure(canvas: &Canvas) -> Vec<Shape> {
    let side = canvas.side;
    let most = usize::from(canvas.parts.iter().copied().max().unwrap_or(0));
    let mut counts = vec![(0.0f32, 0.0f32); most + 1];
    for (index, &part) in canvas.parts.iter().enumerate() {
        counts[usize::from(part)].0 += 1.0;
        let (right, below) = (index + 1, index + side);
        for next in [if right % side == 0 { index } else { right }, if below < side * side { below } else { index }] {
            if canvas.parts[next] != part {
                counts[usize::from(part)].1 += 1.0;
                counts[usize::from(canvas.parts[next])].1 += 1.0;
            }
        }
    }
    let pixel = 1.0 / side as f32;
    let shape = |(area, rim): (f32, f32)| Shape { area: area * pixel * pixel, girth: 2.0 * area / rim.max(1.0) * pixel };
    counts.into_iter().map(shape).collect()
}

pub(super) fn on_subject(canvas: &Canvas, index: usize) -> bool {
    canvas.subject[index] >= 0.5
}

/// How far every pixel is, in pixels, from the nearest border of parts between two neighbours that `counts` lets count.
pub(super) fn distances(canvas: &Canvas, counts: impl Fn(usize, usize) -> bool) -> Vec<f32> {
    const DIAGONAL: f32 = std::f32::consts::SQRT_2;
    let side = canvas.side;
    let mut distances = vec![side as f32; side * side];
    for y in 0..side {
        for x in 0..side {
            let index = y * side + x;
            for (inside, next) in [(x + 1 < side, index + 1), (y + 1 < side, index + side)] {
                if inside && canvas.parts[index] != canvas.parts[next] && counts(index, next) {
                    distances[index] = 0.5;
                    distances[next] = 0.5;
                }
            }
        }
    }
    // Once down and once up, from the neighbours already passed.
    for up in [false, true] {
        for step in 0..side * side {
            let index = if up { side * side - 1 - step } else { step };
            let (x, y) = (step % side, step / side);
            let at = |back: usize| if up { index + back } else { index - back };
            let mut least = distances[index];
            if x > 0 {
                least = least.min(distances[at(1)] + 1.0);
            }
            if y > 0 {
                least = least.min(distances[at(side)] + 1.0);
                if x > 0 {
                    least = least.min(distances[at(side + 1)] + DIAGONAL);
                }
                if x + 1 < side {
                    least = least.min(distances[at(side - 1)] + DIAGONAL);
                }
            }
            distances[index] = least;
        }
    }
    // Borders run along pixels in steps; a little blur rounds the steps off.
    let at = |x: usize, y: usize| distances[y.min(side - 1) * side + x.min(side - 1)];
    let across = |x: usize, y: usize| 0.25 * (at(x.saturating_sub(1), y) + at(x + 1, y)) + 0.5 * at(x, y);
    let blurred = |index: usize| {
        let (x, y) = (index % side, index / side);
        0.25 * (across(x, y.saturating_sub(1)) + across(x, y + 1)) + 0.5 * across(x, y) - 0.22
    };
    (0..side * side).map(blurred).collect()
}

/// The value at a point in picture widths, bilinear.
pub(super) fn sample(values: &[f32], side: usize, x: f32, y: f32) -> f32 {
    let last = (side - 1) as f32;
    let (x, y) = ((x * side as f32 - 0.5).clamp(0.0, last), (y * side as f32 - 0.5).clamp(0.0, last));
    let (left, top) = (x as usize, y as usize);
    let (right, bottom) = ((left + 1).min(side - 1), (top + 1).min(side - 1));
    let (u, v) = (x - left as f32, y - top as f32);
    let row = |row: usize| values[row * side + left] * (1.0 - u) + values[row * side + right] * u;
    row(top) * (1.0 - v) + row(bottom) * v
}

/// How much of a pixel a line covers whose middle is `distance` pixels away; thinner than a pixel it pales.
pub(super) fn stroke(distance: f32, half_width: f32) -> f32 {
    (half_width.max(0.5) + 0.5 - distance).clamp(0.0, 1.0) * (half_width * 2.0).clamp(0.0, 1.0)
}
