//! A ride: the camera goes along with the latent of track A for a whole run, from the noise through all laps to the picture.

use bevy::prelude::*;
use bridge::ModelShape;

use super::path::{self, End, Path, Span, smooth};
use crate::HallSystems;
use crate::camera::flight::shortest;
use crate::camera::framing::Pose;
use crate::camera::{Comfort, FlyCameraState};
use crate::input::Intent;
use crate::nodes::Hall;
use crate::nodes::shown::Source;
use crate::panels::Panels;
use crate::state::Run;
use crate::stop::Stop;
use crate::tour::{Guide, Moment, Score, TourTime};
use crate::track::place::{Layout, Place};

/// Of `HallSystems` it goes between `Tour` and `Ask`.
pub fn plugin(app: &mut App) {
    // When the clock has gone on, and the camera has set out for a stop that was called.
    let ride = (get_on_or_off, go_along).chain().after(HallSystems::Tour).before(HallSystems::Ask);
    app.init_resource::<Riding>().add_systems(Update, ride.run_if(resource_exists::<Hall>));
}

/// Whether the visitor rides along.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Riding(pub bool);

/// What is ridden with, and when.
#[derive(Clone, Debug, Default)]
pub struct Ride {
    /// In their order. From one to the next the camera goes straight.
    legs: Vec<Leg>,
}

#[derive(Clone, Debug)]
struct Leg {
    span: Span,
    from: Seat,
    to: Seat,
    /// `None` while the camera rests.
    path: Option<Path>,
}

/// What the camera looks at, and from how far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Seat {
    /// In the hall.
    pub point: Vec3,
    /// Where what is there faces.
    pub yaw_radians: f32,
    pub metres_away: f32,
}

/// Far enough that nothing fills the view.
const LEAST_METRES: f32 = 4.5;
/// How far from a plane of one metre.
const METRES_FOR_A_METRE: f32 = 3.0;
/// A little from above and from the side, so that depth is seen as depth. For each metre of distance.
const ABOVE: f32 = 0.14;
const ASIDE_RADIANS: f32 = -0.12;

/// Tour time waits where the camera would have to go or to turn faster.
const METRES_PER_SECOND: f32 = 16.0;
const RADIANS_PER_SECOND: f32 = 1.2;
/// How fast the eye and the look follow, for each second.
const EYE_SMOOTHING: f32 = 5.0;
const LOOK_SMOOTHING: f32 = 8.0;
/// How much faster than what it follows the camera may be.
const CATCHING_UP: f32 = 1.5;
/// Farther away it flies there first, while tour time waits.
const FAR_METRES: f32 = 10.0;

impl Ride {
    pub fn new(layout: &Layout, shape: &ModelShape) -> Self {
        let paths = path::paths(layout, shape);
        let rest = |seat: Seat, from: f32, to: f32| Leg { span: Span::Prologue(from, to), from: seat, to: seat, path: None };
        // Before there is a latent, where the words are; they roll on in between.
        let station = |stop: Stop| Seat::before(layout.station(stop));
        let mut legs = vec![
            rest(station(Stop::Words), 0.0, 0.10),
            rest(station(Stop::Tokens), 0.25, 0.30),
            rest(station(Stop::TextEncoder), 0.42, 0.70),
        ];
        legs.extend(paths.first().map(|noise| rest(Seat::at(&noise.from), 0.79, 0.86)));
        // Of the two predictions it goes along with the one that knows the prompt.
        let ridden = paths.into_iter().filter(|path| path.source != Source::NoisePredUncond);
        legs.extend(ridden.map(|path| Leg {
            span: path.span,
            from: Seat::at(&path.from),
            to: Seat::at(&path.to),
            path: Some(path),
        }));
        Self { legs }
    }

    /// What is ridden with at a moment of a run of so many steps.
    pub fn seat(&self, moment: Moment, steps: usize) -> Seat {
        let now = mark(moment);
        let is_last = matches!(moment, Moment::Lap { step, .. } if step + 1 >= steps);
        let legs = || self.legs.iter().filter(move |leg| !(is_last && matches!(leg.span, Span::LapAgain(..))));
        let before = legs().take_while(|leg| marks(leg.span).0 <= now).last();
        let after = legs().find(|leg| marks(leg.span).0 > now);
        match (before, after) {
            (Some(leg), _) if now < marks(leg.span).1 => {
                leg.path.as_ref().and_then(|path| path.pose(moment, steps)).map_or(leg.from, |pose| Seat::of(&pose))
            }
            (Some(before), Some(after)) => {
                let (from, to) = (marks(before.span).1, marks(after.span).0);
                before.to.towards(&after.from, smooth(((now - from) / (to - from)) as f32))
            }
            (Some(leg), None) => leg.to,
            (None, Some(leg)) => leg.from,
            (None, None) => Seat::default(),
        }
    }

    /// How far tour time gets from one time towards another in so many seconds of a calm camera, in microseconds.
    pub fn paced(&self, layout: &Layout, score: &Score, from: i64, to: i64, seconds: f32) -> i64 {
        /// In one frame the way may have a corner.
        const PIECES: i64 = 8;
        let pose = |micros: i64| self.seat(score.moment(micros), score.steps).pose(layout);
        let ahead = |pose: &Pose| pose.rotation() * Vec3::NEG_Z;
        let (mut left, mut at, mut here) = (seconds, from, pose(from));
        for piece in 1..=PIECES {
            let next = from + (to - from) * piece / PIECES;
            let there = pose(next);
            let moving = here.eye.distance(there.eye) / METRES_PER_SECOND;
            let turning = ahead(&here).distance(ahead(&there)) / RADIANS_PER_SECOND;
            let needed = moving.max(turning);
            if needed > left {
                return at + ((next - at) as f64 * f64::from(left / needed)) as i64;
            }
            (left, at, here) = (left - needed, next, there);
        }
        to
    }
}

/// Prologue, lap and epilogue one after the other, each from one whole number to the next.
fn mark(moment: Moment) -> f64 {
    match moment {
        Moment::Prologue(at) => f64::from(at),
        Moment::Lap { phase, .. } => 1.0 + f64::from(phase),
        Moment::Epilogue(at) => 2.0 + f64::from(at),
    }
}

fn marks(span: Span) -> (f64, f64) {
    let (part, from, to) = match span {
        Span::Prologue(from, to) => (0.0, from, to),
        Span::Lap(from, to) | Span::LapAgain(from, to) => (1.0, from, to),
        Span::Epilogue(from, to) => (2.0, from, to),
    };
    (part + f64::from(from), part + f64::from(to))
}

impl Seat {
    /// In front of a plane under way.
    fn of(plane: &Transform) -> Self {
        let facing = plane.rotation * Vec3::Z;
        Self::facing(plane.translation, facing.x.atan2(facing.z), plane.scale.x)
    }

    fn at(end: &End) -> Self {
        Self::facing(end.point, end.yaw_radians, end.metres)
    }

    fn facing(point: Vec3, yaw_radians: f32, metres: f32) -> Self {
        Self { point, yaw_radians, metres_away: (METRES_FOR_A_METRE * metres).max(LEAST_METRES) }
    }

    /// In front of a whole station.
    fn before(place: &Place) -> Self {
        let point = place.centre + Vec3::Y * place.size.y / 2.0;
        Self { point, yaw_radians: place.yaw_radians, metres_away: place.reading_metres() }
    }

    fn towards(&self, other: &Self, part: f32) -> Self {
        Self {
            point: self.point.lerp(other.point, part),
            yaw_radians: self.yaw_radians + shortest(self.yaw_radians, other.yaw_radians) * part,
            metres_away: self.metres_away + (other.metres_away - self.metres_away) * part,
        }
    }

    /// Where the camera should be.
    pub fn pose(&self, layout: &Layout) -> Pose {
        let towards = Quat::from_rotation_y(self.yaw_radians + ASIDE_RADIANS) * Vec3::Z;
        self.seen_from(layout.inside(self.point + (towards + Vec3::Y * ABOVE) * self.metres_away))
    }

    fn seen_from(&self, eye: Vec3) -> Pose {
        let ahead = self.point - eye;
        Pose { eye, yaw_radians: (-ahead.x).atan2(-ahead.z), pitch_radians: ahead.y.atan2(ahead.xz().length()) }
    }

    /// Where a camera is that has followed for so many seconds from `pose` on.
    pub fn followed(&self, layout: &Layout, pose: Pose, seconds: f32) -> Pose {
        let part = |smoothing: f32| 1.0 - (-smoothing * seconds).exp();
        let most_metres = CATCHING_UP * METRES_PER_SECOND * seconds;
        let most_turn = CATCHING_UP * RADIANS_PER_SECOND * seconds;
        let way = (self.pose(layout).eye - pose.eye) * part(EYE_SMOOTHING);
        let wanted = self.seen_from(pose.eye + way.clamp_length_max(most_metres));
        let turned = |from: f32, to: f32| from + (shortest(from, to) * part(LOOK_SMOOTHING)).clamp(-most_turn, most_turn);
        Pose {
            eye: wanted.eye,
            yaw_radians: turned(pose.yaw_radians, wanted.yaw_radians),
            pitch_radians: turned(pose.pitch_radians, wanted.pitch_radians),
        }
    }
}

/// From the view over the hall one gets on; whoever moves, goes elsewhere or back gets off, and at the end stands at the picture.
fn get_on_or_off(
    mut intents: MessageReader<Intent>,
    (hall, run, panels): (Res<Hall>, Res<Run>, Res<Panels>),
    mut guide: ResMut<Guide>,
    mut time: ResMut<TourTime>,
    mut riding: ResMut<Riding>,
    mut cameras: Query<&mut FlyCameraState>,
    mut was_in_hand: Local<bool>,
) {
    let score = hall.score(&run);
    // A press that has closed a panel has done its work.
    let is_free = !panels.in_hand() && !*was_in_hand;
    *was_in_hand = panels.in_hand();
    // A stop that was called takes the camera along.
    let mut rides = riding.0 && cameras.iter().all(|state| state.stop.is_none());
    for intent in intents.read() {
        match *intent {
            Intent::Choose if is_free && !rides && guide.at == Some(Stop::Hall) => {
                rides = true;
                guide.at = None;
                for mut state in &mut cameras {
                    (state.stop, state.flight) = (None, None);
                }
                if !time.playing || time.micros >= score.end() {
                    time.toggle(&score);
                }
            }
            Intent::Back if is_free => rides = false,
            Intent::Map => rides = false,
            // In front of the words they turn wheel and pages.
            _ if panels.words => {}
            Intent::Walk { direction, .. } => rides &= direction == Vec3::ZERO,
            Intent::Turn(turn) => rides &= turn == Vec2::ZERO,
            Intent::NextStop | Intent::PreviousStop => rides = false,
            _ => {}
        }
    }
    if rides && score.steps > 0 && time.micros >= score.end() {
        rides = false;
        guide.call(Stop::Picture);
    }
    if riding.0 && !rides {
        // Where one gets off, one stands.
        cameras.iter_mut().filter(|state| state.stop.is_none()).for_each(|mut state| state.flight = None);
    }
    riding.set_if_neq(Riding(rides));
}

/// Follows the latent; tour time waits for the camera, never the other way round.
fn go_along(
    (hall, run, clock): (Res<Hall>, Res<Run>, Res<Time>),
    (riding, comfort): (Res<Riding>, Res<Comfort>),
    mut time: ResMut<TourTime>,
    mut cameras: Query<&mut FlyCameraState>,
    mut ride: Local<Ride>,
    mut before: Local<i64>,
) {
    if hall.is_changed() {
        *ride = Ride::new(&hall.layout, &hall.shape);
    }
    if riding.0 {
        let (layout, score, seconds) = (&hall.layout, hall.score(&run), clock.delta_secs());
        if time.playing && time.micros > *before {
            let is_catching_up = cameras.iter().any(|state| state.flight.is_some());
            time.micros = if is_catching_up { *before } else { ride.paced(layout, &score, *before, time.micros, seconds) };
        }
        let seat = ride.seat(score.moment(time.micros), score.steps);
        for mut state in cameras.iter_mut().filter(|state| state.flight.is_none()) {
            let wanted = seat.pose(layout);
            if state.pose.eye.distance(wanted.eye) > FAR_METRES {
                state.flight = Some(comfort.flight(state.pose, wanted));
            } else {
                state.pose = seat.followed(layout, state.pose, seconds);
            }
        }
    }
    *before = time.micros;
}
