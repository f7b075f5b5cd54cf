//! The command line.

use std::path::PathBuf;

use anyhow::bail;
use bridge::{DeviceChoice, Generation, SchedulerKind};
use clap::{Args, Parser, Subcommand};
use diffusion::Folder;

/// A museum hall in which Stable Diffusion really runs. Without a command, the hall opens.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub hall: HallArgs,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Paint one picture and write it as a PNG
    Generate(GenerateArgs),
    /// Record a whole run (every latent and prediction) as a safetensors file
    Trace(TraceArgs),
    /// Render what a visitor would see at a stop of the hall, without a window
    #[cfg(feature = "hall")]
    Snapshot(SnapshotArgs),
    /// Test the GPU's arithmetic against the CPU; exits with 0 if it is right, 1 if it is wrong
    Check(CheckArgs),
}

#[derive(Debug, Args)]
pub struct HallArgs {
    #[command(flatten)]
    pub model: ModelArgs,
    /// The prompt that is painted when the doors open
    #[arg(long, default_value = DEFAULT_PROMPT)]
    pub prompt: String,
    /// Seed of the initial noise
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Fill the screen
    #[arg(long)]
    pub fullscreen: bool,
}

/// A scene that the built-in model knows.
pub const DEFAULT_PROMPT: &str = "an oil painting of a red boat on the sea at sunset";

#[derive(Debug, Args)]
pub struct ModelArgs {
    /// A model in diffusers' layout (Stable Diffusion 1.x or 2.x) [default: the built-in model]
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,
    /// auto: a hardware GPU if there is one, else the CPU; gpu: any adapter, a software one too; cpu
    #[arg(long, default_value_t = DeviceChoice::Auto)]
    pub device: DeviceChoice,
}

#[derive(Debug, Args)]
pub struct RunArgs {
    /// What to paint
    pub prompt: String,
    #[command(flatten)]
    pub model: ModelArgs,
    /// What to steer away from
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub negative_prompt: String,
    /// Seed of the initial noise, as torch.manual_seed
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Denoising steps [default: the model's own]
    #[arg(long, value_name = "N")]
    pub steps: Option<usize>,
    /// How strongly the prompt pulls; guidance is on above 1 [default: the model's own]
    #[arg(long, value_name = "X")]
    pub guidance_scale: Option<f32>,
    /// ddim, pndm or euler [default: the model's own]
    #[arg(long, value_name = "NAME")]
    pub scheduler: Option<SchedulerKind>,
    /// Width in pixels [default: the model's own]
    #[arg(long, value_name = "PIXELS")]
    pub width: Option<usize>,
    /// Height in pixels [default: the model's own]
    #[arg(long, value_name = "PIXELS")]
    pub height: Option<usize>,
    /// Print one line of JSON about what was done to standard output
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct GenerateArgs {
    #[command(flatten)]
    pub run: RunArgs,
    /// The PNG to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

#[derive(Debug, Args)]
pub struct TraceArgs {
    #[command(flatten)]
    pub run: RunArgs,
    /// The safetensors file to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

#[cfg(feature = "hall")]
#[derive(Debug, Args)]
pub struct SnapshotArgs {
    #[command(flatten)]
    pub model: ModelArgs,
    /// hall (the view over everything), words, tokens, text_encoder, noise, unet, unet.down.0, unet.mid, unet.up.0, …,
    /// guidance, scheduler, decoder, picture
    #[arg(long, value_name = "NAME", default_value = "hall")]
    pub stop: String,
    /// The step of the run to show, from 0 [default: the finished run]
    #[arg(long, value_name = "N")]
    pub step: Option<usize>,
    #[arg(long, value_name = "TEXT", default_value = DEFAULT_PROMPT)]
    pub prompt: String,
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Pixels of the snapshot
    #[arg(long, value_name = "WxH", default_value = "1920x1080", value_parser = parse_size)]
    pub size: [u32; 2],
    /// The PNG to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

#[derive(Debug, Args)]
pub struct CheckArgs {
    /// A model in diffusers' layout, of which one evaluation is compared too [default: the built-in model]
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,
    /// Print the result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

impl RunArgs {
    pub fn generation(&self) -> Generation {
        Generation {
            prompt: self.prompt.clone(),
            negative_prompt: self.negative_prompt.clone(),
            seed: self.seed,
            num_inference_steps: self.steps,
            guidance_scale: self.guidance_scale,
            scheduler: self.scheduler,
            width: self.width,
            height: self.height,
        }
    }
}

/// The folder that was asked for, or the built-in model: in the working directory, beside the program, or in the sources.
///
/// # Errors
/// If there is no such folder, or no built-in model in any of these places.
pub fn model_folder(asked: Option<&PathBuf>) -> anyhow::Result<PathBuf> {
    if let Some(folder) = asked {
        // A mistake in the name is told before a window opens.
        Folder::open(folder)?;
        return Ok(folder.clone());
    }
    let builtin = PathBuf::from("weights/builtin");
    let beside = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.join(&builtin)));
    let sources = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(&builtin);
    let places: Vec<PathBuf> = [Some(builtin), beside, Some(sources)].into_iter().flatten().collect();
    match places.iter().find(|place| place.join("model_index.json").is_file()) {
        Some(place) => Ok(place.clone()),
        None => bail!(
            "the built-in model was not found (looked for {}): start latentarium where weights/builtin lies, or name a model with --model DIR",
            places.iter().map(|place| place.display().to_string()).collect::<Vec<_>>().join(", ")
        ),
    }
}

#[cfg(feature = "hall")]
fn parse_size(text: &str) -> Result<[u32; 2], String> {
    let size = text.split_once('x').and_then(|(width, height)| Some([width.parse().ok()?, height.parse().ok()?]));
    match size {
        Some(size) if size.iter().all(|pixels| (16..=8192).contains(pixels)) => Ok(size),
        _ => Err("write it as 1920x1080, each side from 16 to 8192 pixels".into()),
    }
}
