//! The exhibit: a hall in which a visitor walks along Stable Diffusion while it runs.

pub mod analysis;
// A browser has no command line.
#[cfg(not(target_family = "wasm"))]
mod bench;
pub mod building;
pub mod camera;
pub mod change;
mod error;
pub mod flow;
pub mod input;
pub mod keep;
pub mod lever;
mod mesh;
pub mod nodes;
pub mod panels;
mod quality;
mod settings;
// A browser has no files to write pictures to.
#[cfg(not(target_family = "wasm"))]
mod snapshot;
pub mod state;
mod stop;
pub mod text;
pub mod theme;
pub mod tour;
pub mod track;
pub mod words;

use bevy::app::AppExit;
use bevy::prelude::*;
use bevy::window::{MonitorSelection, PresentMode, WindowMode};
use bridge::{BridgePlugin, ModelShape};

#[cfg(not(target_family = "wasm"))]
pub use self::bench::{Bench, Contention, FrameTimes, Growth, Measured, bench_hall};
pub use self::error::HallError;
pub use self::quality::Quality;
pub use self::settings::HallSettings;
#[cfg(not(target_family = "wasm"))]
pub use self::snapshot::{Film, Shot, snapshot, tour_shots};
pub use self::stop::{Stop, UnknownStop};

/// Within a frame the hall goes from what the visitor does to what the visitor sees.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HallSystems {
    /// Devices are read; intents come out.
    Input,
    /// Time passes and the camera moves.
    Tour,
    /// The engine is asked.
    Ask,
    /// What the engine reports is taken in.
    Receive,
    /// What moves with tour time is moved.
    Animate,
    /// What is seen is brought up to date.
    Present,
}

/// Opens the hall in a window of its own, until the visitor leaves.
pub fn open(settings: HallSettings) -> AppExit {
    let mode = match settings.fullscreen {
        true => WindowMode::BorderlessFullscreen(MonitorSelection::Primary),
        false => WindowMode::Windowed,
    };
    let window = Window {
        title: text::Texts::english().say("hall-name"),
        name: Some("latentarium".into()),
        present_mode: PresentMode::AutoVsync,
        resolution: (1600, 900).into(),
        mode,
        ..default()
    };
    app(settings, window).run()
}

/// The hall in a window, ready to run.
pub fn app(settings: HallSettings, window: Window) -> App {
    let mut app = App::new();
    app.add_plugins(DefaultPlugins.set(WindowPlugin { primary_window: Some(window), ..default() }).set(bridge::render_plugin()));
    app.add_plugins((BridgePlugin { device: settings.device }, HallPlugin { settings }));
    app
}

/// The stops in the hall of a model, by name, in the order of the walk.
pub fn stops(shape: &ModelShape) -> Vec<String> {
    Stop::all(shape).iter().map(Stop::to_string).collect()
}

/// The hall, on top of Bevy's default plugins and the bridge's.
pub struct HallPlugin {
    pub settings: HallSettings,
}

impl Plugin for HallPlugin {
    fn build(&self, app: &mut App) {
        use HallSystems::{Animate, Ask, Input, Present, Receive, Tour};
        app.insert_resource(self.settings.clone())
            .init_resource::<text::Texts>()
            .configure_sets(Update, (Input, Tour, Ask, Receive, Animate, Present).chain())
            .add_plugins((input::plugin, tour::plugin, camera::plugin, state::plugin))
            .add_plugins((nodes::plugin, building::plugin, flow::plugin, lever::plugin, panels::plugin, quality::plugin));
    }
}
