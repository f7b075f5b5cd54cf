//! Noise: the latent that a seed draws, its channels fanned out, with the seed as a dial and the histogram of its values.

use std::f32::consts::TAU;

use bevy::prelude::*;

use super::Hall;
use super::histogram;
use super::label::{Lettering, Line, inspect_line};
use super::shown::Source;
use super::sketch::Sketch;
use super::workshop::Workshop;
use crate::HallSystems;
use crate::change::Change;
use crate::lever::InHand;
use crate::state::{Lane, Lanes};
use crate::stop::Stop;
use crate::text;
use crate::theme;
use crate::track::place::Place;

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(histogram::plugin)
        .add_systems(Update, turn_dials.in_set(HallSystems::Animate).run_if(resource_exists::<Hall>));
}

/// Once around the dial.
const NOTCHES: u8 = 24;

/// How far a seed turns the dial, clockwise: a notch of 15° for each, so that every 24th stands alike.
pub fn dial_radians(seed: u64) -> f32 {
    // The remainder is smaller than the number of notches.
    (seed % u64::from(NOTCHES)) as f32 / f32::from(NOTCHES) * TAU
}

/// What the seed of a lane turns: A the disc, B a mark before it.
#[derive(Component)]
struct Dial(Lane);

pub(super) fn build(workshop: &mut Workshop, root: Entity, place: &Place, hall: &Hall) {
    workshop.heading(root, place, theme::NOISE, &text::shape(&hall.shape.latent));
    let channels = hall.shape.latent[0];
    let side = 1.95;
    let pitch = (place.size.x - 2.0) / (channels.max(2) - 1) as f32;
    for channel in 0..channels {
        let part = channel as f32 / (channels.max(2) - 1) as f32 - 0.5;
        // Like cards in a hand: each a little in front of the next, turned outwards.
        let at = Transform::from_xyz(part * pitch * (channels - 1) as f32, 3.85, -0.9 * part)
            .with_rotation(Quat::from_rotation_y(-TAU * 24.0 / 360.0));
        let planes = workshop.plane(root, Source::NoiseChannel(channel), Vec2::splat(side), theme::NOISE, at);
        workshop.name(planes, "noise.planes");
    }
    raise_dial(workshop, root, place, Vec3::new(-2.9, 1.65, 0.5));
    let area = Rect::new(-1.5, 1.0, 4.1, 2.6);
    histogram::build(workshop, root, place, area, 0.5);
    inspect_line(workshop, root, place, Line::Inspect(Stop::Noise));
}

/// A disc with notches and a mark at its top, which the seed turns; the number in its middle stands still.
fn raise_dial(workshop: &mut Workshop, root: Entity, place: &Place, middle: Vec3) {
    const RADIUS: f32 = 0.92;
    let mut disc = Sketch::default();
    disc.disc(Vec2::ZERO, RADIUS, theme::EDGE);
    disc.forward().disc(Vec2::ZERO, RADIUS - 0.025, theme::STONE);
    disc.forward();
    for notch in 0..NOTCHES {
        let out = Vec2::from_angle(f32::from(notch) / f32::from(NOTCHES) * TAU);
        disc.line(out * 0.86 * RADIUS, out * 0.95 * RADIUS, 0.02, theme::NOISE);
    }
    disc.forward().disc(Vec2::Y * 0.9 * RADIUS, 0.075, theme::NOISE);
    let mut mark = Sketch::default();
    mark.square(Vec2::Y * 0.9 * RADIUS, 0.06, theme::TRACK_B);
    for (lane, sketch, ahead) in [(Lane::A, disc, 0.0), (Lane::B, mark, 0.03)] {
        let thing = workshop.thing(root, sketch.mesh(), Transform::from_translation(middle + Vec3::Z * ahead));
        workshop.commands.entity(thing).insert((Dial(lane), Visibility::Hidden));
    }
    let seed = Lettering::title(place.type_metres(26.0)).in_middle().coloured(theme::NOISE).within(1.35);
    let seed = workshop.live_label(root, Line::Seed, seed, Transform::from_translation(middle + Vec3::Z * 0.06));
    workshop.name([seed], "noise.seed");
}

/// A stands where its run does; B where the visitor holds it, or where its run does.
fn turn_dials(in_hand: Res<InHand>, lanes: Lanes, mut dials: Query<(&Dial, &mut Transform, &mut Visibility)>) {
    let of_run = |lane: Lane| lanes.run(lane).and_then(|run| run.started.as_ref()).map(|started| started.generation.seed);
    for (Dial(lane), mut transform, mut visibility) in &mut dials {
        let seed = match (lane, &in_hand.change) {
            (Lane::B, Some(Change::Seed(seed))) => Some(*seed),
            _ => of_run(*lane),
        };
        visibility.set_if_neq(if seed.is_some() { Visibility::Inherited } else { Visibility::Hidden });
        if let Some(seed) = seed {
            let rotation = Quat::from_rotation_z(-dial_radians(seed));
            if transform.rotation != rotation {
                transform.rotation = rotation;
            }
        }
    }
}
