//! Words: the prompt on a lectern.

use std::f32::consts::TAU;

use bevy::prelude::*;

use super::label::{Lettering, Line};
use super::workshop::Workshop;
use crate::building::stone;
use crate::theme;
use crate::track::place::Place;

/// How far the desk leans back.
const LEAN_RADIANS: f32 = TAU * 16.0 / 360.0;

pub(super) fn build(workshop: &mut Workshop, root: Entity, place: &Place) {
    workshop.heading(root, place, theme::TEXT, "");

    let desk = Vec3::new(5.2, 2.1, 0.08);
    let lean = Transform::from_xyz(0.0, 2.05, 0.0).with_rotation(Quat::from_rotation_x(-LEAN_RADIANS));
    workshop.stone(root, Vec3::new(1.1, 1.1, 0.7), Vec3::new(0.0, 0.55, -0.35));
    workshop.stone(root, Vec3::new(1.7, 0.12, 1.1), Vec3::new(0.0, 0.06, -0.35));
    workshop.thing(root, stone::block(desk, theme::STONE), lean);
    let edge = |y: f32| lean * Transform::from_xyz(0.0, y, 0.03);
    workshop.thing(root, stone::glow(Vec3::new(desk.x, 0.025, 0.06), theme::dimmed(theme::TEXT, 0.6)), edge(desk.y / 2.0));
    workshop.thing(root, stone::glow(Vec3::new(desk.x, 0.05, 0.12), theme::TEXT), edge(-desk.y / 2.0));

    let on_desk = |y: f32| lean * Transform::from_xyz(0.0, y, 0.06);
    let prompt = Lettering::title(place.type_metres(46.0)).coloured(theme::TEXT).in_middle().within(desk.x - 0.5);
    workshop.live_label(root, Line::Prompt, prompt, on_desk(0.15));
    workshop.live_label(root, Line::Settings, Lettering::body(place.type_metres(25.0)), on_desk(-0.62));
}
