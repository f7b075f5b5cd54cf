//! What an operator sets before the hall opens.

use std::path::PathBuf;

use bevy::prelude::Resource;
use bridge::{DeviceChoice, Generation};

use crate::stop::Stop;

/// The model on show, where it computes, and what it paints first.
#[derive(Resource, Clone, Debug)]
pub struct HallSettings {
    /// A diffusers folder.
    pub model: PathBuf,
    pub device: DeviceChoice,
    /// What is painted when the doors open.
    pub generation: Generation,
    /// The run beside it.
    pub beside: Option<Generation>,
    /// Where the visit begins; without one at the view over the hall.
    pub stop: Option<Stop>,
    /// What stands before `#` in the links that visitors take along.
    pub link_base: String,
    /// The folder that pictures are saved in.
    pub pictures: PathBuf,
    pub fullscreen: bool,
    /// Stops are faded to, never flown to, and turns are made in steps.
    pub calm: bool,
    /// Panels are white on black.
    pub contrast: bool,
}

impl HallSettings {
    /// A scene that the built-in model knows.
    pub const PROMPT: &str = "an oil painting of a red boat on the sea at sunset";
    pub const LINK_BASE: &str = "latentarium:";
    /// Under the current directory.
    pub const PICTURES: &str = "pictures";
}

impl Default for HallSettings {
    fn default() -> Self {
        Self {
            model: PathBuf::new(),
            device: DeviceChoice::default(),
            generation: Generation::default(),
            beside: None,
            stop: None,
            link_base: Self::LINK_BASE.into(),
            pictures: Self::PICTURES.into(),
            fullscreen: false,
            calm: false,
            contrast: false,
        }
    }
}
