//! An intent: what a visitor wants, whichever device said so.

use bevy::prelude::*;

/// Moving and turning come every frame while they last; the others once.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub enum Intent {
    /// `direction`: right, up, ahead; its length is 0..1.
    Walk {
        direction: Vec3,
        fast: bool,
    },
    /// Radians: left about the vertical, and up.
    Turn(Vec2),
    NextStop,
    PreviousStop,
    PlayPause,
    StepForward,
    StepBack,
    /// Another speed of the tour's time.
    Speed,
    /// Choose, pull, inspect: what the visitor looks at.
    Choose,
    /// The same with what is seen at this point of the window, in logical pixels from its upper left corner.
    Tap(Vec2),
    /// Turns the thing in hand, a seed or a lever, by so many notches.
    Dial(i32),
    /// Back or leave.
    Back,
    /// The twin track, on or off.
    Twin,
    /// The map of the hall.
    Map,
    /// The panel of choices.
    Menu,
}

impl Intent {
    /// By how many notches the thing in hand is turned, all turns since the last reading taken together.
    pub(crate) fn notches(intents: &mut MessageReader<Self>) -> i32 {
        intents.read().filter_map(|intent| if let Self::Dial(by) = intent { Some(*by) } else { None }).sum()
    }
}

/// The device that spoke last: hints name its keys.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LastDevice {
    #[default]
    Keyboard,
    Gamepad,
    Touch,
}
