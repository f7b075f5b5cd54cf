//! A place: the land or the water from the horizon to the viewer's feet, and what of it lies before the subject.

mod beach;
mod city;
mod desert;
mod forest;
mod lavender;
mod meadow;
mod moon;
mod mountains;
mod sea;
mod snow;

pub(crate) use sea::{islet, water};

use crate::chance::Chance;
use crate::colour::{Rgb, Tones};
use crate::easel::Easel;
use crate::scene::Place;

const SNOW: Rgb = Rgb(0.95, 0.97, 1.0);

/// Paints what lies behind the subject. `easel` is in picture coordinates.
pub(crate) fn behind(place: Place, easel: &mut Easel, chance: &mut Chance) {
    match place {
        Place::Sea => sea::behind(easel, chance),
        Place::Meadow => meadow::behind(easel, chance),
        Place::Desert => desert::behind(easel, chance),
        Place::Snow => snow::behind(easel, chance),
        Place::Mountains => mountains::behind(easel, chance),
        Place::Forest => forest::behind(easel, chance),
        Place::Beach => beach::behind(easel, chance),
        Place::City => city::behind(easel, chance),
        Place::Moon => moon::behind(easel, chance),
        Place::Lavender => lavender::behind(easel, chance),
    }
}

/// Paints what lies before the subject, whose foot is at `foot`.
pub(crate) fn before(place: Place, easel: &mut Easel, chance: &mut Chance, foot: f32) {
    match place {
        Place::Sea => sea::before(easel, chance, foot),
        Place::Meadow => meadow::before(easel, chance, foot),
        Place::Desert => desert::before(easel, chance, foot),
        Place::Snow => snow::before(easel, chance, foot),
        Place::Mountains => mountains::before(easel, chance, foot),
        Place::Forest => forest::before(easel, chance, foot),
        Place::Beach => beach::before(easel, chance, foot),
        Place::City => city::before(easel, chance, foot),
        Place::Moon => moon::before(easel, chance, foot),
        Place::Lavender => lavender::before(easel, chance, foot),
    }
}

/// Gives tones back half of their own hue, which a red evening would take; they stay as dark as they are.
fn keep(tones: Tones, colour: Rgb) -> Tones {
    tones.map(|tone| tone.mix(colour * (tone.luminance() / colour.luminance()), 0.5))
}
