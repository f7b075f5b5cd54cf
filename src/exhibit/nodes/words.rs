//! Words: the prompt on a lectern; with a second run both prompts and what differs between the runs.

use std::f32::consts::TAU;

use bevy::prelude::*;
use bevy_rich_text3d::{SegmentStyle, Text3d, Text3dSegment, Text3dStyling};
use bridge::Generation;

use super::label::{Lettering, Line, Seen};
use super::workshop::Workshop;
use super::{Furniture, Hall, Raised};
use crate::HallSystems;
use crate::building::stone;
use crate::change;
use crate::state::{Lane, Lanes, RunBegan};
use crate::text::Texts;
use crate::theme;
use crate::tour::score::Moment;
use crate::track::place::Place;
use crate::words::cards::apart;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        Update,
        (hang_difference.run_if(on_message::<Raised>), (show_lectern, say_difference).run_if(on_message::<RunBegan>))
            .chain()
            .in_set(HallSystems::Animate)
            .run_if(resource_exists::<Hall>),
    );
}

/// What the lectern shows of one run, or of two.
#[derive(Component, Clone, Copy, PartialEq)]
enum Lectern {
    Alone,
    Both,
}

/// A line that says something of both runs, set at this size while it has no more than so many letters.
#[derive(Component)]
struct Said {
    what: Saying,
    metres: f32,
    letters: usize,
}

#[derive(Clone, Copy)]
enum Saying {
    /// The prompt of a lane.
    Prompt(Lane),
    /// What everything else in A was chosen to be.
    Settings,
    Difference,
    /// The difference for the view over the hall.
    DifferenceAboveTracks,
}

/// How far the desk leans back.
const LEAN_RADIANS: f32 = TAU * 16.0 / 360.0;

pub(super) fn build(workshop: &mut Workshop, root: Entity, place: &Place) {
    workshop.heading(root, place, theme::TEXT, "");

    let desk = Vec3::new(5.2, 2.1, 0.08);
    let lean = Transform::from_xyz(0.0, 2.05, 0.0).with_rotation(Quat::from_rotation_x(-LEAN_RADIANS));
    workshop.stone(root, Vec3::new(1.1, 1.1, 0.7), Vec3::new(0.0, 0.55, -0.35));
    workshop.stone(root, Vec3::new(1.7, 0.12, 1.1), Vec3::new(0.0, 0.06, -0.35));
    workshop.thing(root, stone::block(desk, theme::STONE), lean);
    let edge = |y: f32| lean * Transform::from_xyz(0.0, y, 0.03);
    workshop.thing(root, stone::glow(Vec3::new(desk.x, 0.025, 0.06), theme::dimmed(theme::TEXT, 0.6)), edge(desk.y / 2.0));
    workshop.thing(root, stone::glow(Vec3::new(desk.x, 0.05, 0.12), theme::TEXT), edge(-desk.y / 2.0));

    let mut sheet = |lectern: Lectern, seen: Visibility| {
        let on_desk = lean * Transform::from_xyz(0.0, 0.0, 0.06);
        workshop.commands.spawn((lectern, on_desk, seen, ChildOf(root))).id()
    };
    let alone = sheet(Lectern::Alone, Visibility::Inherited);
    let both = sheet(Lectern::Both, Visibility::Hidden);
    let at = |y: f32| Transform::from_xyz(0.0, y, 0.0);
    let width = desk.x - 0.5;
    let prompt = Lettering::title(place.type_metres(46.0)).coloured(theme::TEXT).in_middle().within(width);
    let line = workshop.live_label(alone, Line::Prompt, prompt, at(0.15));
    workshop.name([line], "words.prompt");
    workshop.live_label(alone, Line::Settings, Lettering::body(place.type_metres(25.0)), at(-0.62));

    let mut say = |what: Saying, lettering: Lettering, letters: usize, y: f32| {
        let line = workshop.label(both, "", lettering.in_middle().within(width), at(y));
        workshop.commands.entity(line).insert(Said { what, metres: lettering.metres, letters });
    };
    let prompt = Lettering::title(place.type_metres(34.0)).coloured(theme::TEXT);
    say(Saying::Prompt(Lane::A), prompt, 60, 0.65);
    say(Saying::Difference, Lettering::body(place.type_metres(26.0)).coloured(theme::GUIDANCE), 44, 0.20);
    say(Saying::Prompt(Lane::B), prompt, 60, -0.25);
    say(Saying::Settings, Lettering::body(place.type_metres(23.0)), 60, -0.76);
}

/// Above the name of the hall, which hangs above the highest station.
fn hang_difference(mut workshop: Workshop, hall: Res<Hall>) {
    let top = hall.layout.stations.iter().map(|place| place.size.y).fold(0.0, f32::max);
    let root = workshop.commands.spawn((Furniture, Transform::from_xyz(0.0, top + 7.3, -1.0), Visibility::default())).id();
    let lettering = Lettering::title(2.0).within(90.0).seen(Seen::beyond(30.0));
    let line = workshop.label(root, "", lettering, Transform::IDENTITY);
    let said = Said { what: Saying::DifferenceAboveTracks, metres: lettering.metres, letters: 80 };
    workshop.commands.entity(line).insert(said);
}

fn show_lectern(lanes: Lanes, mut sheets: Query<(&Lectern, &mut Visibility)>) {
    let shown = if lanes.pair().is_some_and(|pair| pair.b.started.is_some()) { Lectern::Both } else { Lectern::Alone };
    for (lectern, mut visibility) in &mut sheets {
        visibility.set_if_neq(if *lectern == shown { Visibility::Inherited } else { Visibility::Hidden });
    }
}

fn say_difference(lanes: Lanes, hall: Res<Hall>, texts: Res<Texts>, mut lines: Query<(&Said, &mut Text3d, &mut Text3dStyling)>) {
    let both = lanes.a().started.as_ref().zip(lanes.pair().and_then(|pair| pair.b.started.as_ref()));
    let difference = both.map(|(a, b)| change::difference(&a.generation, &b.generation, &a.tokens, &texts).join(" · "));
    for (said, mut text, mut styling) in &mut lines {
        let (Some((a, b)), Some(difference)) = (both, &difference) else {
            *text = Text3d::new("");
            continue;
        };
        let segments = match said.what {
            Saying::Prompt(Lane::B) => with_mark(Lane::B, prompt_beside(&b.generation, &a.generation)),
            Saying::Prompt(_) => with_mark(Lane::A, prompt_beside(&a.generation, &b.generation)),
            Saying::Settings => {
                let settings = Line::Settings.words(&texts, &hall.shape, lanes.a(), Moment::Prologue(0.0));
                with_mark(Lane::A, vec![(settings, theme::INK_SOFT)])
            }
            Saying::Difference => vec![(difference.clone(), theme::GUIDANCE)],
            Saying::DifferenceAboveTracks => {
                vec![(texts.say_with("change-above-tracks", &[("what", difference.clone())]), theme::INK)]
            }
        };
        let letters = segments.iter().map(|(words, _)| words.chars().count()).sum::<usize>();
        // A longer line covers the same area in smaller type.
        let shrunk = (said.letters as f32 / letters.max(said.letters) as f32).sqrt();
        styling.world_scale = Some(Vec2::splat(said.metres * shrunk));
        *text = coloured(segments);
    }
}

/// The prompt that a run ends with, in parts: the words in which it differs from the other stand out.
fn prompt_beside(generation: &Generation, other: &Generation) -> Vec<(String, Srgba)> {
    let [front, own, back] = apart(last_prompt(generation), last_prompt(other));
    let parts = [(front, theme::TEXT), (own, theme::INK), (back, theme::TEXT)];
    parts.into_iter().filter(|(words, _)| !words.is_empty()).map(|(words, colour)| (format!("{words} "), colour)).collect()
}

fn last_prompt(generation: &Generation) -> &str {
    generation.branch.as_ref().and_then(|branch| branch.prompt.as_ref()).unwrap_or(&generation.prompt)
}

fn with_mark(lane: Lane, words: Vec<(String, Srgba)>) -> Vec<(String, Srgba)> {
    let mark = if lane == Lane::B { ("■ ".to_string(), theme::TRACK_B) } else { ("● ".to_string(), theme::TRACK_A) };
    [mark].into_iter().chain(words).collect()
}

/// A line of type in several colours.
pub(super) fn coloured(parts: Vec<(String, Srgba)>) -> Text3d {
    let segment =
        |(words, colour): (String, Srgba)| (Text3dSegment::String(words), SegmentStyle { fill_color: Some(colour), ..default() });
    Text3d { segments: parts.into_iter().map(segment).collect() }
}
