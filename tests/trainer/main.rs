//! Tests of `trainer`: small models on burn's own CPU backend.
#![allow(clippy::unwrap_used)]

mod builtin;
mod checkpoint;
mod config;
mod course;
#[cfg(feature = "wgpu")]
mod gpu;
mod judgement;
mod lessons;
mod vocabulary;

use std::path::PathBuf;

use trainer::config::Config;

type Cpu = burn_flex::Flex;
type Learning = burn_autodiff::Autodiff<Cpu>;

/// 32×32 pictures, 8×8 latents, a few thousand parameters.
const TINY: &str = include_str!("tiny.toml");

fn tiny() -> Config {
    Config::parse(TINY).unwrap()
}

/// An empty folder for one test.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
