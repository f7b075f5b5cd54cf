//! Tests of `diffusion`.
#![allow(clippy::unwrap_used)]

mod golden_run;
mod golden_tensors;

mod bad_folders;
mod builtin;
mod checkpoints;
mod interventions;
mod kernels;
mod latent_rgb;
mod lcm;
mod noise;
mod parity;
mod schedulers;
mod shards;
mod sites;
mod slices;
mod sources;
mod starts;
mod tiny_vae;
mod tokens;
mod word_maps;
