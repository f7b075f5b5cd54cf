//! The camera: a visitor's eyes, walking, flying to stops, or held still for a picture.

pub mod flight;
pub mod framing;

use std::f32::consts::FRAC_PI_2;

use bevy::core_pipeline::tonemapping::{DebandDither, Tonemapping};
use bevy::prelude::*;

use self::flight::Flight;
use self::framing::{FIELD_OF_VIEW_RADIANS, Pose, view};
use crate::input::Intent;
use crate::nodes::Hall;
use crate::panels::Panels;
use crate::stop::Stop;
use crate::tour::Guide;
use crate::{HallSettings, HallSystems};

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(Startup, (open_eyes, take_settings))
        .init_resource::<Comfort>()
        .add_systems(Update, (walk, fly).chain().in_set(HallSystems::Tour).after(crate::tour::GuideSystems))
        .add_systems(Update, look.in_set(HallSystems::Present));
}

/// How a visitor wants to be moved, and to read.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Comfort {
    /// Stops are faded to, never flown to, turns are made in steps, and the edges darken while one walks.
    pub calm: bool,
    /// Panels are white on black.
    pub contrast: bool,
}

impl Comfort {
    pub(crate) fn flight(self, from: Pose, to: Pose) -> Flight {
        if self.calm { Flight::fading(from, to) } else { Flight::new(from, to) }
    }
}

/// What an operator or a visitor sets.
#[derive(Component, Clone, Debug)]
#[require(FlyCameraState, Camera3d)]
pub struct FlyCamera {
    pub metres_per_second: f32,
    /// How many times faster in a hurry.
    pub haste: f32,
    /// Metres that the eyes stay above the floor.
    pub least_height: f32,
}

impl Default for FlyCamera {
    fn default() -> Self {
        Self { metres_per_second: 5.0, haste: 3.0, least_height: 0.7 }
    }
}

/// What the systems change.
#[derive(Component, Clone, Debug, Default)]
pub struct FlyCameraState {
    pub pose: Pose,
    /// In the hall, metres a second.
    velocity: Vec3,
    pub flight: Option<Flight>,
    /// Of a calm visitor's turn, what is not yet a whole step; yaw and pitch in radians.
    turned: Vec2,
    /// The stop that the camera is at or on its way to, until the visitor walks away.
    pub stop: Option<Stop>,
}

impl FlyCameraState {
    /// How fast the eyes walk, of their usual pace: 0..1.
    pub fn haste(&self, camera: &FlyCamera) -> f32 {
        // What is left of a walk dies down over a second; the last of it nobody sees.
        let haste = self.velocity.length() / camera.metres_per_second;
        if haste < 0.02 { 0.0 } else { haste.min(1.0) }
    }
}

/// How fast walking takes up and dies down, for each second.
const SMOOTHING: f32 = 9.0;
/// Nearly straight up or down.
const MOST_PITCH: f32 = FRAC_PI_2 - 0.05;
/// By so much a calm visitor turns at once.
const STEP_RADIANS: f32 = FRAC_PI_2 / 3.0;

fn take_settings(settings: Res<HallSettings>, mut comfort: ResMut<Comfort>) {
    *comfort = Comfort { calm: settings.calm, contrast: settings.contrast };
}

fn open_eyes(mut commands: Commands) {
    let pose = Pose { eye: Vec3::new(0.0, 9.0, 52.0), yaw_radians: 0.0, pitch_radians: -0.1 };
    commands.spawn((
        FlyCamera::default(),
        FlyCameraState { pose, ..default() },
        pose.transform(),
        Projection::from(PerspectiveProjection { fov: FIELD_OF_VIEW_RADIANS, near: 0.05, far: 400.0, ..default() }),
        // Data is shown in exactly its own colours.
        Tonemapping::None,
        DebandDither::Disabled,
    ));
}

fn walk(
    mut intents: MessageReader<Intent>,
    time: Res<Time>,
    hall: Option<Res<Hall>>,
    (panels, comfort): (Res<Panels>, Res<Comfort>),
    mut cameras: Query<(&FlyCamera, &mut FlyCameraState)>,
) {
    let (mut direction, mut fast, mut turn) = (Vec3::ZERO, false, Vec2::ZERO);
    // In front of the words the stick turns the word wheel.
    for intent in intents.read().filter(|_| !panels.words) {
        match *intent {
            Intent::Walk { direction: more, fast: hurried } => (direction, fast) = (direction + more, fast || hurried),
            Intent::Turn(more) => turn += more,
            _ => {}
        }
    }
    let seconds = time.delta_secs();
    for (camera, mut state) in &mut cameras {
        if direction != Vec3::ZERO || turn != Vec2::ZERO {
            state.flight = None;
            state.stop = None;
        }
        let turn = if comfort.calm { in_steps(&mut state.turned, turn) } else { turn };
        state.pose.yaw_radians += turn.x;
        state.pose.pitch_radians = (state.pose.pitch_radians + turn.y).clamp(-MOST_PITCH, MOST_PITCH);
        // One walks where one looks, but keeps one's height.
        let level = Quat::from_rotation_y(state.pose.yaw_radians);
        let speed = camera.metres_per_second * if fast { camera.haste } else { 1.0 };
        let wanted = level * Vec3::new(direction.x, direction.y, -direction.z).clamp_length_max(1.0) * speed;
        state.velocity = wanted + (state.velocity - wanted) * (-SMOOTHING * seconds).exp();
        if state.flight.is_none() && state.velocity.length() > 1e-3 {
            let velocity = state.velocity;
            let eye = state.pose.eye + velocity * seconds;
            state.pose.eye = hall.as_ref().map_or(eye, |hall| hall.layout.inside(eye));
            state.pose.eye.y = state.pose.eye.y.max(camera.least_height);
        }
    }
}

/// The whole steps of a turn; what is left of it is kept in `turned`.
pub fn in_steps(turned: &mut Vec2, turn: Vec2) -> Vec2 {
    *turned += turn;
    let steps = (*turned / STEP_RADIANS).trunc() * STEP_RADIANS;
    *turned -= steps;
    steps
}

/// Flies to the guide's stop whenever it is called out.
fn fly(
    mut guide: ResMut<Guide>,
    hall: Option<Res<Hall>>,
    comfort: Res<Comfort>,
    time: Res<Time>,
    mut cameras: Query<(&mut FlyCameraState, &Camera)>,
) {
    let Some(hall) = hall else { return };
    let called = guide.called_out();
    for (mut state, camera) in &mut cameras {
        if let Some(stop) = called {
            state.flight = Some(comfort.flight(state.pose, view(&hall.layout, stop, aspect(camera))));
            state.stop = Some(stop);
            state.velocity = Vec3::ZERO;
        }
        if let Some(mut flight) = state.flight {
            flight.pass(time.delta_secs());
            state.pose = flight.pose();
            state.flight = (!flight.has_arrived()).then_some(flight);
        }
        guide.at = state.stop;
        let ahead = state.pose.rotation() * Vec3::NEG_Z;
        guide.faced = state.stop.or_else(|| hall.layout.faced(state.pose.eye, ahead));
    }
}

/// Width by height of what a camera draws on.
pub(crate) fn aspect(camera: &Camera) -> f32 {
    camera.logical_viewport_size().filter(|size| size.y > 0.0).map_or(16.0 / 9.0, |size| size.x / size.y)
}

fn look(mut cameras: Query<(&FlyCameraState, &mut Transform)>) {
    for (state, mut transform) in &mut cameras {
        transform.set_if_neq(state.pose.transform());
    }
}
