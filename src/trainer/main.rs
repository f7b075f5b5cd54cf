//! The trainer's command line: train, export, sample.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use burn::tensor::backend::AutodiffBackend;
use burn_autodiff::Autodiff;
use clap::{Args, Parser, Subcommand, ValueEnum};
use trainer::config::Config;
use trainer::course::{Trained, train};
use trainer::export::export;
use trainer::run::Run;

/// Makes the built-in model of the Latentarium from the painter's pictures.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Commands,
}

#[derive(Subcommand)]
enum Commands {
    /// Trains a model, or goes on with it: vocabulary, autoencoder, latents, denoiser
    Train {
        /// A TOML file such as src/trainer/configs/builtin.toml
        config: PathBuf,
        #[command(flatten)]
        place: Place,
        /// Time for the autoencoder instead of the configuration's
        #[arg(long, value_name = "MINUTES")]
        minutes_autoencoder: Option<f64>,
        /// Time for the denoiser instead of the configuration's
        #[arg(long, value_name = "MINUTES")]
        minutes_denoiser: Option<f64>,
    },
    /// Writes the model as a diffusers folder, in half precision
    Export {
        #[command(flatten)]
        place: Place,
        #[arg(short, long, default_value = "weights/builtin")]
        output: PathBuf,
    },
    /// Draws the configuration's prompts with the model as it stands
    Sample {
        #[command(flatten)]
        place: Place,
        #[arg(short, long, default_value = "sheet.png")]
        output: PathBuf,
    },
}

#[derive(Args)]
struct Place {
    /// The folder that holds everything the run has made
    #[arg(long)]
    run: PathBuf,
    /// What computes
    #[arg(long, value_enum, default_value_t = BackendName::DEFAULT)]
    backend: BackendName,
    /// Threads to compute with
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

#[derive(Clone, Copy, ValueEnum)]
enum BackendName {
    /// burn's own CPU backend
    Flex,
    /// LibTorch on the CPU, several times faster
    #[cfg(feature = "tch")]
    Tch,
    /// LibTorch with bf16 tensors; weights, optimizer and average stay in f32. With AMX convolutions take half the time, a step of the
    /// autoencoder 0.6 of it
    #[cfg(feature = "tch")]
    TchBf16,
}

impl BackendName {
    #[cfg(feature = "tch")]
    const DEFAULT: Self = Self::Tch;
    #[cfg(not(feature = "tch"))]
    const DEFAULT: Self = Self::Flex;
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let place = match &arguments.command {
        Commands::Train { place, .. } | Commands::Export { place, .. } | Commands::Sample { place, .. } => place,
    };
    if let Some(outcome) = again_with_threads(place.threads)? {
        return outcome;
    }
    match place.backend {
        BackendName::Flex => obey::<Autodiff<burn_flex::Flex>>(&arguments.command, 1),
        #[cfg(feature = "tch")]
        BackendName::Tch => obey::<Autodiff<burn_tch::LibTorch<f32>>>(&arguments.command, 1),
        #[cfg(feature = "tch")]
        BackendName::TchBf16 => obey::<Autodiff<burn_tch::LibTorch<burn::tensor::bf16>>>(&arguments.command, AMX_LEAST_BATCH),
    }
}

/// With AMX and smaller batches oneDNN (in LibTorch 2.9) computes garbage where burn asks for the gradient of a convolution's weights:
/// a convolution whose input channels are the batch.
#[cfg(feature = "tch")]
const AMX_LEAST_BATCH: usize = 16;

fn obey<B: AutodiffBackend>(command: &Commands, least_batch: usize) -> Result<()> {
    let device = B::Device::default();
    match command {
        Commands::Train { config, place, minutes_autoencoder, minutes_denoiser } => {
            let mut config = Config::read(config)?;
            config.autoencoder.learning.minutes = minutes_autoencoder.unwrap_or(config.autoencoder.learning.minutes);
            config.denoiser.learning.minutes = minutes_denoiser.unwrap_or(config.denoiser.learning.minutes);
            let batches = [config.autoencoder.learning.batch, config.denoiser.learning.batch];
            ensure!(
                batches.into_iter().all(|batch| batch >= least_batch),
                "every learning.batch must be at least {least_batch} on this backend"
            );
            train::<B>(&Run::begin(&place.run, config)?, &device)
        }
        Commands::Export { place, output } => {
            let bytes = export::<B::InnerBackend>(&Run::open(&place.run)?, &device, output)?;
            println!("{}: {:.1} MB", output.display(), bytes as f64 / 1e6);
            Ok(())
        }
        Commands::Sample { place, output } => {
            let run = Run::open(&place.run)?;
            Trained::<B::InnerBackend>::load(&run, &device)?.sheet(&run, &device, output)
        }
    }
}

/// LibTorch and rayon read the number of threads from the environment, once, when they start. So the program starts itself again
/// with it; `None` means that this has happened.
fn again_with_threads(threads: usize) -> Result<Option<Result<()>>> {
    let threads = threads.max(1).to_string();
    // A thread that waits must sleep: by default it spins, and where other programs run beside, a step takes up to thirty times as long.
    let variables =
        [("OMP_NUM_THREADS", threads.as_str()), ("RAYON_NUM_THREADS", threads.as_str()), ("OMP_WAIT_POLICY", "passive")];
    if variables.iter().all(|(variable, value)| std::env::var(variable).is_ok_and(|set| set == *value)) {
        return Ok(None);
    }
    let program = std::env::current_exe().context("cannot find the trainer's own program file")?;
    let mut again = Command::new(program);
    again.args(std::env::args_os().skip(1)).envs(variables);
    become_command(again).map(Some)
}

#[cfg(unix)]
fn become_command(mut command: Command) -> Result<Result<()>> {
    use std::os::unix::process::CommandExt;
    Err(command.exec()).context("cannot start the trainer again with another number of threads")
}

#[cfg(not(unix))]
fn become_command(mut command: Command) -> Result<Result<()>> {
    let status = command.status().context("cannot start the trainer again with another number of threads")?;
    std::process::exit(status.code().unwrap_or(1));
}
