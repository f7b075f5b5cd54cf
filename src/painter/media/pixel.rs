//! Pixel art: a coarse grid, few tones with ordered dither between them, and a dark outline around the subject.

use crate::canvas::{Canvas, Patch};
use crate::colour::Rgb;

/// Bayer's 4 × 4 matrix in sixteenths.
const BAYER: [[u8; 4]; 4] = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]];

/// The dither threshold of a cell, from 0 to 1.
pub(super) fn threshold(x: usize, y: usize) -> f32 {
    (f32::from(BAYER[y % 4][x % 4]) + 0.5) / 16.0
}

/// A cell is painted or not; a form has five tones.
pub(super) fn lay(patch: &Patch, pixels: &mut [Rgb]) {
    let [left, top, right, bottom] = patch.area;
    for y in top..bottom {
        for x in left..right {
            if patch.cover(x, y) >= 0.42 {
                // Dither only lightly: at this size a form reads by clear bands.
                let level = (patch.level(x, y) * 2.0 + 0.25 + 0.5 * threshold(x, y)).floor() / 2.0;
                let pixel = &mut pixels[y * patch.side + x];
                *pixel = pixel.mix(patch.paint.tones.at(level), if patch.paint.opacity < 0.5 { 0.5 } else { 1.0 });
            }
        }
    }
}

/// Draws the outline and rounds colours to 16 levels per channel, as an old machine would.
pub(super) fn finish(canvas: &mut Canvas) {
    const OUTLINE: Rgb = Rgb(0.09, 0.07, 0.15);
    let side = canvas.side;
    let inside = |x: usize, y: usize| canvas.subject[y * side + x] >= 0.42;
    for y in 0..side {
        for x in 0..side {
            let touches = (x > 0 && inside(x - 1, y))
                || (x + 1 < side && inside(x + 1, y))
                || (y > 0 && inside(x, y - 1))
                || (y + 1 < side && inside(x, y + 1));
            if touches && !inside(x, y) {
                let pixel = &mut canvas.pixels[y * side + x];
                *pixel = pixel.mix(OUTLINE, 0.78);
            }
        }
    }
    for pixel in &mut canvas.pixels {
        let round = |channel: f32| (channel.clamp(0.0, 1.0) * 15.0 + 0.5).floor() / 15.0;
        *pixel = Rgb(round(pixel.0), round(pixel.1), round(pixel.2)).saturate(1.08);
    }
}
