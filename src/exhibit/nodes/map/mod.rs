//! Map: the ways of both runs through the space of latents, of x̂₀ or of predictions, and how far apart they are at every step.

pub mod course;

use std::collections::HashMap;
use std::f32::consts::FRAC_PI_2;

use bevy::camera::visibility::NoFrustumCulling;
use bevy::prelude::*;
use bevy_rich_text3d::Text3d;

use self::course::{Along, Compared, Course, Extent, PARTED, as_far};
use super::Hall;
use super::chart::{self, Axes, ticks};
use super::label::{Lettering, format_number};
use super::sketch::Sketch;
use super::workshop::Workshop;
use crate::HallSystems;
use crate::input::Intent;
use crate::panels::Panels;
use crate::state::Lanes;
use crate::stop::Stop;
use crate::text::{self, Texts};
use crate::theme;
use crate::tour::Guide;
use crate::tour::score::{Moment, SCHEDULER, Score};
use crate::tour::time::TourTime;
use crate::track::place::Place;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Compared>()
        .add_systems(Update, turn_compared.in_set(HallSystems::Tour).run_if(resource_exists::<Hall>))
        .add_systems(Update, draw_map.in_set(HallSystems::Animate).run_if(resource_exists::<Hall>));
}

/// In the map's place, in metres: the paths, the one curve or the two.
const PATHS: Rect = area(-3.8, 1.15, -0.35, 4.55);
const CURVE: Rect = area(0.95, 1.35, 4.15, 4.55);
const CURVES: [Rect; 2] = [area(0.95, 3.15, 4.15, 4.55), area(0.95, 1.35, 4.15, 2.55)];
/// Where the sentence below the curves begins.
const SENTENCE: Vec2 = Vec2::new(0.35, 0.95);
/// The marks of A and B above the paths, beside them what is compared, and the note below.
const KEYS: [Vec2; 2] = [Vec2::new(-3.7, 4.82), Vec2::new(-3.0, 4.82)];
const TENSOR: Vec2 = Vec2::new(-2.4, 4.82);
const NOTE: Vec2 = Vec2::new(-4.2, 0.75);
const DOT: f32 = 0.038;
const CURRENT_DOT: f32 = 0.085;

const fn area(left: f32, bottom: f32, right: f32, top: f32) -> Rect {
    Rect { min: Vec2::new(left, bottom), max: Vec2::new(right, top) }
}

/// What is written on the map.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Sign {
    /// An axis of the paths, and its share of the variance.
    Axis(usize),
    /// The name of a run.
    Key(usize),
    /// The name of what is compared.
    Tensor,
    /// What a dot of the paths is.
    Note,
    /// What a curve shows.
    Curve(usize),
    /// A number beside a curve: which curve, which number.
    Height(usize, usize),
    /// What the numbers below the curves are, and these numbers.
    Steps,
    Step(usize),
    Sentence,
}

/// So many numbers beside one curve, beside each of two, and below.
const HEIGHTS: [usize; 2] = [5, 3];
const STEPS: usize = 6;

pub(super) fn build(workshop: &mut Workshop, root: Entity, place: &Place, hall: &Hall) {
    workshop.heading(root, place, theme::LATENT, &text::shape(&hall.shape.latent));
    let chart = workshop.thing(root, Sketch::default().mesh(), Transform::IDENTITY);
    // The mesh changes with the run, its bounds do not.
    workshop.commands.entity(chart).insert((Chart::default(), NoFrustumCulling));
    workshop.name([chart], "map.paths");

    let small = Lettering::body(type_metres(place));
    let heights = (0..HEIGHTS[0]).flat_map(|number| [Sign::Height(0, number), Sign::Height(1, number)]);
    let pairs = [Sign::Axis, Sign::Key, Sign::Curve].into_iter().flat_map(|sign| [sign(0), sign(1)]);
    let single = [Sign::Tensor, Sign::Note, Sign::Steps, Sign::Sentence];
    for sign in pairs.chain(heights).chain((0..STEPS).map(Sign::Step)).chain(single) {
        let lettering = match sign {
            Sign::Axis(_) | Sign::Step(_) => small,
            Sign::Key(0) => small.from_left().coloured(theme::TRACK_A),
            Sign::Key(_) => small.from_left().coloured(theme::TRACK_B),
            Sign::Tensor | Sign::Curve(_) => small.from_left().coloured(theme::INK),
            Sign::Note => small.from_left().within(PATHS.max.x - NOTE.x),
            Sign::Height(..) | Sign::Steps => small.from_right(),
            Sign::Sentence => small.from_left().coloured(theme::INK).within(CURVE.max.x - SENTENCE.x),
        };
        // The second axis is written upwards.
        let turned = Quat::from_rotation_z(if sign == Sign::Axis(1) { FRAC_PI_2 } else { 0.0 });
        let label = workshop.label(root, "", lettering, Transform::from_rotation(turned));
        workshop.commands.entity(label).insert(sign);
    }
}

fn type_metres(place: &Place) -> f32 {
    place.type_metres(22.0)
}

/// What is known of the runs on show, and what of it has been drawn.
#[derive(Component, Default)]
struct Chart {
    course: Course,
    drawn: Option<Extent>,
}

/// The visitor turns to another tensor.
fn turn_compared(mut intents: MessageReader<Intent>, (guide, panels): (Res<Guide>, Res<Panels>), mut compared: ResMut<Compared>) {
    let notches = Intent::notches(&mut intents);
    if notches == 0 || guide.faced != Some(Stop::Map) || panels.in_hand() {
        return;
    }
    *compared = compared.turned(notches);
}

/// Steps that tour time has reached.
fn reached(score: &Score, micros: i64) -> usize {
    match score.moment(micros) {
        Moment::Prologue(_) => 0,
        // A step is made when the scheduler has its turn.
        Moment::Lap { step, phase } => step + usize::from(phase >= SCHEDULER),
        Moment::Epilogue(_) => score.steps,
    }
}

fn draw_map(
    lanes: Lanes,
    hall: Res<Hall>,
    time: Res<TourTime>,
    (texts, compared): (Res<Texts>, Res<Compared>),
    mut meshes: ResMut<Assets<Mesh>>,
    mut charts: Query<(&mut Chart, &mut Mesh3d)>,
    mut signs: Query<(&Sign, &mut Text3d, &mut Transform)>,
) {
    let (a, b) = (lanes.a(), lanes.pair().map(|pair| &pair.b));
    let (steps, type_metres) = (a.step_count(), type_metres(hall.layout.station(Stop::Map)));
    let reached = reached(&hall.score(a), time.micros).min(a.steps.len());
    let of_b = b.map(|b| as_far(b, reached, steps));
    for (mut chart, mut mesh) in &mut charts {
        chart.course.follow(*compared, a, b);
        let wanted = chart.course.extent(reached, of_b);
        if chart.drawn.is_some_and(|drawn| drawn.still_shows(wanted, time.playing)) && !texts.is_changed() {
            continue;
        }
        chart.drawn = Some(wanted);
        let (course, sketch, words) = (&chart.course, Sketch::default(), HashMap::new());
        let mut page = Page { texts: &texts, type_metres, compared: *compared, course, reached, steps, sketch, words };
        page.draw_paths(of_b);
        match b {
            Some(_) => page.draw_apart(),
            None => page.draw_away(),
        }
        for (sign, mut text, mut at) in &mut signs {
            let (words, place) = page.words.remove(sign).unwrap_or_default();
            if text.get_single() != Some(words.as_str()) {
                *text = Text3d::new(words);
            }
            at.set_if_neq(Transform { translation: place.extend(0.05), ..*at });
        }
        mesh.0 = meshes.add(page.sketch.mesh());
    }
}

/// The map while it is drawn.
struct Page<'a> {
    texts: &'a Texts,
    type_metres: f32,
    compared: Compared,
    course: &'a Course,
    /// Steps of A that tour time has reached, and all of them.
    reached: usize,
    steps: usize,
    sketch: Sketch,
    /// What is written, and where.
    words: HashMap<Sign, (String, Vec2)>,
}

impl Page<'_> {
    /// A sentence about what is compared.
    fn say(&self, key: &str, values: &[(&str, String)]) -> String {
        let tensor = ("tensor", self.compared.name().to_string());
        self.texts.say_with(key, &[&[tensor][..], values].concat())
    }

    fn write(&mut self, sign: Sign, words: String, at: Vec2) {
        self.words.insert(sign, (words, at));
    }

    /// The paths of A and B; `of_b`: the steps that B has made, if it is there.
    fn draw_paths(&mut self, of_b: Option<usize>) {
        let course = self.course;
        let beside_mark = Vec2::new(0.0, 0.65 * self.type_metres);
        self.write(Sign::Tensor, self.say("map-tensor", &[]), TENSOR + beside_mark);
        self.write(Sign::Note, self.say("map-note", &[]), NOTE);
        chart::axes(&mut self.sketch, PATHS);
        let axes = Axes::around(PATHS, &course.pca.coordinates);
        if course.pca.shares[0] > 0.0 {
            let places = [Vec2::new(PATHS.center().x, PATHS.min.y - 0.08), Vec2::new(PATHS.min.x - 0.36, PATHS.center().y)];
            for (axis, at) in places.into_iter().enumerate() {
                let percent = format!("{:.0}", 100.0 * course.pca.shares[axis]);
                let words = self.texts.say_with("map-axis", &[("axis", (axis + 1).to_string()), ("percent", percent)]);
                self.write(Sign::Axis(axis), words, at);
            }
        }
        let looks = [("map-key-a", theme::TRACK_A), ("map-key-b", theme::TRACK_B)];
        // B first: where both are the same, the corners of its squares are seen behind A's discs.
        for lane in [1, 0] {
            let Some(made) = [Some(self.reached), of_b][lane] else { continue };
            let (key, colour) = looks[lane];
            let mark = if lane == 0 { Sketch::disc } else { Sketch::square };
            self.sketch.forward();
            mark(&mut self.sketch, KEYS[lane], 0.07, colour);
            self.write(Sign::Key(lane), self.texts.say(key), KEYS[lane] + beside_mark.with_x(0.15));
            let path = course.path(lane, made);
            let points: Vec<Vec2> = path.iter().map(|&(_, point)| axes.at(point)).collect();
            self.sketch.lines(&points, 0.02, theme::dimmed(colour, 0.6));
            self.sketch.forward();
            for (&(place, _), &point) in path.iter().zip(&points) {
                mark(&mut self.sketch, point, if place == made { CURRENT_DOT } else { DOT }, colour);
            }
        }
    }

    /// How far A and B are from each other, and where they part.
    fn draw_apart(&mut self) {
        let course = self.course;
        let x = [0.0, self.steps.max(1) as f32];
        let most = course.distances.values.iter().copied().fold(1.5 * PARTED, f32::max);
        let least = if course.cosines.values.iter().any(|&cosine| cosine < 0.0) { -1.0 } else { 0.0 };
        let distance = Axes { area: CURVES[0], x, y: [0.0, 1.08 * most] };
        let cosine = Axes { area: CURVES[1], x, y: [least, 1.0] };
        self.draw_curve(0, "map-distance", &distance, &course.distances, theme::GUIDANCE);
        self.draw_curve(1, "map-cosine", &cosine, &course.cosines, theme::GUIDANCE);
        self.draw_steps(&cosine);

        let Some((_, last)) = course.distances.until(self.reached).last() else { return };
        let parted = course.parted(self.reached);
        if let Some(place) = parted {
            let ends = [distance.at([place as f32, distance.y[1]]), cosine.at([place as f32, least])];
            self.sketch.lines(&ends, 0.016, theme::INK);
        }
        let percent = ("percent", format_number(100.0 * PARTED));
        let words = match parted {
            Some(place) if place == self.compared.first_place() => self.say("map-never-together", &[percent]),
            Some(place) => self.say("map-parted", &[("step", place.to_string()), percent]),
            None => self.say("map-together", &[("percent", format_number(100.0 * last))]),
        };
        self.write(Sign::Sentence, words, SENTENCE);
    }

    /// How far A's latent is from the picture that it will become, or another tensor from what it was a step before.
    fn draw_away(&mut self) {
        let course = self.course;
        let most = course.away.values.iter().copied().fold(0.0, f32::max);
        let y = [0.0, if most > 0.0 { 1.08 * most } else { 1.0 }];
        let axes = Axes { area: CURVE, x: [0.0, self.steps.max(1) as f32], y };
        self.draw_curve(0, "map-away", &axes, &course.away, theme::TRACK_A);
        self.draw_steps(&axes);
        let words = match course.away.until(self.reached).last() {
            Some((step, value)) => {
                let [before, step] = [step - 1, step].map(|step| step.to_string());
                self.say("map-away-now", &[("before", before), ("step", step), ("value", format_number(value))])
            }
            None => self.say("map-away-to-come", &[]),
        };
        self.write(Sign::Sentence, words, SENTENCE);
    }

    /// A curve with its name and its numbers; its last point is the current one.
    fn draw_curve(&mut self, curve: usize, name: &str, axes: &Axes, along: &Along<f32>, colour: Srgba) {
        let area = axes.area;
        let points: Vec<Vec2> = along.until(self.reached).map(|(place, value)| axes.at([place as f32, value])).collect();
        chart::axes(&mut self.sketch, area);
        self.write(Sign::Curve(curve), self.say(name, &[]), Vec2::new(SENTENCE.x, area.max.y + 0.4));
        let most = if area == CURVE { HEIGHTS[0] } else { HEIGHTS[1] };
        for (number, value) in ticks(axes.y[0], axes.y[1], most).into_iter().enumerate().filter(|_| !points.is_empty()) {
            let at = axes.at([axes.x[0], value]);
            self.sketch.line(at, at.with_x(area.max.x), 0.01, theme::GRID);
            let beside = at + Vec2::new(-0.08, 0.65 * self.type_metres);
            self.write(Sign::Height(curve, number), format_number(value), beside);
        }
        self.sketch.forward();
        self.sketch.lines(&points, 0.028, colour);
        self.sketch.forward();
        for &point in &points {
            self.sketch.disc(point, DOT, colour);
        }
        if let Some(&current) = points.last() {
            self.sketch.disc(current, CURRENT_DOT, colour);
        }
    }

    /// The numbers of the steps below a curve.
    fn draw_steps(&mut self, axes: &Axes) {
        let below = axes.area.min - Vec2::new(0.08, 0.1);
        self.write(Sign::Steps, self.texts.say("map-steps"), below);
        // A run of few steps would get fractions as well.
        let whole = ticks(0.0, self.steps as f32, STEPS).into_iter().filter(|step| (step - step.round()).abs() < 1e-3);
        for (number, step) in whole.enumerate() {
            let at = axes.at([step, axes.y[0]]).with_y(below.y);
            self.write(Sign::Step(number), format_number(step), at);
        }
    }
}
