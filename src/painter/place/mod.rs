//! A place: the land or the water from the horizon to the viewer's feet, and what of it lies before the subject.

mod desert;
mod meadow;
mod mountains;
mod sea;
mod snow;

pub(crate) use sea::{islet, water};

use crate::chance::Chance;
use crate::colour::Rgb;
use crate::easel::Easel;
use crate::scene::{Place, Subject};

const SNOW: Rgb = Rgb(0.95, 0.97, 1.0);

/// Paints what lies behind the subject. `easel` is in picture coordinates.
pub(crate) fn behind(place: Place, easel: &mut Easel, chance: &mut Chance) {
    match place {
        Place::Sea => sea::behind(easel, chance),
        Place::Meadow => meadow::behind(easel, chance),
        Place::Desert => desert::behind(easel, chance),
        Place::Snow => snow::behind(easel, chance),
        Place::Mountains => mountains::behind(easel, chance),
    }
}

/// Paints what lies before the subject, whose foot is at `foot`.
pub(crate) fn before(place: Place, easel: &mut Easel, chance: &mut Chance, foot: f32) {
    match place {
        Place::Sea => sea::before(easel, chance, foot),
        Place::Meadow => meadow::before(easel, chance, foot),
        Place::Desert => desert::before(easel, chance, foot),
        Place::Snow => snow::before(easel, chance),
        Place::Mountains => mountains::before(easel, chance, foot),
    }
}

/// Whether the subject lies in the water by itself.
pub(crate) fn floats(subject: Subject) -> bool {
    matches!(subject, Subject::Boat | Subject::Whale)
}
