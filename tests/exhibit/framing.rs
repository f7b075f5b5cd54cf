//! Where the camera stands at each stop, and how it gets there.

use bevy::prelude::{Vec2, Vec3};
use bevy_egui::egui::{Pos2, Rect, pos2, vec2};
use exhibit::Stop;
use exhibit::camera::flight::Flight;
use exhibit::camera::framing::{Pose, view};
use exhibit::camera::in_steps;
use exhibit::panels::fade::vignette;
use exhibit::track::place::place;

use crate::models;

#[test]
fn every_stop_shows_its_station_whole() {
    for shape in models::all() {
        let layout = place(&shape);
        for stop in Stop::all(&shape) {
            for aspect in [16.0 / 9.0, 4.0 / 3.0, 21.0 / 9.0, 0.6] {
                let pose = view(&layout, stop, aspect);
                let corners = layout.place(stop).map(|place| place.corners().to_vec());
                let corners = corners.unwrap_or_else(|| layout.stations.iter().flat_map(|place| place.corners()).collect());
                for corner in corners {
                    let seen = pose.project(corner, aspect);
                    assert!(seen.z > 0.0 && seen.x.abs() <= 0.93 && (-0.55..=0.91).contains(&seen.y), "{stop}: {seen}");
                }
            }
        }
    }
}

#[test]
fn every_stop_looks_at_its_station_from_its_front() {
    for shape in models::all() {
        let layout = place(&shape);
        for stop in Stop::all(&shape) {
            let Some(station) = layout.place(stop) else { continue };
            let pose = view(&layout, stop, 16.0 / 9.0);
            let ahead = pose.rotation() * Vec3::NEG_Z;
            let front = station.hall_from_place().rotation * Vec3::Z;
            let middle = station.centre + Vec3::Y * station.size.y / 2.0;
            assert!(ahead.dot((middle - pose.eye).normalize()) > 0.9, "{stop} looks away");
            assert!(ahead.dot(front) < -0.8, "{stop} is seen from behind");
            assert!(pose.eye.y > 0.3, "{stop} is seen from below the floor");
        }
    }
}

#[test]
fn a_station_fills_its_view() {
    for shape in models::all() {
        let layout = place(&shape);
        for station in &layout.stations {
            let pose = view(&layout, station.stop, 16.0 / 9.0);
            let seen = station.corners().map(|corner| pose.project(corner, 16.0 / 9.0));
            let span = |axis: fn(&Vec3) -> f32| {
                let along = seen.iter().map(axis);
                along.clone().fold(f32::MIN, f32::max) - along.fold(f32::MAX, f32::min)
            };
            assert!(span(|seen| seen.x) > 1.8 || span(|seen| seen.y) > 1.4, "{} is far away", station.stop);
        }
    }
}

#[test]
fn a_flight_ends_where_it_was_bound_for_and_never_jumps() {
    let layout = place(&models::sd_1_5());
    let stops = Stop::all(&models::sd_1_5());
    for pair in stops.windows(2) {
        let [from, to] = [pair[0], pair[1]].map(|stop| view(&layout, stop, 16.0 / 9.0));
        let mut flight = Flight::new(from, to);
        let mut before = flight.pose();
        let most = from.eye.distance(to.eye) * 0.1 + 0.05;
        for _ in 0..300 {
            flight.pass(1.0 / 60.0);
            let pose: Pose = flight.pose();
            assert!(pose.eye.distance(before.eye) < most);
            before = pose;
        }
        assert!(flight.has_arrived());
        assert!(before.eye.distance(to.eye) < 1e-3);
        assert!(before.rotation().angle_between(to.rotation()) < 1e-3);
    }
}

#[test]
fn a_fade_changes_the_place_in_the_dark_and_nothing_moves_in_the_light() {
    let layout = place(&models::sd_1_5());
    let [from, to] = [Stop::Hall, Stop::Unet].map(|stop| view(&layout, stop, 16.0 / 9.0));
    let mut flight = Flight::fading(from, to);
    let is_at = |eye: Vec3, pose: Pose| eye.distance(pose.eye) < 1e-4;
    let (mut before, mut jumps) = (from.eye, 0);
    while !flight.has_arrived() {
        flight.pass(1.0 / 60.0);
        let eye = flight.pose().eye;
        assert!(is_at(eye, from) || is_at(eye, to), "the camera is under way at {eye}");
        if eye != before {
            assert_eq!(flight.darkness(), 1.0);
            jumps += 1;
        }
        before = eye;
    }
    assert!(jumps == 1 && is_at(before, to) && flight.darkness() == 0.0);
}

#[test]
fn a_calm_turn_is_made_in_whole_steps_and_nothing_of_it_is_lost() {
    let mut turned = Vec2::ZERO;
    let made: Vec2 = (0..100).map(|_| in_steps(&mut turned, Vec2::new(0.05, -0.02))).sum();
    assert!((made + turned).distance(Vec2::new(5.0, -2.0)) < 1e-4);
    let step = in_steps(&mut Vec2::default(), Vec2::new(1.0, 0.1));
    assert!(step.x > 0.5 && step.x < 1.0 && step.y == 0.0, "{step}");
    assert_eq!(in_steps(&mut turned, Vec2::ZERO), Vec2::ZERO);
}

#[test]
fn the_edges_darken_and_the_middle_stays_clear() {
    let screen = Rect::from_min_max(pos2(10.0, 20.0), pos2(1290.0, 740.0));
    let ring = vignette(screen, 0.5);
    assert!(ring.is_valid() && !ring.is_empty());
    let corners = |triangle: &[u32]| [0, 1, 2].map(|corner| ring.vertices[triangle[corner] as usize].pos);
    let covers = |at: Pos2| {
        ring.indices.chunks(3).any(|triangle| {
            let [a, b, c] = corners(triangle);
            let side = |from: Pos2, to: Pos2| (to.x - from.x) * (at.y - from.y) - (to.y - from.y) * (at.x - from.x);
            let sides = [side(a, b), side(b, c), side(c, a)];
            sides.iter().all(|&side| side >= 0.0) || sides.iter().all(|&side| side <= 0.0)
        })
    };
    for corner in [screen.left_top(), screen.right_top(), screen.left_bottom(), screen.right_bottom()] {
        assert!(covers(corner), "{corner}");
    }
    assert!(!covers(screen.center()) && !covers(screen.center() + vec2(200.0, 100.0)));
    let darkest = ring.vertices.iter().map(|vertex| vertex.color.a()).max();
    assert_eq!(darkest, Some(128));
    assert!(vignette(screen, 7.0).vertices.iter().any(|vertex| vertex.color.a() == 255));
}
