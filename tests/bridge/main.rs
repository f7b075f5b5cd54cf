//! Tests of the bridge: what is reported, and what is drawn.

#![recursion_limit = "256"]
#![allow(clippy::unwrap_used)]

#[path = "../diffusion/golden_run.rs"]
mod golden_run;

mod arithmetic;
mod devices;
mod engine;
#[cfg(feature = "bevy")]
mod hall;
mod kernels;
mod look;
#[cfg(feature = "bevy")]
mod sharing;
#[cfg(feature = "bevy")]
mod textures;
