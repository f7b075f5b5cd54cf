//! The trainer: makes the built-in model from the painter's pictures, and nothing else.

pub mod config;

pub mod data;
pub mod tokens;

pub mod models;
pub mod parameters;

pub mod adamw;
pub mod average;
pub mod checkpoint;
pub mod stage;

pub mod autoencoder;
pub mod consistency;
pub mod critic;
pub mod decoder;
pub mod denoiser;
pub mod latents;
pub mod oracle;

pub mod ancestor;
pub mod course;
pub mod eval;
pub mod export;
pub mod frechet;
pub mod memory;
pub mod run;
pub mod samples;
#[cfg(feature = "tch")]
pub mod torch;
