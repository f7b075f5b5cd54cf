//! One stick and one button: everything in the hall for who has no more at hand.

use bevy::prelude::*;
use bevy_egui::input::EguiWantsInput;

use super::gamepad::{Guards, TURN_PER_SECOND};
use super::intent::{Intent, LastDevice};
use crate::HallSystems;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<OneStick>().init_resource::<Ring>().add_systems(Update, read_one_stick.in_set(HallSystems::Input));
}

/// What a visitor sets.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OneStick {
    pub on: bool,
}

/// How long the button is held to open or close the ring.
pub const HOLD_SECS: f32 = 0.8;
/// How long the stick is held all the way over until the walk becomes fast.
const HASTE_SECS: f32 = 1.5;

/// The keys that are a stick and a button, too.
pub(super) const KEYS: [KeyCode; 7] = [
    KeyCode::ArrowRight,
    KeyCode::ArrowLeft,
    KeyCode::ArrowUp,
    KeyCode::ArrowDown,
    KeyCode::Space,
    KeyCode::Enter,
    KeyCode::NumpadEnter,
];

/// What stands on the ring. The first four put something into the stick's hand, the others are done at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Action {
    /// Left and right turn, up and down walk.
    #[default]
    Walk,
    /// Looks around: left, right, up and down.
    Look,
    /// Goes sideways, up and down.
    Rise,
    /// Turns the thing in hand.
    Dial,
    PreviousStop,
    NextStop,
    PlayPause,
    StepBack,
    StepForward,
    Speed,
    Twin,
    Map,
    Menu,
    Back,
}

impl Action {
    /// Clockwise from the top.
    pub const ALL: [Self; 14] = [
        Self::Walk,
        Self::Look,
        Self::Rise,
        Self::Dial,
        Self::NextStop,
        Self::PlayPause,
        Self::StepForward,
        Self::Speed,
        Self::Twin,
        Self::Map,
        Self::Menu,
        Self::Back,
        Self::StepBack,
        Self::PreviousStop,
    ];

    /// The name of its name in the texts.
    pub fn key(self) -> &'static str {
        match self {
            Self::Walk => "ring-walk",
            Self::Look => "ring-look",
            Self::Rise => "ring-rise",
            Self::Dial => "ring-dial",
            Self::PreviousStop => "ring-previous-stop",
            Self::NextStop => "ring-next-stop",
            Self::PlayPause => "ring-play-pause",
            Self::StepBack => "ring-step-back",
            Self::StepForward => "ring-step-forward",
            Self::Speed => "ring-speed",
            Self::Twin => "ring-twin",
            Self::Map => "ring-map",
            Self::Menu => "ring-menu",
            Self::Back => "ring-back",
        }
    }

    /// What is done at once; none for what the stick takes in hand.
    pub fn intent(self) -> Option<Intent> {
        match self {
            Self::Walk | Self::Look | Self::Rise | Self::Dial => None,
            Self::PreviousStop => Some(Intent::PreviousStop),
            Self::NextStop => Some(Intent::NextStop),
            Self::PlayPause => Some(Intent::PlayPause),
            Self::StepBack => Some(Intent::StepBack),
            Self::StepForward => Some(Intent::StepForward),
            Self::Speed => Some(Intent::Speed),
            Self::Twin => Some(Intent::Twin),
            Self::Map => Some(Intent::Map),
            Self::Menu => Some(Intent::Menu),
            Self::Back => Some(Intent::Back),
        }
    }
}

/// The ring of actions. Closed, the stick moves what it has in hand and the button chooses; open, the stick goes round
/// and the button does what is lit. Holding the button opens and closes it.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Ring {
    open: bool,
    lit: usize,
    hand: Action,
    press: Press,
    notches: Notches,
    pushed_over_secs: f32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Press {
    #[default]
    Up,
    Down {
        secs: f32,
    },
    /// Has opened or closed the ring and means nothing more.
    Spent,
}

impl Ring {
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// What the button does while the ring is open.
    pub fn lit(&self) -> Action {
        Action::ALL[self.lit]
    }

    /// What the stick does while the ring is closed.
    pub fn hand(&self) -> Action {
        self.hand
    }

    /// How much of the hold is done that opens or closes the ring, 0..1.
    pub fn hold(&self) -> f32 {
        match self.press {
            Press::Down { secs } => (secs / HOLD_SECS).min(1.0),
            Press::Up | Press::Spent => 0.0,
        }
    }

    /// Takes in what stick and button say now and have said for so many seconds.
    ///
    /// `stick`: right and up, its length is 0..1.
    pub fn feed(&mut self, stick: Vec2, button: bool, seconds: f32) -> Vec<Intent> {
        let mut intents = Vec::new();
        match (self.press, button) {
            (Press::Up, true) => self.press = Press::Down { secs: 0.0 },
            (Press::Down { secs }, true) if secs + seconds >= HOLD_SECS => {
                self.open = !self.open;
                self.press = Press::Spent;
            }
            (Press::Down { secs }, true) => self.press = Press::Down { secs: secs + seconds },
            (Press::Down { .. }, false) => {
                self.press = Press::Up;
                intents.extend(self.perform());
            }
            (Press::Spent, false) => self.press = Press::Up,
            (Press::Up, false) | (Press::Spent, true) => {}
        }
        if self.open {
            let around = self.notches.feed(stick.x, seconds);
            self.lit = (self.lit as i32 + around).rem_euclid(Action::ALL.len() as i32) as usize;
        } else {
            intents.extend(self.move_hand(stick, seconds));
        }
        intents
    }

    /// Forgets what is pressed and pushed, as when the device has gone.
    pub fn let_go(&mut self) {
        (self.press, self.notches, self.pushed_over_secs) = default();
    }

    fn perform(&mut self) -> Option<Intent> {
        if !self.open {
            return Some(Intent::Choose);
        }
        let action = self.lit();
        let intent = action.intent();
        if intent.is_none() {
            (self.hand, self.open) = (action, false);
        }
        intent
    }

    fn move_hand(&mut self, stick: Vec2, seconds: f32) -> Vec<Intent> {
        self.pushed_over_secs = if stick.length() > 0.95 { self.pushed_over_secs + seconds } else { 0.0 };
        let fast = self.pushed_over_secs > HASTE_SECS;
        let turn = |turn: Vec2| (turn != Vec2::ZERO).then_some(Intent::Turn(turn * TURN_PER_SECOND * seconds));
        let walk = |direction: Vec3| (direction != Vec3::ZERO).then_some(Intent::Walk { direction, fast });
        let moves = match self.hand {
            Action::Look => [turn(Vec2::new(-stick.x, stick.y)), None],
            Action::Rise => [None, walk(stick.extend(0.0))],
            Action::Dial => {
                let notches = self.notches.feed(stick.y, seconds);
                [None, (notches != 0).then_some(Intent::Dial(notches))]
            }
            _ => [turn(Vec2::new(-stick.x, 0.0)), walk(Vec3::new(0.0, 0.0, stick.y))],
        };
        moves.into_iter().flatten().collect()
    }
}

/// Makes notches of a push: one at once and, while it lasts, one after another.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Notches {
    towards: i32,
    wait_secs: f32,
}

impl Notches {
    const FAR: f32 = 0.3;
    /// A trembling hand makes no second notch.
    const NEAR: f32 = 0.15;
    const FIRST_WAIT_SECS: f32 = 0.6;
    const WAIT_SECS: f32 = 0.3;

    fn feed(&mut self, push: f32, seconds: f32) -> i32 {
        let least = if self.towards == 0 { Self::FAR } else { Self::NEAR };
        let towards = if push.abs() < least { 0 } else { push.signum() as i32 };
        if towards != self.towards {
            *self = Self { towards, wait_secs: Self::FIRST_WAIT_SECS };
            return towards;
        }
        self.wait_secs -= seconds;
        if towards == 0 || self.wait_secs > 0.0 {
            return 0;
        }
        self.wait_secs = Self::WAIT_SECS;
        towards
    }
}

/// Any stick, any directional pad and the arrows are the stick; South, Enter and Space are the button.
fn read_one_stick(
    mode: Res<OneStick>,
    pads: Query<(Entity, &Gamepad)>,
    mut unplugged: RemovedComponents<Gamepad>,
    keys: Res<ButtonInput<KeyCode>>,
    egui: Option<Res<EguiWantsInput>>,
    time: Res<Time>,
    mut guards: Local<Guards>,
    mut ring: ResMut<Ring>,
    mut intents: MessageWriter<Intent>,
    mut last: ResMut<LastDevice>,
) {
    guards.forget_unplugged(|pad| pads.contains(pad));
    if unplugged.read().count() > 0 {
        ring.let_go();
    }
    if !mode.on {
        // The press that switches this on means nothing more.
        let held = pads.iter().any(|(_, pad)| pad.pressed(GamepadButton::South));
        ring.set_if_neq(Ring { press: if held { Press::Spent } else { Press::Up }, ..default() });
        return;
    }
    let seconds = time.delta_secs();
    let (mut stick, mut button) = (Vec2::ZERO, false);
    for (entity, pad) in &pads {
        let [left, right] = guards.sticks(entity, pad, seconds);
        let pushed = left + right + pad.dpad();
        // Pressed and let go within one frame is a press, too.
        let pressed = pad.pressed(GamepadButton::South) || pad.just_pressed(GamepadButton::South);
        if pushed != Vec2::ZERO || pressed {
            last.set_if_neq(LastDevice::Gamepad);
        }
        stick += pushed;
        button |= pressed;
    }
    if !egui.is_some_and(|egui| egui.wants_any_keyboard_input()) {
        let [right, left, up, down] = [0, 1, 2, 3].map(|place| f32::from(keys.pressed(KEYS[place])));
        let pushed = Vec2::new(right - left, up - down);
        let pressed = KEYS[4..].iter().any(|&key| keys.pressed(key) || keys.just_pressed(key));
        if pushed != Vec2::ZERO || pressed {
            last.set_if_neq(LastDevice::Keyboard);
        }
        stick += pushed;
        button |= pressed;
    }
    intents.write_batch(ring.feed(stick.clamp_length_max(1.0), button, seconds));
}
