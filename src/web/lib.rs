//! The door in a browser: the page hands in what is to be opened, and hears what becomes of it. Natively there is nothing here.

#![cfg(target_family = "wasm")]

mod address;
mod captions;
mod news;
mod numbers;

use bevy::prelude::*;
use bevy::window::PresentMode;
use bridge::Generation;
use exhibit::input::LastDevice;
use exhibit::keep::{Visit, from_link};
use exhibit::text::Texts;
use exhibit::{HallSettings, app};
use wasm_bindgen::prelude::*;

/// Where the hall is drawn.
const CANVAS: &str = "#hall";

/// Opens the hall on the page's canvas `#hall`, and returns at once: the browser calls it for every frame.
///
/// `visit`: a link as visitors keep it, or nothing. `model`: the address of a diffusers folder, or what [`bring_model`] has returned.
/// `device`: auto, gpu or cpu. `calm`: the visitor does not want to be moved about. `contrast`: the visitor wants white on black.
///
/// # Errors
/// A link that cannot be read, an unknown device.
#[wasm_bindgen]
pub fn open_hall(visit: &str, model: &str, device: &str, calm: bool, contrast: bool) -> Result<(), JsError> {
    cpu_kernels::install();
    gpu_kernels::install();
    let Visit { generation, beside, stop } = from_link(visit)?;
    let generation = with_words(generation);
    let link_base = address::of_page();
    let settings = HallSettings {
        model: model.into(),
        device: device.parse()?,
        generation,
        beside,
        stop,
        link_base,
        calm,
        contrast,
        ..default()
    };
    let window = Window {
        title: Texts::english().say("hall-name"),
        canvas: Some(CANVAS.into()),
        fit_canvas_to_parent: true,
        present_mode: PresentMode::AutoVsync,
        ..default()
    };
    let mut app = app(settings, window);
    app.add_plugins((address::plugin, captions::plugin, news::plugin, numbers::plugin));
    if is_touched() {
        app.insert_resource(LastDevice::Touch);
    }
    app.run();
    Ok(())
}

/// Hands in a model of the visitor's own: the paths of its files inside its folder, and the files as `Blob`s, in the same order.
/// Returns what [`open_hall`] takes as `model`.
#[wasm_bindgen]
pub fn bring_model(name: &str, paths: Vec<String>, files: Vec<JsValue>) -> String {
    bridge::bring_model(name, paths.into_iter().zip(files))
}

/// Whether fingers are what this device is used with.
fn is_touched() -> bool {
    let query = web_sys::window().and_then(|window| window.match_media("(pointer: coarse)").ok().flatten());
    query.is_some_and(|query| query.matches())
}

/// A link without words opens what the hall opens with.
fn with_words(generation: Generation) -> Generation {
    match generation.prompt.as_str() {
        "" => Generation { prompt: HallSettings::PROMPT.into(), ..generation },
        _ => generation,
    }
}
