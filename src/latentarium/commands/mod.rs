//! The commands.

pub mod bench;
#[cfg(feature = "hall")]
pub mod bench_hall;
pub mod check;
pub mod generate;
pub mod hall;
#[cfg(feature = "hall")]
pub mod snapshot;
pub mod trace;

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use bridge::{Generation, Shown};
use burn::tensor::{Tensor, TensorData};
use diffusion::{Denoising, Pipeline, Start};
use image::imageops::FilterType;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::cli::RunArgs;

/// A bar on standard error, hidden where that is not a terminal.
fn progress_bar(steps: u64, what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:>12} [{bar:40}] {pos}/{len} {elapsed}/{duration}")
        .expect("the template is well formed")
        .progress_chars("█▓░");
    let bar = ProgressBar::new(steps).with_style(style).with_message(what.to_string());
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

/// Fails before the work is done, not after it, if the file could not be written.
///
/// # Errors
/// If the folder does not exist or may not be written to.
fn check_writable(output: &Path) -> anyhow::Result<()> {
    let existed = output.exists();
    let opened = std::fs::OpenOptions::new().append(true).create(true).open(output);
    opened.with_context(|| format!("{} cannot be written: choose another place with -o", output.display()))?;
    if !existed {
        // A run that fails leaves nothing behind.
        let _ = std::fs::remove_file(output);
    }
    Ok(())
}

/// Where the run begins: at noise, or at the picture that was named.
///
/// # Errors
/// If the picture cannot be read, or the generation not be made.
fn start<B: Shown>(args: &RunArgs, pipeline: &Pipeline<B>, device: &B::Device) -> anyhow::Result<Start<B>> {
    let Some(path) = &args.image else { return Ok(Start::Noise) };
    let size = pipeline.resolve(&args.generation())?;
    let [height, width] = [size.height, size.width].map(Option::unwrap_or_default);
    let picture = image::open(path).with_context(|| format!("{} cannot be read: name a PNG", path.display()))?;
    let picture = picture.resize_to_fill(width as u32, height as u32, FilterType::CatmullRom).to_rgb8();
    let levels = (0..3).flat_map(|channel| picture.pixels().map(move |pixel| f32::from(pixel[channel]) / 255.0)).collect();
    let picture = Tensor::from_data(TensorData::new(levels, [1, 3, height, width]), device);
    Ok(Start::Picture { picture, strength: args.strength })
}

/// Says which words of the prompts found no slot in the context.
fn warn_of_truncation<B: Shown>(denoising: &Denoising<B>) {
    for (prompt, tokens) in [("prompt", denoising.tokens()), ("negative prompt", denoising.negative_tokens())] {
        if !tokens.truncated.is_empty() {
            eprintln!("latentarium: the {prompt} is longer than the context; not read: {}", tokens.truncated.join(" "));
        }
    }
}

/// Tells a person, or with `--json` a program, what was done.
fn report(args: &RunArgs, output: &Path, generation: &Generation, device: &str, seconds: f32, what: &str) {
    let output = output.display().to_string();
    if args.json {
        println!("{}", json!({ "output": output, "generation": generation, "device": device, "seconds": seconds }));
    } else {
        println!("{output}: {what} in {seconds:.1} s");
    }
}
