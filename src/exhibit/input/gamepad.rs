//! Gamepads: any that is connected, at any time.

use bevy::platform::collections::HashMap;
use bevy::prelude::*;

use super::intent::{Intent, LastDevice};
use super::one_stick::OneStick;
use crate::HallSystems;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, read_gamepads.run_if(|mode: Res<OneStick>| !mode.on).in_set(HallSystems::Input));
}

/// Of a stick's way, what counts as no input.
const DEAD_ZONE: f32 = 0.2;
/// Small movements of a stick count less than they are long.
const CURVE: f32 = 1.7;
/// Radians a second with the stick pushed over.
pub(super) const TURN_PER_SECOND: f32 = 1.9;

const PRESSES: [(GamepadButton, Intent); 13] = [
    (GamepadButton::RightTrigger, Intent::NextStop),
    (GamepadButton::LeftTrigger, Intent::PreviousStop),
    (GamepadButton::West, Intent::PlayPause),
    (GamepadButton::DPadRight, Intent::StepForward),
    (GamepadButton::DPadLeft, Intent::StepBack),
    (GamepadButton::RightThumb, Intent::Speed),
    (GamepadButton::DPadUp, Intent::Dial(1)),
    (GamepadButton::DPadDown, Intent::Dial(-1)),
    (GamepadButton::South, Intent::Choose),
    (GamepadButton::East, Intent::Back),
    (GamepadButton::North, Intent::Twin),
    (GamepadButton::Select, Intent::Map),
    (GamepadButton::Start, Intent::Menu),
];

/// What a stick says, 0 in a round dead zone and growing from its rim: so that a slow push moves slowly in every direction.
pub fn shaped(stick: Vec2) -> Vec2 {
    let pushed = ((stick.length() - DEAD_ZONE) / (1.0 - DEAD_ZONE)).clamp(0.0, 1.0);
    stick.normalize_or_zero() * pushed.powf(CURVE)
}

/// Watches for a stick that does not come to rest in its middle: small and unmoving for seconds, it counts as no input.
#[derive(Clone, Copy, Debug, Default)]
pub struct DriftGuard {
    rest: Vec2,
    still_secs: f32,
}

impl DriftGuard {
    const SMALL: f32 = 0.45;
    const MOVED: f32 = 0.06;
    const PATIENCE_SECS: f32 = 3.0;

    /// The stick's position, or zero while it only drifts.
    pub fn watch(&mut self, stick: Vec2, seconds: f32) -> Vec2 {
        if stick.distance(self.rest) > Self::MOVED {
            *self = Self { rest: stick, still_secs: 0.0 };
        } else {
            self.still_secs += seconds;
        }
        let drifts = self.still_secs > Self::PATIENCE_SECS && self.rest.length() < Self::SMALL;
        if drifts { Vec2::ZERO } else { stick }
    }
}

/// A drift guard for each stick of each pad.
#[derive(Default)]
pub(super) struct Guards(HashMap<Entity, [DriftGuard; 2]>);

impl Guards {
    pub(super) fn forget_unplugged(&mut self, is_plugged: impl Fn(Entity) -> bool) {
        self.0.retain(|&pad, _| is_plugged(pad));
    }

    /// What the left and the right stick say.
    pub(super) fn sticks(&mut self, entity: Entity, pad: &Gamepad, seconds: f32) -> [Vec2; 2] {
        let [left, right] = self.0.entry(entity).or_default();
        [shaped(left.watch(pad.left_stick(), seconds)), shaped(right.watch(pad.right_stick(), seconds))]
    }
}

/// Nothing of a stick is remembered but its drift: a pad that is unplugged says nothing from the same frame on.
fn read_gamepads(
    pads: Query<(Entity, &Gamepad)>,
    time: Res<Time>,
    mut guards: Local<Guards>,
    mut intents: MessageWriter<Intent>,
    mut last: ResMut<LastDevice>,
) {
    guards.forget_unplugged(|pad| pads.contains(pad));
    for (entity, pad) in &pads {
        let mut spoke = false;
        for (button, intent) in PRESSES {
            if pad.just_pressed(button) {
                intents.write(intent);
                spoke = true;
            }
        }
        let seconds = time.delta_secs();
        let [walk, turn] = guards.sticks(entity, pad, seconds);
        let trigger = |button: GamepadButton| pad.get(button).unwrap_or(0.0);
        let rise = trigger(GamepadButton::RightTrigger2) - trigger(GamepadButton::LeftTrigger2);
        let rise = if rise.abs() > 0.1 { rise } else { 0.0 };
        let direction = Vec3::new(walk.x, rise, walk.y).clamp_length_max(1.0);
        if direction != Vec3::ZERO {
            intents.write(Intent::Walk { direction, fast: pad.pressed(GamepadButton::LeftThumb) });
            spoke = true;
        }
        if turn != Vec2::ZERO {
            intents.write(Intent::Turn(Vec2::new(-turn.x, turn.y) * TURN_PER_SECOND * seconds));
            spoke = true;
        }
        if spoke {
            last.set_if_neq(LastDevice::Gamepad);
        }
    }
}
