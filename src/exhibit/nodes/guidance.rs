//! Guidance: the prediction without the prompt, with it, their difference, and the sum that follows the difference further.

use bevy::prelude::*;

use super::Hall;
use super::label::{Lettering, Line};
use super::shown::Source;
use super::workshop::Workshop;
use crate::text;
use crate::theme;
use crate::track::place::Place;

pub(super) fn build(workshop: &mut Workshop, root: Entity, place: &Place, hall: &Hall) {
    workshop.heading(root, place, theme::GUIDANCE, &text::shape(&hall.shape.latent));
    let planes = [
        (Source::NoisePredUncond, "guidance-uncond", "noise_pred_uncond", theme::NOISE),
        (Source::NoisePredText, "guidance-text", "noise_pred_text", theme::NOISE),
        (Source::Difference, "guidance-difference", "text − uncond", theme::GUIDANCE),
        (Source::NoisePred, "guidance-guided", "noise_pred", theme::NOISE),
    ];
    let (side, pitch) = (2.05, (place.size.x - 0.2) / 4.0);
    for (index, (source, key, name, colour)) in planes.into_iter().enumerate() {
        let x = (index as f32 - 1.5) * pitch;
        workshop.plane(root, source, Vec2::splat(side), colour, Transform::from_xyz(x, 2.55, 0.0));
        let words = workshop.texts.say(key);
        let title = Lettering::title(place.type_metres(25.0)).coloured(colour);
        workshop.label(root, words, title, Transform::from_xyz(x, 1.46, 0.05));
        workshop.label(root, name, Lettering::body(place.type_metres(21.0)), Transform::from_xyz(x, 1.20, 0.05));
    }
    let formula = Lettering::body(place.type_metres(25.0)).coloured(theme::INK);
    workshop.live_label(root, Line::GuidanceScale, formula, Transform::from_xyz(0.0, 0.74, 0.05));
}
