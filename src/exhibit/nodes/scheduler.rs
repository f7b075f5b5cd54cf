//! Scheduler: the staircase of sigmas with the latent before and after the step, and x̂₀, the picture as it is imagined now.

use bevy::prelude::*;

use super::Hall;
use super::label::{Lettering, Line, inspect_line};
use super::shown::Source;
use super::spotlight::Named;
use super::workshop::{Kit, Workshop};
use crate::HallSystems;
use crate::building::stone;
use crate::state::{Run, RunBegan};
use crate::stop::Stop;
use crate::text;
use crate::theme;
use crate::tour::score::{Moment, SCHEDULER};
use crate::tour::time::TourTime;
use crate::track::place::Place;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        Update,
        (build_stairs.run_if(on_message::<RunBegan>), light_stairs)
            .chain()
            .in_set(HallSystems::Animate)
            .run_if(resource_exists::<Hall>),
    );
}

/// Where the staircase stands: its foot on the left, in the scheduler's place.
#[derive(Component)]
struct Staircase {
    foot: Vec3,
    size: Vec2,
}

/// A stair: the sigma at which a step begins.
#[derive(Component)]
struct Stair {
    step: usize,
    dark: Handle<Mesh>,
    passed: Handle<Mesh>,
    lit: Handle<Mesh>,
}

pub(super) fn build(workshop: &mut Workshop, root: Entity, place: &Place, hall: &Hall) {
    let shape = &hall.shape;
    workshop.heading(root, place, theme::LATENT, &text::shape(&shape.latent));
    let width = place.size.x - 0.5;
    let left = -width / 2.0;
    let stairs = Staircase { foot: Vec3::new(left, 1.85, 0.3), size: Vec2::new(width, 1.3) };
    workshop.commands.entity(root).insert(stairs);
    let key = workshop.texts.say("scheduler-stairs");
    let lettering = Lettering::body(place.type_metres(22.0)).coloured(theme::NOISE).from_right();
    workshop.label(root, key, lettering, Transform::from_xyz(-left, 3.46, 0.05));
    let stair = Lettering::title(place.type_metres(24.0)).within(width);
    workshop.live_label(root, Line::Stair, stair, Transform::from_xyz(0.0, 1.77, 0.4));

    let planes = [
        (Source::LatentBefore, "scheduler-before", theme::LATENT),
        (Source::LatentAfter, "scheduler-after", theme::LATENT),
        (Source::PredOriginalSample, "scheduler-imagined", theme::PICTURE),
    ];
    let (side, pitch) = (2.1, (width - 2.1) / 2.0);
    for (index, (source, key, colour)) in planes.into_iter().enumerate() {
        let x = (index as f32 - 1.0) * pitch;
        let planes = workshop.plane(root, source, Vec2::splat(side), colour, Transform::from_xyz(x, 4.9, 0.0));
        workshop.name(planes, &key.replace('-', "."));
        let words = workshop.texts.say(key);
        let lettering = Lettering::body(place.type_metres(22.0)).coloured(colour).within(pitch);
        workshop.label(root, words, lettering, Transform::from_xyz(x, 3.77, 0.05));
    }
    inspect_line(workshop, root, place, Line::Inspect(Stop::Scheduler));
}

fn build_stairs(
    mut commands: Commands,
    run: Res<Run>,
    kit: Res<Kit>,
    mut meshes: ResMut<Assets<Mesh>>,
    staircases: Query<(Entity, &Staircase)>,
    old: Query<Entity, With<Stair>>,
) {
    for stair in &old {
        commands.entity(stair).despawn();
    }
    let Some(started) = &run.started else { return };
    // The share of noise in a latent of variance 1, √(1 − ᾱ) = σ / √(1 + σ²). Pure noise has an infinite sigma and a share of 1.
    let share = |sigma: f32| if sigma.is_finite() { sigma / (1.0 + sigma * sigma).sqrt() } else { 1.0 };
    for (root, staircase) in &staircases {
        let pitch = staircase.size.x / run.step_count().max(1) as f32;
        for (step, &sigma) in started.sigmas.iter().take(run.step_count()).enumerate() {
            let rise = (staircase.size.y * share(sigma)).max(0.05);
            let size = Vec3::new(pitch * 0.86, rise, 0.7);
            let middle = staircase.foot + Vec3::new((step as f32 + 0.5) * pitch, rise / 2.0, 0.0);
            let dark = meshes.add(stone::block(size, theme::STONE));
            let stair = Stair {
                step,
                dark: dark.clone(),
                passed: meshes.add(stone::block(size, theme::dimmed(theme::LATENT, 0.32))),
                lit: meshes.add(stone::block(size, theme::LATENT)),
            };
            let at = Transform::from_translation(middle);
            let name = Named::new("scheduler.stairs");
            commands.spawn((stair, name, Mesh3d(dark), MeshMaterial3d(kit.matte.clone()), at, ChildOf(root)));
        }
    }
}

fn light_stairs(mut stairs: Query<(&Stair, &mut Mesh3d)>, hall: Res<Hall>, run: Res<Run>, time: Res<TourTime>) {
    let current = match hall.score(&run).moment(time.micros) {
        Moment::Prologue(_) => None,
        // A step is taken when the scheduler has its turn; until then the latent stands on the stair.
        Moment::Lap { step, phase } if phase < SCHEDULER => Some(step),
        Moment::Lap { step, .. } => Some(step + 1),
        Moment::Epilogue(_) => Some(usize::MAX),
    };
    for (stair, mut mesh) in &mut stairs {
        let wanted = match current {
            Some(current) if stair.step == current => &stair.lit,
            Some(current) if stair.step < current => &stair.passed,
            _ => &stair.dark,
        };
        if mesh.0 != *wanted {
            mesh.0 = wanted.clone();
        }
    }
}
