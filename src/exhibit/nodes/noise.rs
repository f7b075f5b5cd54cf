//! Noise: the latent that a seed draws, its channels fanned out.

use std::f32::consts::TAU;

use bevy::prelude::*;

use super::Hall;
use super::label::{Lettering, Line};
use super::shown::Source;
use super::workshop::Workshop;
use crate::text;
use crate::theme;
use crate::track::place::Place;

pub(super) fn build(workshop: &mut Workshop, root: Entity, place: &Place, hall: &Hall) {
    workshop.heading(root, place, theme::NOISE, &text::shape(&hall.shape.latent));
    let channels = hall.shape.latent[0];
    let side = 1.95;
    let pitch = (place.size.x - 2.0) / (channels.max(2) - 1) as f32;
    for channel in 0..channels {
        let part = channel as f32 / (channels.max(2) - 1) as f32 - 0.5;
        // Like cards in a hand: each a little in front of the next, turned outwards.
        let at = Transform::from_xyz(part * pitch * (channels - 1) as f32, 2.2, -0.9 * part)
            .with_rotation(Quat::from_rotation_y(-TAU * 24.0 / 360.0));
        workshop.plane(root, Source::NoiseChannel(channel), Vec2::splat(side), theme::NOISE, at);
    }
    let seed = Lettering::title(place.type_metres(40.0)).coloured(theme::NOISE);
    workshop.live_label(root, Line::Seed, seed, Transform::from_xyz(0.0, 0.95, 0.6));
}
