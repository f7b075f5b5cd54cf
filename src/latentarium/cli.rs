//! The command line.

use std::path::PathBuf;

use anyhow::bail;
use bridge::{DeviceChoice, Generation, Intervention, SchedulerKind, Site};
use clap::{Args, Parser, Subcommand};
use diffusion::Folder;
#[cfg(feature = "hall")]
use exhibit::{HallSettings, keep};

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
    Snapshot(Box<SnapshotArgs>),
    /// Time the parts of a model on every device, beside burn's own kernels and beside PyTorch
    Bench(BenchArgs),
    /// Time the hall's frames while runs compute, and watch memory over many runs, without a window
    #[cfg(feature = "hall")]
    BenchHall(BenchHallArgs),
    /// Test the GPU's arithmetic against the CPU; exits with 0 if it is right, 1 if it is wrong
    Check(CheckArgs),
}

#[derive(Debug, Args)]
pub struct HallArgs {
    #[command(flatten)]
    pub model: ModelArgs,
    #[cfg(feature = "hall")]
    #[command(flatten)]
    pub visit: VisitArgs,
    /// Fill the screen
    #[arg(long)]
    pub fullscreen: bool,
}

// What is on show when the doors open, and what visitors take along. (Clap would say a `///` as the help of every command.)
#[cfg(feature = "hall")]
#[derive(Debug, Args)]
pub struct VisitArgs {
    /// The prompt that is painted when the doors open
    #[arg(long, value_name = "TEXT", default_value = HallSettings::PROMPT)]
    pub prompt: String,
    /// Seed of the initial noise
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Open what a kept link carries: a run, the run beside it and the stop
    #[arg(long, value_parser = keep::from_link, conflicts_with_all = ["prompt", "seed"])]
    pub link: Option<keep::Visit>,
    /// What stands before # in the links that visitors take along
    #[arg(long, value_name = "URL", default_value = HallSettings::LINK_BASE)]
    pub link_base: String,
    /// Fade to the next stop instead of flying, and turn in steps
    #[arg(long)]
    pub calm: bool,
    /// Show panels in white on black
    #[arg(long)]
    pub contrast: bool,
    /// The folder that visitors' pictures are saved in
    #[arg(long, value_name = "DIR", default_value = HallSettings::PICTURES)]
    pub pictures: PathBuf,
}

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
    /// ddpm, ddim, pndm, euler, euler-a, dpm++2m, dpm++2m-karras, unipc or lcm [default: the model's own]
    #[arg(long, value_name = "NAME")]
    pub scheduler: Option<SchedulerKind>,
    /// How much fresh noise DDIM adds at each step, 0 to 1
    #[arg(long, value_name = "X")]
    pub eta: Option<f32>,
    /// How far guided predictions are drawn back to the contrast of unguided ones, 0 to 1
    #[arg(long, value_name = "X")]
    pub guidance_rescale: Option<f32>,
    /// A picture to begin with instead of noise alone; it is cut and scaled to the run's size
    #[arg(long, value_name = "FILE")]
    pub image: Option<PathBuf>,
    /// How much noise is put on that picture: 1 nearly hides it, at 0.3 its outlines stay
    #[arg(long, value_name = "X", default_value_t = 0.8, requires = "image")]
    pub strength: f32,
    /// Width in pixels [default: the model's own]
    #[arg(long, value_name = "PIXELS")]
    pub width: Option<usize>,
    /// Height in pixels [default: the model's own]
    #[arg(long, value_name = "PIXELS")]
    pub height: Option<usize>,
    /// Switch a part of the UNet off, such as unet.mid or unet.up.1.skip.0; may be given several times
    #[arg(long, value_name = "SITE")]
    pub switch_off: Vec<Site>,
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
    /// So many pictures, each with the next seed; their files are FILE with -SEED in the name
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub count: u64,
}

#[derive(Debug, Args)]
pub struct TraceArgs {
    #[command(flatten)]
    pub run: RunArgs,
    /// Record cross-attention, too, of every transformer: [steps · batch, heads, pixels, tokens]
    #[arg(long)]
    pub attention: bool,
    /// Record the feature maps that leave each block of the UNet, too: [steps · batch, channels, height, width]
    #[arg(long)]
    pub features: bool,
    /// The safetensors file to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

#[cfg(feature = "hall")]
#[derive(Debug, Args)]
pub struct SnapshotArgs {
    #[command(flatten)]
    pub model: ModelArgs,
    #[command(flatten)]
    pub visit: VisitArgs,
    /// A second run beside the first, with this prompt instead
    #[arg(long, value_name = "PROMPT")]
    pub beside: Option<String>,
    /// hall (the view over everything), words, tokens, text_encoder, noise, unet, unet.down.0, unet.mid, unet.up.0, …,
    /// attention, guidance, scheduler, time_wall, decoder, picture, map [default: the link's, or hall]
    #[arg(long, value_name = "NAME")]
    pub stop: Option<String>,
    /// The step of the run to show, from 0 [default: the finished run]
    #[arg(long, value_name = "N")]
    pub step: Option<usize>,
    /// Pixels of the snapshot
    #[arg(long, value_name = "WxH", default_value = "1920x1080", value_parser = parse_size)]
    pub size: [u32; 2],
    /// An animated PNG of so many seconds of the tour, up to that step
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub film: Option<f32>,
    /// Frames of the film for each second
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=60))]
    pub rate: u16,
    /// The PNG to write
    #[arg(value_name = "FILE", required_unless_present = "output")]
    pub file: Option<PathBuf>,
    /// The same, as the other commands have it
    #[arg(short, long, value_name = "FILE", conflicts_with = "file")]
    pub output: Option<PathBuf>,
}

#[cfg(feature = "hall")]
#[derive(Debug, Args)]
pub struct BenchHallArgs {
    #[command(flatten)]
    pub model: ModelArgs,
    /// Pixels of a frame
    #[arg(long, value_name = "WxH", default_value = "640x360", value_parser = parse_size)]
    pub size: [u32; 2],
    /// Frames to time while no run computes, and at least so many while runs do
    #[arg(long, value_name = "N", default_value_t = 240, value_parser = clap::value_parser!(u32).range(1..))]
    pub frames: u32,
    /// Runs to watch memory over, each of another prompt; 0 leaves that out
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub runs: u32,
    /// Print what was measured as one line of JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct BenchArgs {
    /// A model in diffusers' layout [default: the built-in model]
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,
    /// A program that times the same model in another way, such as "python tests/latentarium/peer.py"
    #[arg(long, value_name = "COMMAND")]
    pub peer: Option<String>,
    /// How long each part is measured at least
    #[arg(long, value_name = "SECONDS", default_value_t = 3.0)]
    pub seconds: f64,
    /// Print what was measured as one line of JSON
    #[arg(long)]
    pub json: bool,
    /// Only print how many kernels of its own or of burn's a GPU is asked to start (the benchmark asks itself so)
    #[arg(long, hide = true)]
    pub count_dispatches: Option<Whose>,
}

/// Whose kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Whose {
    Ours,
    Burn,
}

#[derive(Debug, Args)]
pub struct CheckArgs {
    /// A model in diffusers' layout, of which one evaluation is compared too [default: the built-in model]
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,
    /// First let the GPU try out its kernels on a whole run of the model, so that no visitor waits for that
    #[arg(long)]
    pub warm_up: bool,
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
            eta: self.eta,
            guidance_rescale: self.guidance_rescale,
            width: self.width,
            height: self.height,
            intervention: Intervention { switched_off: self.switch_off.clone(), ..Intervention::default() },
            branch: None,
        }
    }
}

#[cfg(feature = "hall")]
impl VisitArgs {
    /// # Errors
    /// If the model is not there.
    pub fn settings(&self, model: &ModelArgs) -> anyhow::Result<HallSettings> {
        let asked = || Generation { seed: self.seed, ..Generation::of(&self.prompt) };
        let visit = self.link.clone().unwrap_or_else(|| keep::Visit { generation: asked(), ..keep::Visit::default() });
        Ok(HallSettings {
            model: model_folder(model.model.as_ref())?,
            device: model.device,
            generation: visit.generation,
            beside: visit.beside,
            stop: visit.stop,
            link_base: self.link_base.clone(),
            pictures: self.pictures.clone(),
            fullscreen: false,
            calm: self.calm,
            contrast: self.contrast,
        })
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

#[cfg(feature = "hall")]
fn parse_seconds(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(seconds) if (0.1..=60.0).contains(&seconds) => Ok(seconds),
        _ => Err("write a number of seconds from 0.1 to 60".into()),
    }
}
