//! Pastel: broad slanting strokes of soft chalk that catch only on the tooth of a toned paper.

use crate::canvas::Canvas;
use crate::chance::{Chance, ease, lattice, noise};
use crate::colour::Rgb;

/// Direction, length and width of the strokes of one layer; the last two in picture widths.
const LAYERS: [((f32, f32), f32, f32); 2] = [((0.78, -0.63), 0.30, 0.052), ((0.60, -0.80), 0.17, 0.034)];

pub(super) fn finish(canvas: &mut Canvas, chance: &mut Chance) {
    const BEIGE: Rgb = Rgb(0.70, 0.62, 0.52);
    const BLUE: Rgb = Rgb(0.50, 0.56, 0.64);
    const CHALK: Rgb = Rgb(0.93, 0.91, 0.88);
    let paper = if chance.unit() < 0.5 { BEIGE } else { BLUE };
    let field = chance.field();
    let side = canvas.side;
    // Chalk is never as dark or as bright as oil.
    let model: Vec<Rgb> = canvas.pixels.iter().map(|pixel| *pixel * 0.88 + CHALK * 0.09).collect();
    let nearest = |x: f32, y: f32| {
        let pixel = |t: f32| ((t * side as f32).max(0.0) as usize).min(side - 1);
        model[pixel(y) * side + pixel(x)]
    };
    for index in 0..model.len() {
        let (x, y) = canvas.point(index);
        // The hand presses harder and smears less where it draws what the picture is of.
        let care = canvas.subject[index];
        let tooth = 0.62 * noise(x * 58.0, y * 58.0, field ^ 1) + 0.38 * noise(x * 131.0, y * 131.0, field ^ 2);
        let mut colour = paper * (1.0 + 0.05 * tooth);
        for (layer, ((right, down), length, width)) in LAYERS.into_iter().enumerate() {
            let own = field ^ (16 << layer);
            let wobble = 0.35 * noise(x * 5.0, y * 5.0, own);
            let across = (y * right - x * down) / width + wobble;
            let row = across.floor();
            let along = (x * right + y * down) / length + 8.0 * lattice(row as i32, 7, own);
            let part = along.floor();
            let free = |kind: u32| lattice(row as i32, part as i32, own ^ kind);
            // A stroke overshoots the form a little, each by its own way, and smears what it drags.
            let drift = (0.014 * free(1) + 0.010 * tooth) * (1.0 - 0.7 * care);
            let smear = 0.012 * (1.0 - 0.6 * care);
            let sample = |far: f32| nearest(x + right * (drift + far), y + down * (drift + far));
            let chalk = (sample(-smear) + sample(0.0) + sample(smear)) * (1.0 / 3.0);
            let chalk = chalk * (1.0 + 0.08 * free(2)) + Rgb(0.02, 0.0, -0.02) * free(3);
            let edge = ease(4.0 * (across - row).min(row + 1.0 - across)) * ease(6.0 * (along - part).min(part + 1.0 - along));
            let pressure = if layer == 0 { 0.42 + 0.14 * free(4) } else { 0.10 + 0.45 * free(4) } + 0.55 * edge + 0.22 * care;
            let cover = 0.3 + 0.7 * ease((pressure - 0.55 + 0.9 * tooth) * 1.6 + 0.5);
            colour = colour.mix(chalk, 0.94 * cover);
            // White chalk dragged lightly over what is bright already.
            if layer == 1 {
                let bright = ease((chalk.luminance() - 0.55) * 3.0) * ease(free(5) * 2.0);
                colour = colour.mix(CHALK * 1.04, 0.5 * bright * ease(tooth * 2.5));
            }
        }
        canvas.pixels[index] = colour;
    }
}
