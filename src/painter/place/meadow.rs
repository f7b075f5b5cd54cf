//! A meadow: hills far and near, bushes, and flowers at the viewer's feet.

use crate::canvas::{Form, Paint};
use crate::chance::{Chance, noise};
use crate::colour::{Rgb, Tones};
use crate::easel::Easel;

pub(super) fn behind(easel: &mut Easel, chance: &mut Chance) {
    let (horizon, light) = (easel.light.horizon, easel.light);
    let field = chance.field();
    let hill = |x: f32| horizon - 0.075 + 0.070 * noise(x * 2.2, 3.0, field);
    easel.land(24, hill, Paint::formed(light.far(Rgb(0.44, 0.66, 0.50), 0.35), Form::Slope(0.2)));
    let hill = |x: f32| horizon - 0.010 + 0.045 * noise(x * 2.0, 7.0, field);
    easel.land(24, hill, Paint::formed(light.far(Rgb(0.42, 0.70, 0.26), 0.08), Form::Slope(0.3)));
    // Round bushes far off give the distance a scale.
    for _ in 0..chance.count(3, 6) {
        let (x, size) = (chance.unit(), chance.between(0.018, 0.032));
        let tones = light.land(Rgb(0.20, 0.46, 0.26));
        easel.ellipse((x, hill(x) - size * 0.5), (size * 1.2, size), Paint::formed(tones, Form::Ball).lift(0.006));
    }
    let ground = |x: f32| horizon + 0.055 + 0.020 * noise(x * 2.4, 11.0, field);
    let grass = light.land(Rgb(0.50, 0.74, 0.22));
    let grass = Tones { shade: grass.base * Rgb(0.55, 0.70, 0.55), ..grass };
    easel.land(24, ground, Paint::formed(grass, Form::Fall));
}

pub(super) fn before(easel: &mut Easel, chance: &mut Chance, foot: f32) {
    let grass = easel.light.land(Rgb(0.34, 0.60, 0.18));
    for _ in 0..14 {
        let (x, y) = (chance.unit(), chance.between(foot + 0.04, 1.02));
        let (height, lean) = (chance.between(0.05, 0.085), chance.between(-0.02, 0.02));
        let tone = grass.at(chance.between(-1.0, 0.3));
        easel.polygon(&[(x - 0.013, y), (x + lean, y - height), (x + 0.013, y)], Paint::flat(tone).lift(0.004));
    }
    let petals = [Rgb(1.0, 1.0, 0.96), Rgb(1.0, 0.90, 0.36), Rgb(0.96, 0.70, 0.86)];
    for _ in 0..chance.count(7, 12) {
        let (x, y) = (chance.unit(), chance.between(foot + 0.03, 0.98));
        let petal = petals[chance.count(0, 2) as usize];
        let colour = easel.light.subject(petal).base;
        easel.ellipse((x, y), (0.013, 0.013), Paint::flat(colour).lift(0.004));
    }
}
