//! Stable Diffusion: text in, latents step by step, picture out, on any burn backend.
//!
//! [`Pipeline::load`] reads a folder in diffusers' layout, [`Pipeline::begin`] starts a run, and the caller asks
//! [`Denoising::step`] for one [`Step`] after the other. An [`Observer`] sees what happens at each [`Site`] inside.

#![recursion_limit = "256"]

mod request;
pub use request::{Branch, Generation, RequestError, SchedulerKind};
mod intervention;
pub use intervention::{Intervention, SiteScale, Switches, WordWeight};
mod shape;
pub use shape::{BlockShape, ModelShape, SkipShape};
mod site;
pub use site::{Block, Part, Site, UnknownSite};
mod observer;
pub use observer::{Observer, Pace};

mod pipeline;
pub use pipeline::{Denoising, Pipeline, Start, Step};
pub mod tokenizer;
pub use tokenizer::{Token, Tokens};
mod guidance;
pub mod latent;
pub mod schedulers;
pub mod text_encoder;
pub mod unet;
pub use guidance::{guide, rescale_noise_cfg};
mod trace;
pub mod vae;
pub use trace::Trace;
mod word_maps;
pub use word_maps::{TokenMaps, WordMaps, word_mask};

pub mod loader;
pub use loader::{Folder, LoadError};

mod attention;
pub mod kernels;
pub mod resnet;
mod slices;

/// The value of a future that never waits, such as one with the pace `()`.
pub fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => unreachable!("it has been said not to wait"),
    }
}
