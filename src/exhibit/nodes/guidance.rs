//! Guidance: the prediction without the prompt, with it, their difference, and the sum that follows the difference further; below,
//! the three as arrows, and the lever that sets how far.

use bevy::prelude::*;

use super::Hall;
use super::arrows;
use super::label::{Lettering, Line, inspect_line};
use super::shown::Source;
use super::sketch::Sketch;
use super::workshop::Workshop;
use crate::HallSystems;
use crate::change::Change;
use crate::lever::{InHand, MOST_GUIDANCE};
use crate::state::{Lane, Lanes};
use crate::stop::Stop;
use crate::text;
use crate::theme;
use crate::track::place::Place;

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(arrows::plugin).add_systems(Update, move_knobs.in_set(HallSystems::Animate).run_if(resource_exists::<Hall>));
}

pub(super) fn build(workshop: &mut Workshop, root: Entity, place: &Place, hall: &Hall) {
    workshop.heading(root, place, theme::GUIDANCE, &text::shape(&hall.shape.latent));
    let planes = [
        (Source::NoisePredUncond, "guidance-uncond", "noise_pred_uncond", theme::NOISE),
        (Source::NoisePredText, "guidance-text", "noise_pred_text", theme::NOISE),
        (Source::NoisePredDifference, "guidance-difference", "text − uncond", theme::GUIDANCE),
        (Source::NoisePred, "guidance-guided", "noise_pred", theme::NOISE),
    ];
    let (side, pitch) = (2.05, (place.size.x - 0.2) / 4.0);
    for (index, (source, key, name, colour)) in planes.into_iter().enumerate() {
        let x = (index as f32 - 1.5) * pitch;
        let planes = workshop.plane(root, source, Vec2::splat(side), colour, Transform::from_xyz(x, 4.7, 0.0));
        workshop.name(planes, &key.replace('-', "."));
        let words = workshop.texts.say(key);
        let title = Lettering::title(place.type_metres(25.0)).coloured(colour);
        workshop.label(root, words, title, Transform::from_xyz(x, 3.62, 0.05));
        workshop.label(root, name, Lettering::body(place.type_metres(22.0)), Transform::from_xyz(x, 3.32, 0.05));
    }
    let half = place.size.x / 2.0 - 0.15;
    arrows::build(workshop, root, place, Rect::new(-half, 1.12, half, 2.98), 0.05);
    let formula = Lettering::body(place.type_metres(25.0)).coloured(theme::INK).within(place.size.x - 0.2);
    workshop.live_label(root, Line::GuidanceScale, formula, Transform::from_xyz(0.0, 1.05, 0.05));
    raise_lever(workshop, root, place);
    inspect_line(workshop, root, place, Line::Inspect(Stop::Guidance));
}

/// The lever's slot, from a guidance scale of 0 to the largest: left end and right end.
const SLOT: [Vec2; 2] = [Vec2::new(-3.4, 0.62), Vec2::new(3.4, 0.62)];

/// The knob of a lane.
#[derive(Component)]
struct Knob(Lane);

fn raise_lever(workshop: &mut Workshop, root: Entity, place: &Place) {
    const TICKS: [u8; 5] = [0, 5, 10, 15, 20];
    let mut slot = Sketch::default();
    slot.line(SLOT[0], SLOT[1], 0.05, theme::EDGE);
    for tick in TICKS {
        let at = on_slot(f32::from(tick));
        slot.line(at - Vec2::Y * 0.09, at + Vec2::Y * 0.09, 0.02, theme::EDGE);
        let number = Lettering::body(place.type_metres(20.0));
        workshop.label(root, tick.to_string(), number, Transform::from_translation((at - Vec2::Y * 0.13).extend(0.1)));
    }
    let slot = workshop.thing(root, slot.mesh(), Transform::from_xyz(0.0, 0.0, 0.1));
    workshop.name([slot], "guidance.lever");
    for lane in [Lane::B, Lane::A] {
        let mut knob = Sketch::default();
        match lane {
            Lane::A => knob.disc(Vec2::ZERO, 0.11, theme::TRACK_A),
            _ => knob.square(Vec2::ZERO, 0.12, theme::TRACK_B),
        }
        let knob = workshop.thing(root, knob.mesh(), Transform::from_xyz(0.0, SLOT[0].y, 0.14));
        workshop.commands.entity(knob).insert((Knob(lane), Visibility::Hidden));
    }
}

fn on_slot(scale: f32) -> Vec2 {
    SLOT[0].lerp(SLOT[1], (scale / MOST_GUIDANCE).clamp(0.0, 1.0))
}

/// A stands where its run does; B where the visitor holds it, or where its run does.
fn move_knobs(in_hand: Res<InHand>, lanes: Lanes, mut knobs: Query<(&Knob, &mut Transform, &mut Visibility)>) {
    let of_run = |lane: Lane| lanes.run(lane).and_then(|run| run.started.as_ref()).map(|started| started.guidance_scale);
    for (Knob(lane), mut transform, mut visibility) in &mut knobs {
        let scale = match (lane, &in_hand.change) {
            (Lane::B, Some(Change::Guidance(scale))) => Some(*scale),
            _ => of_run(*lane),
        };
        visibility.set_if_neq(if scale.is_some() { Visibility::Inherited } else { Visibility::Hidden });
        if let Some(scale) = scale {
            transform.set_if_neq(Transform::from_translation(on_slot(scale).extend(transform.translation.z)));
        }
    }
}
