//! The media: how each one lays a patch of paint, and what it does to the finished canvas.

mod ink;
mod lines;
mod mosaic;
mod oil;
mod paper;
mod pastel;
mod pixel;
mod pointillism;
mod stained_glass;
mod watercolour;
mod woodblock;

use crate::canvas::{Canvas, Patch};
use crate::chance::Chance;
use crate::colour::Rgb;
use crate::picture::Picture;
use crate::scene::Medium;

/// Cells along a side of pixel art, at any size of picture.
const CELLS: u32 = 32;

/// Pixels along a side of the canvas on which a picture of `size` is painted.
pub(crate) fn side(medium: Medium, size: u32) -> u32 {
    match medium {
        Medium::PixelArt => CELLS,
        Medium::Mosaic => mosaic::MODEL,
        Medium::Woodblock | Medium::StainedGlass | Medium::Ink => finely(size),
        _ => size,
    }
}

/// Fine lines need more pixels than a small picture has: it is painted larger and made smaller.
fn finely(size: u32) -> u32 {
    if size < 128 { 2 * size } else { size }
}

/// Lays one patch.
pub(crate) fn lay(medium: Medium, patch: &Patch, pixels: &mut [Rgb], field: u32) {
    match medium {
        Medium::Watercolour => watercolour::lay(patch, pixels, field),
        Medium::Oil | Medium::Pointillism | Medium::Ink | Medium::Pastel | Medium::Mosaic => model(patch, pixels, |level| level),
        Medium::PixelArt => pixel::lay(patch, pixels),
        Medium::PaperCutout => paper::lay(patch, pixels),
        Medium::Woodblock => woodblock::lay(patch, pixels),
        Medium::StainedGlass => stained_glass::lay(patch, pixels),
    }
}

/// Mixes a patch's own tones over what lies below: the model that a medium works up when it finishes the canvas. `printed` is what
/// the medium makes of the light on the form, both from −1 to 1.
fn model(patch: &Patch, pixels: &mut [Rgb], printed: impl Fn(f32) -> f32) {
    let [left, top, right, bottom] = patch.area;
    for y in top..bottom {
        for x in left..right {
            let cover = patch.cover(x, y);
            if cover > 0.0 {
                let pixel = &mut pixels[y * patch.side + x];
                *pixel = pixel.mix(patch.paint.tones.at(printed(patch.level(x, y))), cover * patch.paint.opacity);
            }
        }
    }
}

/// The colour at a point in picture widths, bilinear.
fn between(pixels: &[Rgb], side: usize, x: f32, y: f32) -> Rgb {
    let last = (side - 1) as f32;
    let (x, y) = ((x * side as f32 - 0.5).clamp(0.0, last), (y * side as f32 - 0.5).clamp(0.0, last));
    let (left, top) = (x as usize, y as usize);
    let (right, bottom) = ((left + 1).min(side - 1), (top + 1).min(side - 1));
    let (u, v) = (x - left as f32, y - top as f32);
    let row = |row: usize| pixels[row * side + left].mix(pixels[row * side + right], u);
    row(top).mix(row(bottom), v)
}

/// A continuous value from 0 to 1 as the medium can show it at a pixel.
pub(crate) fn step(medium: Medium, x: usize, y: usize, value: f32, steps: f32) -> f32 {
    match medium {
        Medium::PixelArt => (value * steps + pixel::threshold(x, y)).floor() / steps,
        Medium::PaperCutout | Medium::Woodblock | Medium::StainedGlass => (value * steps + 0.5).floor() / steps,
        _ => value,
    }
}

/// Works over the whole canvas and hands it on as a picture of `size`.
pub(crate) fn finish(mut canvas: Canvas, size: u32, chance: &mut Chance) -> Picture {
    match canvas.medium {
        Medium::Watercolour => watercolour::finish(&mut canvas),
        Medium::Oil => oil::finish(&mut canvas, chance),
        Medium::PixelArt => pixel::finish(&mut canvas),
        Medium::PaperCutout => paper::finish(&mut canvas),
        Medium::Pointillism => pointillism::finish(&mut canvas, chance),
        Medium::Woodblock => woodblock::finish(&mut canvas, chance),
        Medium::StainedGlass => stained_glass::finish(&mut canvas, chance),
        Medium::Ink => ink::finish(&mut canvas, chance),
        Medium::Pastel => pastel::finish(&mut canvas, chance),
        Medium::Mosaic => mosaic::finish(&mut canvas, finely(size) as usize, chance),
    }
    Picture { size, pixels: shown(&canvas, size as usize) }
}

/// The canvas at a size: the mean of the pixels that become one, or each pixel several times.
fn shown(canvas: &Canvas, size: usize) -> Vec<u8> {
    let together = (canvas.side / size).max(1);
    let share = 1.0 / (together * together) as f32;
    let mut pixels = Vec::with_capacity(size * size * 3);
    for y in 0..size {
        for x in 0..size {
            let (left, top) = (x * canvas.side / size, y * canvas.side / size);
            let rows = (top..top + together).flat_map(|row| &canvas.pixels[row * canvas.side + left..][..together]);
            let sum = rows.fold(Rgb(0.0, 0.0, 0.0), |sum, &pixel| sum + pixel);
            pixels.extend((sum * share).to_rgb8());
        }
    }
    pixels
}
