//! Histogram: how often the values of the initial latent occur, beside the standard normal density.

use std::f32::consts::TAU;

use bevy::prelude::*;
use bevy_rich_text3d::Text3d;
use bridge::RunId;

use super::Hall;
use super::label::{Lettering, format_number};
use super::shown::Source;
use super::sketch::Sketch;
use super::workshop::Workshop;
use crate::HallSystems;
use crate::state::{Lane, Lanes, Run};
use crate::text::Texts;
use crate::theme;
use crate::tour::score::{Moment, Turn};
use crate::tour::time::TourTime;
use crate::track::place::Place;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, draw.in_set(HallSystems::Animate).run_if(resource_exists::<Hall>));
}

pub const BINS: usize = 41;
/// Standard deviations from zero to the outermost bins' edges.
pub const REACH: f32 = 4.0;
const BIN_WIDTH: f32 = 2.0 * REACH / BINS as f32;

/// Counts of values, in units of their standard deviation.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// From −4 to 4 standard deviations from zero; what lies beyond is in `total` alone.
    pub counts: [usize; BINS],
    pub total: usize,
    pub mean: f32,
    /// Of the values as they are, with the total as divisor.
    pub deviation: f32,
}

impl Histogram {
    pub fn of(values: &[f32]) -> Self {
        let total = values.len();
        let count = total.max(1) as f64;
        let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
        let variance = values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / count;
        let deviation = variance.sqrt() as f32;
        let mut counts = [0; BINS];
        for value in values {
            let place = (value / deviation.max(f32::MIN_POSITIVE) + REACH) / BIN_WIDTH;
            if (0.0..=BINS as f32).contains(&place) {
                counts[(place as usize).min(BINS - 1)] += 1;
            }
        }
        Self { counts, total, mean: mean as f32, deviation }
    }

    /// Share of all values in a bin, for each standard deviation of its width.
    pub fn density(&self, bin: usize) -> f32 {
        self.counts[bin] as f32 / self.total.max(1) as f32 / BIN_WIDTH
    }
}

/// exp(−x²/2) / √(2π)
pub fn normal_density(x: f32) -> f32 {
    (-x * x / 2.0).exp() / TAU.sqrt()
}

/// The bars and lines.
#[derive(Component)]
struct Graph {
    /// In metres on the front of the station.
    area: Rect,
    drawn: Option<Drawn>,
}

/// Which runs' values are drawn.
type Drawn = [Option<RunId>; 2];

/// Mean and standard deviation of a lane's values.
#[derive(Component)]
struct Numbers(Lane);

/// Puts up the histogram on `area` of the station's front, `z` metres ahead; its ticks stand below.
pub(super) fn build(workshop: &mut Workshop, root: Entity, place: &Place, area: Rect, z: f32) {
    let material = MeshMaterial3d(workshop.kit.matte.clone());
    let graph = Graph { area, drawn: None };
    let at = Transform::from_xyz(0.0, 0.0, z);
    workshop.commands.spawn((graph, Mesh3d::default(), material, at, Visibility::Hidden, ChildOf(root)));
    let metres = place.type_metres(22.0);
    for tick in [-4i8, -2, 0, 2, 4] {
        let x = area.center().x + f32::from(tick) / (2.0 * REACH) * area.width();
        let words = if tick == 0 { "0".to_string() } else { format!("{tick} σ").replace('-', "−") };
        workshop.label(root, words, Lettering::body(metres), Transform::from_xyz(x, area.min.y - 0.04, z));
    }
    let line = workshop.texts.say("noise-density");
    let lettering = Lettering::body(metres).coloured(theme::INK);
    workshop.label(root, line, lettering, Transform::from_xyz(area.center().x, area.min.y - 0.04 - 1.25 * metres, z));
    for (lane, x, lettering) in [
        (Lane::A, area.min.x, Lettering::body(metres).from_left().coloured(theme::NOISE)),
        (Lane::B, area.max.x, Lettering::body(metres).from_right().coloured(theme::TRACK_B)),
    ] {
        let numbers = workshop.label(root, "", lettering, Transform::from_xyz(x, area.max.y, z + 0.03));
        workshop.commands.entity(numbers).insert(Numbers(lane));
    }
}

fn draw(
    mut graphs: Query<(&mut Graph, &mut Mesh3d, &mut Visibility)>,
    mut labels: Query<(&Numbers, &mut Text3d)>,
    hall: Res<Hall>,
    lanes: Lanes,
    time: Res<TourTime>,
    texts: Res<Texts>,
    mut meshes: ResMut<Assets<Mesh>>,
) {
    let score = hall.score(lanes.a());
    let is_before = match (Source::Noise.turn(&score), score.moment(time.micros)) {
        (Turn::Prologue(turn), Moment::Prologue(part)) => part < turn,
        _ => false,
    };
    let run = |lane: Lane| lanes.run(lane).filter(|run| !is_before && has_noise(run));
    let now = [Lane::A, Lane::B].map(|lane| run(lane).map(|run| run.id));
    if graphs.iter().all(|(graph, ..)| graph.drawn == Some(now)) {
        return;
    }
    let [a, b] = [Lane::A, Lane::B].map(|lane| {
        let started = run(lane)?.started.as_ref()?;
        Some(Histogram::of(&started.numbers.noise.values))
    });
    for (mut graph, mut mesh, mut visibility) in &mut graphs {
        graph.drawn = Some(now);
        visibility.set_if_neq(if a.is_some() { Visibility::Inherited } else { Visibility::Hidden });
        if let Some(a) = &a {
            mesh.0 = meshes.add(sketch(graph.area, a, b.as_ref()).mesh());
        }
    }
    for (Numbers(lane), mut text) in &mut labels {
        let histogram = if *lane == Lane::A { &a } else { &b };
        let words = histogram.as_ref().map_or_else(String::new, |histogram| {
            let numbers = [("mean", format_number(histogram.mean)), ("deviation", format_number(histogram.deviation))];
            let words = texts.say_with("noise-numbers", &numbers);
            match lane {
                _ if b.is_none() => words,
                Lane::A => format!("● {words}"),
                _ => format!("■ {words}"),
            }
        });
        *text = Text3d::new(words);
    }
}

fn has_noise(run: &Run) -> bool {
    run.started.as_ref().is_some_and(|started| !started.numbers.noise.values.is_empty())
}

/// A's bars, B's outline and the curve. All to one scale: a density of 0.5 is as high as the area, or more where a bar is higher.
fn sketch(area: Rect, a: &Histogram, b: Option<&Histogram>) -> Sketch {
    const POINTS: usize = 96;
    let highest = |histogram: &Histogram| (0..BINS).map(|bin| histogram.density(bin)).fold(0.5, f32::max);
    let most = highest(a).max(b.map_or(0.0, highest));
    let at =
        |deviations: f32, density: f32| area.min + Vec2::new((deviations + REACH) / (2.0 * REACH), density / most) * area.size();
    let edge = |bin: usize| bin as f32 * BIN_WIDTH - REACH;
    let mut sketch = Sketch::default();
    for bin in 0..BINS {
        let (left, right) = (edge(bin) + 0.08 * BIN_WIDTH, edge(bin + 1) - 0.08 * BIN_WIDTH);
        let bar = Rect::from_corners(at(left, 0.0), at(right, a.density(bin)));
        sketch.rectangle(bar, theme::dimmed(theme::NOISE, 0.6));
    }
    if let Some(b) = b {
        let roofs = (0..BINS).flat_map(|bin| [at(edge(bin), b.density(bin)), at(edge(bin + 1), b.density(bin))]);
        sketch.forward().lines(&roofs.collect::<Vec<_>>(), 0.022, theme::TRACK_B);
    }
    let curve = (0..=POINTS).map(|point| {
        let x = (point as f32 / POINTS as f32 * 2.0 - 1.0) * REACH;
        at(x, normal_density(x))
    });
    sketch.forward().lines(&curve.collect::<Vec<_>>(), 0.02, theme::INK);
    sketch.forward().line(at(-REACH, 0.0), at(REACH, 0.0), 0.02, theme::EDGE);
    sketch
}
