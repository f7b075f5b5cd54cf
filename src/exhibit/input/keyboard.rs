//! Keyboard and mouse.

use bevy::input::mouse::AccumulatedMouseMotion;
use bevy::prelude::*;
use bevy::window::{CursorGrabMode, CursorOptions, PrimaryWindow};
use bevy_egui::input::EguiWantsInput;

use super::intent::{Intent, LastDevice};
use crate::HallSystems;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<MouseLook>()
        .add_systems(Update, (read_keys, look_with_mouse, hold_pointer).chain().in_set(HallSystems::Input));
}

/// Whether the mouse turns the head without a button: a click into the hall takes the pointer, Escape gives it back.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct MouseLook {
    pub captured: bool,
}

/// Radians for each pixel that the mouse moves.
const TURN_PER_PIXEL: f32 = 0.0026;

const PRESSES: [(KeyCode, Intent); 9] = [
    (KeyCode::PageDown, Intent::NextStop),
    (KeyCode::PageUp, Intent::PreviousStop),
    (KeyCode::Space, Intent::PlayPause),
    (KeyCode::Period, Intent::StepForward),
    (KeyCode::Comma, Intent::StepBack),
    (KeyCode::Enter, Intent::Choose),
    (KeyCode::NumpadEnter, Intent::Choose),
    (KeyCode::Escape, Intent::Back),
    (KeyCode::F1, Intent::Menu),
];

const WALKS: [([KeyCode; 2], Vec3); 6] = [
    ([KeyCode::KeyD, KeyCode::ArrowRight], Vec3::X),
    ([KeyCode::KeyA, KeyCode::ArrowLeft], Vec3::NEG_X),
    ([KeyCode::KeyE, KeyCode::KeyE], Vec3::Y),
    ([KeyCode::KeyQ, KeyCode::KeyQ], Vec3::NEG_Y),
    ([KeyCode::KeyW, KeyCode::ArrowUp], Vec3::Z),
    ([KeyCode::KeyS, KeyCode::ArrowDown], Vec3::NEG_Z),
];

fn read_keys(
    keys: Res<ButtonInput<KeyCode>>,
    egui: Option<Res<EguiWantsInput>>,
    mut intents: MessageWriter<Intent>,
    mut last: ResMut<LastDevice>,
) {
    let is_typing = egui.is_some_and(|egui| egui.wants_any_keyboard_input());
    for (key, intent) in PRESSES {
        let always = matches!(key, KeyCode::Escape | KeyCode::F1 | KeyCode::PageDown | KeyCode::PageUp);
        if keys.just_pressed(key) && (always || !is_typing) {
            intents.write(intent);
            last.set_if_neq(LastDevice::Keyboard);
        }
    }
    if is_typing {
        return;
    }
    let direction: Vec3 = WALKS.iter().filter(|(pressed, _)| keys.any_pressed(*pressed)).map(|(_, direction)| *direction).sum();
    if let Some(direction) = direction.try_normalize() {
        let fast = keys.any_pressed([KeyCode::ShiftLeft, KeyCode::ShiftRight]);
        intents.write(Intent::Walk { direction, fast });
        last.set_if_neq(LastDevice::Keyboard);
    }
}

fn look_with_mouse(
    motion: Res<AccumulatedMouseMotion>,
    buttons: Res<ButtonInput<MouseButton>>,
    keys: Res<ButtonInput<KeyCode>>,
    egui: Option<Res<EguiWantsInput>>,
    mut look: ResMut<MouseLook>,
    mut intents: MessageWriter<Intent>,
) {
    let on_panel = egui.is_some_and(|egui| egui.wants_any_pointer_input());
    if look.captured && keys.any_just_pressed([KeyCode::Escape, KeyCode::F1]) {
        look.captured = false;
    } else if !look.captured && !on_panel && buttons.just_pressed(MouseButton::Left) {
        look.captured = true;
    }
    let turns = look.captured || (buttons.pressed(MouseButton::Right) && !on_panel);
    if turns && motion.delta != Vec2::ZERO {
        intents.write(Intent::Turn(-motion.delta * TURN_PER_PIXEL));
    }
}

fn hold_pointer(look: Res<MouseLook>, mut windows: Query<&mut CursorOptions, With<PrimaryWindow>>) {
    if !look.is_changed() {
        return;
    }
    for mut cursor in &mut windows {
        cursor.visible = !look.captured;
        cursor.grab_mode = if look.captured { CursorGrabMode::Locked } else { CursorGrabMode::None };
    }
}
