//! The track: where the stations stand, and the rails between them.

pub mod place;
pub mod rail;

pub use place::{Gate, Layout, Place, place};
