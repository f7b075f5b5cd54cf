//! Text encoder: a glass plate for each layer, on which every token's vector is a line; out comes `prompt_embeds`, a sheet.

use std::f32::consts::TAU;

use bevy::prelude::*;

use super::Hall;
use super::label::Lettering;
use super::shown::Source;
use super::workshop::Workshop;
use crate::text;
use crate::theme;
use crate::track::place::{Place, plate_pitch};

/// How far the plates are turned towards where the words come from.
const TURN_RADIANS: f32 = -TAU * 38.0 / 360.0;

pub(super) fn build(workshop: &mut Workshop, root: Entity, place: &Place, hall: &Hall) {
    let shape = &hall.shape;
    workshop.heading(root, place, theme::TEXT, &text::shape(&[shape.tokens, shape.hidden_size]));
    let (plate, sheet) = (Vec2::new(1.4, 2.3), Vec2::new(2.3, 2.3));
    let pitch = plate_pitch(shape.text_layers);
    let left = -place.size.x / 2.0 + 0.9;
    for layer in 0..shape.text_layers {
        let at = Transform::from_xyz(left + layer as f32 * pitch, 2.2, 0.0);
        let turned = at.with_rotation(Quat::from_rotation_y(TURN_RADIANS));
        workshop.plane(root, Source::TextLayer(layer), plate, theme::TEXT, turned);
        let number = Lettering::body(place.type_metres(22.0));
        workshop.label(root, (layer + 1).to_string(), number, Transform::from_xyz(at.translation.x, 0.95, 0.1));
    }
    let right = place.size.x / 2.0 - sheet.x / 2.0 - 0.3;
    workshop.plane(root, Source::PromptEmbeds, sheet, theme::TEXT, Transform::from_xyz(right, 2.2, 0.2));
    let name = Lettering::body(place.type_metres(25.0)).coloured(theme::TEXT);
    workshop.label(root, "prompt_embeds", name, Transform::from_xyz(right, 0.95, 0.2));
}
