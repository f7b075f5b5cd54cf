//! Touch: one finger looks and chooses, two fingers walk, a swipe on the caption turns to another stop.

use bevy::input::touch::{TouchInput, TouchPhase};
use bevy::prelude::*;
use bevy::window::PrimaryWindow;
use bevy_egui::input::EguiWantsInput;
use bevy_egui::{EguiContext, PrimaryEguiContext, egui};

use super::intent::{Intent, LastDevice};
use crate::HallSystems;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, read_touches.in_set(HallSystems::Input));
}

/// A tap is over within this time and this way, in logical pixels.
const TAP_SECS: f64 = 0.3;
const SLOP: f32 = 12.0;
/// A swipe is over within this time and goes at least this way.
const SWIPE_SECS: f64 = 0.5;
const SWIPE_WAY: f32 = 60.0;
/// Radians for each logical pixel: what is seen goes along with the finger.
const TURN_PER_PIXEL: f32 = 0.003;
/// How far two fingers go from where they began until the walk is at its fastest, in logical pixels.
const REACH: f32 = 160.0;

/// What is under a finger when it comes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    Hall,
    /// The hall in the lower third of the screen, where captions are.
    Foot,
    /// The panel of the caption.
    Caption,
    /// Any other panel: its own business.
    Panel,
}

impl Ground {
    /// What is where no panel is.
    pub fn bare(at: Vec2, screen: Vec2) -> Self {
        if at.y > screen.y * 2.0 / 3.0 { Self::Foot } else { Self::Hall }
    }

    fn can_tap(self) -> bool {
        matches!(self, Self::Hall | Self::Foot)
    }

    fn can_swipe(self) -> bool {
        matches!(self, Self::Foot | Self::Caption)
    }
}

/// All fingers that are down, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Gestures {
    fingers: Vec<Finger>,
    /// Where the first two fingers were when they became two.
    walk_from: Option<[Vec2; 2]>,
}

#[derive(Clone, Copy, Debug)]
struct Finger {
    id: u64,
    from: Vec2,
    at: Vec2,
    since: f64,
    ground: Ground,
    part: Part,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// May still become a tap, a swipe or a look.
    Open,
    Looking,
    /// Walks or has walked: nothing else until it is lifted.
    Walking,
}

impl Gestures {
    /// `at`: logical pixels; `ground`: what is under the finger now, of which only that at its coming down counts;
    /// `seconds`: of any clock.
    pub fn feed(&mut self, id: u64, phase: TouchPhase, at: Vec2, ground: Ground, seconds: f64) -> Option<Intent> {
        match phase {
            TouchPhase::Started => {
                self.lift(id);
                if ground != Ground::Panel {
                    self.fingers.push(Finger { id, from: at, at, since: seconds, ground, part: Part::Open });
                    self.regroup();
                }
                None
            }
            TouchPhase::Moved => self.fingers.iter_mut().find(|finger| finger.id == id)?.drag(at, seconds),
            TouchPhase::Ended => self.lift(id)?.released(at, seconds),
            TouchPhase::Canceled => {
                self.lift(id);
                None
            }
        }
    }

    /// The walk of two fingers, to be asked for every frame: the further from where they began, the faster, as long as they are down.
    pub fn walk(&self) -> Option<Intent> {
        let [one_from, two_from] = self.walk_from?;
        let [one, two, ..] = self.fingers.as_slice() else { return None };
        let drag = (one.at + two.at - one_from - two_from) / 2.0;
        let spread = one.at.distance(two.at) - one_from.distance(two_from);
        // Up on the screen is ahead, and so is spreading the fingers, as on a map.
        let push = Vec2::new(drag.x, spread - drag.y);
        let speed = ((push.length() - SLOP) / REACH).clamp(0.0, 1.0);
        let push = push.normalize_or_zero() * speed;
        (speed > 0.0).then_some(Intent::Walk { direction: Vec3::new(push.x, 0.0, push.y), fast: false })
    }

    fn lift(&mut self, id: u64) -> Option<Finger> {
        let place = self.fingers.iter().position(|finger| finger.id == id)?;
        let finger = self.fingers.remove(place);
        self.regroup();
        Some(finger)
    }

    fn regroup(&mut self) {
        self.walk_from = match self.fingers.as_slice() {
            [one, two, ..] => Some([one.at, two.at]),
            _ => None,
        };
        if self.walk_from.is_some() {
            self.fingers.iter_mut().for_each(|finger| finger.part = Part::Walking);
        }
    }
}

impl Finger {
    fn drag(&mut self, at: Vec2, seconds: f64) -> Option<Intent> {
        let step = at - self.at;
        self.at = at;
        if self.part == Part::Open && self.is_a_look(seconds) {
            self.part = Part::Looking;
        }
        (self.part == Part::Looking && step != Vec2::ZERO).then_some(Intent::Turn(step * TURN_PER_PIXEL))
    }

    /// At the foot only what cannot become a swipe any more.
    fn is_a_look(&self, seconds: f64) -> bool {
        let way = self.at - self.from;
        let is_no_swipe = seconds - self.since > SWIPE_SECS || way.y.abs() > way.x.abs();
        way.length() > SLOP && (self.ground == Ground::Hall || self.ground == Ground::Foot && is_no_swipe)
    }

    fn released(self, at: Vec2, seconds: f64) -> Option<Intent> {
        if self.part != Part::Open {
            return None;
        }
        let (way, seconds) = (at - self.from, seconds - self.since);
        if self.ground.can_tap() && seconds <= TAP_SECS && way.length() <= SLOP {
            return Some(Intent::Tap(self.from));
        }
        let is_swipe = seconds <= SWIPE_SECS && way.x.abs() >= SWIPE_WAY && way.x.abs() > 2.0 * way.y.abs();
        // As pages are turned: the next one comes in from the right.
        let swiped = if way.x < 0.0 { Intent::NextStop } else { Intent::PreviousStop };
        (self.ground.can_swipe() && is_swipe).then_some(swiped)
    }
}

/// The name of the caption's area in `panels/caption.rs`.
const CAPTION: &str = "caption";

fn read_touches(
    mut touches: MessageReader<TouchInput>,
    windows: Query<&Window, With<PrimaryWindow>>,
    mut contexts: Query<&mut EguiContext, With<PrimaryEguiContext>>,
    egui: Option<Res<EguiWantsInput>>,
    time: Res<Time>,
    mut gestures: Local<Gestures>,
    mut intents: MessageWriter<Intent>,
    mut last: ResMut<LastDevice>,
) {
    let screen = windows.iter().next().map_or(Vec2::INFINITY, Window::size);
    // egui hears of a finger later than this system: what it wanted last frame is of another place, so it is asked about this one.
    let has_popup = egui.is_some_and(|egui| egui.is_popup_open());
    let mut ground = |at: Vec2| match contexts.iter_mut().find_map(|mut context| panel_under(&mut context, at)) {
        Some(panel) if panel == egui::Id::from(CAPTION) => Ground::Caption,
        Some(_) => Ground::Panel,
        None if has_popup => Ground::Panel,
        None => Ground::bare(at, screen),
    };
    for touch in touches.read() {
        last.set_if_neq(LastDevice::Touch);
        let ground = ground(touch.position);
        if let Some(intent) = gestures.feed(touch.id, touch.phase, touch.position, ground, time.elapsed_secs_f64()) {
            intents.write(intent);
        }
    }
    if let Some(walk) = gestures.walk() {
        intents.write(walk);
    }
}

/// `at`: logical pixels of the window.
fn panel_under(context: &mut EguiContext, at: Vec2) -> Option<egui::Id> {
    let context = context.get_mut();
    let at = at / context.zoom_factor();
    let layer = context.layer_id_at(egui::pos2(at.x, at.y))?;
    // The background is the hall.
    (layer.order != egui::Order::Background).then_some(layer.id)
}
