//! Decoder: the last latent opens into the picture, stage by stage; beside it what the visitor decodes by hand.

use bevy::prelude::*;

use super::Hall;
use super::label::{Lettering, Line, inspect_line};
use super::poke::{Caption, LatentToPoke};
use super::shown::Source;
use super::workshop::Workshop;
use crate::stop::Stop;
use crate::text;
use crate::theme;
use crate::track::place::{BENCH_GAP, BENCH_METRES, Place, STAGE_GAP, stage_metres};

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
        let planes = workshop.plane(root, source, Vec2::splat(side), colour, Transform::from_xyz(middle, 2.35, 0.0));
        let name = if source == Source::LastLatent { "decoder.latent" } else { "decoder.stages" };
        workshop.name(planes, name);
        if source == Source::LastLatent {
            for plane in planes {
                workshop.commands.entity(plane).insert(LatentToPoke);
            }
        }
        let lettering = Lettering::body(place.type_metres(20.0)).within(side + STAGE_GAP);
        workshop.label(root, text::shape(&size), lettering, Transform::from_xyz(middle, 2.35 - side / 2.0 - 0.1, 0.05));
        x += side + STAGE_GAP;
    }
    x += BENCH_GAP;
    let bench = [
        (Source::Decoded, theme::PICTURE, Caption::Decoded, "decoder.decoded"),
        (Source::Moved, theme::GUIDANCE, Caption::Moved, "decoder.moved"),
    ];
    for (source, colour, caption, name) in bench {
        let middle = x + BENCH_METRES / 2.0;
        let planes = workshop.plane(root, source, Vec2::splat(BENCH_METRES), colour, Transform::from_xyz(middle, 2.35, 0.0));
        workshop.name(planes, name);
        let lettering = Lettering::body(place.type_metres(20.0)).within(BENCH_METRES + STAGE_GAP);
        let at = Transform::from_xyz(middle, 2.35 - BENCH_METRES / 2.0 - 0.1, 0.05);
        let words = workshop.label(root, "", lettering, at);
        workshop.commands.entity(words).insert(caption);
        x += BENCH_METRES + STAGE_GAP;
    }
    inspect_line(workshop, root, place, Line::Inspect(Stop::Decoder));
}
