//! Lines between the forms: where they run, how far they are, and how a pen or lead draws them.

use crate::canvas::Canvas;

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
