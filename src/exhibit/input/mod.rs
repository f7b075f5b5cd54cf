//! Input: what a visitor's devices say, as intents. Devices are read here and nowhere else.

pub mod gamepad;
pub mod intent;
pub mod keyboard;

use bevy::prelude::*;

pub use self::intent::{Intent, LastDevice};

/// Needs Bevy's `InputPlugin`.
pub fn plugin(app: &mut App) {
    app.add_message::<Intent>().init_resource::<LastDevice>().add_plugins((keyboard::plugin, gamepad::plugin));
}
