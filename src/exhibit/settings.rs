//! What an operator sets before the hall opens.

use std::path::PathBuf;

use bevy::prelude::Resource;
use bridge::{DeviceChoice, Generation};

/// The model on show, where it computes, and what it paints first.
#[derive(Resource, Clone, Debug)]
pub struct HallSettings {
    /// A diffusers folder.
    pub model: PathBuf,
    pub device: DeviceChoice,
    /// What is painted when the doors open.
    pub generation: Generation,
    pub fullscreen: bool,
}
