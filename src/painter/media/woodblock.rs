//! Woodblock print: flat colours and graded skies from blocks that show their grain, under blue-black key lines.

use super::lines::{distances, measure, on_subject, sample, stroke};
use crate::canvas::{Canvas, Form, Patch};
use crate::chance::{Chance, ease, noise};
use crate::colour::Rgb;

const PAPER: Rgb = Rgb(0.955, 0.925, 0.845);
const KEY: Rgb = Rgb(0.085, 0.105, 0.200);
/// Width of the unprinted margin, in picture widths.
const MARGIN: f32 = 0.036;
/// The printer's red seal: left, top, right and bottom.
const SEAL: [f32; 4] = [0.885, 0.855, 0.930, 0.930];

pub(super) fn lay(patch: &Patch, pixels: &mut [Rgb]) {
    let [left, _, right, _] = patch.area;
    // Broad land and water are wiped to a gradient on the block; all else is printed in three flat tones.
    let graded = matches!(patch.paint.form, Form::Fall) && right - left >= patch.side * 9 / 10;
    let flat = |level: f32| {
        if level < -0.30 {
            -0.70
        } else if level > 0.50 {
            0.60
        } else {
            0.0
        }
    };
    super::model(patch, pixels, |level| if graded { level } else { flat(level) });
}

pub(super) fn finish(canvas: &mut Canvas, chance: &mut Chance) {
    let (side, field) = (canvas.side, chance.field());
    let (off_x, off_y) = (chance.side() * chance.between(0.005, 0.008), chance.side() * chance.between(0.003, 0.006));
    let shapes = measure(canvas);
    let outlines = distances(canvas, |one, other| on_subject(canvas, one) != on_subject(canvas, other));
    let folds = distances(canvas, |one, other| {
        let least = if on_subject(canvas, one) { 0.009 } else { 0.016 };
        [one, other].iter().all(|&index| shapes[usize::from(canvas.parts[index])].girth > least)
    });
    // The darkest blue a block prints is still a blue; only a subject may be black.
    for (pixel, subject) in canvas.pixels.iter_mut().zip(&canvas.subject) {
        let deep = (1.0 - pixel.luminance() / 0.34).max(0.0) * (1.0 - subject.min(1.0));
        *pixel = *pixel + Rgb(0.10, 0.17, 0.25) * deep;
    }
    grade(canvas);
    let printed = std::mem::take(&mut canvas.pixels);
    let pixel = |t: f32| ((t * side as f32) as usize).min(side - 1);
    let mut sheet = Vec::with_capacity(printed.len());
    for index in 0..printed.len() {
        let (x, y) = canvas.point(index);
        let colour = super::between(&printed, side, x + off_x, y + off_y);
        let source = pixel(y + off_y) * side + pixel(x + off_x);
        let large = !on_subject(canvas, source) && shapes[usize::from(canvas.parts[source])].area > 0.03;
        // Grain runs level along the plank and bends around a few slow waves.
        let bend = y + 0.030 * noise(x * 2.2, y * 3.0, field) + 0.004 * noise(x * 14.0, y * 8.0, field ^ 1);
        let grain = 0.7 * noise(x * 1.6, bend * 28.0, field ^ 2) + 0.3 * noise(x * 3.0, bend * 46.0, field ^ 3);
        let strength = if large { 0.42 } else { 0.10 };
        let ink = colour.saturate(1.04).mix(PAPER, (0.05 + strength * grain).clamp(0.0, 0.34));
        let mut print = ink * PAPER.mix(Rgb::WHITE, 0.45) * (1.0 + 0.45 * strength * grain.min(0.0));
        let swell = 1.0 + 0.30 * noise(x * 7.0, y * 7.0, field ^ 4);
        let outline = stroke(sample(&outlines, side, x, y), 0.0085 * swell * side as f32);
        let fold = stroke(sample(&folds, side, x, y), 0.0058 * swell * side as f32);
        print = print.mix(KEY, 0.93 * (1.0 - (1.0 - outline) * (1.0 - fold)));
        let within = (x - SEAL[0]).min(SEAL[2] - x).min(y - SEAL[1]).min(SEAL[3] - y) * side as f32;
        let carved = 0.5 + 0.5 * noise(x * 60.0, y * 60.0, field ^ 6);
        print = print.mix(Rgb(0.78, 0.16, 0.12), (within + 0.5).clamp(0.0, 1.0) * (0.70 + 0.25 * carved));
        let edge = x.min(1.0 - x).min(y.min(1.0 - y)) - MARGIN;
        let inside = (edge * side as f32 + 0.5).clamp(0.0, 1.0);
        let border = stroke(edge.abs() * side as f32, 0.005 * side as f32);
        let fibre = 1.0 + 0.014 * noise(x * 40.0, y * 70.0, field ^ 5);
        sheet.push(PAPER.mix(print, inside).mix(KEY, 0.88 * border) * fibre);
    }
    canvas.pixels = sheet;
}

/// Smooths the bands of the sky and deepens its top, as a wiped block prints them.
fn grade(canvas: &mut Canvas) {
    let side = canvas.side;
    let reach = (side / 20).max(1);
    for x in 0..side {
        let column: Vec<Rgb> = (0..side).map(|y| canvas.pixels[y * side + x]).collect();
        for y in (0..side).filter(|y| canvas.parts[y * side + x] == 0) {
            let (mut sum, mut count) = (Rgb(0.0, 0.0, 0.0), 0.0);
            let (first, last) = (y.saturating_sub(reach), (y + reach).min(side - 1));
            for (near, &pixel) in (first..=last).zip(&column[first..=last]) {
                if canvas.parts[near * side + x] == 0 {
                    sum = sum + pixel;
                    count += 1.0;
                }
            }
            let smooth = sum * (1.0 / f32::max(count, 1.0));
            let deep = (smooth * smooth).mix(Rgb(0.05, 0.12, 0.36), 0.5);
            let height = (y as f32 + 0.5) / side as f32;
            canvas.pixels[y * side + x] = smooth.mix(deep, 0.85 * (1.0 - ease((height - MARGIN) / 0.20)));
        }
    }
}
