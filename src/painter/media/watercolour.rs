//! Watercolour: thin washes with dark wet edges that bleed into each other on rough white paper.

use crate::canvas::{Canvas, Patch};
use crate::chance::{ease, noise};
use crate::colour::Rgb;

/// Width of a wet edge in picture widths.
const EDGE: f32 = 0.022;

pub(super) fn lay(patch: &Patch, pixels: &mut [Rgb], field: u32) {
    let [left, top, right, bottom] = patch.area;
    let dried = blur(patch);
    for y in top..bottom {
        for x in left..right {
            let cover = patch.cover(x, y);
            if cover > 0.0 {
                let inside = dried[(y - top) * (right - left) + x - left];
                // Pigment gathers where a wash dries last, at its edge, and pools within it.
                let (u, v) = (x as f32 / patch.side as f32, y as f32 / patch.side as f32);
                let pool = noise(u * 7.0, v * 7.0, field);
                let rim = ((1.0 - inside) * 1.6 - 0.25).clamp(0.0, 1.0);
                let tone = patch.paint.tones.at(patch.level(x, y));
                let pigment = tone.mix(tone * tone * 0.8, 0.55 * rim).mix(Rgb::WHITE, 0.06 + 0.06 * pool);
                let pixel = &mut pixels[y * patch.side + x];
                *pixel = pixel.mix(pigment, cover * patch.paint.opacity * 0.95);
            }
        }
    }
}

/// Coverage over the patch's area, averaged over the width of an edge.
fn blur(patch: &Patch) -> Vec<f32> {
    let [left, top, right, bottom] = patch.area;
    let (width, height) = (right - left, bottom - top);
    let radius = ((EDGE * patch.side as f32 + 0.5) as usize).max(1);
    let mut rows = vec![0.0; width * height];
    for y in 0..height {
        running_mean(width, radius, |x| patch.cover(left + x, top + y), |x, mean| rows[y * width + x] = mean);
    }
    let mut blurred = vec![0.0; width * height];
    for x in 0..width {
        running_mean(height, radius, |y| rows[y * width + x], |y, mean| blurred[y * width + x] = mean);
    }
    blurred
}

/// The mean over `radius` to both sides; values beyond the ends repeat the ends.
fn running_mean(length: usize, radius: usize, value: impl Fn(usize) -> f32, mut put: impl FnMut(usize, f32)) {
    let last = length - 1;
    let weight = 1.0 / (2 * radius + 1) as f32;
    let mut sum = value(0) * radius as f32 + (0..=radius).map(|ahead| value(ahead.min(last))).sum::<f32>();
    for index in 0..length {
        put(index, sum * weight);
        sum += value((index + radius + 1).min(last)) - value(index.saturating_sub(radius));
    }
}

/// Bleeding, granulation, paper grain, and the unpainted margin of the sheet.
pub(super) fn finish(canvas: &mut Canvas) {
    const PAPER: Rgb = Rgb(0.985, 0.975, 0.95);
    let wet = canvas.pixels.clone();
    let (side, field) = (canvas.side, canvas.field);
    for index in 0..wet.len() {
        let (x, y) = canvas.point(index);
        let drift_x = 0.010 * noise(x * 16.0, y * 16.0, field ^ 1);
        let drift_y = 0.010 * noise(x * 16.0, y * 16.0, field ^ 2);
        let colour = super::between(&wet, side, x + drift_x, y + drift_y);
        let grain = noise(x * 52.0, y * 52.0, field ^ 3);
        let bloom = noise(x * 5.0, y * 5.0, field ^ 4);
        // Thinner paint lets more of the paper through; dark pigments granulate most.
        let dark = 1.0 - colour.luminance();
        let thin = (0.09 + 0.08 * bloom + (0.03 + 0.04 * dark) * grain).clamp(0.0, 1.0);
        let painted = colour.saturate(1.25).mix(PAPER, thin);
        let margin = x.min(1.0 - x).min(y.min(1.0 - y)) + 0.020 * noise(x * 9.0, y * 9.0, field ^ 5);
        canvas.pixels[index] = PAPER.mix(painted, ease((margin - 0.012) / 0.030)) * (1.0 + 0.012 * grain);
    }
}
