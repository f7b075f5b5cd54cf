//! Riding along with the latent for a whole run.

use std::time::Duration;

use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;
use bridge::{ModelShape, Report, RunId};
use exhibit::camera::{Comfort, FlyCameraState};
use exhibit::flow::path::paths;
use exhibit::flow::ride::{self, Ride, Riding};
use exhibit::input::Intent;
use exhibit::nodes::Hall;
use exhibit::nodes::shown::Source;
use exhibit::panels::Panels;
use exhibit::state::Run;
use exhibit::tour::score::PROLOGUE_MICROS;
use exhibit::tour::{Guide, Score, TourTime};
use exhibit::track::place::place;
use exhibit::{HallSystems, Stop};

use crate::models;
use crate::runs;

const ASPECT: f32 = 16.0 / 9.0;
/// A first lap, one between and a last.
const STEPS: usize = 3;

#[test]
fn what_is_ridden_with_goes_on_without_a_jump_and_is_always_seen() {
    for shape in models::all() {
        let (layout, score) = (place(&shape), Score::new(&shape, STEPS));
        let ride = Ride::new(&layout, &shape);
        let mut before = None;
        for micros in (0..=score.end()).step_by(1000) {
            let seat = ride.seat(score.moment(micros), STEPS);
            let pose = seat.pose(&layout);
            assert!(layout.inside(pose.eye).distance(pose.eye) < 1e-3, "{micros}: {pose:?} is behind a wall");
            assert!(pose.eye.y > 0.7 && pose.eye.distance(seat.point) > 3.0, "{micros}: {pose:?} is too near");
            let seen = pose.project(seat.point, ASPECT);
            assert!(seen.z > 3.0 && seen.x.abs() < 0.01 && seen.y.abs() < 0.01, "{micros}: {seen}");
            let ahead = pose.rotation() * Vec3::NEG_Z;
            if let Some((eye, look)) = before.replace((pose.eye, ahead)) {
                let (metres, turned) = (pose.eye.distance(eye), ahead.distance(look));
                assert!(metres < 0.4 && turned < 0.015, "{}, {micros}: {metres} m, {turned}", shape.name);
            }
        }
    }
}

#[test]
fn it_rides_with_the_plane_that_is_under_way() {
    for shape in models::all() {
        let (layout, score) = (place(&shape), Score::new(&shape, STEPS));
        let ride = Ride::new(&layout, &shape);
        let paths = paths(&layout, &shape);
        for micros in (0..=score.end()).step_by(7919) {
            let moment = score.moment(micros);
            let mut ridden = paths.iter().filter(|path| path.source != Source::NoisePredUncond);
            if let Some(plane) = ridden.find_map(|path| path.pose(moment, STEPS)) {
                assert!(ride.seat(moment, STEPS).point.distance(plane.translation) < 1e-4, "{micros}");
            }
        }
    }
}

/// Rides through a whole run, frame by frame, at one of the timeline's speeds.
fn check_calm(shape: &ModelShape, speed: f32, frame_secs: f32) {
    let (layout, score) = (place(shape), Score::new(shape, STEPS));
    let ride = Ride::new(&layout, shape);
    let (mut micros, mut pose) = (0, ride.seat(score.moment(0), STEPS).pose(&layout));
    let mut frames = 0;
    while micros < score.end() {
        let next = (micros + (frame_secs * speed * 1e6) as i64).min(score.end());
        let paced = ride.paced(&layout, &score, micros, next, frame_secs);
        assert!(paced > micros && paced <= next, "{micros}: the clock stands still");
        micros = paced;
        let seat = ride.seat(score.moment(micros), STEPS);
        let followed = seat.followed(&layout, pose, frame_secs);
        assert!(followed.eye.distance(pose.eye) < 20.0 * frame_secs, "{micros}: {pose:?} hurries to {followed:?}");
        assert!((followed.yaw_radians - pose.yaw_radians).abs() < 2.0 * frame_secs, "{micros}: {pose:?} turns to {followed:?}");
        pose = followed;
        let seen = pose.project(seat.point, ASPECT);
        assert!(seen.z > 3.0 && seen.x.abs() < 0.4 && seen.y.abs() < 0.6, "{}, {micros}: {seen}", shape.name);
        assert!(layout.inside(pose.eye).distance(pose.eye) < 1e-3);
        frames += 1;
        assert!(frames as f32 * frame_secs < 200.0, "the ride does not end");
    }
}

#[test]
fn a_ride_is_calm_at_every_speed_and_never_loses_the_latent() {
    for shape in [models::built_in(), models::sd_1_5()] {
        check_calm(&shape, 1.0, 1.0 / 60.0);
        check_calm(&shape, 4.0, 1.0 / 30.0);
        check_calm(&shape, 0.25, 1.0 / 240.0);
    }
}

#[test]
fn at_rest_the_camera_settles_and_turns_the_short_way_round() {
    let layout = place(&models::built_in());
    let score = Score::new(&models::built_in(), STEPS);
    let seat = Ride::new(&layout, &models::built_in()).seat(score.moment(score.at(Stop::Scheduler, 0)), STEPS);
    let goal = seat.pose(&layout);
    let mut pose = goal;
    pose.yaw_radians += 1.5 * std::f32::consts::PI;
    let from = pose.yaw_radians;
    for _ in 0..600 {
        pose = seat.followed(&layout, pose, 1.0 / 60.0);
    }
    assert!(pose.eye.distance(goal.eye) < 1e-3 && pose.rotation().dot(goal.rotation()).abs() > 1.0 - 1e-5);
    assert!((pose.yaw_radians - from - 0.5 * std::f32::consts::PI).abs() < 1e-2, "a quarter, not three");
}

/// A visitor with the view over a hall in which a run is over.
struct Rider(App);

impl Rider {
    fn new() -> Self {
        let shape = models::built_in();
        let mut run = Run::default();
        run.take(Report::RunStarted { run: RunId(0), started: runs::started(STEPS) });
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, ride::plugin)).add_message::<Intent>();
        app.insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(20)));
        app.configure_sets(Update, (HallSystems::Tour, HallSystems::Ask).chain());
        app.insert_resource(Hall { layout: place(&shape), shape, device: String::new() });
        app.insert_resource(run).init_resource::<Panels>().init_resource::<Comfort>();
        let mut guide = Guide::default();
        guide.at = Some(Stop::Hall);
        app.insert_resource(guide);
        app.insert_resource(TourTime { micros: PROLOGUE_MICROS, playing: false, ..default() });
        let mut camera = FlyCameraState::default();
        camera.stop = Some(Stop::Hall);
        app.world_mut().spawn(camera);
        app.update();
        Self(app)
    }

    fn riding() -> Self {
        let mut rider = Self::new();
        rider.says(Intent::Choose);
        assert!(rider.rides());
        rider
    }

    fn says(&mut self, intent: Intent) {
        self.0.world_mut().write_message(intent);
        self.0.update();
    }

    fn rides(&self) -> bool {
        self.0.world().resource::<Riding>().0
    }

    fn time(&self) -> &TourTime {
        self.0.world().resource()
    }

    fn go_to(&mut self, micros: i64) {
        self.0.world_mut().resource_mut::<TourTime>().micros = micros;
    }
}

#[test]
fn choose_gets_on_where_all_is_in_view_and_time_plays() {
    let mut rider = Rider::riding();
    assert_eq!(rider.0.world().resource::<Guide>().at, None);
    assert!(rider.time().playing && rider.time().micros == PROLOGUE_MICROS);
    let mut cameras = rider.0.world_mut().query::<&FlyCameraState>();
    let camera = cameras.single(rider.0.world()).unwrap();
    assert!(camera.stop.is_none() && camera.flight.is_some(), "it is far to the latent");
    // While the camera is on its way there, the latent waits.
    rider.go_to(PROLOGUE_MICROS + 20_000);
    rider.0.update();
    assert_eq!(rider.time().micros, PROLOGUE_MICROS);
}

#[test]
fn at_its_end_a_run_is_ridden_from_the_start() {
    let mut rider = Rider::new();
    rider.go_to(Score::new(&models::built_in(), STEPS).end());
    rider.says(Intent::Choose);
    assert!(rider.rides() && rider.time().playing && rider.time().micros == 0);
}

#[test]
fn choose_means_a_ride_nowhere_else() {
    let mut rider = Rider::new();
    rider.0.world_mut().resource_mut::<Panels>().what_if = true;
    rider.says(Intent::Choose);
    assert!(!rider.rides(), "a panel is in hand");
    rider.0.world_mut().resource_mut::<Panels>().what_if = false;
    rider.says(Intent::Choose);
    assert!(!rider.rides(), "the press may have closed the panel");
    rider.0.world_mut().resource_mut::<Guide>().at = Some(Stop::Noise);
    rider.says(Intent::Choose);
    assert!(!rider.rides());
}

#[test]
fn who_moves_goes_elsewhere_or_back_gets_off() {
    let walk = |direction: Vec3| Intent::Walk { direction, fast: false };
    let ends = [walk(Vec3::X), Intent::Turn(Vec2::X), Intent::NextStop, Intent::PreviousStop, Intent::Map, Intent::Back];
    for intent in ends {
        let mut rider = Rider::riding();
        rider.says(intent);
        assert!(!rider.rides(), "{intent:?}");
    }
    for intent in [walk(Vec3::ZERO), Intent::Turn(Vec2::ZERO), Intent::PlayPause, Intent::Choose, Intent::StepForward] {
        let mut rider = Rider::riding();
        rider.says(intent);
        assert!(rider.rides(), "{intent:?}");
    }
    let mut rider = Rider::riding();
    let mut cameras = rider.0.world_mut().query::<&mut FlyCameraState>();
    cameras.single_mut(rider.0.world_mut()).unwrap().stop = Some(Stop::Unet);
    rider.0.update();
    assert!(!rider.rides(), "a stop was called");
}

#[test]
fn in_front_of_the_words_the_stick_and_the_bumpers_end_no_ride() {
    let mut rider = Rider::riding();
    rider.0.world_mut().resource_mut::<Panels>().words = true;
    for intent in [Intent::Walk { direction: Vec3::X, fast: false }, Intent::NextStop, Intent::Back] {
        rider.says(intent);
        assert!(rider.rides(), "{intent:?}");
    }
}

#[test]
fn at_the_end_of_the_run_one_stands_at_the_picture() {
    let mut rider = Rider::riding();
    let mut called = rider.0.world().resource::<Guide>().clone();
    called.call(Stop::Picture);
    rider.go_to(Score::new(&models::built_in(), STEPS).end());
    rider.0.update();
    assert!(!rider.rides());
    assert_eq!(*rider.0.world().resource::<Guide>(), called);
}
