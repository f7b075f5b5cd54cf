//! The flow: latents, feature maps and words under way from station to station, as a pure function of tour time.

pub mod path;
pub mod ride;

use bevy::prelude::*;

use self::path::{Bead, Path};
use crate::HallSystems;
use crate::building::stone;
use crate::nodes::plane::Opening;
use crate::nodes::workshop::Workshop;
use crate::nodes::{Furniture, Hall, Raised};
use crate::state::{Lane, Lanes, Run};
use crate::theme;
use crate::tour::time::TourTime;

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins(ride::plugin).add_systems(
        Update,
        (lay_tracks.run_if(on_message::<Raised>), ApplyDeferred, move_planes, move_beads)
            .chain()
            .in_set(HallSystems::Animate)
            .run_if(resource_exists::<Hall>),
    );
}

/// A plane on its way.
#[derive(Component)]
struct Travels {
    path: Path,
    lane: Lane,
}

/// A bead on its way.
#[derive(Component)]
struct Rolls(Bead);

fn lay_tracks(mut workshop: Workshop, hall: Res<Hall>) {
    let ground = workshop.commands.spawn((Furniture, Transform::default(), Visibility::default())).id();
    for path in path::paths(&hall.layout, &hall.shape) {
        workshop.thing(ground, path.track.tube(0.03, theme::dimmed(theme::LATENT, 0.55)), Transform::IDENTITY);
        for lane in [Lane::A, Lane::B] {
            let traveller = workshop.traveller(path.source, lane, theme::LATENT);
            workshop.commands.entity(traveller).insert((Travels { path: path.clone(), lane }, Visibility::Hidden));
        }
    }
    for rail in path::text_rails(&hall.layout) {
        workshop.thing(ground, rail.strip(0.10, theme::dimmed(theme::TEXT, 0.75)), Transform::IDENTITY);
    }
    for bead in path::beads(&hall.layout, &hall.shape) {
        let (radius, colour) = if bead.is_text { (0.16, theme::TEXT) } else { (0.11, theme::FEATURE) };
        let rolling = workshop.thing(ground, stone::glow(Vec3::splat(radius * 1.4), colour), Transform::IDENTITY);
        workshop.commands.entity(rolling).insert((Rolls(bead), Visibility::Hidden));
    }
}

fn move_planes(
    mut planes: Query<(&Travels, &mut Transform, &mut Visibility)>,
    hall: Res<Hall>,
    lanes: Lanes,
    opening: Res<Opening>,
    time: Res<TourTime>,
) {
    let score = hall.score(lanes.a());
    let moment = score.moment(time.micros);
    for (Travels { path, lane }, mut transform, mut visibility) in &mut planes {
        // A tensor that is not there yet cannot travel.
        let is_there = lanes.run(*lane).is_some_and(|run| path.source.carried(run, &score, moment).is_some());
        let pose = path.pose(moment, score.steps).filter(|_| is_there);
        visibility.set_if_neq(if pose.is_some() { Visibility::Inherited } else { Visibility::Hidden });
        if let Some(pose) = pose {
            *transform = side_by_side(pose, *lane, opening.0);
        }
    }
}

/// Two latents on one way travel next to each other, A on the left.
fn side_by_side(pose: Transform, lane: Lane, opening: f32) -> Transform {
    let aside = if lane == Lane::A { -0.36 } else { 0.36 } * opening;
    let smaller = 1.0 - 0.32 * opening;
    let translation = pose.translation + pose.rotation * Vec3::X * aside * pose.scale.x;
    Transform { translation, rotation: pose.rotation, scale: Vec3::new(pose.scale.x * smaller, pose.scale.y * smaller, 1.0) }
}

fn move_beads(mut beads: Query<(&Rolls, &mut Transform, &mut Visibility)>, hall: Res<Hall>, run: Res<Run>, time: Res<TourTime>) {
    let score = hall.score(&run);
    let moment = score.moment(time.micros);
    for (Rolls(bead), mut transform, mut visibility) in &mut beads {
        let part = bead.span.part(moment, score.steps).filter(|_| run.started.is_some());
        visibility.set_if_neq(if part.is_some() { Visibility::Inherited } else { Visibility::Hidden });
        if let Some(part) = part {
            transform.translation = bead.rail.at(path::smooth(part));
        }
    }
}
