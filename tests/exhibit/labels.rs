//! Labels: no line of type of a station lies on another.

use std::time::Instant;

use bevy::mesh::VertexAttributeValues;
use bevy::prelude::*;
use bevy_rich_text3d::{Text3d, Text3dSegment};
use bridge::{Generation, ModelShape};
use exhibit::Stop;
use exhibit::nodes::Hall;
use exhibit::state::{Beside, Model, PaintBeside, RunBegan};

use crate::models;
use crate::placement::are_apart;
use crate::visit::{PATIENCE, Visit, generation};

/// A line that is seen, in the place of its station. Lengths in metres.
struct Written {
    words: String,
    /// Of its ink, as seen from the front.
    corners: [Vec2; 4],
    depth: f32,
}

/// Lines nearer to one another than this, from front to back, are in one plane.
const PLANE: f32 = 0.15;
/// Around the ink of every glyph.
const RIM: f32 = 0.01;

/// All lines of a station that are seen from its stop; those of all gates belong to the UNet.
fn written(visit: &mut Visit, stop: Stop) -> Vec<Written> {
    visit.stand_at(stop);
    let station = if matches!(stop, Stop::Block(_)) { Stop::Unet } else { stop };
    let hall_from_place = visit.the::<Hall>().layout.station(station).hall_from_place();
    let place_from_hall = hall_from_place.compute_affine().inverse();
    let mut labels = visit.world().query::<(Entity, &Text3d, &Mesh3d, &GlobalTransform, &InheritedVisibility)>();
    let world = visit.hands.app.world();
    let seen = |(label, text, mesh, at, visibility): (Entity, &Text3d, &Mesh3d, &GlobalTransform, &InheritedVisibility)| {
        let mut root = label;
        while let Some(ChildOf(parent)) = world.get::<ChildOf>(root) {
            root = *parent;
        }
        if !visibility.get() || world.get::<Transform>(root) != Some(&hall_from_place) {
            return None;
        }
        let mesh = world.resource::<Assets<Mesh>>().get(&mesh.0)?;
        let Some(VertexAttributeValues::Float32x3(ink)) = mesh.attribute(Mesh::ATTRIBUTE_POSITION) else { return None };
        let ink = || ink.iter().map(|&point| Vec3::from_array(point).truncate());
        let (low, high) = (ink().reduce(Vec2::min)? + RIM, ink().reduce(Vec2::max)? - RIM);
        let in_place = |point: Vec2| place_from_hall.transform_point3(at.transform_point(point.extend(0.0)));
        let corners = [low, Vec2::new(high.x, low.y), high, Vec2::new(low.x, high.y)].map(|corner| in_place(corner).truncate());
        let segments = text.segments.iter().filter_map(|(segment, _)| match segment {
            Text3dSegment::String(words) => Some(words.as_str()),
            _ => None,
        });
        (low.x < high.x && low.y < high.y).then(|| Written {
            words: segments.collect(),
            corners,
            depth: in_place((low + high) / 2.0).z,
        })
    };
    labels.iter(world).filter_map(seen).collect()
}

/// Raises the hall of another model around the run that has been made.
fn raise(visit: &mut Visit, shape: &ModelShape) {
    *visit.world().resource_mut::<Model>() = Model::Loaded { shape: shape.clone(), device: String::new() };
    visit.frame();
    visit.world().write_message(RunBegan);
    visit.frame();
}

/// At every stop, with its numbers inspected.
fn check_hall(visit: &mut Visit, shape: &ModelShape, problems: &mut Vec<String>) {
    raise(visit, shape);
    for stop in Stop::all(shape).into_iter().filter(|stop| *stop != Stop::Hall) {
        let lines = written(visit, stop);
        assert!(!lines.is_empty(), "nothing can be read at {stop}");
        for (place, one) in lines.iter().enumerate() {
            for other in &lines[place + 1..] {
                if (one.depth - other.depth).abs() < PLANE && !are_apart(&one.corners, &other.corners) {
                    problems.push(format!("{}, {stop}: “{}” lies on “{}”", shape.name, one.words, other.words));
                }
            }
        }
    }
}

#[test]
fn no_line_of_type_lies_on_another() {
    let mut visit = Visit::open(5);
    visit.wait_for("picture", |run| run.picture.is_some());
    let mut problems = Vec::new();
    for shape in models::all() {
        check_hall(&mut visit, &shape, &mut problems);
    }
    let beside = Generation { prompt: "a painting of a lighthouse".into(), ..generation(5) };
    visit.world().write_message(PaintBeside(Some(beside)));
    let start = Instant::now();
    while visit.the::<Beside>().0.as_ref().is_none_or(|pair| pair.difference.picture.is_none()) {
        assert!(start.elapsed() < PATIENCE, "the second run does not end");
        visit.frame();
    }
    for shape in models::all() {
        check_hall(&mut visit, &shape, &mut problems);
    }
    assert!(problems.is_empty(), "{problems:#?}");
}
