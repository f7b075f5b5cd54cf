//! A finger on the latent: any step's latent is decoded, and one number of it changed to see which pixels hang on it.

use bevy::prelude::*;
use bevy_rich_text3d::Text3d;
use bridge::{Array, Engine, LatentDecoded, Poke, Request};

use super::Hall;
use super::attention::place_hit;
use super::label::format_number;
use super::plane::{DataPlane, Stand, frame_part};
use super::shown::Source;
use crate::HallSystems;
use crate::input::Intent;
use crate::panels::Panels;
use crate::state::{Lane, Lanes, Run, RunBegan};
use crate::stop::Stop;
use crate::text::{self, Texts};
use crate::tour::Guide;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<StepToDecode>()
        .add_systems(Update, poke.in_set(HallSystems::Tour).run_if(resource_exists::<Hall>))
        .add_systems(Update, (turn_planes, write_captions).in_set(HallSystems::Animate).run_if(resource_exists::<Hall>));
}

/// Whose latent is decoded by hand; `None` is the last step.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepToDecode(pub Option<usize>);

/// How far a number is pushed, to the other side of zero: about the whole range of a finished latent on one side.
const PUSH: f32 = 3.0;

/// On the planes that can be poked.
#[derive(Component)]
pub(super) struct LatentToPoke;

/// A line below what is decoded by hand.
#[derive(Component, Clone, Copy, PartialEq)]
pub(super) enum Caption {
    Decoded,
    Moved,
}

/// The number of a latent [channels, height, width] that lies at a place, 0..1 from the left and from the top, of a plane that shows
/// four channels in two rows.
pub fn number_at(latent: &Array, [x, y]: [f32; 2]) -> Option<Poke> {
    let [channels, height, width] = latent.shape[..] else { return None };
    let cell = |part: f32, count: usize| ((part * 2.0 * count as f32) as usize).min(2 * count - 1);
    let (row, column) = (cell(y, height), cell(x, width));
    let channel = row / height * 2 + column / width;
    let (row, column) = (row % height, column % width);
    let value = *latent.row(channel).get(row * width + column).filter(|_| channel < channels)?;
    Some(Poke { channel, row, column, amount: if value > 0.0 { -PUSH } else { PUSH } })
}

/// The visitor turns to another step, or puts a finger on a number.
fn poke(
    mut intents: MessageReader<Intent>,
    mut began: MessageReader<RunBegan>,
    mut in_hand: ResMut<StepToDecode>,
    (guide, panels): (Res<Guide>, Res<Panels>),
    hall: Res<Hall>,
    (engine, lanes): (Option<Res<Engine>>, Lanes),
    cameras: Query<(&Camera, &GlobalTransform), With<Camera3d>>,
    latents: Query<(&DataPlane, &Stand, &GlobalTransform, &Visibility), With<LatentToPoke>>,
) {
    if began.read().count() > 0 {
        *in_hand = StepToDecode::default();
    }
    let (Ok((camera, eye)), Some(engine)) = (cameras.single(), engine) else { return };
    let is_called = guide.at == Some(Stop::Decoder);
    let is_faced = hall.layout.station(Stop::Decoder).is_faced(eye.translation(), *eye.forward());
    let is_covered = panels.in_hand();
    let done = lanes.a().steps.len();
    for intent in intents.read().filter(|_| !is_covered && done > 0) {
        let step = in_hand.0.unwrap_or(done - 1).min(done - 1);
        let ray = match *intent {
            Intent::Dial(notches) if guide.faced == Some(Stop::Decoder) => {
                let next = (step as i64 + i64::from(notches)).rem_euclid(done as i64) as usize;
                in_hand.0 = Some(next);
                ask(&engine, &lanes, next, None);
                continue;
            }
            // Who walks about aims with the middle of the view.
            Intent::Choose if is_faced && !is_called => Some(Ray3d::new(eye.translation(), eye.forward())),
            Intent::Tap(at) if is_faced => camera.viewport_to_world(eye, at).ok(),
            _ => None,
        };
        let Some(ray) = ray else { continue };
        let mut seen = latents.iter().filter(|(.., visibility)| **visibility != Visibility::Hidden);
        let hit = |at: &GlobalTransform, stand: &Stand| place_hit(at, frame_part(stand.size.y), ray);
        let Some((lane, place)) = seen.find_map(|(plane, stand, at, _)| Some((plane.lane, hit(at, stand)?))) else { continue };
        let run = if lane == Lane::B { lanes.run(Lane::B) } else { Some(lanes.a()) };
        let latent =
            run.and_then(|run| run.steps.get(run.step_like(step, lanes.a().step_count()))).map(|step| &step.numbers.latent);
        if let Some(poke) = latent.and_then(|latent| number_at(latent, place)) {
            ask(&engine, &lanes, step, Some(poke));
        }
    }
}

/// For all runs on show; one that has not come as far is left out. `step`: of A.
fn ask(engine: &Engine, lanes: &Lanes, step: usize, poke: Option<Poke>) {
    for run in Lane::ALL.into_iter().filter_map(|lane| lanes.run(lane)) {
        let step = run.step_like(step, lanes.a().step_count());
        if step < run.steps.len() {
            engine.ask(Request::Decode { run: run.id, step, poke });
        }
    }
}

fn turn_planes(in_hand: Res<StepToDecode>, mut latents: Query<&mut DataPlane, With<LatentToPoke>>) {
    let source = in_hand.0.map_or(Source::LastLatent, Source::StepLatent);
    for mut plane in &mut latents {
        if plane.source != source {
            plane.source = source;
        }
    }
}

fn write_captions(texts: Res<Texts>, run: Res<Run>, mut captions: Query<(&Caption, &mut Text3d)>) {
    for (caption, mut label) in &mut captions {
        let words = caption.words(&texts, &run);
        if label.get_single() != Some(words.as_str()) {
            *label = Text3d::new(words);
        }
    }
}

impl Caption {
    fn words(self, texts: &Texts, run: &Run) -> String {
        let steps = ("steps", run.step_count().to_string());
        match (self, run.decoded()) {
            (Self::Decoded, Some(decoded)) => {
                texts.say_with("decoder-decoded", &[("step", (decoded.step + 1).to_string()), steps])
            }
            (Self::Decoded, None) if run.picture.is_some() => {
                texts.say_with("decoder-decoded", &[("step", run.step_count().to_string()), steps])
            }
            (Self::Moved, Some(LatentDecoded { poke: Some(poke), step, moved_numbers, .. })) => {
                let latent = run.steps.get(*step).map(|step| &step.numbers.latent);
                let value = latent.and_then(|latent| {
                    latent.row(poke.channel).get(poke.row * latent.shape.last().copied()? + poke.column).copied()
                });
                // A pixel that moves by less than this is drawn as it was.
                let pixels = moved_numbers.values.iter().filter(|&&moved| moved >= 1.0 / 255.0).count();
                let values = [
                    ("channel", (poke.channel + 1).to_string()),
                    ("row", (poke.row + 1).to_string()),
                    ("column", (poke.column + 1).to_string()),
                    ("before", value.map_or_else(String::new, format_number)),
                    ("after", value.map_or_else(String::new, |value| format_number(value + poke.amount))),
                    ("pixels", text::count(pixels)),
                    ("all", text::count(moved_numbers.values.len())),
                ];
                texts.say_with("decoder-moved", &values)
            }
            (Self::Moved, _) if run.picture.is_some() => texts.say("decoder-poke"),
            _ => String::new(),
        }
    }
}
