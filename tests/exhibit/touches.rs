//! What fingers say, and what one stick and one button can say.

use std::mem::{Discriminant, discriminant};
use std::time::Duration;

use bevy::input::ButtonState;
use bevy::input::touch::TouchInput;
use bevy::input::touch::TouchPhase::{self, Canceled, Ended, Moved, Started};
use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;
use bevy::window::PrimaryWindow;
use exhibit::input::one_stick::{Action, HOLD_SECS};
use exhibit::input::touch::{Gestures, Ground};
use exhibit::input::{Intent, LastDevice, OneStick, Ring};
use exhibit::text::Texts;

use crate::hands::Hands;

const FRAME_SECS: f32 = 0.05;

/// One finger goes from point to point, a tenth of a second for each way, and is lifted at the last.
fn drag(ground: Ground, points: &[(f32, f32)]) -> Vec<Intent> {
    let mut gestures = Gestures::default();
    let mut heard = Vec::new();
    for (place, &(x, y)) in points.iter().enumerate() {
        let phase = if place == 0 { Started } else { Moved };
        heard.extend(gestures.feed(7, phase, Vec2::new(x, y), ground, 0.1 * place as f64));
    }
    let (x, y) = points[points.len() - 1];
    heard.extend(gestures.feed(7, Ended, Vec2::new(x, y), ground, 0.1 * (points.len() - 1) as f64));
    heard
}

#[test]
fn a_short_touch_in_place_is_a_tap() {
    let tap = [Intent::Tap(Vec2::new(100.0, 80.0))];
    assert_eq!(drag(Ground::Hall, &[(100.0, 80.0)]), tap);
    assert_eq!(drag(Ground::Foot, &[(100.0, 80.0), (105.0, 86.0)]), tap);
    assert_eq!(drag(Ground::Hall, &[(100.0, 80.0); 5]), [], "too long");
    assert_eq!(drag(Ground::Panel, &[(100.0, 80.0)]), [], "the panel's own");
    assert_eq!(drag(Ground::Caption, &[(100.0, 80.0)]), [], "nothing to choose there");
}

#[test]
fn one_finger_looks_and_what_is_seen_goes_along() {
    let heard = drag(Ground::Hall, &[(100.0, 100.0), (104.0, 100.0), (130.0, 100.0), (130.0, 120.0)]);
    let [Intent::Turn(left), Intent::Turn(up)] = heard[..] else { panic!("{heard:?}") };
    assert!(left.x > 0.0 && left.y == 0.0, "to the right with the finger is to the left with the head");
    assert!(up.y > 0.0 && up.x == 0.0);
}

#[test]
fn a_swipe_at_the_foot_is_another_stop() {
    let to_left = [(400.0, 600.0), (350.0, 602.0), (300.0, 604.0)];
    let to_right = [(300.0, 600.0), (350.0, 602.0), (400.0, 604.0)];
    for ground in [Ground::Foot, Ground::Caption] {
        assert_eq!(drag(ground, &to_left), [Intent::NextStop]);
        assert_eq!(drag(ground, &to_right), [Intent::PreviousStop]);
    }
    assert_eq!(drag(Ground::Panel, &to_left), []);
    assert!(drag(Ground::Hall, &to_left).iter().all(|intent| matches!(intent, Intent::Turn(_))));
}

#[test]
fn a_slow_or_upright_drag_at_the_foot_looks() {
    let slow: Vec<_> = (0..12).map(|place| (400.0 - 10.0 * place as f32, 600.0)).collect();
    let upright = [(400.0, 600.0), (402.0, 550.0), (404.0, 500.0)];
    for heard in [drag(Ground::Foot, &slow), drag(Ground::Foot, &upright)] {
        assert!(!heard.is_empty() && heard.iter().all(|intent| matches!(intent, Intent::Turn(_))), "{heard:?}");
    }
}

/// Two fingers 100 pixels from each other go these ways; what they walk.
fn two_fingers(one: Vec2, other: Vec2) -> Option<Vec3> {
    let (left, right) = (Vec2::new(300.0, 300.0), Vec2::new(400.0, 300.0));
    let mut gestures = Gestures::default();
    let steps = [(1, Started, left), (2, Started, right), (1, Moved, left + one), (2, Moved, right + other)];
    for (id, phase, at) in steps {
        assert_eq!(gestures.feed(id, phase, at, Ground::Hall, 0.0), None);
    }
    let walk = gestures.walk();
    assert_eq!(walk, gestures.walk(), "it lasts");
    for id in [1, 2] {
        assert_eq!(gestures.feed(id, Ended, left, Ground::Hall, 0.1), None, "who has walked does not tap");
        assert_eq!(gestures.walk(), None);
    }
    match walk? {
        Intent::Walk { direction, fast: false } => Some(direction),
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_fingers_walk_and_spreading_them_goes_ahead() {
    let (up, right) = (Vec2::NEG_Y * 100.0, Vec2::X * 100.0);
    assert_eq!(two_fingers(Vec2::X, Vec2::X), None, "they rest");
    assert!(two_fingers(up, up).unwrap().z > 0.3);
    assert!(two_fingers(-up, -up).unwrap().z < -0.3);
    assert!(two_fingers(right, right).unwrap().x > 0.3);
    assert!(two_fingers(-right, right).unwrap().z > 0.3, "spread");
    assert!(two_fingers(right * 0.4, -right * 0.4).unwrap().z < -0.2, "pinched");
    assert!(two_fingers(up * 9.0, up * 9.0).unwrap().length() <= 1.0 + 1e-6);
}

#[test]
fn a_cancelled_finger_says_nothing_and_is_gone() {
    let mut gestures = Gestures::default();
    let at = Vec2::splat(50.0);
    assert_eq!(gestures.feed(1, Started, at, Ground::Hall, 0.0), None);
    assert_eq!(gestures.feed(1, Canceled, at, Ground::Hall, 0.1), None);
    assert_eq!(gestures.feed(2, Started, at, Ground::Hall, 0.2), None);
    assert_eq!(gestures.feed(2, Ended, at, Ground::Hall, 0.3), Some(Intent::Tap(at)));
}

#[test]
fn a_screen_is_heard() {
    let mut hands = Hands::new();
    hands.app.insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_secs_f32(FRAME_SECS)));
    let window = hands.app.world_mut().spawn((Window::default(), PrimaryWindow)).id();
    let foot = hands.app.world().get::<Window>(window).unwrap().height() - 40.0;
    let mut touch = |phase: TouchPhase, x: f32, y: f32| {
        let message = TouchInput { phase, position: Vec2::new(x, y), window, force: None, id: 1 };
        hands.app.world_mut().write_message(message);
        let heard = hands.heard();
        assert_eq!(*hands.app.world().resource::<LastDevice>(), LastDevice::Touch);
        heard
    };
    assert_eq!(touch(Started, 10.0, 20.0), []);
    assert_eq!(touch(Ended, 10.0, 20.0), [Intent::Tap(Vec2::new(10.0, 20.0))]);
    assert_eq!(touch(Started, 200.0, foot), []);
    assert_eq!(touch(Moved, 100.0, foot), []);
    assert_eq!(touch(Ended, 100.0, foot), [Intent::NextStop]);
}

/// Holds stick and button as they are for so long.
fn hold(ring: &mut Ring, stick: Vec2, button: bool, seconds: f32) -> Vec<Intent> {
    let frames = (seconds / FRAME_SECS).round().max(1.0) as usize;
    (0..frames).flat_map(|_| ring.feed(stick, button, FRAME_SECS)).collect()
}

fn press(ring: &mut Ring) -> Vec<Intent> {
    let mut heard = hold(ring, Vec2::ZERO, true, 0.1);
    heard.extend(hold(ring, Vec2::ZERO, false, 0.1));
    heard
}

fn turn_page(ring: &mut Ring) {
    assert_eq!(hold(ring, Vec2::ZERO, true, HOLD_SECS + 0.2), []);
    assert_eq!(hold(ring, Vec2::ZERO, false, 0.1), [], "the hold is no press");
}

/// Goes round an open ring to an action and does it.
fn perform(ring: &mut Ring, action: Action) -> Vec<Intent> {
    for _ in 0..Action::ALL.len() {
        if ring.lit() == action {
            break;
        }
        assert_eq!(hold(ring, Vec2::X, false, 0.1), []);
        assert_eq!(hold(ring, Vec2::ZERO, false, 0.1), []);
    }
    assert_eq!(ring.lit(), action);
    press(ring)
}

#[test]
fn every_intent_is_within_reach_of_one_stick_and_one_button() {
    let mut heard = Vec::new();
    for action in Action::ALL {
        let mut ring = Ring::default();
        heard.extend(press(&mut ring));
        turn_page(&mut ring);
        assert!(ring.is_open());
        heard.extend(perform(&mut ring, action));
        if !ring.is_open() {
            for way in [Vec2::X, Vec2::NEG_X, Vec2::Y, Vec2::NEG_Y] {
                heard.extend(hold(&mut ring, way, false, 2.0));
            }
        }
    }
    let walks: Vec<Vec3> = heard
        .iter()
        .filter_map(|intent| match intent {
            Intent::Walk { direction, .. } => Some(*direction),
            _ => None,
        })
        .collect();
    for way in [Vec3::X, Vec3::NEG_X, Vec3::Y, Vec3::NEG_Y, Vec3::Z, Vec3::NEG_Z] {
        assert!(walks.iter().any(|walk| walk.dot(way) > 0.99), "{way}");
    }
    assert!(heard.iter().any(|intent| matches!(intent, Intent::Walk { fast: true, .. })));
    for way in [Vec2::X, Vec2::NEG_X, Vec2::Y, Vec2::NEG_Y] {
        assert!(heard.iter().any(|intent| matches!(intent, Intent::Turn(turn) if turn.dot(way) > 0.0)), "{way}");
    }
    for notch in [1, -1] {
        assert!(heard.contains(&Intent::Dial(notch)), "{notch}");
    }
    let heard: Vec<Discriminant<Intent>> = heard.iter().map(discriminant).collect();
    let others = [
        Intent::NextStop,
        Intent::PreviousStop,
        Intent::PlayPause,
        Intent::StepForward,
        Intent::StepBack,
        Intent::Choose,
        Intent::Back,
        Intent::Speed,
        Intent::Twin,
        Intent::Map,
        Intent::Menu,
    ];
    for intent in others {
        // Whoever adds an intent is to say here whether it is within reach; a tap is a choice with a pointer.
        match intent {
            Intent::Walk { .. } | Intent::Turn(_) | Intent::Dial(_) | Intent::Tap(_) => {}
            Intent::NextStop | Intent::PreviousStop | Intent::PlayPause | Intent::StepForward | Intent::StepBack => {}
            Intent::Choose | Intent::Back | Intent::Twin | Intent::Map | Intent::Menu | Intent::Speed => {}
        }
        assert!(heard.contains(&discriminant(&intent)), "{intent:?}");
    }
}

#[test]
fn the_button_chooses_closed_and_holding_it_opens_and_closes() {
    let mut ring = Ring::default();
    assert_eq!(press(&mut ring), [Intent::Choose]);
    hold(&mut ring, Vec2::ZERO, true, 0.4);
    assert!(ring.hold() > 0.2 && ring.hold() < 0.8);
    hold(&mut ring, Vec2::ZERO, true, 0.6);
    assert!(ring.is_open() && ring.hold() == 0.0);
    assert_eq!(hold(&mut ring, Vec2::ZERO, true, 3.0), [], "held on, it stays open");
    assert!(ring.is_open());
    hold(&mut ring, Vec2::ZERO, false, 0.1);
    turn_page(&mut ring);
    assert!(!ring.is_open());
}

#[test]
fn the_ring_goes_both_ways_and_on_while_the_stick_is_held() {
    let mut ring = Ring::default();
    turn_page(&mut ring);
    hold(&mut ring, Vec2::NEG_X, false, 0.1);
    assert_eq!(ring.lit(), Action::ALL[Action::ALL.len() - 1]);
    hold(&mut ring, Vec2::ZERO, false, 0.1);
    hold(&mut ring, Vec2::X * 0.4, false, 0.1);
    assert_eq!(ring.lit(), Action::ALL[0]);
    hold(&mut ring, Vec2::X * 0.2, false, 0.1);
    hold(&mut ring, Vec2::X * 0.4, false, 0.1);
    assert_eq!(ring.lit(), Action::ALL[0], "a trembling hand");
    hold(&mut ring, Vec2::ZERO, false, 0.1);
    hold(&mut ring, Vec2::X, false, 3.0);
    assert_ne!(ring.lit(), Action::ALL[1], "it goes on");
}

#[test]
fn what_is_on_the_ring_has_a_name() {
    let texts = Texts::english();
    for action in Action::ALL {
        assert!(texts.knows(action.key()), "{action:?}");
    }
}

/// With one stick and one button, and time that passes by frames.
fn one_stick() -> Hands {
    let mut hands = Hands::new();
    hands.app.insert_resource(OneStick { on: true });
    hands.app.insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_secs_f32(FRAME_SECS)));
    hands.app.update();
    hands
}

#[test]
fn any_stick_will_do_and_the_pad_says_nothing_else() {
    let mut hands = one_stick();
    let pad = hands.pad();
    for axis in [GamepadAxis::LeftStickY, GamepadAxis::RightStickY] {
        hands.push(pad, axis, 1.0);
        let heard = hands.heard();
        assert!(matches!(heard[..], [Intent::Walk { direction, .. }] if direction.z > 0.99), "{heard:?}");
        hands.push(pad, axis, 0.0);
        assert_eq!(hands.heard(), []);
    }
    for (button, ahead) in [(GamepadButton::DPadUp, 1.0), (GamepadButton::DPadDown, -1.0)] {
        hands.press(pad, button, 1.0);
        let heard = hands.heard();
        assert!(matches!(heard[..], [Intent::Walk { direction, .. }] if direction.z == ahead), "{heard:?}");
        hands.press(pad, button, 0.0);
        assert_eq!(hands.heard(), []);
    }
    hands.press(pad, GamepadButton::Start, 1.0);
    assert_eq!(hands.heard(), []);
    hands.press(pad, GamepadButton::South, 1.0);
    assert_eq!(hands.heard(), []);
    hands.press(pad, GamepadButton::South, 0.0);
    assert_eq!(hands.heard(), [Intent::Choose]);
    assert_eq!(*hands.app.world().resource::<LastDevice>(), LastDevice::Gamepad);
}

#[test]
fn arrows_and_one_key_will_do() {
    for key in [KeyCode::Space, KeyCode::Enter] {
        let mut hands = one_stick();
        hands.key(key, ButtonState::Pressed);
        assert_eq!(hands.heard(), [], "neither play nor choose yet");
        hands.key(key, ButtonState::Released);
        assert_eq!(hands.heard(), [Intent::Choose]);
        hands.key(key, ButtonState::Pressed);
        for _ in 0..20 {
            assert_eq!(hands.heard(), []);
        }
        assert!(hands.app.world().resource::<Ring>().is_open());
        hands.key(key, ButtonState::Released);
        hands.key(KeyCode::ArrowLeft, ButtonState::Pressed);
        assert_eq!(hands.heard(), [], "the ring goes round and nobody walks");
        assert_eq!(hands.app.world().resource::<Ring>().lit(), Action::PreviousStop);
    }
}

#[test]
fn a_press_within_one_frame_is_heard() {
    let mut hands = one_stick();
    hands.key(KeyCode::Enter, ButtonState::Pressed);
    hands.key(KeyCode::Enter, ButtonState::Released);
    assert_eq!(hands.heard(), []);
    assert_eq!(hands.heard(), [Intent::Choose]);
}

#[test]
fn an_unplugged_pad_lets_go_of_stick_and_button() {
    let mut hands = one_stick();
    let pad = hands.pad();
    hands.push(pad, GamepadAxis::LeftStickY, 1.0);
    hands.press(pad, GamepadButton::South, 1.0);
    assert!(!hands.heard().is_empty());
    hands.unplug(pad);
    assert_eq!(hands.heard(), [], "neither walks nor chooses");
    assert_eq!(hands.heard(), []);
}

#[test]
fn without_the_mode_the_ring_is_closed() {
    let mut hands = one_stick();
    hands.key(KeyCode::Enter, ButtonState::Pressed);
    (0..20).for_each(|_| hands.app.update());
    assert!(hands.app.world().resource::<Ring>().is_open());
    hands.app.insert_resource(OneStick { on: false });
    hands.app.update();
    assert!(!hands.app.world().resource::<Ring>().is_open());
}
