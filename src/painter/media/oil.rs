//! Oil: thick strokes that follow the forms, coarse first and fine last, with light on their ridges.

use crate::canvas::Canvas;
use crate::chance::{Chance, lattice, noise};
use crate::colour::Rgb;

/// Strokes per side, length and width of one layer of strokes; the last two in picture widths.
const LAYERS: [(u16, f32, f32); 3] = [(13, 0.22, 0.062), (19, 0.15, 0.046), (34, 0.065, 0.022)];

pub(super) fn finish(canvas: &mut Canvas, chance: &mut Chance) {
    let side = canvas.side;
    let model: Vec<Rgb> = canvas.pixels.iter().map(|pixel| pixel.saturate(1.18)).collect();
    let mut painting = Painting { side, model, pixels: vec![], height: vec![0.5; side * side] };
    painting.pixels = painting.model.clone();
    let field = chance.field();
    for (layer, (per_side, length, width)) in LAYERS.into_iter().enumerate() {
        let cell = 1.0 / f32::from(per_side);
        for row in 0..per_side {
            for column in 0..per_side {
                let (x, y) = ((f32::from(column) + chance.unit()) * cell, (f32::from(row) + chance.unit()) * cell);
                let (lightness, turn) = (chance.between(-1.0, 1.0), chance.between(-0.35, 0.35));
                let at = painting.nearest(x, y);
                // Fine strokes only where the coarse ones have missed the model.
                if layer == 2 && painting.model[at].distance(painting.pixels[at]) < 0.10 {
                    continue;
                }
                let along = painting.along(x, y, field, turn);
                let colour = painting.model[at] * (1.0 + 0.10 * lightness) + Rgb(0.016, 0.012, 0.004) * lightness;
                let stroke = Stroke { x, y, along, length: length / 2.0, width: width / 2.0, colour };
                painting.stroke(&stroke, field ^ u32::from(row * per_side + column));
            }
        }
    }
    canvas.pixels = painting.lit();
}

struct Stroke {
    x: f32,
    y: f32,
    /// Unit vector of its direction.
    along: (f32, f32),
    /// Half its length and half its width, in picture widths.
    length: f32,
    width: f32,
    colour: Rgb,
}

struct Painting {
    side: usize,
    /// What is to be painted.
    model: Vec<Rgb>,
    pixels: Vec<Rgb>,
    /// Thickness of the paint, about 0 to 1.
    height: Vec<f32>,
}

impl Painting {
    fn nearest(&self, x: f32, y: f32) -> usize {
        let pixel = |t: f32| ((t * self.side as f32) as usize).min(self.side - 1);
        pixel(y) * self.side + pixel(x)
    }

    /// Across the steepest change of lightness if there is one, else with a slow swirl that lies mostly level.
    fn along(&self, x: f32, y: f32, field: u32, turn: f32) -> (f32, f32) {
        let reach = 0.03;
        let lightness = |x: f32, y: f32| self.model[self.nearest(x.clamp(0.0, 1.0), y.clamp(0.0, 1.0))].luminance();
        let slope_x = lightness(x + reach, y) - lightness(x - reach, y);
        let slope_y = lightness(x, y + reach) - lightness(x, y - reach);
        let steepness = (slope_x * slope_x + slope_y * slope_y).sqrt();
        let swirl = noise(x * 3.0, y * 3.0, field) * 0.9 + turn;
        let (mut across, mut down) = if steepness > 0.06 { (-slope_y / steepness, slope_x / steepness) } else { (1.0, swirl) };
        (across, down) = (across - down * turn * 0.5, down + across * turn * 0.5);
        let length = (across * across + down * down).sqrt().max(1e-6);
        (across / length, down / length)
    }

    fn stroke(&mut self, stroke: &Stroke, bristles: u32) {
        let side = self.side as f32;
        let reach_x = (stroke.along.0 * stroke.length).abs() + (stroke.along.1 * stroke.width).abs();
        let reach_y = (stroke.along.1 * stroke.length).abs() + (stroke.along.0 * stroke.width).abs();
        let range = |middle: f32, reach: f32| {
            let low = ((middle - reach) * side).floor().max(0.0) as usize;
            low..(((middle + reach) * side).ceil().max(0.0) as usize).min(self.side)
        };
        let soft = 0.75 / side / stroke.width;
        for row in range(stroke.y, reach_y) {
            for column in range(stroke.x, reach_x) {
                let (x, y) = ((column as f32 + 0.5) / side - stroke.x, (row as f32 + 0.5) / side - stroke.y);
                let a = (x * stroke.along.0 + y * stroke.along.1) / stroke.length;
                let b = (y * stroke.along.0 - x * stroke.along.1) / stroke.width;
                // Full along the middle, ragged at the tips, soft by a pixel at the sides.
                let tip = 1.0 - a * a * a * a;
                let cover = ((1.0 - b.abs()) / soft + 0.5).clamp(0.0, 1.0) * tip.clamp(0.0, 1.0);
                if cover <= 0.0 {
                    continue;
                }
                let index = row * self.side + column;
                // A painter stops the brush where the form ends.
                let strays = self.model[index].distance(stroke.colour);
                let cover = cover * (1.0 - (strays - 0.16) * 5.0).clamp(0.0, 1.0) * 0.92;
                let bristle = lattice((b * 3.0 + 8.0) as i32, 0, bristles);
                self.pixels[index] = self.pixels[index].mix(stroke.colour * (1.0 + 0.03 * bristle), cover);
                let ridge = 0.5 + 0.12 * bristle + 0.5 * b;
                self.height[index] += (ridge - self.height[index]) * cover;
            }
        }
    }

    /// Light from the upper left on the ridges of the paint.
    fn lit(&self) -> Vec<Rgb> {
        let last = self.side - 1;
        let height = |x: usize, y: usize| self.height[y.min(last) * self.side + x.min(last)];
        let mut lit = Vec::with_capacity(self.pixels.len());
        for y in 0..self.side {
            for x in 0..self.side {
                let relief = height(x + 1, y + 1) - height(x.saturating_sub(1), y.saturating_sub(1));
                lit.push(self.pixels[y * self.side + x] * (1.0 + 0.13 * relief.clamp(-1.0, 1.0)));
            }
        }
        lit
    }
}
