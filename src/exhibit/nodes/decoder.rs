//! Decoder: the last latent opens into the picture, stage by stage.

use bevy::prelude::*;

use super::Hall;
use super::label::Lettering;
use super::shown::Source;
use super::workshop::Workshop;
use crate::text;
use crate::theme;
use crate::track::place::{Place, STAGE_GAP, stage_metres};

pub(super) fn build(workshop: &mut Workshop, root: Entity, place: &Place, hall: &Hall) {
    let shape = &hall.shape;
    workshop.heading(root, place, theme::LATENT, &text::shape(&[3, shape.image[0], shape.image[1]]));
    let stages = shape.decoder.len();
    // The decoder's stages: its middle, then one for each upsampling.
    let source = |stage: usize| if stage == 0 { Source::DecoderMid } else { Source::DecoderUp(stage - 1) };
    let planes = std::iter::once((Source::LastLatent, shape.latent, theme::LATENT))
        .chain(shape.decoder.iter().enumerate().map(|(stage, size)| (source(stage), *size, theme::FEATURE)));
    let sides = stage_metres(stages);
    let mut x = -place.size.x / 2.0 + 0.4;
    for ((source, size, colour), side) in planes.zip(sides) {
        let middle = x + side / 2.0;
        workshop.plane(root, source, Vec2::splat(side), colour, Transform::from_xyz(middle, 2.35, 0.0));
        let lettering = Lettering::body(place.type_metres(20.0)).within(side + STAGE_GAP);
        workshop.label(root, text::shape(&size), lettering, Transform::from_xyz(middle, 2.35 - side / 2.0 - 0.1, 0.05));
        x += side + STAGE_GAP;
    }
}
