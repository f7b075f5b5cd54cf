//! The trainer's command line: train, distil, export, sample, judge.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use burn::tensor::backend::AutodiffBackend;
use burn_autodiff::Autodiff;
use clap::{Args, Parser, Subcommand, ValueEnum};
use trainer::ancestor::Ancestor;
use trainer::config::Config;
use trainer::course::{Trained, train, train_consistency, train_decoder, train_oracle};
use trainer::data;
use trainer::eval::{Extent, evaluate};
use trainer::export::{Edition, export};
use trainer::oracle::Oracle;
use trainer::run::Run;
use trainer::samples::write_sheet;

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
        /// A model in diffusers' layout whose weights the run begins with, as far as names and shapes agree
        #[arg(long, value_name = "FOLDER")]
        ancestor: Option<PathBuf>,
        /// Time for the autoencoder instead of the configuration's; with 0 it stays the ancestor's
        #[arg(long, value_name = "MINUTES")]
        minutes_autoencoder: Option<f64>,
        /// Time for the denoiser instead of the configuration's
        #[arg(long, value_name = "MINUTES")]
        minutes_denoiser: Option<f64>,
    },
    /// Trains the decoder alone, or goes on with it, once the autoencoder is there; latents and denoiser stay as they are
    Decoder {
        /// A TOML file such as src/trainer/configs/builtin.toml
        config: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Distils the fast twin from the finished denoiser, or goes on with it: it paints in a few steps and without guidance
    Distil {
        /// A TOML file such as src/trainer/configs/builtin.toml
        config: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Trains the oracle, or goes on with it: the classifier that judges the model's pictures
    Oracle {
        /// A TOML file such as src/trainer/configs/builtin.toml
        config: PathBuf,
        #[command(flatten)]
        place: Place,
        /// The file for its weights
        #[arg(short, long, default_value = "weights/oracle.safetensors")]
        output: PathBuf,
    },
    /// Writes the model as a diffusers folder, in half precision
    Export {
        #[command(flatten)]
        place: Place,
        /// The fast twin instead
        #[arg(long)]
        fast: bool,
        /// The folder: weights/builtin, or weights/builtin-fast for the twin
        #[arg(short, long)]
        output: Option<PathBuf>,
    },
    /// Draws the configuration's prompts with the model as it stands
    Sample {
        #[command(flatten)]
        place: Place,
        #[arg(short, long, default_value = "sheet.png")]
        output: PathBuf,
    },
    /// Judges a model in diffusers' layout: what the oracle sees in its pictures, its autoencoder, whether it remembers paintings
    Eval {
        /// The folder
        #[arg(default_value = "weights/builtin")]
        model: PathBuf,
        /// The configuration that it and the oracle were trained by
        #[arg(long, default_value = "src/trainer/configs/builtin.toml")]
        config: PathBuf,
        #[arg(long, default_value = "weights/oracle.safetensors")]
        oracle: PathBuf,
        /// How many pictures it paints
        #[arg(long, default_value_t = 1000)]
        pictures: usize,
        /// A file for the scores, as JSON
        #[arg(short, long, default_value = "weights/builtin/scores.json")]
        output: PathBuf,
        /// A file for a sheet of pictures: a row of paintings, below it what the model painted from the same words
        #[arg(long, default_value = "weights/sheet.png")]
        sheet: PathBuf,
        #[command(flatten)]
        compute: Compute,
    },
    /// Paints a contact sheet of the painter's pictures
    Paint {
        /// Pictures on it
        #[arg(long, default_value_t = 40)]
        count: u32,
        #[arg(long, default_value_t = 8)]
        columns: u32,
        /// Pixels along a side of each
        #[arg(long, default_value_t = 128)]
        size: u32,
        /// Other pictures for another number
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// Paint only what these words say, such as "a red boat at night"
        #[arg(long, default_value = "")]
        words: String,
        #[arg(short, long, default_value = "sheet.png")]
        output: PathBuf,
    },
}

#[derive(Args)]
struct Place {
    /// The folder that holds everything the run has made
    #[arg(long)]
    run: PathBuf,
    #[command(flatten)]
    compute: Compute,
}

#[derive(Args)]
struct Compute {
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
    /// Any GPU, by way of wgpu
    #[cfg(feature = "wgpu")]
    Wgpu,
    /// NVIDIA's GPUs, by way of CUDA
    #[cfg(feature = "cuda")]
    Cuda,
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
    let compute = match &arguments.command {
        Commands::Train { place, .. }
        | Commands::Decoder { place, .. }
        | Commands::Distil { place, .. }
        | Commands::Oracle { place, .. }
        | Commands::Export { place, .. }
        | Commands::Sample { place, .. } => &place.compute,
        Commands::Eval { compute, .. } => compute,
        Commands::Paint { count, columns, size, seed, words, output } => {
            return paint_sheet(*count, *columns, *size, *seed, words, output);
        }
    };
    if let Some(outcome) = again_with_threads(compute.threads)? {
        return outcome;
    }
    match compute.backend {
        BackendName::Flex => {
            // For what only draws and judges: nothing in them is differentiated.
            cpu_kernels::install();
            obey::<Autodiff<burn_flex::Flex>>(&arguments.command, 1)
        }
        #[cfg(feature = "wgpu")]
        BackendName::Wgpu => obey::<Autodiff<burn_wgpu::Wgpu>>(&arguments.command, 1),
        #[cfg(feature = "cuda")]
        BackendName::Cuda => obey::<Autodiff<burn_cuda::Cuda>>(&arguments.command, 1),
        #[cfg(feature = "tch")]
        BackendName::Tch => on_torch::<f32>(&arguments.command, 1),
        #[cfg(feature = "tch")]
        BackendName::TchBf16 => on_torch::<burn::tensor::bf16>(&arguments.command, AMX_LEAST_BATCH),
    }
}

/// With AMX and smaller batches oneDNN (in LibTorch 2.9) computes garbage where burn asks for the gradient of a convolution's weights:
/// a convolution whose input channels are the batch.
#[cfg(feature = "tch")]
const AMX_LEAST_BATCH: usize = 16;

#[cfg(feature = "tch")]
fn on_torch<E: burn_tch::TchElement>(command: &Commands, least_batch: usize) -> Result<()> {
    trainer::torch::install::<E>();
    obey::<Autodiff<burn_tch::LibTorch<E>>>(command, least_batch)
}

fn obey<B: AutodiffBackend>(command: &Commands, least_batch: usize) -> Result<()> {
    let device = B::Device::default();
    match command {
        Commands::Train { config, place, ancestor, minutes_autoencoder, minutes_denoiser } => {
            let mut config = Config::read(config)?;
            config.autoencoder.learning.minutes = minutes_autoencoder.unwrap_or(config.autoencoder.learning.minutes);
            config.denoiser.learning.minutes = minutes_denoiser.unwrap_or(config.denoiser.learning.minutes);
            check_batches(&config, least_batch)?;
            let ancestor = ancestor.as_deref().map(Ancestor::open).transpose()?;
            train::<B>(&Run::begin(&place.run, config)?, ancestor.as_ref(), &device)
        }
        Commands::Decoder { config, place } => {
            let config = Config::read(config)?;
            check_batches(&config, least_batch)?;
            train_decoder::<B>(&Run::begin(&place.run, config)?, &device)
        }
        Commands::Distil { config, place } => {
            let config = Config::read(config)?;
            check_batches(&config, least_batch)?;
            train_consistency::<B>(&Run::begin(&place.run, config)?, &device)
        }
        Commands::Oracle { config, place, output } => {
            let config = Config::read(config)?;
            check_batches(&config, least_batch)?;
            train_oracle::<B>(&Run::begin(&place.run, config)?, &device)?.write(output)
        }
        Commands::Export { place, fast, output } => {
            let (edition, usual) =
                if *fast { (Edition::Fast, "weights/builtin-fast") } else { (Edition::Full, "weights/builtin") };
            let output = output.clone().unwrap_or_else(|| usual.into());
            let bytes = export::<B::InnerBackend>(&Run::open(&place.run)?, edition, &device, &output)?;
            println!("{}: {:.1} MB", output.display(), bytes as f64 / 1e6);
            Ok(())
        }
        Commands::Sample { place, output } => {
            let run = Run::open(&place.run)?;
            Trained::<B::InnerBackend>::load(&run, &device)?.sheet(&run, &device, output)
        }
        Commands::Eval { model, config, oracle, pictures, output, sheet, .. } => {
            let config = Config::read(config)?;
            let oracle = Oracle::<B::InnerBackend>::open(oracle, &device)?;
            let extent = Extent {
                pictures: *pictures,
                held_out_pictures: pictures.div_ceil(3),
                paintings: 2000,
                remembered_among: config.denoiser.pictures,
            };
            let scores = evaluate(model, &config, &oracle, extent, sheet, &device)?;
            for (name, value, goal, reached) in scores.goals() {
                println!("{name:38} {value:8.3}  (goal {goal:6.2}) {}", if reached { "reached" } else { "not reached" });
            }
            println!(
                "Fréchet distance {:.3}, of two sets of paintings {:.3}",
                scores.frechet_distance, scores.frechet_distance_of_paintings
            );
            scores.write(output)
        }
        Commands::Paint { .. } => unreachable!("painting needs no backend and was done before"),
    }
}

fn check_batches(config: &Config, least: usize) -> Result<()> {
    let Config { autoencoder, denoiser, decoder, consistency, oracle, .. } = config;
    let learnings = [&autoencoder.learning, &denoiser.learning, &decoder.learning, &consistency.learning, &oracle.learning];
    ensure!(
        learnings.into_iter().all(|learning| learning.batch >= least),
        "every learning.batch must be at least {least} on this backend"
    );
    Ok(())
}

/// Paints pictures of scenes that fit the words.
fn paint_sheet(count: u32, columns: u32, size: u32, seed: u64, words: &str, output: &Path) -> Result<()> {
    let said = match words.trim() {
        "" => painter::Partial::default(),
        words => painter::parse(words)
            .with_context(|| format!("the painter understands nothing, or two things at once, in “{words}”"))?,
    };
    ensure!((32..=1024).contains(&size), "--size must be from 32 to 1024, not {size}");
    let scenes = (0..).map(|index| (index, data::scene(seed, index))).filter(|(_, scene)| said.matches(scene));
    let pictures: Vec<_> =
        scenes.take(count as usize).map(|(index, scene)| data::picture(seed, index, &scene, size as usize)).collect();
    write_sheet(&pictures, columns, output)?;
    println!("{}: {count} pictures", output.display());
    Ok(())
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
