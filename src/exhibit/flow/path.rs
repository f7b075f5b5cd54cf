//! A path: what travels through the hall, from where to where, and in which part of the score. Pure geometry and time.

use std::f32::consts::PI;

use bevy::prelude::*;
use bridge::ModelShape;

use crate::nodes::shown::Source;
use crate::nodes::unet;
use crate::stop::Stop;
use crate::tour::score::{GUIDANCE, GUIDED, LOOP_BACK, Moment, SCHEDULER, Score, Turn, UNET_IN, UNET_OUT};
use crate::track::place::Layout;
use crate::track::rail::Rail;

/// A part of the score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Span {
    Prologue(f32, f32),
    Lap(f32, f32),
    /// Of every lap but the last.
    LapAgain(f32, f32),
    Epilogue(f32, f32),
}

impl Span {
    /// How far through it a moment is, 0..1; `None` outside of it.
    pub fn part(self, moment: Moment, steps: usize) -> Option<f32> {
        let (from, to, at) = match (self, moment) {
            (Self::Prologue(from, to), Moment::Prologue(at)) | (Self::Epilogue(from, to), Moment::Epilogue(at)) => (from, to, at),
            (Self::Lap(from, to), Moment::Lap { phase, .. }) => (from, to, phase),
            (Self::LapAgain(from, to), Moment::Lap { phase, step }) if step + 1 < steps => (from, to, phase),
            _ => return None,
        };
        (from..to).contains(&at).then(|| (at - from) / (to - from))
    }
}

/// Where a path begins or ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct End {
    pub point: Vec3,
    /// Where the rail is fastened, behind what stands here.
    pub behind: Vec3,
    pub yaw_radians: f32,
    /// Width and height of what travels.
    pub metres: f32,
}

/// A plane's way through the hall.
#[derive(Clone, Debug)]
pub struct Path {
    pub source: Source,
    pub from: End,
    pub to: End,
    /// What it travels along.
    pub rail: Rail,
    /// What is seen of it: the same way, but behind the planes at its ends.
    pub track: Rail,
    /// How much larger it is half-way.
    pub swell: f32,
    pub span: Span,
}

impl Path {
    fn straight(source: Source, from: End, to: End, span: Span) -> Self {
        let [rail, track] = [[from.point, to.point], [from.behind, to.behind]].map(|ends| Rail::through(&ends));
        Self { source, from, to, rail, track, swell: 0.0, span }
    }

    fn round(source: Source, from: End, between: &[Vec3], to: End, span: Span) -> Self {
        let [rail, track] = [[from.point, to.point], [from.behind, to.behind]]
            .map(|[first, last]| Rail::round(&[first].iter().chain(between).chain([&last]).copied().collect::<Vec<_>>()));
        Self { source, from, to, rail, track, swell: 0.0, span }
    }

    /// Where what travels is at a moment; `None` while it is not under way.
    pub fn pose(&self, moment: Moment, steps: usize) -> Option<Transform> {
        let part = smooth(self.span.part(moment, steps)?);
        let turn = Quat::from_rotation_y(self.from.yaw_radians).slerp(Quat::from_rotation_y(self.to.yaw_radians), part);
        let swell = 1.0 + self.swell * (PI * part).sin();
        let metres = (self.from.metres + (self.to.metres - self.from.metres) * part) * swell;
        Some(Transform { translation: self.rail.at(part), rotation: turn, scale: Vec3::new(metres, metres, 1.0) })
    }
}

/// Slow at both ends.
pub fn smooth(part: f32) -> f32 {
    part * part * (3.0 - 2.0 * part)
}

/// All that travels as a plane, in the order of computation.
pub fn paths(layout: &Layout, shape: &ModelShape) -> Vec<Path> {
    let score = Score::new(shape, 1);
    let at = |stop: Stop, point: Vec3, metres: f32| {
        let place = layout.station(stop);
        let hall_from_place = place.hall_from_place();
        let behind = hall_from_place.transform_point(point.with_z(-0.45));
        End { point: hall_from_place.transform_point(point), behind, yaw_radians: place.yaw_radians, metres }
    };
    let ahead = Vec3::Z * 0.32;
    let small = 0.62;
    let entrance = at(Stop::Unet, layout.entrance + ahead, layout.door_metres * small);
    let exit = at(Stop::Unet, layout.exit + ahead, layout.door_metres * small);
    let noise = at(Stop::Noise, Vec3::new(0.0, 3.85, 1.2), 1.5);
    let unet = layout.station(Stop::Unet);
    let pitch = (layout.station(Stop::Guidance).size.x - 0.2) / 4.0;
    let guidance_at = |plane: f32| at(Stop::Guidance, Vec3::new((plane - 1.5) * pitch, 4.7, 0.3), 1.3);
    let scheduler = at(Stop::Scheduler, Vec3::new(0.0, 4.9, 0.5), 1.4);
    let half_decoder = layout.station(Stop::Decoder).size.x / 2.0;
    let decoder = at(Stop::Decoder, Vec3::new(0.9 - half_decoder, 2.35, 0.3), 0.7);
    let decoded = at(Stop::Decoder, Vec3::new(half_decoder - 1.3, 2.35, 0.3), 1.6);
    let picture = at(Stop::Picture, Vec3::new(0.0, 3.6, 0.4), 3.0);

    // Over what stands between, and up to the building.
    let attention = layout.station(Stop::Attention);
    let up = Vec3::new(attention.centre.x, attention.size.y + 1.6, 0.9);
    let mut paths = vec![Path::round(Source::Noise, noise, &[up], entrance, Span::Prologue(0.86, 1.0))];
    let mut here = (Source::LatentIn, entrance, UNET_IN);
    for gate in &layout.gates {
        let Turn::Lap(turn) = score.turn(Stop::Block(gate.shape.block)) else { continue };
        let end = at(Stop::Unet, gate.plane_centre + ahead, gate.plane_metres * small);
        paths.push(Path::straight(here.0, here.1, end, Span::Lap(here.2, turn)));
        here = (Source::Block(gate.shape.block), end, turn);
    }
    paths.push(Path::straight(here.0, here.1, exit, Span::Lap(here.2, UNET_OUT)));
    let down = |plane: f32| [Vec3::new(exit.point.x + 1.7 + 0.5 * plane, 4.9, -0.6 - 0.3 * plane)];
    paths.push(Path::round(Source::NoisePredUncond, exit, &down(0.0), guidance_at(0.0), Span::Lap(UNET_OUT, GUIDANCE)));
    paths.push(Path::round(Source::NoisePredText, exit, &down(1.0), guidance_at(1.0), Span::Lap(UNET_OUT, GUIDANCE)));
    // Round the corner, behind what stands there.
    let corner = layout.station(Stop::Scheduler);
    let corner = corner.hall_from_place().transform_point(Vec3::new(-corner.size.x / 2.0 - 0.4, 4.7, -0.7));
    paths.push(Path::round(Source::NoisePred, guidance_at(3.0), &[corner], scheduler, Span::Lap(GUIDED + 0.01, SCHEDULER)));
    // Round the front of the building, and up to its entrance.
    let front = unet.size.z / 2.0 + 3.4;
    let way_back = [
        layout.station(Stop::Scheduler).hall_from_place().transform_point(Vec3::new(-0.4, 0.5, 3.2)),
        Vec3::new((scheduler.point.x + exit.point.x) / 2.0, 0.9, front + 1.6),
        Vec3::new(0.0, 0.8, front + 1.0),
        Vec3::new(entrance.point.x * 0.8, 1.2, front),
        Vec3::new(entrance.point.x - 0.6, entrance.point.y * 0.5, front * 0.6),
    ];
    let back = Path::round(Source::LatentAfter, scheduler, &way_back, entrance, Span::LapAgain(LOOP_BACK, 1.0));
    // The rail itself begins on the floor, so that it does not cross what stands there.
    let track = Rail::round(&way_back.iter().chain([&entrance.behind]).copied().collect::<Vec<_>>());
    paths.push(Path { swell: 0.9, track, ..back });
    paths.push(Path::straight(Source::LastLatent, scheduler, decoder, Span::Epilogue(0.0, 0.20)));
    paths.push(Path::straight(Source::Picture, decoded, picture, Span::Epilogue(0.62, 0.78)));
    paths
}

/// A bead of light on its way: over a bridge, or from the words to the UNet.
#[derive(Clone, Debug)]
pub struct Bead {
    pub rail: Rail,
    pub span: Span,
    /// Words and what becomes of them, rather than feature maps.
    pub is_text: bool,
}

/// All beads, with their rails in the hall.
pub fn beads(layout: &Layout, shape: &ModelShape) -> Vec<Bead> {
    let score = Score::new(shape, 1);
    let phase = |stop: Stop| match score.turn(stop) {
        Turn::Lap(phase) => phase,
        _ => UNET_IN,
    };
    let hall_from_unet = layout.hall_from_unet();
    let over_bridges = unet::bridges(&shape.skips).into_iter().filter_map(|(skip, _)| {
        let rail = unet::bridge(layout, skip.from, skip.to)?.moved(&hall_from_unet);
        let from = skip.from.map_or(UNET_IN, |block| phase(Stop::Block(block)));
        Some(Bead { rail, span: Span::Lap(from, phase(Stop::Block(skip.to))), is_text: false })
    });
    let spans = [Span::Prologue(0.10, 0.25), Span::Prologue(0.30, 0.42), Span::Prologue(0.74, 0.95)];
    let of_text = text_rails(layout).into_iter().zip(spans).map(|(rail, span)| Bead { rail, span, is_text: true });
    over_bridges.chain(of_text).collect()
}

/// The rails of the words on the floor: to the tokens, to the text encoder, and to the foot of the UNet.
pub fn text_rails(layout: &Layout) -> [Rail; 3] {
    let front = |stop: Stop| {
        let place = layout.station(stop);
        place.hall_from_place().transform_point(Vec3::new(0.0, 0.03, place.size.z / 2.0 + 0.1))
    };
    let [words, tokens, encoder] = [Stop::Words, Stop::Tokens, Stop::TextEncoder].map(front);
    let noise = layout.station(Stop::Noise);
    let past_noise = noise.centre + Vec3::new(0.0, 0.03, noise.size.z / 2.0 + 0.5);
    let foot = layout.hall_from_unet().transform_point(Vec3::new(layout.entrance.x - 1.35, 0.03, 0.92));
    [Rail::through(&[words, tokens]), Rail::through(&[tokens, encoder]), Rail::round(&[encoder, past_noise, foot])]
}
