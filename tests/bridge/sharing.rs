//! Bevy and burn on one device: who computes where, and what happens when the device fails.

use std::num::NonZero;

use bevy::app::AppExit;
use bevy::prelude::*;
use bridge::{BridgePlugin, DeviceChoice, Engine, Layout, Look, Palette, Report, Request, TensorImage};

use crate::engine::{next, tiny_model};
use crate::hall::{Hall, check};

/// What a hall says it computes on.
fn device_of(hall: &mut Hall) -> String {
    hall.engine().ask(Request::Load(tiny_model()));
    loop {
        match hall.next_report() {
            Report::ModelLoading { .. } => {}
            Report::ModelLoaded { device, .. } => return device,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_software_adapter_draws_and_the_cpu_computes() {
    let automatic = device_of(&mut Hall::open(DeviceChoice::Auto));
    let software = automatic.contains("(software)");
    assert!(automatic.ends_with(if software { ", computing on the CPU" } else { ", computing on the GPU" }), "{automatic}");
}

#[test]
fn the_gpu_computes_when_it_is_asked_for() {
    let device = device_of(&mut Hall::open(DeviceChoice::Gpu));
    assert!(device.ends_with(", computing on the GPU"), "{device}");
}

#[test]
fn without_a_renderer_the_cpu_computes() {
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, BridgePlugin { device: DeviceChoice::Auto }));
    app.finish();
    app.cleanup();
    app.update();
    let engine: &Engine = app.world().resource();
    engine.ask(Request::Load(tiny_model()));
    let device = loop {
        if let Report::ModelLoaded { device, .. } = next(engine) {
            break device;
        }
    };
    assert_eq!(device, "no graphics, computing on the CPU");
}

#[test]
fn a_faulty_frame_is_dropped_and_many_end_the_app() {
    let mut hall = Hall::open(DeviceChoice::Cpu);
    let look = Look { layout: Layout::Channel(0), palette: Palette::Text, range: 1.0 };
    for _ in 0..5 {
        hall.fault();
        hall.frame();
    }
    let drawn = hall.drawn(&TensorImage::from_values([1, 1, 1], vec![0.5]), look);
    check(&drawn, look, [1, 1, 1], |_| look.palette.colour(0.5, 1.0));
    assert_eq!(hall.exit(), None);
    for _ in 0..6 {
        hall.fault();
        hall.frame();
    }
    assert_eq!(hall.exit(), Some(AppExit::Error(NonZero::new(42).unwrap())));
}
