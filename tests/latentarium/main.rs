//! Tests of the program itself, started as its users start it.
#![allow(clippy::unwrap_used)]

#[cfg(feature = "hall")]
mod bench;
mod commands;
mod links;
mod mistakes;
#[cfg(feature = "hall")]
mod screens;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A small model with random weights.
fn tiny_model() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/diffusion/golden/tiny-sd1")).to_path_buf()
}

/// A fresh folder for one test.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn latentarium(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_latentarium")).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
