//! Tests of the bridge: what is reported, and what is drawn.

#![recursion_limit = "256"]
#![allow(clippy::unwrap_used)]

mod devices;
mod engine;
#[cfg(feature = "bevy")]
mod hall;
mod look;
#[cfg(feature = "bevy")]
mod textures;
