//! A lever: what the visitor turns at a station, the seed, the guidance scale or the scheduler, is tried in a second run.

use bevy::prelude::*;
use bridge::{Generation, SchedulerKind};

use crate::HallSystems;
use crate::change::{Change, WhatIf};
use crate::input::Intent;
use crate::nodes::Hall;
use crate::nodes::label::format_number;
use crate::panels::Panels;
use crate::state::{Lanes, PaintBeside};
use crate::stop::Stop;
use crate::text::Texts;
use crate::tour::{Guide, GuideSystems};

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<InHand>()
        .add_systems(Update, turn.in_set(HallSystems::Tour).after(GuideSystems).run_if(resource_exists::<Hall>));
}

/// What is being turned and not yet let go.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct InHand {
    pub change: Option<Change>,
    /// How long it has not been turned.
    rest_secs: f32,
}

/// A lever at rest for so long is let go: then the second run is asked for.
const REST_SECS: f32 = 0.35;
/// Of the guidance scale.
pub const MOST_GUIDANCE: f32 = 20.0;
const GUIDANCE_NOTCH: f32 = 0.5;

/// What a station's lever stands at in a run.
pub fn at_station(stop: Stop, generation: &Generation) -> Option<Change> {
    match stop {
        Stop::Noise => Some(Change::Seed(generation.seed)),
        Stop::Guidance => generation.guidance_scale.map(Change::Guidance),
        Stop::Scheduler => generation.scheduler.map(Change::Scheduler),
        _ => None,
    }
}

/// The same so many notches on. Schedulers go round; a guidance scale stays from 0 to [`MOST_GUIDANCE`].
pub fn turned(change: &Change, notches: i32) -> Change {
    match change {
        Change::Seed(seed) => Change::Seed(seed.saturating_add_signed(i64::from(notches))),
        Change::Guidance(scale) => Change::Guidance((scale + GUIDANCE_NOTCH * notches as f32).clamp(0.0, MOST_GUIDANCE)),
        Change::Scheduler(kind) => {
            let all = SchedulerKind::ALL;
            let at = all.iter().position(|other| other == kind).unwrap_or(0) as i64;
            Change::Scheduler(all[(at + i64::from(notches)).rem_euclid(all.len() as i64) as usize])
        }
        other => other.clone(),
    }
}

impl InHand {
    /// What the lever of a station stands at: in the hand, in B, or in A alone.
    pub fn stands_at(&self, stop: Stop, lanes: &Lanes) -> Option<Change> {
        let a = &lanes.a().started.as_ref()?.generation;
        let of_runs = || at_station(stop, lanes.pair().map_or(a, |pair| &pair.generation)).or_else(|| at_station(stop, a));
        let of_station = |change: &Change| {
            matches!(
                (stop, change),
                (Stop::Noise, Change::Seed(_)) | (Stop::Guidance, Change::Guidance(_)) | (Stop::Scheduler, Change::Scheduler(_))
            )
        };
        self.change.clone().filter(of_station).or_else(of_runs)
    }

    /// That in words.
    pub fn says(&self, stop: Stop, lanes: &Lanes, texts: &Texts) -> Option<String> {
        let (key, value) = match self.stands_at(stop, lanes)? {
            Change::Seed(seed) => ("turn-seed", seed.to_string()),
            Change::Guidance(scale) => ("turn-guidance", format_number(scale)),
            Change::Scheduler(kind) => ("turn-scheduler", texts.scheduler(kind)),
            _ => return None,
        };
        Some(texts.say_with(key, &[("value", value)]))
    }
}

fn turn(
    mut intents: MessageReader<Intent>,
    (guide, panels): (Res<Guide>, Res<Panels>),
    lanes: Lanes,
    clock: Res<Time>,
    mut in_hand: ResMut<InHand>,
    mut wishes: MessageWriter<PaintBeside>,
) {
    let notches = Intent::notches(&mut intents);
    if notches != 0
        && !panels.in_hand()
        && let Some(change) = guide.faced.and_then(|stop| in_hand.stands_at(stop, &lanes))
    {
        *in_hand = InHand { change: Some(turned(&change, notches)), rest_secs: 0.0 };
        return;
    }
    if in_hand.change.is_none() {
        return;
    }
    in_hand.rest_secs += clock.delta_secs();
    if in_hand.rest_secs < REST_SECS {
        return;
    }
    let (Some(change), Some(a)) = (in_hand.change.take(), &lanes.a().started) else { return };
    let wanted = WhatIf { change, from_step: 0 }.applied_to(&a.generation);
    let is_shown = lanes.pair().map(|pair| &pair.generation) == Some(&wanted);
    if wanted == a.generation {
        wishes.write(PaintBeside(None));
    } else if !is_shown {
        wishes.write(PaintBeside(Some(wanted)));
    }
}
