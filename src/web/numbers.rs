//! Numbers of the run on show, for the page's own scripts and for tests.

use std::cell::RefCell;

use bevy::prelude::*;
use bridge::{Array, TensorImage};
use exhibit::state::Run;
use wasm_bindgen::prelude::wasm_bindgen;

pub fn plugin(app: &mut App) {
    app.add_systems(Last, note.run_if(resource_changed::<Run>));
}

#[derive(Default)]
struct Noted {
    latents: Vec<TensorImage>,
    /// Empty before it is painted.
    picture: Array,
}

thread_local! {
    static NOTED: RefCell<Noted> = RefCell::default();
}

fn note(run: Res<Run>) {
    let latents = run.steps.iter().map(|step| step.latent.clone()).collect();
    NOTED.with(|noted| *noted.borrow_mut() = Noted { latents, picture: run.picture_numbers.clone() });
}

/// Steps that have been denoised.
#[wasm_bindgen]
pub fn steps() -> usize {
    NOTED.with(|noted| noted.borrow().latents.len())
}

/// The latent that a step has left, [4, height, width]; nothing where the GPU keeps it.
#[wasm_bindgen]
pub fn latent(step: usize) -> Option<Vec<f32>> {
    NOTED.with(|noted| noted.borrow().latents.get(step)?.values().map(<[f32]>::to_vec))
}

/// The picture, [3, height, width], 0..1; nothing before it is painted.
#[wasm_bindgen]
pub fn picture() -> Option<Vec<f32>> {
    NOTED.with(|noted| Some(noted.borrow().picture.values.to_vec()).filter(|picture| !picture.is_empty()))
}
