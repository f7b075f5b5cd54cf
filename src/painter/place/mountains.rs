//! Mountains: peaks with snow on them, and boulders on bare ground.

use super::SNOW;
use crate::canvas::{Form, Paint};
use crate::chance::{Chance, ease, noise};
use crate::colour::{Rgb, Tones};
use crate::easel::Easel;

pub(super) fn behind(easel: &mut Easel, chance: &mut Chance) {
    let (horizon, light) = (easel.light.horizon, easel.light);
    // The highest peak stands away from the sun, so that a low sun looks over the pass.
    let away = if light.sun.0 > 0.5 { -1.0 } else { 1.0 };
    let peaks = [
        (0.5 + away * chance.between(0.02, 0.10), chance.between(0.22, 0.28), 0.30, 0.45),
        (0.5 - away * chance.between(0.44, 0.52), chance.between(0.16, 0.24), 0.22, 0.40),
        (0.5 + away * chance.between(0.32, 0.40), chance.between(0.36, 0.44), 0.34, 0.18),
    ];
    let field = chance.field();
    for (index, (x, height, width, haze)) in peaks.into_iter().enumerate() {
        peak(easel, (x, horizon + 0.05), height + 0.05, width, haze, field ^ index as u32);
    }
    let rock = light.land(Rgb(0.52, 0.50, 0.50));
    let foothill = |x: f32| horizon + 0.005 + 0.030 * noise(x * 4.0, 2.0, field);
    easel.land(30, foothill, Paint::formed(light.far(Rgb(0.34, 0.44, 0.38), 0.10), Form::Slope(0.0)));
    let ground = |x: f32| horizon + 0.060 + 0.022 * noise(x * 5.0, 6.0, field);
    let stone = Tones { light: rock.light, base: rock.base.mix(light.land(Rgb(0.56, 0.58, 0.44)).base, 0.5), shade: rock.shade };
    easel.land(30, ground, Paint::formed(stone, Form::Fall));
}

/// A peak with a lit and a dark flank and a snow cap; `haze` from 0 (near) to 1.
fn peak(easel: &mut Easel, (x, y): (f32, f32), height: f32, width: f32, haze: f32, field: u32) {
    let tones = easel.light.far(Rgb(0.42, 0.42, 0.54), haze);
    let cap = easel.light.far(SNOW, haze * 0.5);
    let rough = |index: f32| 0.014 * noise(index * 3.3, 0.5, field);
    let top = (x, y - height);
    let flank = |side: f32, down: f32| (x + side * width * down + rough(down * 5.0 + side), y - height * (1.0 - down));
    let ridge = [top, (x + rough(1.0) + 0.015, y - height * 0.62), (x - 0.01 + rough(2.0), y - height * 0.35), (x + 0.02, y)];
    let left = [flank(-1.0, 1.0), flank(-1.0, 0.66), flank(-1.0, 0.33), ridge[0], ridge[1], ridge[2], ridge[3]];
    let right = [flank(1.0, 1.0), flank(1.0, 0.66), flank(1.0, 0.33), ridge[0], ridge[1], ridge[2], ridge[3]];
    let (left_level, right_level) = (easel.facing(-1.0), easel.facing(1.0));
    easel.polygon(&left, Paint::formed(tones, Form::Slope(left_level)));
    easel.polygon(&right, Paint::formed(tones, Form::Slope(right_level)).lift(0.0));
    let snow_left =
        [top, flank(-1.0, 0.34), (x - width * 0.20, y - height * 0.74), (x - width * 0.10, y - height * 0.60), ridge[1]];
    let snow_right =
        [top, flank(1.0, 0.36), (x + width * 0.22, y - height * 0.73), (x + width * 0.12, y - height * 0.58), ridge[1]];
    easel.polygon(&snow_left, Paint::formed(cap, Form::Slope(ease(left_level) * 2.0 - 1.0)).lift(0.0));
    easel.polygon(&snow_right, Paint::formed(cap, Form::Slope(ease(right_level) * 2.0 - 1.0)).lift(0.0));
}

pub(super) fn before(easel: &mut Easel, chance: &mut Chance, foot: f32) {
    let rock = easel.light.land(Rgb(0.58, 0.56, 0.56));
    for _ in 0..chance.count(4, 6) {
        let side = chance.side();
        let (x, y) = (0.5 + side * chance.between(0.16, 0.50), chance.between(foot + 0.06, 0.97));
        let size = chance.between(0.030, 0.060);
        easel.shadow((x, y), (size * 1.4, size * 0.35), easel.light.shadow());
        let stone = [
            (x - size * 1.1, y),
            (x - size * 0.7, y - size * 0.9),
            (x + size * 0.2, y - size * 1.2),
            (x + size, y - size * 0.5),
            (x + size * 1.2, y),
        ];
        easel.polygon(&stone, Paint::formed(rock, Form::Ball).lift(0.008));
    }
}
