//! Paper cut-out: flat sheets in two tones, each with a light cut edge and a soft shadow on what lies behind.

use crate::canvas::{Canvas, Patch};
use crate::chance::{lattice, noise};
use crate::colour::Rgb;

pub(super) fn lay(patch: &Patch, pixels: &mut [Rgb]) {
    let [left, top, right, bottom] = patch.area;
    let side = patch.side as f32;
    if patch.paint.lift > 0.0 {
        cast(patch, pixels);
    }
    let edge = (0.009 * side).max(0.6);
    for y in top..bottom {
        for x in left..right {
            let cover = patch.cover(x, y);
            if cover > 0.0 {
                let level = patch.level(x, y);
                // A second sheet of the darker paper lies where a round form turns away.
                let level = if level < -0.30 {
                    -0.85
                } else if level > 0.55 {
                    0.55
                } else {
                    0.0
                };
                let mut colour = patch.paint.tones.at(level);
                if patch.paint.lift > 0.0 && (x == left || y == top || patch.cover(x - 1, y - 1) < 1.0) {
                    let rim = cover - shifted(patch, x as f32 - edge, y as f32 - edge);
                    colour = colour.mix(Rgb::WHITE, 0.30 * rim.max(0.0));
                }
                let pixel = &mut pixels[y * patch.side + x];
                *pixel = pixel.mix(colour, cover * patch.paint.opacity.max(0.75));
            }
        }
    }
}

/// The shadow falls to the lower right, as by a lamp over the table.
fn cast(patch: &Patch, pixels: &mut [Rgb]) {
    const SHADOW: Rgb = Rgb(0.46, 0.42, 0.52);
    let [left, top, right, bottom] = patch.area;
    let offset = patch.paint.lift * 1.5 * patch.side as f32;
    let soft = offset * 0.5;
    for y in top..bottom {
        for x in left..right {
            // Under its own sheet no shadow shows.
            if patch.cover(x, y) == 1.0 {
                continue;
            }
            let (x_from, y_from) = (x as f32 - offset, y as f32 - offset);
            let fall = 0.4 * shifted(patch, x_from, y_from)
                + 0.2 * shifted(patch, x_from - soft, y_from)
                + 0.2 * shifted(patch, x_from, y_from - soft)
                + 0.2 * shifted(patch, x_from - soft, y_from - soft);
            if fall > 0.0 {
                let pixel = &mut pixels[y * patch.side + x];
                *pixel = *pixel * Rgb::WHITE.mix(SHADOW, fall);
            }
        }
    }
}

/// Coverage between pixels, bilinear; 0 outside the canvas.
fn shifted(patch: &Patch, x: f32, y: f32) -> f32 {
    let (left, top) = (x.floor(), y.floor());
    let (u, v) = (x - left, y - top);
    let at = |x: f32, y: f32| {
        let inside = x >= 0.0 && y >= 0.0 && x < patch.side as f32 && y < patch.side as f32;
        if inside { patch.cover(x as usize, y as usize) } else { 0.0 }
    };
    let upper = at(left, top) * (1.0 - u) + at(left + 1.0, top) * u;
    let lower = at(left, top + 1.0) * (1.0 - u) + at(left + 1.0, top + 1.0) * u;
    upper * (1.0 - v) + lower * v
}

/// Fibres: fine flecks and faint horizontal streaks.
pub(super) fn finish(canvas: &mut Canvas) {
    for index in 0..canvas.pixels.len() {
        let (x, y) = canvas.point(index);
        let fleck = lattice((index % canvas.side) as i32, (index / canvas.side) as i32, canvas.field);
        let streak = noise(x * 14.0, y * 44.0, canvas.field);
        canvas.pixels[index] = canvas.pixels[index] * (1.0 + 0.018 * fleck + 0.025 * streak);
    }
}
