//! `snapshot`: what a visitor would see at a stop, as a PNG.

use std::process::ExitCode;

use anyhow::Context;
use bridge::Generation;
use exhibit::{Film, Shot};

use super::check_writable;
use crate::cli::SnapshotArgs;

pub fn run(args: &SnapshotArgs) -> anyhow::Result<ExitCode> {
    let output = args.file.as_ref().or(args.output.as_ref()).context("say which file to write")?;
    check_writable(output)?;
    let mut settings = args.visit.settings(&args.model)?;
    pollster::block_on(bridge::check_adapter())?;
    if let Some(prompt) = &args.beside {
        settings.beside = Some(Generation { prompt: prompt.clone(), ..settings.generation.clone() });
    }
    let stop = args.stop.clone().or(settings.stop.map(|stop| stop.to_string()));
    let film = args.film.map(|seconds| Film { seconds, frames_per_second: args.rate });
    let shot = Shot { stop, step: args.step, size: args.size, output: output.clone(), film };
    exhibit::snapshot(&settings, &[shot], &mut |what| eprintln!("{what}"))?;
    println!("{}", output.display());
    Ok(ExitCode::SUCCESS)
}
