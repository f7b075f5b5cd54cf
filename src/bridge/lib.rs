//! The bridge: burn beside Bevy on one device. Asks go in, reports and pictures of tensors come out.

#![recursion_limit = "256"]

mod arithmetic;
mod backend;
mod components;
#[cfg(feature = "bevy")]
mod device;
mod engine;
mod message;
#[cfg(target_family = "wasm")]
mod model_web;
mod numbers;
mod pace;
mod recorder;
mod tensor_image;
mod track;
#[cfg_attr(not(target_family = "wasm"), path = "worker_native.rs")]
#[cfg_attr(target_family = "wasm", path = "worker_web.rs")]
mod worker;

pub use diffusion::{
    Block, BlockShape, Branch, Generation, Intervention, ModelShape, Part, SchedulerKind, Site, SiteScale, SkipShape, Token,
    Tokens, WordWeight,
};

pub use self::arithmetic::{ArithmeticReport, Comparison, compare_with_cpu};
pub use self::backend::{Cpu, DeviceChoice, Gpu, Job, NoDevice, Shown, UnknownDevice, check_adapter, run_on};
#[cfg(feature = "bevy")]
pub use self::device::{BridgePlugin, SharedDevice, render_plugin};
pub use self::engine::Engine;
pub use self::message::{FeatureColours, LatentDecoded, Poke, Report, Request, RunId, RunStarted, StepDenoised};
#[cfg(target_family = "wasm")]
pub use self::model_web::bring_model;
pub use self::numbers::{Array, StartNumbers, StepNumbers};
pub use self::pace::{CpuPace, GpuPace};
#[cfg(feature = "bevy")]
pub use self::tensor_image::TensorImages;
pub use self::tensor_image::{Layout, Look, Palette, TensorImage};
#[cfg(not(target_family = "wasm"))]
pub use self::worker::log_kernels;
