//! The media: how each one lays a patch of paint, and what it does to the finished canvas.

mod oil;
mod paper;
mod pixel;
mod watercolour;

use crate::canvas::{Canvas, Patch};
use crate::chance::Chance;
use crate::colour::Rgb;
use crate::picture::Picture;
use crate::scene::Medium;

/// Cells along a side of pixel art, at any size of picture.
const CELLS: u32 = 32;

/// Pixels along a side of the canvas on which a picture of `size` is painted.
pub(crate) fn side(medium: Medium, size: u32) -> u32 {
    if medium == Medium::PixelArt { CELLS } else { size }
}

/// Lays one patch.
pub(crate) fn lay(medium: Medium, patch: &Patch, pixels: &mut [Rgb], field: u32) {
    match medium {
        Medium::Watercolour => watercolour::lay(patch, pixels, field),
        Medium::Oil => oil::lay(patch, pixels),
        Medium::PixelArt => pixel::lay(patch, pixels),
        Medium::PaperCutout => paper::lay(patch, pixels),
    }
}

/// A continuous value from 0 to 1 as the medium can show it at a pixel.
pub(crate) fn step(medium: Medium, x: usize, y: usize, value: f32, steps: f32) -> f32 {
    match medium {
        Medium::Watercolour | Medium::Oil => value,
        Medium::PixelArt => (value * steps + pixel::threshold(x, y)).floor() / steps,
        Medium::PaperCutout => (value * steps + 0.5).floor() / steps,
    }
}

/// Works over the whole canvas and hands it on as a picture of `size`.
pub(crate) fn finish(mut canvas: Canvas, size: u32, chance: &mut Chance) -> Picture {
    match canvas.medium {
        Medium::Watercolour => watercolour::finish(&mut canvas),
        Medium::Oil => oil::finish(&mut canvas, chance),
        Medium::PixelArt => pixel::finish(&mut canvas),
        Medium::PaperCutout => paper::finish(&mut canvas),
    }
    let mut pixels = Vec::with_capacity((size * size * 3) as usize);
    for y in 0..size as usize {
        let row = y * canvas.side / size as usize * canvas.side;
        for x in 0..size as usize {
            pixels.extend(canvas.pixels[row + x * canvas.side / size as usize].to_rgb8());
        }
    }
    Picture { size, pixels }
}
