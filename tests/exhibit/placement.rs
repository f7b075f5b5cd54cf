//! Where the stations stand.

use bevy::prelude::*;
use exhibit::Stop;
use exhibit::nodes::unet;
use exhibit::track::place::{Layout, Place, place};

use crate::models;

/// The corners of a place on the floor.
fn footprint(place: &Place) -> [Vec2; 4] {
    let corners = place.corners();
    [0, 1, 5, 4].map(|corner: usize| corners[corner].xz())
}

/// Separating axes: two convex footprints are apart if a line along one of their edges has them on different sides.
pub fn are_apart(one: &[Vec2; 4], other: &[Vec2; 4]) -> bool {
    let span = |corners: &[Vec2; 4], axis: Vec2| {
        let along = corners.map(|corner| corner.dot(axis));
        (along.iter().copied().fold(f32::MAX, f32::min), along.iter().copied().fold(f32::MIN, f32::max))
    };
    [(one, 1), (one, 3), (other, 1), (other, 3)].into_iter().any(|(corners, next)| {
        let axis = (corners[next] - corners[0]).normalize();
        let (one, other) = (span(one, axis), span(other, axis));
        one.1 < other.0 || other.1 < one.0
    })
}

fn check_apart(layout: &Layout) {
    for (index, one) in layout.stations.iter().enumerate() {
        for other in &layout.stations[index + 1..] {
            assert!(are_apart(&footprint(one), &footprint(other)), "{} overlaps {}", one.stop, other.stop);
        }
    }
    for (index, one) in layout.gates.iter().enumerate() {
        for other in &layout.gates[index + 1..] {
            let gap = one.plane_centre.distance(other.plane_centre) - (one.plane_metres + other.plane_metres) / 2.0;
            assert!(gap > 0.3, "{} overlaps {}", one.place.stop, other.place.stop);
        }
    }
}

#[test]
fn nothing_overlaps_whatever_the_model() {
    for shape in models::all() {
        check_apart(&place(&shape));
    }
}

#[test]
fn the_gates_stand_inside_the_unet() {
    for shape in models::all() {
        let layout = place(&shape);
        let unet = layout.station(Stop::Unet);
        for gate in &layout.gates {
            let half = gate.plane_metres / 2.0;
            assert!(gate.plane_centre.x.abs() + half < unet.size.x / 2.0);
            assert!(gate.plane_centre.y - half > 0.0 && gate.plane_centre.y + half < unet.size.y);
        }
    }
}

#[test]
fn the_unet_goes_down_and_up_again() {
    for shape in models::all() {
        let heights: Vec<f32> = place(&shape).gates.iter().map(|gate| gate.plane_centre.y - gate.plane_metres / 2.0).collect();
        let lowest = heights.iter().copied().fold(f32::MAX, f32::min);
        let turn = heights.iter().position(|&height| height == lowest).unwrap();
        assert!(heights[..=turn].is_sorted_by(|one, other| one > other));
        assert!(heights[turn + 1..].is_sorted_by(|one, other| one < other));
    }
}

#[test]
fn every_skip_connection_has_a_bridge() {
    for shape in models::all() {
        let layout = place(&shape);
        let bridges = unet::bridges(&shape.skips);
        assert_eq!(bridges.iter().map(|(_, tensors)| tensors).sum::<usize>(), shape.skips.len());
        for (skip, _) in bridges {
            let rail = unet::bridge(&layout, skip.from, skip.to).unwrap();
            assert!(rail.at(0.5).y > rail.at(0.0).y.min(rail.at(1.0).y));
        }
    }
}

#[test]
fn the_place_depends_on_the_shape_alone() {
    assert_eq!(place(&models::sd_1_5()), place(&models::sd_1_5()));
}

#[test]
fn a_visitor_stays_before_the_walls() {
    for shape in models::all() {
        let layout = place(&shape);
        for eye in [Vec3::new(0.0, 2.0, -500.0), Vec3::new(-300.0, 2.0, 10.0), Vec3::new(300.0, 900.0, 10.0)] {
            let inside = layout.inside(eye);
            assert!(layout.inside(inside).distance(inside) < 1e-3);
            assert!(inside.length() < 250.0 && inside.z > -5.0);
        }
        for stop in Stop::all(&shape) {
            let pose = exhibit::camera::framing::view(&layout, stop, 16.0 / 9.0);
            assert!(layout.inside(pose.eye).distance(pose.eye) < 1e-3, "{stop} is seen from behind a wall");
        }
    }
}
