//! Tests of `diffusion`.
#![allow(clippy::unwrap_used)]

mod golden_run;

mod bad_folders;
mod builtin;
mod interventions;
mod kernels;
mod noise;
mod parity;
mod schedulers;
mod sites;
mod tokens;
