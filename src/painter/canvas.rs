//! The canvas: pixels under the hand of one medium, which decides how every patch of paint is laid.

use tiny_skia::{FillRule, Mask, Path, Transform};

use crate::chance::ease;
use crate::colour::{Rgb, Tones};
use crate::media;
use crate::scene::Medium;

/// How a surface lies to the light, across the box around its outline.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// A ball that fills the box.
    Ball,
    /// An upright column.
    Column,
    /// From the light tone at the top to the shade at the bottom.
    Fall,
    /// The same everywhere: −1 shade, 0 base, 1 light.
    Slope(f32),
}

/// What a patch is filled with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    pub tones: Tones,
    pub form: Form,
    /// From 0 to 1.
    pub opacity: f32,
    /// How far a cut-out of it would lie above what is behind, in picture widths.
    pub lift: f32,
}

impl Paint {
    pub fn flat(colour: Rgb) -> Paint {
        Paint { tones: Tones::flat(colour), form: Form::Slope(0.0), opacity: 1.0, lift: 0.006 }
    }

    pub fn formed(tones: Tones, form: Form) -> Paint {
        Paint { tones, form, opacity: 1.0, lift: 0.014 }
    }

    pub fn opacity(self, opacity: f32) -> Paint {
        Paint { opacity, ..self }
    }

    pub fn lift(self, lift: f32) -> Paint {
        Paint { lift, ..self }
    }
}

/// A painted outline in pixels, as a medium gets it to lay.
pub(crate) struct Patch<'a> {
    /// Pixels along a side of the canvas.
    pub side: usize,
    /// The pixels to touch: left, top, right, bottom; the last two are outside.
    pub area: [usize; 4],
    pub paint: &'a Paint,
    cover: &'a [u8],
    /// Centre and half size of the box around the outline, in picture widths.
    frame: [f32; 4],
    light: [f32; 3],
}

impl Patch<'_> {
    /// How much of the pixel lies inside, from 0 to 1.
    pub fn cover(&self, x: usize, y: usize) -> f32 {
        f32::from(self.cover[y * self.side + x]) / 255.0
    }

    /// The light on the form at a pixel, from −1 to 1.
    pub fn level(&self, x: usize, y: usize) -> f32 {
        let [centre_x, centre_y, half_width, half_height] = self.frame;
        let u = (((x as f32 + 0.5) / self.side as f32 - centre_x) / half_width).clamp(-1.0, 1.0);
        let v = (((y as f32 + 0.5) / self.side as f32 - centre_y) / half_height).clamp(-1.0, 1.0);
        let lambert = |v: f32| {
            let depth = (1.0 - u * u - v * v).max(0.0).sqrt();
            ((u * self.light[0] + v * self.light[1] + depth * self.light[2] - 0.45) * 1.9).clamp(-1.0, 1.0)
        };
        match self.paint.form {
            Form::Ball => lambert(v),
            Form::Column => lambert(0.0),
            Form::Fall => -v,
            Form::Slope(level) => level,
        }
    }
}

pub(crate) struct Canvas {
    /// Pixels along a side.
    pub side: usize,
    pub medium: Medium,
    pub pixels: Vec<Rgb>,
    /// Unit vector towards the light: right, down, towards the viewer.
    pub light: [f32; 3],
    /// How much of each pixel the subject covers.
    pub subject: Vec<f32>,
    /// Which outline lies uppermost at each pixel, numbered in the order of filling; 0 is the backdrop. Glazes do not count.
    pub parts: Vec<u16>,
    filled: u16,
    /// Whether what is filled now is the subject.
    pub on_subject: bool,
    cover: Mask,
    /// The noise of this sheet's surface.
    pub field: u32,
}

impl Canvas {
    pub fn new(side: u32, medium: Medium, light: [f32; 3], field: u32) -> Canvas {
        let area = (side * side) as usize;
        Canvas {
            side: side as usize,
            medium,
            pixels: vec![Rgb::WHITE; area],
            light,
            subject: vec![0.0; area],
            parts: vec![0; area],
            filled: 0,
            on_subject: false,
            cover: Mask::new(side, side).expect("a canvas has at least one pixel"),
            field,
        }
    }

    /// Colours every pixel; coordinates are in picture widths.
    pub fn backdrop(&mut self, colour: impl Fn(f32, f32) -> Rgb) {
        for index in 0..self.pixels.len() {
            let (x, y) = self.point(index);
            // Stepping the height, not the colour, keeps a pixel sky to a handful of bands.
            self.pixels[index] = colour(x, media::step(self.medium, index % self.side, index / self.side, y, 12.0));
        }
    }

    /// Fills an outline given in picture widths.
    pub fn fill(&mut self, path: &Path, paint: &Paint) {
        let Some(area) = self.cover_path(path, 0.07) else { return };
        let bounds = path.bounds();
        let frame = [
            (bounds.left() + bounds.right()) / 2.0,
            (bounds.top() + bounds.bottom()) / 2.0,
            bounds.width().max(1e-4) / 2.0,
            bounds.height().max(1e-4) / 2.0,
        ];
        let patch = Patch { side: self.side, area, paint, cover: self.cover.data(), frame, light: self.light };
        media::lay(self.medium, &patch, &mut self.pixels, self.field);
        self.filled = self.filled.saturating_add(1);
        if paint.opacity >= 0.7 {
            for y in area[1]..area[3] {
                for x in area[0]..area[2] {
                    if patch.cover(x, y) >= 0.5 {
                        self.parts[y * self.side + x] = self.filled;
                    }
                }
            }
        }
        if self.on_subject {
            for y in area[1]..area[3] {
                for x in area[0]..area[2] {
                    let traced = &mut self.subject[y * self.side + x];
                    *traced = traced.max(patch.cover(x, y) * paint.opacity);
                }
            }
        }
    }

    /// Lets a coloured shadow fall inside an outline.
    pub fn shadow(&mut self, path: &Path, tint: Rgb) {
        let Some([left, top, right, bottom]) = self.cover_path(path, 0.0) else { return };
        for y in top..bottom {
            for x in left..right {
                let index = y * self.side + x;
                let mut cover = f32::from(self.cover.data()[index]) / 255.0;
                if self.medium == Medium::PixelArt {
                    cover = if cover >= 0.5 { 1.0 } else { 0.0 };
                }
                self.pixels[index] = self.pixels[index] * Rgb::WHITE.mix(tint, cover);
            }
        }
    }

    /// Adds a round glow that fades to nothing at `radius`.
    pub fn glow(&mut self, centre: (f32, f32), radius: f32, colour: Rgb, strength: f32) {
        for index in 0..self.pixels.len() {
            let (x, y) = self.point(index);
            let square = ((x - centre.0) * (x - centre.0) + (y - centre.1) * (y - centre.1)) / (radius * radius);
            if square < 1.0 {
                let fade = (1.0 - square) * (1.0 - square);
                let fade = media::step(self.medium, index % self.side, index / self.side, fade, 4.0);
                self.pixels[index] = self.pixels[index].mix(colour, (fade * strength).min(1.0));
            }
        }
    }

    /// Begins a new trace of a subject; returns the trace so far.
    pub fn begin_tracing(&mut self) -> Vec<f32> {
        let area = self.subject.len();
        std::mem::replace(&mut self.subject, vec![0.0; area])
    }

    /// Adds what was traced before to the trace.
    pub fn end_tracing(&mut self, before: Vec<f32>) {
        for (traced, before) in self.subject.iter_mut().zip(before) {
            *traced = traced.max(before);
        }
    }

    /// Mirrors the subject in the water below `waterline`, both in picture widths.
    pub fn reflect(&mut self, waterline: f32, water: Rgb, sway: impl Fn(f32) -> f32) {
        let (side, line) = (self.side as i32, (waterline * self.side as f32) as i32);
        let above = self.pixels.clone();
        for y in line.max(0)..side {
            let depth = (y - line) as f32 / self.side as f32;
            let source_y = line - 1 - ((y - line) as f32 * 1.15) as i32;
            let fade = 0.62 * (1.0 - ease(depth / 0.34));
            let shift = (sway(y as f32 / self.side as f32) * self.side as f32 * (0.3 + depth * 4.0)) as i32;
            for x in 0..side {
                let source_x = (x + shift).clamp(0, side - 1);
                if source_y < 0 {
                    continue;
                }
                let (index, source) = ((y * side + x) as usize, (source_y * side + source_x) as usize);
                let share = fade * self.subject[source] * (1.0 - self.subject[index]);
                self.pixels[index] = self.pixels[index].mix(above[source].mix(water, 0.25), share);
            }
        }
    }

    /// The middle of a pixel in picture widths.
    pub fn point(&self, index: usize) -> (f32, f32) {
        let side = self.side as f32;
        (((index % self.side) as f32 + 0.5) / side, ((index / self.side) as f32 + 0.5) / side)
    }

    /// Covers the mask with an outline; the area it and a margin (in picture widths) touch, or `None` outside the canvas.
    fn cover_path(&mut self, path: &Path, margin: f32) -> Option<[usize; 4]> {
        let side = self.side as f32;
        let bounds = path.bounds();
        let low = |edge: f32| ((edge - margin) * side).floor().clamp(0.0, side) as usize;
        let high = |edge: f32| ((edge + margin) * side).ceil().clamp(0.0, side) as usize;
        let area = [low(bounds.left()), low(bounds.top()), high(bounds.right()), high(bounds.bottom())];
        if area[0] >= area[2] || area[1] >= area[3] {
            return None;
        }
        self.cover.clear();
        self.cover.fill_path(path, FillRule::Winding, true, Transform::from_scale(side, side));
        Some(area)
    }
}
