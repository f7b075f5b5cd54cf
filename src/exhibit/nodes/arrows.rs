//! Arrows: the predictions without and with the prompt and their guided sum, drawn with their true lengths and angles.

use bevy::prelude::*;
use bevy_rich_text3d::{SegmentStyle, Text3d, Text3dSegment};
use bridge::{RunId, StepDenoised};

use super::Hall;
use super::label::{Lettering, format_number};
use super::sketch::Sketch;
use super::workshop::Workshop;
use crate::HallSystems;
use crate::state::{Lane, Lanes, Run};
use crate::text::Texts;
use crate::theme;
use crate::tour::score::{DIFFERENCE, GUIDANCE, GUIDED, Moment};
use crate::tour::time::TourTime;
use crate::track::place::Place;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, draw.in_set(HallSystems::Animate).run_if(resource_exists::<Hall>));
}

/// Two predictions and their guided sum in the plane that the two span. Lengths and angles are those of the vectors themselves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Predictions {
    pub uncond: Vec2,
    pub text: Vec2,
    pub guided: Vec2,
}

impl Predictions {
    /// Gram–Schmidt: the first axis lies along `uncond`, the second along what `text` has beside it. The three are equally long lists.
    pub fn of(uncond: &[f32], text: &[f32], guided: &[f32]) -> Self {
        let wide = |vector: &[f32]| vector.iter().map(|&value| f64::from(value)).collect::<Vec<_>>();
        let [uncond, text, guided] = [uncond, text, guided].map(wide);
        let first = unit(&uncond, 0.0);
        let along = dot(&text, &first);
        let beside: Vec<f64> = text.iter().zip(&first).map(|(value, axis)| value - along * axis).collect();
        // What is smaller than the rounding of the numbers has no direction.
        let second = unit(&beside, 1e-7 * dot(&text, &text).sqrt());
        let [uncond, text, guided] =
            [uncond, text, guided].map(|vector| Vec2::new(dot(&vector, &first) as f32, dot(&vector, &second) as f32));
        Self { uncond, text, guided }
    }

    /// Of a step whose numbers have been read back.
    fn of_step(step: &StepDenoised) -> Option<Self> {
        let numbers = &step.numbers;
        let [uncond, text, guided] =
            [&numbers.noise_pred_uncond, &numbers.noise_pred_text, &numbers.noise_pred].map(|array| &array.values);
        (!guided.is_empty()).then(|| Self::of(uncond, text, guided))
    }

    /// What the words change.
    pub fn difference(&self) -> Vec2 {
        self.text - self.uncond
    }

    /// Between the predictions without and with the prompt.
    pub fn angle_degrees(&self) -> f32 {
        self.text.y.atan2(self.text.x).to_degrees()
    }

    /// How many times the difference, followed to the guided sum, is to be enlarged so that it fits into `size` metres: 1, 2 or 5
    /// times a power of ten. `None` where there is no difference.
    pub fn magnification(&self, scale: f32, size: Vec2) -> Option<f32> {
        let extent = bounds(&[self.difference(), self.guided - self.uncond]).size() * scale;
        let most = (size / extent.max(Vec2::splat(f32::MIN_POSITIVE))).min_element();
        if self.difference() == Vec2::ZERO || !most.is_finite() || most <= 0.0 {
            return None;
        }
        let power = 10f32.powf(most.log10().floor());
        Some([5.0, 2.0, 1.0].map(|digit| digit * power).into_iter().find(|&factor| factor <= most).unwrap_or(power))
    }
}

/// Metres for a length of 1, so that all of them fit into `size` metres.
pub fn scale(predictions: &[Predictions], size: Vec2) -> f32 {
    let fit = |all: &Predictions| {
        let extent = bounds(&[all.uncond, all.text, all.guided]).size();
        (size / extent.max(Vec2::splat(1e-6))).min_element()
    };
    predictions.iter().map(fit).fold(f32::MAX, f32::min)
}

/// A difference smaller than this part of the drawing's width cannot be seen.
pub const LEAST_SEEN: f32 = 0.02;

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

/// The vector at length 1; nothing where it is not longer than `least`.
fn unit(vector: &[f64], least: f64) -> Vec<f64> {
    let length = dot(vector, vector).sqrt();
    let factor = if length > least { length.recip() } else { 0.0 };
    vector.iter().map(|value| value * factor).collect()
}

/// Around the origin and these points.
fn bounds(points: &[Vec2]) -> Rect {
    points.iter().fold(Rect::from_corners(Vec2::ZERO, Vec2::ZERO), |bounds, &point| bounds.union_point(point))
}

/// How far guidance has come: one follows the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Predicted,
    Compared,
    Guided,
}

/// The step whose predictions stand there, and how far it has come; until its turn comes, the step before.
fn stage_at(moment: Moment, steps: usize) -> Option<(usize, Stage)> {
    match moment {
        Moment::Prologue(_) => None,
        Moment::Lap { step, phase } if phase < GUIDANCE => Some((step.checked_sub(1)?, Stage::Guided)),
        Moment::Lap { step, phase } if phase < DIFFERENCE => Some((step, Stage::Predicted)),
        Moment::Lap { step, phase } if phase < GUIDED => Some((step, Stage::Compared)),
        Moment::Lap { step, .. } => Some((step, Stage::Guided)),
        Moment::Epilogue(_) => Some((steps.checked_sub(1)?, Stage::Guided)),
    }
}

/// A lane's arrows, with their numbers beside them.
#[derive(Component)]
struct Drawing {
    lane: Lane,
    /// On the front of the station, in metres: A's when it stands alone; two share it.
    area: Rect,
    type_metres: f32,
    legend: Entity,
    caption: Entity,
    drawn: Option<Scene>,
}

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scene {
    a: Option<(RunId, usize)>,
    /// If there is a second run, what is drawn of it.
    b: Option<Option<(RunId, usize)>>,
    stage: Stage,
}

/// Distances of the labels from the drawing, so that they stand in front of it.
const LABELS_AHEAD: f32 = 0.06;
/// Width of the numbers beside a drawing, in sizes of type.
const LEGEND_EMS: f32 = 15.0;

/// Puts up the drawings on `area` of the station's front, `z` metres ahead.
pub(super) fn build(workshop: &mut Workshop, root: Entity, place: &Place, area: Rect, z: f32) {
    let type_metres = place.type_metres(22.0);
    for lane in [Lane::A, Lane::B] {
        let at = Transform::from_xyz(0.0, 0.0, z + LABELS_AHEAD);
        let legend = Lettering::body(type_metres).from_left().within(LEGEND_EMS * type_metres);
        let legend = workshop.label(root, "", legend, at);
        let caption = workshop.label(root, "", Lettering::body(type_metres).from_left().coloured(theme::GUIDANCE), at);
        let drawing = Drawing { lane, area, type_metres, legend, caption, drawn: None };
        let at = Transform::from_xyz(0.0, 0.0, z);
        let material = MeshMaterial3d(workshop.kit.matte.clone());
        workshop.commands.spawn((drawing, Mesh3d::default(), material, at, Visibility::Hidden, ChildOf(root)));
    }
}

fn draw(
    mut drawings: Query<(&mut Drawing, &mut Mesh3d, &mut Visibility)>,
    mut labels: Query<(&mut Text3d, &mut Transform)>,
    hall: Res<Hall>,
    lanes: Lanes,
    time: Res<TourTime>,
    texts: Res<Texts>,
    mut meshes: ResMut<Assets<Mesh>>,
) {
    let score = hall.score(lanes.a());
    let (shown, stage) = match stage_at(score.moment(time.micros), score.steps) {
        Some((step, stage)) => (Some(step), stage),
        None => (None, Stage::Predicted),
    };
    let step = |lane: Lane| computed(lanes.run(lane)?, shown?, score.steps);
    let key = |lane: Lane| Some((lanes.run(lane)?.id, step(lane)?.index));
    let scene = Scene { a: key(Lane::A), b: lanes.pair().map(|_| key(Lane::B)), stage };
    if drawings.iter().all(|(drawing, ..)| drawing.drawn == Some(scene)) {
        return;
    }
    let [a, b] = [Lane::A, Lane::B].map(|lane| step(lane).and_then(Predictions::of_step));
    let all: Vec<Predictions> = [a, b].into_iter().flatten().collect();
    for (mut drawing, mut mesh, mut visibility) in &mut drawings {
        drawing.drawn = Some(scene);
        let predictions = if drawing.lane == Lane::A { a } else { b };
        let is_seen = predictions.is_some();
        visibility.set_if_neq(if is_seen { Visibility::Inherited } else { Visibility::Hidden });
        let (mut legend, mut caption) = (Text3d::new(""), Text3d::new(""));
        let frame = Frame::new(&drawing, scene.b.is_some(), &all);
        if let (Some(predictions), Some(step)) = (predictions, step(drawing.lane)) {
            mesh.0 = meshes.add(frame.sketch(&predictions, stage).mesh());
            legend = frame.legend(&texts, &predictions, stage, step.guidance_scale);
            if let Some(factor) = frame.magnification(&predictions).filter(|_| stage >= Stage::Compared) {
                caption = Text3d::new(texts.say_with("guidance-magnified", &[("factor", format_number(factor))]));
            }
        }
        let inset = frame.inset.unwrap_or(frame.figure);
        for (label, words, corner) in [
            (drawing.legend, legend, Vec2::new(frame.legend.min.x, frame.legend.max.y)),
            (drawing.caption, caption, Vec2::new(inset.min.x + 0.06, inset.max.y - 0.04)),
        ] {
            let Ok((mut text, mut transform)) = labels.get_mut(label) else { continue };
            *text = words;
            transform.translation = corner.extend(transform.translation.z);
        }
    }
}

/// What a run has for a step of a score of `steps`, if it has been computed.
fn computed(run: &Run, step: usize, steps: usize) -> Option<&StepDenoised> {
    run.steps.get(run.step_like(step, steps)).filter(|step| !step.numbers.noise_pred.values.is_empty())
}

/// Where a lane's figure, its numbers and the magnified difference go. In metres on the front of the station.
struct Frame {
    /// With a second run on show, the lane and all that belongs to it.
    lane: Option<(Lane, Rect)>,
    figure: Rect,
    legend: Rect,
    /// Where the difference would be too small to be seen.
    inset: Option<Rect>,
    /// Metres for a length of 1: the same in all drawings.
    scale: f32,
    type_metres: f32,
}

impl Frame {
    fn new(drawing: &Drawing, is_pair: bool, all: &[Predictions]) -> Self {
        const MARGIN: f32 = 0.08;
        let Drawing { lane, area, type_metres, .. } = *drawing;
        let area = match lane {
            _ if !is_pair => area,
            Lane::A => Rect { max: area.max.with_x(area.center().x - MARGIN), ..area },
            _ => Rect { min: area.min.with_x(area.center().x + MARGIN), ..area },
        };
        let edge = (area.max.x - LEGEND_EMS * type_metres).max(area.center().x - 0.2);
        let inner = area.inflate(-MARGIN);
        let legend = Rect { min: inner.min.with_x(edge), ..inner };
        let whole = Rect { max: inner.max.with_x(edge - 0.15), ..inner };
        let full = scale(all, whole.size());
        let cannot_be_seen = |predictions: &Predictions| {
            let length = predictions.difference().length() * full;
            length > 0.0 && length < LEAST_SEEN * whole.width()
        };
        let lane = is_pair.then_some((lane, area));
        if !all.iter().any(cannot_be_seen) {
            return Self { lane, figure: whole, legend, inset: None, scale: full, type_metres };
        }
        let figure = Rect { max: whole.max.with_x(whole.min.x + 0.58 * whole.width()), ..whole };
        let inset = Rect { min: whole.min.with_x(whole.min.x + 0.62 * whole.width()), ..whole };
        Self { lane, figure, legend, inset: Some(inset), scale: scale(all, figure.size()), type_metres }
    }

    /// Of the inset, what is below its caption.
    fn below_caption(&self) -> Option<Rect> {
        let inset = self.inset?.inflate(-0.08);
        Some(Rect { max: inset.max.with_y(inset.max.y - 1.3 * self.type_metres), ..inset })
    }

    fn magnification(&self, predictions: &Predictions) -> Option<f32> {
        predictions.magnification(self.scale, self.below_caption()?.size())
    }

    fn sketch(&self, predictions: &Predictions, stage: Stage) -> Sketch {
        let Predictions { uncond, text, guided } = *predictions;
        let mut sketch = Sketch::default();
        if let Some((lane, area)) = self.lane {
            let colour = if lane == Lane::A { theme::TRACK_A } else { theme::TRACK_B };
            sketch.outline(area, 0.03, colour);
        }
        let origin = self.figure.min - bounds(&[uncond, text, guided]).min * self.scale;
        let at = |vector: Vec2| origin + vector * self.scale;
        sketch.forward().disc(origin, 0.035, theme::NOISE);
        if stage >= Stage::Guided {
            sketch.forward().arrow(origin, at(guided), 0.045, theme::dimmed(theme::NOISE, 0.55));
            sketch.forward().diamond(at(guided * 0.85), 0.075, theme::NOISE);
        }
        sketch.forward().arrow(origin, at(uncond), 0.022, theme::NOISE);
        sketch.forward().disc(at(uncond * 0.5), 0.07, theme::NOISE);
        sketch.forward().disc(at(uncond * 0.5), 0.048, theme::VOID);
        sketch.forward().arrow(origin, at(text), 0.022, theme::NOISE);
        sketch.forward().disc(at(text * 0.68), 0.07, theme::NOISE);
        if stage >= Stage::Compared {
            let end = if stage >= Stage::Guided { guided } else { text };
            difference(&mut sketch, at(uncond), at(text), at(end));
            if let (Some(inset), Some(below), Some(factor)) = (self.inset, self.below_caption(), self.magnification(predictions))
            {
                sketch.forward().outline(inset, 0.015, theme::EDGE);
                let scale = self.scale * factor;
                let [to_text, to_guided] = [text - uncond, guided - uncond].map(|vector| vector * scale);
                let extent = bounds(&[to_text, to_guided]);
                let tip = below.center() - extent.center();
                let to_end = if stage >= Stage::Guided { to_guided } else { to_text };
                difference(&mut sketch, tip, tip + to_text, tip + to_end);
            }
        }
        sketch
    }

    /// Lengths and angle in numbers.
    fn legend(&self, texts: &Texts, predictions: &Predictions, stage: Stage, guidance_scale: f32) -> Text3d {
        let length = |key: &str, vector: Vec2| texts.say_with(key, &[("length", format_number(vector.length()))]);
        let mut rows = Vec::new();
        match self.lane {
            Some((Lane::A, _)) => rows.push((texts.say("guidance-lane-a"), theme::TRACK_A)),
            Some(_) => rows.push((texts.say("guidance-lane-b"), theme::TRACK_B)),
            None => {}
        }
        if guidance_scale > 1.0 {
            rows.push((length("guidance-length-uncond", predictions.uncond), theme::NOISE));
            rows.push((length("guidance-length-text", predictions.text), theme::NOISE));
            let degrees = [("degrees", format_number(predictions.angle_degrees()))];
            rows.push((texts.say_with("guidance-angle", &degrees), theme::NOISE));
            if stage >= Stage::Compared {
                rows.push((length("guidance-length-difference", predictions.difference()), theme::GUIDANCE));
            }
            if stage >= Stage::Guided {
                rows.push((length("guidance-length-guided", predictions.guided), theme::INK));
            }
        } else {
            rows.push((length("guidance-length-text", predictions.text), theme::NOISE));
            rows.push((texts.say("guidance-off"), theme::INK_SOFT));
        }
        let segment = |(words, colour): (String, Srgba)| {
            (Text3dSegment::String(format!("{words}\n")), SegmentStyle { fill_color: Some(colour), ..default() })
        };
        Text3d { segments: rows.into_iter().map(segment).collect() }
    }
}

/// From the tip of one prediction to the tip of the other, and on.
fn difference(sketch: &mut Sketch, uncond: Vec2, text: Vec2, end: Vec2) {
    sketch.forward().arrow(uncond, end, 0.014, theme::GUIDANCE);
    if end != text {
        sketch.forward().arrow(uncond, text, 0.022, theme::GUIDANCE);
    }
}
