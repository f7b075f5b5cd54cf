//! What grows: a round tree and a spotted mushroom.

use super::{Figure, Palette, ball, column};
use crate::canvas::Paint;
use crate::chance::Chance;
use crate::easel::Easel;

pub(super) const TREE: Figure = Figure { draw: tree, ..Figure::STANDING };

fn tree(easel: &mut Easel, palette: &Palette, chance: &mut Chance) {
    let bend = chance.between(-0.03, 0.03);
    easel.polygon(
        &[(-0.13, 0.015), (-0.065, -0.10), (-0.055 + bend, -0.48), (0.055 + bend, -0.48), (0.065, -0.10), (0.13, 0.015)],
        column(palette.wood),
    );
    easel.bar((0.02, -0.27), (0.17, -0.45), (0.05, 0.035), column(palette.wood).lift(0.0));
    easel.bar((-0.02, -0.30), (-0.16, -0.46), (0.05, 0.035), column(palette.wood).lift(0.0));
    // One round mass, and smaller ones on it that catch the light each on its own.
    easel.ellipse((0.0, -0.64), (0.37, 0.31), ball(palette.own));
    let clumps = [(-0.22, -0.54, 0.185), (0.23, -0.55, 0.18), (-0.13, -0.76, 0.19), (0.15, -0.77, 0.185), (0.01, -0.60, 0.17)];
    for (x, y, radius) in clumps {
        let (x, y) = (x + chance.between(-0.025, 0.025), y + chance.between(-0.02, 0.02));
        easel.ellipse((x, y), (radius, radius * 0.92), ball(palette.own).lift(0.008));
    }
}

pub(super) const MUSHROOM: Figure = Figure { draw: mushroom, girth: 0.26, ..Figure::STANDING };

fn mushroom(easel: &mut Easel, palette: &Palette, chance: &mut Chance) {
    let stalk = [(-0.10, -0.48), (-0.115, -0.25), (-0.165, -0.03), (0.0, 0.02), (0.165, -0.03), (0.115, -0.25), (0.10, -0.48)];
    easel.smooth(&stalk, column(palette.stone));
    easel.smooth(&[(-0.36, -0.45), (0.0, -0.52), (0.36, -0.45), (0.0, -0.37)], Paint::flat(palette.stone.shade).lift(0.0));
    easel.smooth(
        &[(-0.17, -0.33), (0.0, -0.37), (0.17, -0.33), (0.13, -0.27), (0.0, -0.25), (-0.13, -0.27)],
        column(palette.second).lift(0.004),
    );
    let cap = [
        (-0.455, -0.44),
        (-0.40, -0.68),
        (-0.22, -0.91),
        (0.0, -0.98),
        (0.22, -0.91),
        (0.40, -0.68),
        (0.455, -0.44),
        (0.24, -0.455),
        (0.0, -0.47),
        (-0.24, -0.455),
    ];
    easel.smooth(&cap, ball(palette.own));
    let jitter = chance.between(-0.03, 0.03);
    for (x, y, radius) in [
        (-0.02, -0.80, 0.075),
        (-0.24, -0.66, 0.065),
        (0.22, -0.67, 0.07),
        (0.02, -0.585, 0.05),
        (-0.33, -0.50, 0.035),
        (0.35, -0.50, 0.035),
    ] {
        easel.ellipse((x + jitter, y), (radius, radius * 0.86), Paint::flat(palette.second.base).lift(0.004));
    }
}
