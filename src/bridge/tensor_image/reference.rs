//! What `shaders/tensor_to_texture.wgsl` draws, said in Rust: the reference that the shader is tested against.

use super::{Layout, Look, Palette};

/// Places without a channel.
const EMPTY: [f32; 3] = [0.0; 3];
/// A number that is none (not finite) is neither dark nor bright: a checker of two greys.
const CHECKER: [[f32; 3]; 2] = [[0.02; 3], [0.05; 3]];

impl Look {
    /// The colour of a pixel, linear RGB. `size`: [channels, height, width] of the values.
    pub fn colour(&self, size: [usize; 3], values: &[f32], [x, y]: [usize; 2]) -> [f32; 3] {
        let [channels, height, width] = size;
        let (columns, rows) = self.tiles();
        let (column, row) = (x / width, y / height);
        let channel = self.first_channel() + row * columns + column;
        if column >= columns || row >= rows || channel >= channels {
            return EMPTY;
        }
        let value = |channel: usize| values[(channel * height + y % height) * width + x % width];
        let colour = if self.layout == Layout::Rgb {
            [0, 1, 2].map(|channel: usize| value(channel.min(channels - 1)))
        } else {
            [value(channel); 3]
        };
        if colour.iter().any(|value| !value.is_finite()) {
            return CHECKER[(x + y) % 2];
        }
        match self.palette.stops() {
            Some(stops) if self.layout != Layout::Rgb => linear_from_oklab(between(stops, colour[0] / self.range)),
            _ => colour.map(linear_from_srgb),
        }
    }

    /// The colour of a pixel of a crossfade, linear RGB: light is mixed, not numbers, so that nothing turns dark half-way.
    pub fn colour_mixed(&self, size: [usize; 3], from: &[f32], to: &[f32], mix: f32, pixel: [usize; 2]) -> [f32; 3] {
        let (from, to) = (self.colour(size, from, pixel), self.colour(size, to, pixel));
        [0, 1, 2].map(|i| from[i] + (to[i] - from[i]) * mix)
    }
}

impl Palette {
    /// The colour that stands for a number, linear RGB: for legends beside a picture.
    pub fn colour(self, value: f32, range: f32) -> [f32; 3] {
        Look { layout: Layout::Channel(0), palette: self, range }.colour([1, 1, 1], &[value], [0, 0])
    }
}

/// position: −1 is the first stop, 1 the last.
fn between(stops: [[f32; 3]; 5], position: f32) -> [f32; 3] {
    let place = position.clamp(-1.0, 1.0) * 2.0 + 2.0;
    let left = (place as usize).min(3);
    [0, 1, 2].map(|i| stops[left][i] + (stops[left + 1][i] - stops[left][i]) * (place - left as f32))
}

/// Björn Ottosson, "A perceptual color space for image processing" (2020).
fn linear_from_oklab([lightness, a, b]: [f32; 3]) -> [f32; 3] {
    let l = (lightness + 0.396_337_78 * a + 0.215_803_76 * b).powi(3);
    let m = (lightness - 0.105_561_346 * a - 0.063_854_17 * b).powi(3);
    let s = (lightness - 0.089_484_18 * a - 1.291_485_5 * b).powi(3);
    [
        4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s,
        -1.268_438 * l + 2.609_757_4 * m - 0.341_319_38 * s,
        -0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s,
    ]
    .map(|channel| channel.max(0.0))
}

fn linear_from_srgb(coded: f32) -> f32 {
    let coded = coded.clamp(0.0, 1.0);
    if coded <= 0.040_45 { coded / 12.92 } else { ((coded + 0.055) / 1.055).powf(2.4) }
}
