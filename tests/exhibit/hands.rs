//! What devices say, as intents.

use bevy::input::gamepad::{
    GamepadConnection, GamepadConnectionEvent, RawGamepadAxisChangedEvent, RawGamepadButtonChangedEvent, RawGamepadEvent,
};
use bevy::input::keyboard::{Key, KeyboardInput, NativeKey};
use bevy::input::mouse::{MouseButtonInput, MouseMotion, MouseScrollUnit, MouseWheel};
use bevy::input::touch::TouchPhase;
use bevy::input::{ButtonState, InputPlugin};
use bevy::prelude::*;
use exhibit::HallSystems;
use exhibit::input::gamepad::{DriftGuard, shaped};
use exhibit::input::keyboard::MouseLook;
use exhibit::input::{self, Intent, LastDevice};

/// A hall of nothing but its input.
pub(crate) struct Hands {
    pub(crate) app: App,
}

#[derive(Resource, Default)]
struct Heard(Vec<Intent>);

impl Hands {
    pub(crate) fn new() -> Self {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, InputPlugin, input::plugin)).init_resource::<Heard>();
        app.add_systems(Update, hear.after(HallSystems::Input));
        Self { app }
    }

    pub(crate) fn key(&mut self, key_code: KeyCode, state: ButtonState) {
        self.signed_key(key_code, Key::Unidentified(NativeKey::Unidentified), state);
    }

    /// `logical_key`: what the layout has on the key.
    fn signed_key(&mut self, key_code: KeyCode, logical_key: Key, state: ButtonState) {
        let message = KeyboardInput { key_code, logical_key, state, text: None, repeat: false, window: Entity::PLACEHOLDER };
        self.app.world_mut().write_message(message);
    }

    pub(crate) fn pad(&mut self) -> Entity {
        let pad = self.app.world_mut().spawn_empty().id();
        self.plug(pad);
        pad
    }

    fn plug(&mut self, pad: Entity) {
        let connection = GamepadConnection::Connected { name: "pad".into(), vendor_id: None, product_id: None };
        self.app.world_mut().write_message(GamepadConnectionEvent::new(pad, connection));
        self.app.update();
    }

    pub(crate) fn unplug(&mut self, pad: Entity) {
        self.app.world_mut().write_message(GamepadConnectionEvent::new(pad, GamepadConnection::Disconnected));
    }

    pub(crate) fn press(&mut self, pad: Entity, button: GamepadButton, value: f32) {
        let event = RawGamepadButtonChangedEvent::new(pad, button, value);
        self.app.world_mut().write_message(RawGamepadEvent::Button(event));
    }

    pub(crate) fn push(&mut self, pad: Entity, axis: GamepadAxis, value: f32) {
        let event = RawGamepadAxisChangedEvent::new(pad, axis, value);
        self.app.world_mut().write_message(RawGamepadEvent::Axis(event));
    }

    /// What is heard in the next frame.
    pub(crate) fn heard(&mut self) -> Vec<Intent> {
        self.app.world_mut().resource_mut::<Heard>().0.clear();
        self.app.update();
        self.app.world().resource::<Heard>().0.clone()
    }
}

fn hear(mut intents: MessageReader<Intent>, mut heard: ResMut<Heard>) {
    heard.0.extend(intents.read());
}

#[test]
fn keys_are_intents_once_for_each_press() {
    let presses = [
        (KeyCode::PageDown, Intent::NextStop),
        (KeyCode::PageUp, Intent::PreviousStop),
        (KeyCode::Space, Intent::PlayPause),
        (KeyCode::Period, Intent::StepForward),
        (KeyCode::Comma, Intent::StepBack),
        (KeyCode::Enter, Intent::Choose),
        (KeyCode::Escape, Intent::Back),
        (KeyCode::KeyT, Intent::Twin),
        (KeyCode::KeyM, Intent::Map),
        (KeyCode::F1, Intent::Menu),
    ];
    let mut hands = Hands::new();
    for (key, intent) in presses {
        hands.key(key, ButtonState::Pressed);
        assert_eq!(hands.heard(), [intent], "{key:?}");
        assert_eq!(hands.heard(), [], "{key:?} held");
        hands.key(key, ButtonState::Released);
        assert_eq!(hands.heard(), []);
    }
}

#[test]
fn walking_lasts_as_long_as_the_keys_are_held() {
    let mut hands = Hands::new();
    hands.key(KeyCode::KeyW, ButtonState::Pressed);
    hands.key(KeyCode::KeyD, ButtonState::Pressed);
    hands.key(KeyCode::ShiftLeft, ButtonState::Pressed);
    for _ in 0..2 {
        let heard = hands.heard();
        let [Intent::Walk { direction, fast: true }] = heard[..] else { panic!("{heard:?}") };
        assert!((direction - Vec3::new(1.0, 0.0, 1.0).normalize()).length() < 1e-6);
    }
    hands.key(KeyCode::KeyW, ButtonState::Released);
    hands.key(KeyCode::KeyD, ButtonState::Released);
    assert_eq!(hands.heard(), []);
}

#[test]
fn the_mouse_turns_the_head_only_with_a_button_or_captured() {
    let mut hands = Hands::new();
    let motion = MouseMotion { delta: Vec2::new(10.0, -4.0) };
    hands.app.world_mut().write_message(motion);
    assert_eq!(hands.heard(), []);
    hands.app.world_mut().resource_mut::<ButtonInput<MouseButton>>().press(MouseButton::Right);
    hands.app.world_mut().write_message(motion);
    let heard = hands.heard();
    let [Intent::Turn(turn)] = heard[..] else { panic!("{heard:?}") };
    assert!(turn.x < 0.0 && turn.y > 0.0, "right and up");
}

#[test]
fn a_click_takes_the_pointer_and_then_chooses() {
    let mut hands = Hands::new();
    let click = |hands: &mut Hands, look: bool| {
        for state in [ButtonState::Released, ButtonState::Pressed] {
            let message = MouseButtonInput { button: MouseButton::Left, state, window: Entity::PLACEHOLDER };
            hands.app.world_mut().write_message(message);
        }
        let heard = hands.heard();
        assert_eq!(hands.app.world().resource::<MouseLook>().captured, look);
        heard
    };
    assert_eq!(click(&mut hands, true), []);
    assert_eq!(click(&mut hands, true), [Intent::Choose]);
}

#[test]
fn signs_and_wheel_turn_the_dial() {
    let mut hands = Hands::new();
    // Where plus and minus are on a German keyboard.
    let signs = [(KeyCode::BracketRight, "+", 1), (KeyCode::Slash, "-", -1), (KeyCode::Equal, "=", 1)];
    for (key, sign, notch) in signs {
        hands.signed_key(key, Key::Character(sign.into()), ButtonState::Pressed);
        assert_eq!(hands.heard(), [Intent::Dial(notch)], "{sign}");
        hands.signed_key(key, Key::Character(sign.into()), ButtonState::Released);
        assert_eq!(hands.heard(), []);
    }
    let window = Entity::PLACEHOLDER;
    let phase = TouchPhase::Moved;
    let wheel = |unit: MouseScrollUnit, y: f32| MouseWheel { unit, x: 0.0, y, window, phase };
    hands.app.world_mut().write_message(wheel(MouseScrollUnit::Line, -2.0));
    assert_eq!(hands.heard(), [Intent::Dial(-2)]);
    hands.app.world_mut().write_message(wheel(MouseScrollUnit::Pixel, 75.0));
    assert_eq!(hands.heard(), []);
    hands.app.world_mut().write_message(wheel(MouseScrollUnit::Pixel, 75.0));
    assert_eq!(hands.heard(), [Intent::Dial(1)]);
}

#[test]
fn an_unplugged_pad_stops_all_movement_at_once() {
    let mut hands = Hands::new();
    let pad = hands.pad();
    for _ in 0..2 {
        hands.push(pad, GamepadAxis::LeftStickY, 1.0);
        hands.push(pad, GamepadAxis::RightStickX, 1.0);
        hands.press(pad, GamepadButton::RightTrigger2, 1.0);
        hands.press(pad, GamepadButton::South, 1.0);
        assert!(hands.heard().iter().any(|intent| matches!(intent, Intent::Walk { .. })));
        hands.unplug(pad);
        assert_eq!(hands.heard(), [], "in the same frame");
        hands.plug(pad);
        assert_eq!(hands.heard(), [], "and it comes back at rest");
    }
}

#[test]
fn one_unplugged_pad_leaves_the_other_alone() {
    let mut hands = Hands::new();
    let (one, other) = (hands.pad(), hands.pad());
    hands.push(one, GamepadAxis::LeftStickY, 1.0);
    hands.push(other, GamepadAxis::LeftStickX, 1.0);
    assert_eq!(hands.heard().len(), 2);
    hands.unplug(one);
    let heard = hands.heard();
    assert!(matches!(heard[..], [Intent::Walk { direction, .. }] if direction.x > 0.99), "{heard:?}");
}

#[test]
fn a_pad_plugged_in_at_any_time_is_heard() {
    let mut hands = Hands::new();
    for _ in 0..2 {
        let pad = hands.pad();
        let presses = [
            (GamepadButton::RightTrigger, Intent::NextStop),
            (GamepadButton::LeftTrigger, Intent::PreviousStop),
            (GamepadButton::West, Intent::PlayPause),
            (GamepadButton::DPadRight, Intent::StepForward),
            (GamepadButton::DPadLeft, Intent::StepBack),
            (GamepadButton::South, Intent::Choose),
            (GamepadButton::DPadUp, Intent::Dial(1)),
            (GamepadButton::DPadDown, Intent::Dial(-1)),
            (GamepadButton::East, Intent::Back),
            (GamepadButton::North, Intent::Twin),
            (GamepadButton::Select, Intent::Map),
            (GamepadButton::Start, Intent::Menu),
        ];
        for (button, intent) in presses {
            hands.press(pad, button, 1.0);
            assert_eq!(hands.heard(), [intent], "{button:?}");
            hands.press(pad, button, 0.0);
            assert_eq!(hands.heard(), []);
        }
        assert_eq!(*hands.app.world().resource::<LastDevice>(), LastDevice::Gamepad);
    }
}

#[test]
fn sticks_walk_and_turn_outside_a_round_dead_zone() {
    let mut hands = Hands::new();
    let pad = hands.pad();
    hands.push(pad, GamepadAxis::LeftStickX, 0.13);
    hands.push(pad, GamepadAxis::LeftStickY, 0.13);
    assert_eq!(hands.heard(), []);
    hands.push(pad, GamepadAxis::LeftStickX, 0.0);
    hands.push(pad, GamepadAxis::LeftStickY, 1.0);
    hands.push(pad, GamepadAxis::RightStickX, 1.0);
    let heard = hands.heard();
    assert!(heard.iter().any(|intent| matches!(intent, Intent::Walk { direction, fast: false } if direction.z > 0.99)));
    assert!(heard.iter().any(|intent| matches!(intent, Intent::Turn(turn) if turn.x < 0.0)));
    hands.push(pad, GamepadAxis::LeftStickY, 0.0);
    hands.push(pad, GamepadAxis::RightStickX, 0.0);
    hands.press(pad, GamepadButton::RightTrigger2, 1.0);
    let heard = hands.heard();
    assert!(matches!(heard[..], [Intent::Walk { direction, .. }] if direction.y > 0.99), "{heard:?}");
}

#[test]
fn a_stick_grows_from_the_rim_of_its_dead_zone() {
    assert_eq!(shaped(Vec2::new(0.19, 0.0)), Vec2::ZERO);
    assert!(shaped(Vec2::new(0.25, 0.0)).x < 0.05);
    assert!((shaped(Vec2::new(0.0, -1.0)).y + 1.0).abs() < 1e-6);
    assert!(shaped(Vec2::ONE).length() <= 1.0 + 1e-6);
}

#[test]
fn a_stick_that_only_drifts_counts_as_no_input() {
    let mut guard = DriftGuard::default();
    let drift = Vec2::new(0.3, 0.1);
    for _ in 0..200 {
        guard.watch(drift, 0.02);
    }
    assert_eq!(guard.watch(drift, 0.02), Vec2::ZERO);
    let pushed = Vec2::new(0.8, 0.1);
    assert_eq!(guard.watch(pushed, 0.02), pushed);
    for _ in 0..500 {
        assert_eq!(guard.watch(pushed, 0.02), pushed, "a stick held over is no drift");
    }
}
