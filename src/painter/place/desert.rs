//! A desert: dunes, a table mountain and a cactus.

use crate::canvas::{Form, Paint};
use crate::chance::{Chance, noise};
use crate::colour::Rgb;
use crate::easel::Easel;

pub(super) fn behind(easel: &mut Easel, chance: &mut Chance) {
    let (horizon, light) = (easel.light.horizon, easel.light);
    let field = chance.field();
    // A table mountain on the side away from the sun.
    let side = if light.sun.0 > 0.5 { -1.0 } else { 1.0 };
    let (x, width, height) = (0.5 + side * chance.between(0.22, 0.36), chance.between(0.10, 0.16), chance.between(0.12, 0.18));
    let rock = light.far(Rgb(0.78, 0.42, 0.30), 0.22);
    let mesa = [
        (x - width, horizon + 0.03),
        (x - width * 0.72, horizon - height * 0.55),
        (x - width * 0.62, horizon - height),
        (x + width * 0.55, horizon - height * 0.96),
        (x + width * 0.70, horizon - height * 0.45),
        (x + width, horizon + 0.03),
    ];
    easel.polygon(&mesa, Paint::formed(rock, Form::Column));
    let sand = light.land(Rgb(0.93, 0.74, 0.42));
    let dune = |x: f32| horizon - 0.015 + 0.045 * noise(x * 1.8, 2.0, field);
    easel.land(24, dune, Paint::formed(sand, Form::Slope(0.5)));
    // The far dune's dark side falls away from a crest.
    let lit = if light.sun.0 > 0.5 { 1.0 } else { -1.0 };
    let crest = 0.5 - lit * chance.between(0.05, 0.30);
    let dark = [
        (crest, horizon - 0.075),
        (crest - lit * 0.12, horizon - 0.010),
        (crest - lit * 0.50, horizon + 0.060),
        (crest - lit * 0.06, horizon + 0.075),
        (crest + lit * 0.06, horizon + 0.030),
    ];
    let bright = [(crest, horizon - 0.075), (crest + lit * 0.50, horizon + 0.080), (crest - lit * 0.30, horizon + 0.080)];
    easel.polygon(&bright, Paint::formed(sand, Form::Slope(0.9)));
    easel.polygon(&dark, Paint::formed(sand, Form::Slope(-0.9)).lift(0.0));
    let ground = |x: f32| horizon + 0.055 + 0.025 * noise(x * 2.0, 9.0, field);
    easel.land(24, ground, Paint::formed(light.land(Rgb(0.96, 0.79, 0.50)), Form::Fall));
    cactus(easel, chance, side);
}

fn cactus(easel: &mut Easel, chance: &mut Chance, side: f32) {
    let tones = easel.light.land(Rgb(0.30, 0.52, 0.30));
    let (x, y) = (0.5 + side * chance.between(0.36, 0.44), easel.light.horizon + chance.between(0.09, 0.13));
    let size = chance.between(0.13, 0.17);
    let paint = Paint::formed(tones, Form::Column).lift(0.006);
    easel.shadow((x, y), (size * 0.4, 0.012), easel.light.shadow());
    easel.bar((x, y), (x, y - size), (size * 0.26, size * 0.24), paint);
    easel.ellipse((x, y - size), (size * 0.12, size * 0.10), paint.lift(0.0));
    for (arm, height) in [(-1.0, 0.40), (1.0, 0.55)] {
        let elbow = (x + arm * size * 0.34, y - size * height);
        easel.bar((x, elbow.1), (elbow.0 + arm * size * 0.08, elbow.1), (size * 0.18, size * 0.18), paint.lift(0.0));
        easel.bar(elbow, (elbow.0, elbow.1 - size * 0.30), (size * 0.18, size * 0.16), paint.lift(0.0));
    }
}

pub(super) fn before(easel: &mut Easel, chance: &mut Chance, foot: f32) {
    let sand = easel.light.land(Rgb(0.93, 0.73, 0.42));
    for _ in 0..7 {
        let (x, y) = (chance.unit(), chance.between(foot + 0.05, 0.99));
        let level = if chance.unit() < 0.6 { -0.8 } else { 0.9 };
        let radii = (chance.between(0.06, 0.13), 0.009);
        easel.ellipse((x, y), radii, Paint::flat(sand.at(level)).opacity(0.7).lift(0.0));
    }
}
