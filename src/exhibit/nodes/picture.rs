//! Picture: the finished print on the wall, with what it was made from.

use bevy::prelude::*;

use super::Hall;
use super::label::{Lettering, Line};
use super::shown::Source;
use super::workshop::Workshop;
use crate::theme;
use crate::track::place::Place;

pub(super) fn build(workshop: &mut Workshop, root: Entity, place: &Place, hall: &Hall) {
    let shape = &hall.shape;
    let size = crate::text::shape(&[3, shape.image[0], shape.image[1]]);
    workshop.heading(root, place, theme::PICTURE, &size);
    let [height, width] = shape.image.map(|pixels| pixels as f32);
    let side = 3.5;
    let print = Vec2::new(side * (width / height).min(1.5), side * (height / width).min(1.0));
    let middle = Vec3::new(0.0, 3.6, 0.0);
    workshop.stone(root, Vec3::new(print.x + 0.4, print.y + 0.4, 0.25), middle - Vec3::Z * 0.16);
    let planes = workshop.plane(root, Source::Picture, print, theme::PICTURE, Transform::from_translation(middle));
    workshop.name(planes, "picture.print");

    let below = middle.y - print.y / 2.0;
    let prompt = Lettering::title(place.type_metres(30.0)).within(place.size.x - 0.4);
    workshop.live_label(root, Line::Prompt, prompt, Transform::from_xyz(0.0, below - 0.28, 0.1));
    let settings = Lettering::body(place.type_metres(23.0)).within(place.size.x - 0.2);
    workshop.live_label(root, Line::Print, settings, Transform::from_xyz(0.0, below - 1.02, 0.1));
}
