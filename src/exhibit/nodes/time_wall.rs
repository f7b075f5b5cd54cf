//! Time wall: every step's latent hangs here as it is made, and above it x̂₀, the picture as it was imagined then.

use bevy::prelude::*;

use super::Hall;
use super::label::Lettering;
use super::shown::Source;
use super::workshop::Workshop;
use crate::HallSystems;
use crate::input::Intent;
use crate::panels::Panels;
use crate::state::{Lanes, Run, RunBegan};
use crate::stop::Stop;
use crate::text;
use crate::theme;
use crate::tour::score::Moment;
use crate::tour::time::TourTime;
use crate::track::place::Place;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, choose_step.in_set(HallSystems::Tour).run_if(resource_exists::<Hall>)).add_systems(
        Update,
        (hang_steps.run_if(on_message::<RunBegan>), mark_step)
            .chain()
            .in_set(HallSystems::Animate)
            .run_if(resource_exists::<Hall>),
    );
}

/// How the pairs hang, in rows from left to right, in the place of the time wall. Lengths in metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    pub columns: usize,
    /// From one pair to the next: across and down.
    pitch: Vec2,
    /// Of a plane; a pair is two of them.
    pub side: f32,
    /// Whether every pair has its number and timestep below it, or every fifth its number.
    pub is_readable: bool,
}

impl Grid {
    const LEFT: f32 = -4.2;
    const TOP: f32 = 4.95;
    /// Of all pairs together.
    const SIZE: Vec2 = Vec2::new(8.4, 4.3);
    const GAP: f32 = 0.1;
    /// Between the planes of a pair.
    const SEAM: f32 = 0.04;
    /// From a pair to the middle of its light, and to its number.
    const LIGHT: f32 = 0.05;
    const NUMBER: f32 = 0.09;
    /// From this side on there is room for a number under every pair.
    const READABLE: f32 = 0.5;

    /// The one with the largest planes. `type_metres`: the size of the numbers below them.
    pub fn new(steps: usize, type_metres: f32) -> Self {
        let line = 1.3 * type_metres;
        let with_lines = |lines: f32| {
            let grid = |rows: usize| {
                let columns = steps.max(1).div_ceil(rows);
                let pitch = Self::SIZE / Vec2::new(columns as f32, rows as f32);
                let below = Self::NUMBER + lines * line + Self::GAP;
                let side = (pitch.x - Self::GAP).min((pitch.y - Self::SEAM - below) / 2.0);
                Self { columns, pitch, side, is_readable: lines > 1.0 && side >= Self::READABLE }
            };
            (2..=steps).map(grid).fold(grid(1), |best, other| if other.side > best.side { other } else { best })
        };
        let numbered = with_lines(2.0);
        if numbered.is_readable { numbered } else { with_lines(1.0) }
    }

    /// The rectangle of a step's two planes.
    pub fn pair(&self, step: usize) -> Rect {
        let (column, row) = ((step % self.columns) as f32, (step / self.columns) as f32);
        let middle = Self::LEFT + (column + 0.5) * self.pitch.x;
        let top = Self::TOP - row * self.pitch.y;
        let (half, height) = (self.side / 2.0, 2.0 * self.side + Self::SEAM);
        Rect { min: Vec2::new(middle - half, top - height), max: Vec2::new(middle + half, top) }
    }

    /// The step whose pair is at a point.
    pub fn step_at(&self, point: Vec2, steps: usize) -> Option<usize> {
        (0..steps).find(|&step| self.pair(step).contains(point))
    }
}

/// The wall: what hangs there, and the timesteps that it hangs there for.
#[derive(Component, Default)]
struct TimeWall {
    hung: Option<Entity>,
    timesteps: Vec<f32>,
}

/// The bar of light below the current step; a metre long.
#[derive(Component)]
struct StepLight;

pub(super) fn build(workshop: &mut Workshop, root: Entity, place: &Place, hall: &Hall) {
    workshop.heading(root, place, theme::LATENT, &text::shape(&hall.shape.latent));
    workshop.commands.entity(root).insert(TimeWall::default());
    let legend = workshop.texts.say("wall-legend");
    let lettering = Lettering::body(type_metres(place)).from_left().within(Grid::SIZE.x);
    workshop.label(root, legend, lettering, Transform::from_xyz(Grid::LEFT, 0.55, 0.05));
}

/// Of the numbers below the pairs.
fn type_metres(place: &Place) -> f32 {
    place.type_metres(22.0)
}

/// Where its pairs hang.
fn grid(hall: &Hall, steps: usize) -> Grid {
    Grid::new(steps, type_metres(hall.layout.station(Stop::TimeWall)))
}

/// Makes room for the steps of a run that has others than the one before.
fn hang_steps(mut workshop: Workshop, run: Res<Run>, hall: Res<Hall>, mut walls: Query<(Entity, &mut TimeWall)>) {
    let Some(started) = &run.started else { return };
    let grid = grid(&hall, run.step_count());
    let number = Lettering::body(type_metres(hall.layout.station(Stop::TimeWall)));
    for (root, mut wall) in &mut walls {
        if wall.hung.is_some() && wall.timesteps == started.timesteps {
            continue;
        }
        if let Some(old) = wall.hung.take() {
            workshop.commands.entity(old).despawn();
        }
        let hung = workshop.commands.spawn((Transform::default(), Visibility::default(), ChildOf(root))).id();
        for (step, timestep) in started.timesteps.iter().enumerate() {
            let (pair, half, size) = (grid.pair(step), grid.side / 2.0, Vec2::splat(grid.side));
            let middle = pair.center().x;
            let (above, below) = (pair.max.y - half, pair.min.y + half);
            let at = |y: f32| Transform::from_xyz(middle, y, 0.0);
            let imagined = workshop.plane(hung, Source::StepPredOriginal(step), size, theme::PICTURE, at(above));
            let latents = workshop.plane(hung, Source::StepLatent(step), size, theme::LATENT, at(below));
            workshop.name(imagined, "time_wall.imagined");
            workshop.name(latents, "time_wall.latents");
            let mut words = (step + 1).to_string();
            if grid.is_readable {
                let timestep = [("timestep", format!("{timestep:.0}"))];
                words = format!("{words}\n{}", workshop.texts.say_with("wall-timestep", &timestep));
            } else if (step + 1) % 5 != 0 {
                continue;
            }
            workshop.label(hung, words, number, Transform::from_xyz(middle, pair.min.y - Grid::NUMBER, 0.02));
        }
        let light = workshop.bar(hung, Vec3::new(1.0, 0.035, 0.03), Vec3::ZERO, theme::INK);
        workshop.commands.entity(light).insert((StepLight, Visibility::Hidden));
        (wall.hung, wall.timesteps) = (Some(hung), started.timesteps.clone());
    }
}

fn mark_step(
    mut lights: Query<(&mut Transform, &mut Visibility), With<StepLight>>,
    hall: Res<Hall>,
    run: Res<Run>,
    time: Res<TourTime>,
) {
    let step = match hall.score(&run).moment(time.micros) {
        Moment::Prologue(_) => None,
        Moment::Lap { step, .. } => Some(step),
        Moment::Epilogue(_) => run.step_count().checked_sub(1),
    };
    for (mut transform, mut visibility) in &mut lights {
        visibility.set_if_neq(if step.is_some() { Visibility::Inherited } else { Visibility::Hidden });
        let Some(step) = step else { continue };
        let grid = grid(&hall, run.step_count());
        let pair = grid.pair(step);
        let at = Transform::from_xyz(pair.center().x, pair.min.y - Grid::LIGHT, 0.02);
        transform.set_if_neq(at.with_scale(Vec3::new(grid.side, 1.0, 1.0)));
    }
}

/// Who points at a pair goes back to its step: with the mouse or a finger, or with what is in the middle of the view.
fn choose_step(
    mut intents: MessageReader<Intent>,
    cameras: Query<(&Camera, &GlobalTransform), With<Camera3d>>,
    (hall, panels): (Res<Hall>, Res<Panels>),
    lanes: Lanes,
    mut time: ResMut<TourTime>,
) {
    let Ok((camera, eye)) = cameras.single() else { return };
    let (place, steps) = (hall.layout.station(Stop::TimeWall), lanes.a().step_count());
    // On a panel one chooses something else.
    let is_covered = panels.in_hand();
    for intent in intents.read().filter(|_| !is_covered) {
        let ray = match *intent {
            Intent::Tap(at) => camera.viewport_to_world(eye, at).ok(),
            Intent::Choose => Some(Ray3d::new(eye.translation(), eye.forward())),
            _ => None,
        };
        let Some(ray) = ray.filter(|_| place.is_faced(eye.translation(), *eye.forward())) else { continue };
        let step = on_wall(place, ray).and_then(|point| grid(&hall, steps).step_at(point, steps));
        let Some(step) = step else { continue };
        let score = hall.score(lanes.a());
        let (goal, until) = (score.at(Stop::Scheduler, step), lanes.computed_until(&score, &hall.shape));
        if goal <= until {
            time.scrub(goal, until);
            time.playing = false;
        }
    }
}

/// Where a ray of the hall meets the wall, in its place.
fn on_wall(place: &Place, ray: Ray3d) -> Option<Vec2> {
    let place_from_hall = place.hall_from_place().compute_affine().inverse();
    let (from, ahead) = (place_from_hall.transform_point3(ray.origin), place_from_hall.transform_vector3(*ray.direction));
    let metres = -from.z / ahead.z;
    (metres.is_finite() && metres > 0.0).then(|| (from + ahead * metres).truncate())
}
