//! A forest: crowns behind crowns, dark trunks to both sides, and a path over moss.

use super::keep;
use crate::canvas::{Form, Paint};
use crate::chance::{Chance, ease, noise};
use crate::colour::{Rgb, Tones};
use crate::easel::Easel;
use crate::scene::Medium;

const MOSS: Rgb = Rgb(0.33, 0.44, 0.17);

pub(super) fn behind(easel: &mut Easel, chance: &mut Chance) {
    let (horizon, light) = (easel.light.horizon, easel.light);
    let paper = easel.canvas.medium == Medium::PaperCutout;
    let field = chance.field();
    let sunny = if light.sun.0 > 0.5 { 1.0 } else { -1.0 };
    // No crown hides the sun, and the middle stays open to the sky.
    let room = (horizon - light.sun.1 - 0.14).max(0.09);
    for (row, (colour, haze)) in [(Rgb(0.30, 0.52, 0.40), 0.42), (Rgb(0.15, 0.38, 0.24), 0.16)].into_iter().enumerate() {
        let number = row as f32;
        let edge = |x: f32| {
            let aside = ease(((x - 0.5).abs() - 0.12) / 0.34);
            let most = if (x - 0.5) * sunny > 0.0 { room.min(0.30) } else { 0.34 };
            let middle = 0.085 - 0.050 * number;
            horizon - middle - ((most - 0.04 * number - middle) * aside).max(0.0) + 0.025 * noise(x * 6.0, number * 5.0, field)
        };
        let tones = keep(light.far(colour, haze), colour);
        let (crowns, radius) = if paper { (7u8, 0.085) } else { (12, 0.052) };
        easel.land(24, |x| edge(x) + radius * 0.7, Paint::formed(tones, Form::Slope(-0.6)).lift(0.008));
        for crown in 0..crowns {
            let x = (f32::from(crown) + 0.5 + chance.between(-0.3, 0.3)) / f32::from(crowns);
            let size = radius * chance.between(0.85, 1.2);
            easel.ellipse((x, edge(x) + size * 0.8), (size, size * 1.15), Paint::formed(tones, Form::Ball).lift(0.004));
        }
    }
    let floor = |x: f32| horizon + 0.040 + 0.016 * noise(x * 4.0, 9.0, field);
    let moss = keep(light.land(MOSS), MOSS);
    let moss = Tones { shade: moss.base * Rgb(0.50, 0.62, 0.60), ..moss };
    for (out, near) in [(0.26, 0.0), (0.37, 0.4), (0.47, 1.0)] {
        for side in [-sunny, sunny] {
            // Between the trunks on the sunny side the sun shines through.
            let out = if side != sunny {
                out
            } else if near == 0.4 {
                continue;
            } else {
                out - 0.03 + 0.04 * near
            };
            let x = 0.5 + side * (out + chance.between(-0.02, 0.02));
            let top = chance.between(0.17, 0.24) - 0.14 * near;
            let top = if side == sunny && light.sun.1 < 0.36 { light.sun.1 + 0.19 } else { top };
            tree(easel, chance, (x, horizon + 0.05 + 0.07 * near), top, near);
        }
        if near == 0.0 {
            easel.land(24, floor, Paint::formed(moss, Form::Fall));
            path(easel, chance);
        }
    }
    // Light that falls through the leaves.
    let patch = light.land(Rgb(0.72, 0.74, 0.32)).light;
    for _ in 0..if paper { 4 } else { 8 } {
        let near = chance.unit();
        let (x, y) = (0.5 + chance.side() * chance.between(0.16, 0.46), horizon + 0.09 + 0.22 * near);
        let radii = (0.035 + 0.035 * near, 0.008 + 0.008 * near);
        easel.ellipse((x, y), radii, Paint::flat(patch).opacity(0.6).lift(0.0));
    }
}

/// A trodden path, pale enough that any subject stands out on it.
fn path(easel: &mut Easel, chance: &mut Chance) {
    let horizon = easel.light.horizon;
    let earth = easel.light.land(Rgb(0.74, 0.64, 0.44));
    let (bend, end) = (chance.side() * 0.07, 0.5 + chance.between(-0.04, 0.04));
    let way = [
        (end - 0.020, horizon + 0.045),
        (end + 0.025, horizon + 0.045),
        (end + bend + 0.080, horizon + 0.110),
        (0.5 + 0.24, 0.86),
        (0.5 + 0.36, 1.06),
        (0.5 - 0.36, 1.06),
        (0.5 - 0.24, 0.86),
        (end + bend - 0.080, horizon + 0.110),
    ];
    easel.smooth(&way, Paint::formed(earth, Form::Fall).lift(0.003));
}

/// A tall tree with its foot at `(x, y)`; `near` from 0 to 1.
fn tree(easel: &mut Easel, chance: &mut Chance, (x, y): (f32, f32), top: f32, near: f32) {
    let light = easel.light;
    let bark = light.far(Rgb(0.27, 0.18, 0.14), 0.16 * (1.0 - near));
    let green = Rgb(0.12, 0.34, 0.15).mix(Rgb(0.16, 0.38, 0.12), near);
    let leaves = keep(light.far(green, 0.10 * (1.0 - near)), green);
    let (width, size) = (0.030 + 0.034 * near, 0.085 + 0.035 * near);
    let lean = chance.between(-0.02, 0.02);
    let crown = (x + lean, top + size);
    easel.polygon(
        &[
            (x - width * 1.1, y + 0.008),
            (x - width * 0.5, y - 0.05),
            (crown.0 - width * 0.3, crown.1),
            (crown.0 + width * 0.3, crown.1),
            (x + width * 0.5, y - 0.05),
            (x + width * 1.1, y + 0.008),
        ],
        Paint::formed(bark, Form::Column).lift(0.008),
    );
    // A dead twig tells it from a post.
    let twig = chance.side();
    let from = (x + lean * 0.5, (y + crown.1) * 0.5);
    easel.bar(from, (from.0 + twig * 0.05, from.1 - 0.04), (width * 0.4, width * 0.15), Paint::flat(bark.base).lift(0.0));
    for (right, down, share) in [(-0.62, 0.40, 0.72), (0.66, 0.34, 0.74), (0.0, 0.0, 1.0), (-0.10, -0.62, 0.62)] {
        let share = share * chance.between(0.9, 1.1);
        let paint = Paint::formed(leaves, Form::Ball).lift(0.006);
        easel.ellipse((crown.0 + right * size, crown.1 + down * size), (size * share, size * share * 0.80), paint);
    }
}

pub(super) fn before(easel: &mut Easel, chance: &mut Chance, foot: f32) {
    let fern = easel.light.land(Rgb(0.22, 0.46, 0.18));
    for side in [-1.0, 1.0] {
        for _ in 0..chance.count(1, 2) {
            let (x, y) = (0.5 + side * chance.between(0.36, 0.50), chance.between(foot + 0.08, 1.02).max(0.95));
            let size = chance.between(0.09, 0.13);
            for leaf in 0..7u8 {
                // From the lowest leaf on the left over the upright one to the lowest on the right.
                let turn = (f32::from(leaf) - 3.0) / 3.0;
                let tip = (x + turn * size, y - size * (1.05 - 0.85 * turn * turn));
                let middle = (x + turn * size * 0.42, y - size * 0.62 * (1.0 - 0.4 * turn * turn));
                let tone = fern.at(if leaf % 2 == 0 { 0.5 } else { -0.9 });
                easel.polygon(
                    &[(x - 0.004, y), (middle.0 - 0.014, middle.1), tip, (middle.0 + 0.014, middle.1 + 0.006)],
                    Paint::flat(tone).lift(0.004),
                );
            }
        }
    }
}
