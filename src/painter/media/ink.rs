//! Ink drawing: dark contours and hatching on cream paper, over a light wash of colour.

use super::lines::{distances, measure, on_subject, sample, stroke};
use crate::canvas::Canvas;
use crate::chance::{Chance, cosine, ease, noise, sine};
use crate::colour::Rgb;

const PAPER: Rgb = Rgb(0.975, 0.945, 0.870);
const INK: Rgb = Rgb(0.105, 0.090, 0.120);
/// From one line of a hatching to the next, in picture widths.
const SPACING: f32 = 0.036;

pub(super) fn finish(canvas: &mut Canvas, chance: &mut Chance) {
    let (side, field) = (canvas.side as f32, chance.field());
    let shapes = measure(canvas);
    let outlines = distances(canvas, |one, other| on_subject(canvas, one) != on_subject(canvas, other));
    let folds = distances(canvas, |one, other| {
        let least = if on_subject(canvas, one) { 0.008 } else { 0.014 };
        [one, other].iter().all(|&index| shapes[usize::from(canvas.parts[index])].girth > least)
    });
    // Three directions of lines, in turns from level, each from its own darkness on.
    let directions = [(0.125, 0.30), (-0.10, 0.52), (0.02, 0.70)].map(|(turn, from)| (cosine(turn), sine(turn), from));
    for index in 0..canvas.pixels.len() {
        let (x, y) = canvas.point(index);
        let (model, subject) = (canvas.pixels[index], canvas.subject[index].min(1.0));
        let dark = 1.0 - model.luminance();
        // A hand does not draw straight.
        let (sway_x, sway_y) = (0.005 * noise(x * 13.0, y * 13.0, field), 0.005 * noise(x * 13.0, y * 13.0, field ^ 1));
        let edge = x.min(1.0 - x).min(y.min(1.0 - y)) + 0.012 * noise(x * 11.0, y * 11.0, field ^ 2);

        let pool = noise(x * 6.0, y * 6.0, field ^ 3);
        let strength = (0.40 + 0.26 * dark + 0.06 * pool) * (1.0 - subject) + (0.93 + 0.05 * pool) * subject;
        let wash = Rgb::WHITE.mix(model.saturate(1.2), strength * ease((edge - 0.018) / 0.016));
        let mut colour = PAPER * wash;
        // Night is washed over once more, in blue.
        let night = ease((dark - 0.72) / 0.2) * (1.0 - subject);
        colour = colour * Rgb::WHITE.mix(Rgb(0.56, 0.68, 0.98), 0.8 * night * ease((edge - 0.018) / 0.016));

        // The sky is ruled level, the land slants one way and the subject the other.
        let sky = canvas.parts[index] == 0;
        let slant = if subject > 0.5 { -1.0 } else { 1.0 };
        let depth = if subject > 0.5 { dark * 0.72 } else { dark * 0.98 };
        let mut bare = 1.0;
        for (layer, (along, down, from)) in (0u32..).zip(directions) {
            let (along, down) = if sky && layer == 0 { (1.0, 0.0) } else { (along, down * slant) };
            let across = (y + sway_y * 0.8) * along - (x + sway_x * 0.8) * down;
            let line = (across / SPACING).floor();
            let reach = (across - (line + 0.5) * SPACING).abs();
            let press = noise((x * along + y * down) * 9.0 + line * 3.7, line, field ^ (7 + layer));
            let width = ((depth - from) * 3.0 + 0.45 * press).clamp(0.0, 1.0) * 0.0062;
            bare *= 1.0 - stroke(reach * side, width * side);
        }
        colour = colour.mix(INK, (1.0 - bare) * if subject > 0.5 { 0.36 } else { 0.70 } * ease((edge - 0.022) / 0.01));

        let press = 1.0 + 0.35 * noise(x * 8.0, y * 8.0, field ^ 4);
        let outline = stroke(sample(&outlines, canvas.side, x + sway_x, y + sway_y), 0.0100 * press * side);
        let fold = stroke(sample(&folds, canvas.side, x + sway_x, y + sway_y), (0.0052 + 0.0018 * subject) * press * side);
        let line = (1.0 - (1.0 - outline) * (1.0 - fold)) * ease((edge - 0.010) / 0.012);
        canvas.pixels[index] = colour.mix(INK, 0.94 * line) * (1.0 + 0.010 * noise(x * 60.0, y * 60.0, field ^ 5));
    }
}
