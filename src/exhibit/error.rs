//! Why the hall could not be shown.

use std::fmt;
use std::path::PathBuf;

/// Each says what is wrong and what to do about it.
#[derive(Clone, Debug, PartialEq)]
pub enum HallError {
    /// The stop does not exist in the hall of this model.
    UnknownStop { stop: String, valid: Vec<String> },
    /// The run has no such step.
    UnknownStep { step: usize, steps: usize },
    /// The model could not be loaded, or the run failed; the engine's own sentence.
    Engine { message: String },
    /// The picture could not be written.
    Write { path: PathBuf, why: String },
    /// The renderer never handed over a frame.
    NoFrame,
}

impl fmt::Display for HallError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::UnknownStop { stop, valid } => {
                write!(f, "there is no stop “{stop}” in the hall of this model: choose one of {}", valid.join(", "))
            }
            Self::UnknownStep { step, steps } => {
                write!(f, "there is no step {step}: this run has {steps}, so choose a step from 0 to {}", steps.saturating_sub(1))
            }
            Self::Engine { message } => write!(f, "{message}"),
            Self::Write { path, why } => write!(f, "{} could not be written: {why}", path.display()),
            Self::NoFrame => {
                write!(f, "the renderer handed over no picture: check the graphics driver, for example with vulkaninfo")
            }
        }
    }
}

impl std::error::Error for HallError {}
