//! `snapshot`: what a visitor would see at a stop, as a PNG.

use std::process::ExitCode;

use bridge::Generation;
use exhibit::{HallSettings, Shot};

use super::check_writable;
use crate::cli::{SnapshotArgs, model_folder};

pub fn run(args: &SnapshotArgs) -> anyhow::Result<ExitCode> {
    check_writable(&args.output)?;
    pollster::block_on(bridge::check_adapter())?;
    let settings = HallSettings {
        model: model_folder(args.model.model.as_ref())?,
        device: args.model.device,
        generation: Generation { seed: args.seed, ..Generation::of(&args.prompt) },
        fullscreen: false,
    };
    let shot = Shot { stop: Some(args.stop.clone()), step: args.step, size: args.size, output: args.output.clone() };
    exhibit::snapshot(&settings, &[shot], &mut |what| eprintln!("{what}"))?;
    println!("{}", args.output.display());
    Ok(ExitCode::SUCCESS)
}
