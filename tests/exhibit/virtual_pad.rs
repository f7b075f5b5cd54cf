//! A pad that the operating system takes for a real one: through uinput, udev and gilrs to the intent.

#![cfg(target_os = "linux")]

use std::path::Path;
use std::time::{Duration, Instant};

use bevy::gilrs::GilrsPlugin;
use bevy::prelude::*;
use evdev::uinput::VirtualDevice;
use evdev::{
    AbsInfo, AbsoluteAxisCode, AbsoluteAxisEvent, AttributeSet, BusType, InputId, KeyCode as Button, KeyEvent, UinputAbsSetup,
};
use exhibit::input::Intent;

use crate::hands::Hands;

const PATIENCE: Duration = Duration::from_secs(5);
/// Of a stick, all the way.
const OVER: i32 = 32767;

/// With the identity, buttons and axes of a common pad, so that gilrs finds it in its list.
fn pad() -> std::io::Result<VirtualDevice> {
    let buttons = [
        Button::BTN_SOUTH,
        Button::BTN_EAST,
        Button::BTN_NORTH,
        Button::BTN_WEST,
        Button::BTN_TL,
        Button::BTN_TR,
        Button::BTN_SELECT,
        Button::BTN_START,
        Button::BTN_MODE,
        Button::BTN_THUMBL,
        Button::BTN_THUMBR,
    ];
    let buttons: AttributeSet<Button> = buttons.into_iter().collect();
    let stick = AbsInfo::new(0, -OVER - 1, OVER, 16, 128, 0);
    let trigger = AbsInfo::new(0, 0, 255, 0, 0, 0);
    let hat = AbsInfo::new(0, -1, 1, 0, 0, 0);
    let axes = [
        (AbsoluteAxisCode::ABS_X, stick),
        (AbsoluteAxisCode::ABS_Y, stick),
        (AbsoluteAxisCode::ABS_Z, trigger),
        (AbsoluteAxisCode::ABS_RX, stick),
        (AbsoluteAxisCode::ABS_RY, stick),
        (AbsoluteAxisCode::ABS_RZ, trigger),
        (AbsoluteAxisCode::ABS_HAT0X, hat),
        (AbsoluteAxisCode::ABS_HAT0Y, hat),
    ];
    let mut device = VirtualDevice::builder()?
        .name("Latentarium test pad")
        .input_id(InputId::new(BusType::BUS_USB, 0x045e, 0x028e, 0x0110))
        .with_keys(&buttons)?;
    for (axis, range) in axes {
        device = device.with_absolute_axis(&UinputAbsSetup::new(axis, range))?;
    }
    device.build()
}

/// Lets frames pass until one says what is waited for.
fn wait_for(hands: &mut Hands, what: &str, is_it: impl Fn(&Hands, &[Intent]) -> bool) {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        let heard = hands.heard();
        if is_it(hands, &heard) {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("no {what} within {PATIENCE:?}");
}

fn pads(hands: &Hands) -> usize {
    hands.app.world().iter_entities().filter(|entity| entity.contains::<Gamepad>()).count()
}

#[test]
fn a_real_pad_is_heard_plugged_in_late_and_pulled_out_early() {
    if !Path::new("/run/udev/control").exists() {
        eprintln!("skipped: no udev runs here, which would announce the pad");
        return;
    }
    let mut hands = Hands::new();
    hands.app.add_plugins(GilrsPlugin);
    hands.app.update();
    let already = pads(&hands);
    let mut pad = match pad() {
        Ok(pad) => pad,
        Err(problem) => {
            eprintln!("skipped: /dev/uinput cannot be used: {problem}");
            return;
        }
    };
    wait_for(&mut hands, "pad", |hands, _| pads(hands) > already);

    pad.emit(&[*KeyEvent::new(Button::BTN_SOUTH, 1)]).unwrap();
    wait_for(&mut hands, "press", |_, heard| heard.contains(&Intent::Choose));
    pad.emit(&[*KeyEvent::new(Button::BTN_SOUTH, 0)]).unwrap();

    // Away from the visitor is less on this axis.
    pad.emit(&[*AbsoluteAxisEvent::new(AbsoluteAxisCode::ABS_Y, -OVER)]).unwrap();
    let is_walk = |intent: &Intent| matches!(intent, Intent::Walk { direction, .. } if direction.z > 0.9);
    wait_for(&mut hands, "walk", |_, heard| heard.iter().any(is_walk));

    drop(pad);
    wait_for(&mut hands, "silence", |hands, heard| pads(hands) == already && !heard.iter().any(is_walk));
    assert!(!hands.heard().iter().any(is_walk));
}
