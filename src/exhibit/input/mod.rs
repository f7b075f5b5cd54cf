//! Input: what a visitor's devices say, as intents. Devices are read here and nowhere else.

pub mod intent;

pub mod gamepad;
pub mod keyboard;
pub mod one_stick;
pub mod touch;

use bevy::prelude::*;

pub use self::intent::{Intent, LastDevice};
pub use self::one_stick::{OneStick, Ring};

/// Needs Bevy's `InputPlugin`.
pub fn plugin(app: &mut App) {
    app.add_message::<Intent>().init_resource::<LastDevice>().add_plugins((
        keyboard::plugin,
        gamepad::plugin,
        touch::plugin,
        one_stick::plugin,
    ));
}
