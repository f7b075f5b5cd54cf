//! Text encoder: a glass plate for each layer, on which every token's vector is a line; out comes `prompt_embeds`, a sheet; beside
//! them the layer in hand shows which token looks at which.

use std::f32::consts::TAU;

use bevy::prelude::*;
use bridge::ModelShape;

use super::label::{Lettering, Line, inspect_line};
use super::shown::Source;
use super::workshop::Workshop;
use super::{Hall, arcs};
use crate::HallSystems;
use crate::input::Intent;
use crate::panels::Panels;
use crate::stop::Stop;
use crate::text;
use crate::theme;
use crate::tour::Guide;
use crate::track::place::{Place, plate_pitch, plates_metres};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<LayerInHand>()
        .add_plugins(arcs::plugin)
        .add_systems(Update, turn_layers.in_set(HallSystems::Tour).run_if(resource_exists::<Hall>));
}

/// The layer that shows its self-attention, counted from 0.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LayerInHand(pub usize);

/// How far the plates are turned towards where the words come from.
const TURN_RADIANS: f32 = -TAU * 38.0 / 360.0;
const PLATE_WIDTH: f32 = 1.4;
const PLATES_BOTTOM: f32 = 1.05;

pub(super) fn build(workshop: &mut Workshop, root: Entity, place: &Place, hall: &Hall) {
    let shape = &hall.shape;
    workshop.heading(root, place, theme::TEXT, &text::shape(&[shape.tokens, shape.hidden_size]));
    let height = plate_height(place);
    let below = PLATES_BOTTOM - 0.1;
    for layer in 0..shape.text_layers {
        let at = plate(place, shape, layer);
        let planes = workshop.plane(root, Source::TextLayer(layer), Vec2::new(PLATE_WIDTH, height), theme::TEXT, at);
        workshop.name(planes, "text_encoder.layers");
        let number = Lettering::body(place.type_metres(22.0));
        workshop.label(root, (layer + 1).to_string(), number, Transform::from_xyz(at.translation.x, below, 0.1));
    }
    let sheet = Vec2::new(2.3, height);
    let x = -place.size.x / 2.0 + plates_metres(shape.text_layers) - sheet.x / 2.0 - 0.3;
    let at = Transform::from_xyz(x, PLATES_BOTTOM + height / 2.0, 0.2);
    let planes = workshop.plane(root, Source::PromptEmbeds, sheet, theme::TEXT, at);
    workshop.name(planes, "text_encoder.prompt_embeds");
    let name = Lettering::body(place.type_metres(25.0)).coloured(theme::TEXT);
    workshop.label(root, "prompt_embeds", name, Transform::from_xyz(x, below, 0.2));
    arcs::build(workshop, root, place, shape);
    inspect_line(workshop, root, place, Line::Inspect(Stop::TextEncoder));
}

/// Under the heading.
fn plate_height(place: &Place) -> f32 {
    content_top(place) - PLATES_BOTTOM - 0.4
}

/// Where the heading begins.
pub(super) fn content_top(place: &Place) -> f32 {
    place.size.y - place.type_metres(150.0)
}

/// Where a layer's plate stands: its middle.
fn plate(place: &Place, shape: &ModelShape, layer: usize) -> Transform {
    let x = -place.size.x / 2.0 + 0.9 + layer as f32 * plate_pitch(shape.text_layers);
    Transform::from_xyz(x, PLATES_BOTTOM + plate_height(place) / 2.0, 0.0).with_rotation(Quat::from_rotation_y(TURN_RADIANS))
}

/// Bars of light around the plate of a layer. They belong to what is returned.
pub(super) fn mark_plate(workshop: &mut Workshop, root: Entity, place: &Place, shape: &ModelShape, layer: usize) -> Entity {
    const BAR: f32 = 0.045;
    let mark = workshop.commands.spawn((plate(place, shape, layer), Visibility::default(), ChildOf(root))).id();
    let half = Vec2::new(PLATE_WIDTH, plate_height(place)) / 2.0 + BAR;
    for side in [-1.0, 1.0] {
        workshop.bar(mark, Vec3::new(2.0 * half.x, BAR, BAR), Vec3::new(0.0, side * half.y, 0.0), theme::INK);
        workshop.bar(mark, Vec3::new(BAR, 2.0 * half.y, BAR), Vec3::new(side * half.x, 0.0, 0.0), theme::INK);
    }
    mark
}

fn turn_layers(
    mut intents: MessageReader<Intent>,
    (guide, panels): (Res<Guide>, Res<Panels>),
    hall: Res<Hall>,
    mut in_hand: ResMut<LayerInHand>,
) {
    let notches = Intent::notches(&mut intents);
    if notches == 0 || guide.faced != Some(Stop::TextEncoder) || panels.in_hand() {
        return;
    }
    let layers = hall.shape.text_layers.max(1) as i64;
    // After the last comes the first.
    in_hand.0 = (in_hand.0 as i64 + i64::from(notches)).rem_euclid(layers) as usize;
}
