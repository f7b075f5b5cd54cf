//! Decoder: the last latent opens into the picture, stage by stage.

use bevy::prelude::*;

use super::Hall;
use super::label::Lettering;
use super::shown::Source;
use super::workshop::Workshop;
use crate::text;
use crate::theme;
use crate::track::place::{Place, STAGE_PITCH};

pub(super) fn build(workshop: &mut Workshop, root: Entity, place: &Place, hall: &Hall) {
    let shape = &hall.shape;
    workshop.heading(root, place, theme::LATENT, &text::shape(&[3, shape.image[0], shape.image[1]]));
    let stages = shape.decoder.len();
    // The decoder's stages: its middle, then one for each upsampling.
    let source = |stage: usize| if stage == 0 { Source::DecoderMid } else { Source::DecoderUp(stage - 1) };
    let planes = std::iter::once((Source::LastLatent, shape.latent, theme::LATENT))
        .chain(shape.decoder.iter().enumerate().map(|(stage, size)| (source(stage), *size, theme::FEATURE)));
    for (index, (source, size, colour)) in planes.enumerate() {
        let part = index as f32 / stages.max(1) as f32;
        let side = 1.0 + 1.5 * part;
        let x = -place.size.x / 2.0 + 1.3 + index as f32 * STAGE_PITCH * (0.78 + 0.22 * part);
        let at = Transform::from_xyz(x, 2.35, 0.6 - 1.2 * part);
        workshop.plane(root, source, Vec2::splat(side), colour, at);
        let lettering = Lettering::body(place.type_metres(20.0));
        workshop.label(root, text::shape(&size), lettering, Transform::from_xyz(x, 2.35 - side / 2.0 - 0.08, at.translation.z));
    }
}
