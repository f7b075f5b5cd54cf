//! The door: opens the hall, or runs a headless command.

#![recursion_limit = "256"]

mod cli;
mod commands;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};

fn main() -> ExitCode {
    let cli = Cli::parse();
    // For every model, in the hall and in the commands.
    cpu_kernels::install();
    gpu_kernels::install();
    let outcome = match cli.command {
        None => commands::hall::run(&cli.hall),
        Some(Command::Generate(args)) => headless(|| commands::generate::run(&args)),
        Some(Command::Trace(args)) => headless(|| commands::trace::run(&args)),
        #[cfg(feature = "hall")]
        Some(Command::Snapshot(args)) => commands::snapshot::run(&args),
        #[cfg(feature = "hall")]
        Some(Command::BenchHall(args)) => commands::bench_hall::run(&args),
        Some(Command::Bench(args)) => headless(|| commands::bench::run(&args)),
        Some(Command::Check(args)) => headless(|| commands::check::run(&args)),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("latentarium: {error:#}");
        ExitCode::FAILURE
    })
}

/// The hall logs through Bevy, the commands without it through here.
fn headless(command: impl FnOnce() -> anyhow::Result<ExitCode>) -> anyhow::Result<ExitCode> {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn")).init();
    command()
}
