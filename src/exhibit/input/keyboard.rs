//! Keyboard and mouse.

use bevy::input::keyboard::{Key, KeyboardInput};
use bevy::input::mouse::{AccumulatedMouseMotion, AccumulatedMouseScroll, MouseScrollUnit};
use bevy::prelude::*;
use bevy::window::{CursorGrabMode, CursorOptions, PrimaryWindow};
use bevy_egui::input::EguiWantsInput;

use super::intent::{Intent, LastDevice};
use super::one_stick::{self, OneStick};
use crate::HallSystems;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<MouseLook>()
        .add_systems(Update, (read_keys, turn_dial, look_with_mouse, hold_pointer).chain().in_set(HallSystems::Input));
}

/// Whether the mouse turns the head without a button: a click into the hall takes the pointer, Escape gives it back.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct MouseLook {
    pub captured: bool,
}

/// Radians for each pixel that the mouse moves.
const TURN_PER_PIXEL: f32 = 0.0026;

const PRESSES: [(KeyCode, Intent); 12] = [
    (KeyCode::PageDown, Intent::NextStop),
    (KeyCode::PageUp, Intent::PreviousStop),
    (KeyCode::Space, Intent::PlayPause),
    (KeyCode::Period, Intent::StepForward),
    (KeyCode::Comma, Intent::StepBack),
    (KeyCode::KeyV, Intent::Speed),
    (KeyCode::Enter, Intent::Choose),
    (KeyCode::NumpadEnter, Intent::Choose),
    (KeyCode::Escape, Intent::Back),
    (KeyCode::KeyT, Intent::Twin),
    (KeyCode::KeyM, Intent::Map),
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
    mode: Res<OneStick>,
    mut intents: MessageWriter<Intent>,
    mut last: ResMut<LastDevice>,
) {
    let is_typing = egui.is_some_and(|egui| egui.wants_any_keyboard_input());
    // With one stick and one button, the keys that stand in for them mean nothing else.
    let is_free = |key: KeyCode| !(mode.on && one_stick::KEYS.contains(&key));
    for (key, intent) in PRESSES {
        let always = matches!(key, KeyCode::Escape | KeyCode::F1 | KeyCode::PageDown | KeyCode::PageUp);
        if keys.just_pressed(key) && is_free(key) && (always || !is_typing) {
            intents.write(intent);
            last.set_if_neq(LastDevice::Keyboard);
        }
    }
    if is_typing {
        return;
    }
    let is_held = |key: &KeyCode| keys.pressed(*key) && is_free(*key);
    let direction: Vec3 = WALKS.iter().filter(|(held, _)| held.iter().any(is_held)).map(|(_, direction)| *direction).sum();
    if let Some(direction) = direction.try_normalize() {
        let fast = keys.any_pressed([KeyCode::ShiftLeft, KeyCode::ShiftRight]);
        intents.write(Intent::Walk { direction, fast });
        last.set_if_neq(LastDevice::Keyboard);
    }
}

/// By the signs on the keys, which every layout has elsewhere, and by the wheel.
fn turn_dial(
    mut typed: MessageReader<KeyboardInput>,
    scroll: Res<AccumulatedMouseScroll>,
    look: Res<MouseLook>,
    egui: Option<Res<EguiWantsInput>>,
    mut part_of_notch: Local<f32>,
    mut intents: MessageWriter<Intent>,
    mut last: ResMut<LastDevice>,
) {
    let is_typing = egui.as_ref().is_some_and(|egui| egui.wants_any_keyboard_input());
    let on_panel = egui.as_ref().is_some_and(|egui| egui.wants_any_pointer_input());
    let mut notches = 0;
    for key in typed.read().filter(|key| key.state.is_pressed() && !is_typing) {
        notches += match &key.logical_key {
            Key::Character(sign) => match sign.as_str() {
                "+" | "=" => 1,
                "-" => -1,
                _ => 0,
            },
            _ => 0,
        };
    }
    if look.captured || !on_panel {
        *part_of_notch += match scroll.unit {
            MouseScrollUnit::Line => scroll.delta.y,
            MouseScrollUnit::Pixel => scroll.delta.y / MouseScrollUnit::SCROLL_UNIT_CONVERSION_FACTOR,
        };
        notches += part_of_notch.trunc() as i32;
        *part_of_notch = part_of_notch.fract();
    }
    if notches != 0 {
        intents.write(Intent::Dial(notches));
        last.set_if_neq(LastDevice::Keyboard);
    }
}

fn look_with_mouse(
    motion: Res<AccumulatedMouseMotion>,
    buttons: Res<ButtonInput<MouseButton>>,
    keys: Res<ButtonInput<KeyCode>>,
    egui: Option<Res<EguiWantsInput>>,
    windows: Query<&Window, With<PrimaryWindow>>,
    mut look: ResMut<MouseLook>,
    mut intents: MessageWriter<Intent>,
    mut last: ResMut<LastDevice>,
) {
    let on_panel = egui.is_some_and(|egui| egui.wants_any_pointer_input());
    let clicked = buttons.just_pressed(MouseButton::Left);
    if look.captured && keys.any_just_pressed([KeyCode::Escape, KeyCode::F1, KeyCode::KeyT]) {
        look.captured = false;
    } else if look.captured && clicked {
        intents.write(Intent::Choose);
    } else if clicked && !on_panel {
        look.captured = true;
        if let Some(at) = windows.iter().find_map(Window::cursor_position) {
            intents.write(Intent::Tap(at));
        }
    }
    if buttons.get_just_pressed().next().is_some() {
        last.set_if_neq(LastDevice::Keyboard);
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
