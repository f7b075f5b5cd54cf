//! Pointillism: round separate dots on a pale ground, each pushed away from the local colour so that the eye mixes them again.

use crate::canvas::Canvas;
use crate::chance::{Chance, lattice};
use crate::colour::Rgb;

/// Spacing and radius of the dots in picture widths: on the wide ground, then where the picture is fine.
const SIZES: [(f32, f32); 2] = [(0.034, 0.0165), (0.026, 0.0135)];

/// What a dot adds to its colour; of three dots that touch, each goes another way.
const PUSHES: [Rgb; 3] = [Rgb(0.17, 0.05, -0.17), Rgb(-0.16, -0.03, 0.17), Rgb(0.02, 0.05, 0.01)];

pub(super) fn finish(canvas: &mut Canvas, chance: &mut Chance) {
    const PALE: Rgb = Rgb(0.96, 0.93, 0.84);
    let side = canvas.side;
    let model: Vec<Rgb> = canvas.pixels.iter().map(|pixel| pixel.saturate(1.25)).collect();
    for (pixel, colour) in canvas.pixels.iter_mut().zip(&model) {
        *pixel = colour.mix(PALE, 0.22 + 0.30 * colour.luminance());
    }
    let nearest = |x: f32, y: f32| {
        let pixel = |t: f32| ((t * side as f32).max(0.0) as usize).min(side - 1);
        pixel(y) * side + pixel(x)
    };
    for (layer, (spacing, radius)) in SIZES.into_iter().enumerate() {
        let field = chance.field();
        // Every other row is shifted by half a dot, so that six dots surround each one.
        let (columns, rows) = ((1.0 / spacing) as i32 + 2, (1.0 / spacing / 0.87) as i32 + 2);
        for row in 0..rows {
            for column in 0..columns {
                let free = |kind: u32| lattice(column, row, field ^ kind);
                let x = (column as f32 + 0.5 * (row % 2) as f32 + 0.20 * free(1)) * spacing;
                let y = (row as f32 + 0.20 * free(2)) * spacing * 0.87;
                let at = nearest(x, y);
                let local = model[at];
                let reach = 0.013;
                let fine = canvas.subject[at] > 0.5
                    || [(reach, 0.0), (-reach, 0.0), (0.0, reach), (0.0, -reach)]
                        .into_iter()
                        .any(|(right, down)| model[nearest(x + right, y + down)].distance(local) > 0.45);
                if fine != (layer == 1) {
                    continue;
                }
                let kind = (column - row / 2 + 2 * row).rem_euclid(3) as usize;
                let strength = (0.45 + 0.55 * local.luminance()) * (0.85 + 0.35 * free(3));
                let colour = (local * (1.0 + 0.13 * free(4)) + PUSHES[kind] * strength).saturate(1.1);
                dot(canvas, (x, y), radius * (1.0 + 0.14 * free(5)), colour);
            }
        }
    }
}

fn dot(canvas: &mut Canvas, centre: (f32, f32), radius: f32, colour: Rgb) {
    let side = canvas.side as f32;
    let (x, y, radius) = (centre.0 * side, centre.1 * side, radius * side);
    let range = |middle: f32| {
        let low = (middle - radius - 1.0).max(0.0) as usize;
        low..((middle + radius + 2.0).max(0.0) as usize).min(canvas.side)
    };
    for row in range(y) {
        for column in range(x) {
            let (right, down) = (column as f32 + 0.5 - x, row as f32 + 0.5 - y);
            let cover = (radius - (right * right + down * down).sqrt() + 0.5).clamp(0.0, 1.0);
            let pixel = &mut canvas.pixels[row * canvas.side + column];
            *pixel = pixel.mix(colour, 0.95 * cover);
        }
    }
}
