//! A message between the hall and the engine: requests travel left, reports travel right, nothing else does.

use std::path::PathBuf;

use diffusion::{Generation, ModelShape, Site, Tokens};

use crate::numbers::{Array, StartNumbers, StepNumbers};
use crate::tensor_image::TensorImage;

/// What the hall asks for. A later request replaces what is still being done.
#[derive(Clone, Debug)]
pub enum Request {
    /// Loads a model in diffusers' layout: a folder, in a browser an address.
    Load(PathBuf),
    /// Computes a picture. Takes effect at the next block boundary of a run under way, which is then given up without a report.
    Generate { run: RunId, generation: Generation },
    /// Computes a second picture beside the one of the last `Generate`, whose run goes on. Both are computed in step; steps that they
    /// share are computed once. Everything that is reported of `run` is also reported of `difference`, as what it has more than the
    /// first run has: numbers are subtracted, of pictures the distance is taken.
    Beside { run: RunId, difference: RunId, generation: Generation },
    /// Gives up the run beside the first, which goes on.
    Alone,
    /// Decodes the latent that a step of a run has left, as it is or with one number of it changed. Of a difference it is the distance
    /// of what both runs decode to. The runs go on afterwards.
    Decode { run: RunId, step: usize, poke: Option<Poke> },
    /// Whether the hall shows what leaves the blocks of the UNet in colours; at first it does not. While it does, every step is also
    /// reported in them, those that are kept at once. The runs go on.
    Colours(bool),
    /// Gives up the runs under way.
    Stop,
}

/// A finger on a latent: to one number something is added.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Poke {
    pub channel: usize,
    pub row: usize,
    pub column: usize,
    /// In the latent's own unit: most numbers of a finished latent lie between −3 and 3.
    pub amount: f32,
}

/// Which run a report belongs to; the hall chooses the numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(pub u64);

/// What has happened.
#[derive(Clone, Debug)]
pub enum Report {
    /// `fraction`: 0..1 of all that is to be loaded.
    ModelLoading { what: String, fraction: f32 },
    /// `device` says in words what it computes on.
    ModelLoaded { shape: ModelShape, device: String },
    /// One sentence that names the thing and the cure. `run` is absent when it concerns no run.
    Failed { run: Option<RunId>, message: String },
    /// The prompt is encoded and the noise drawn.
    RunStarted { run: RunId, started: RunStarted },
    /// A tensor inside the model, of the prompt's half of the batch.
    ///
    /// What leaves `conv_in`, each block of the UNet and (with the last step's number) each stage of the decoder, [channels, height,
    /// width], at least the first 16 channels; what leaves each layer of the text encoder (with step 0), [1, tokens, hidden]: brought
    /// to a root mean square of 1, since only the device knows how large the numbers are.
    ///
    /// Cross-attention weights as they are: [heads · tokens, height, width], or where those are too many to keep the mean of the
    /// heads, [tokens, height, width].
    FeaturesObserved { run: RunId, step: usize, site: Site, features: TensorImage },
    /// What left a block of the UNet, in three colours: its three principal components among the channels, [3, height, width], 0..1.
    /// A second run is shown in the colours of the first, so that the same colour means the same. Comes after its step is reported, and
    /// only where it is asked for with [`Request::Colours`].
    FeaturesInColour { run: RunId, step: usize, site: Site, colours: FeatureColours },
    /// A step of the denoising loop is done.
    StepDenoised { run: RunId, step: StepDenoised },
    /// The last report of a run. picture: [3, height, width], values 0..1 and sRGB-coded, `numbers` the
    /// same; `seconds` since the run started.
    PictureDecoded { run: RunId, picture: TensorImage, numbers: Array, seconds: f32 },
    /// What was asked for with [`Request::Decode`].
    LatentDecoded { run: RunId, decoded: LatentDecoded },
}

/// Feature maps as colours.
#[derive(Clone, Debug)]
pub struct FeatureColours {
    pub colours: TensorImage,
    /// Of the variance among the channels, what each colour shows, 0..1.
    pub shares: [f32; 3],
    /// Of how many channels: those that are kept of a large block.
    pub channels: usize,
}

/// A latent that was decoded out of turn.
#[derive(Clone, Debug)]
pub struct LatentDecoded {
    pub step: usize,
    pub poke: Option<Poke>,
    /// [3, height, width], 0..1
    pub picture: TensorImage,
    /// With a poke, how far each pixel moved, the mean of its three numbers: [1, height, width], 0..1.
    pub moved: Option<TensorImage>,
    /// The same as numbers; empty without a poke.
    pub moved_numbers: Array,
}

impl Report {
    /// The run that it belongs to, if it belongs to one.
    pub fn run(&self) -> Option<RunId> {
        match self {
            Self::ModelLoading { .. } | Self::ModelLoaded { .. } => None,
            Self::Failed { run, .. } => *run,
            Self::RunStarted { run, .. }
            | Self::FeaturesObserved { run, .. }
            | Self::FeaturesInColour { run, .. }
            | Self::StepDenoised { run, .. }
            | Self::PictureDecoded { run, .. }
            | Self::LatentDecoded { run, .. } => Some(*run),
        }
    }
}

/// How a run begins.
#[derive(Clone, Debug)]
pub struct RunStarted {
    /// Resolved: every choice that was left to the model is filled in.
    pub generation: Generation,
    pub tokens: Tokens,
    /// One for each step.
    pub timesteps: Vec<f32>,
    /// One more than there are timesteps: the last is what the last step arrives at.
    pub sigmas: Vec<f32>,
    pub guidance_scale: f32,
    /// [1, tokens, hidden]
    pub prompt_embeds: TensorImage,
    /// [4, height, width]
    pub noise: TensorImage,
    pub numbers: StartNumbers,
}

/// A step of the denoising loop; each tensor is [4, height, width].
#[derive(Clone, Debug)]
pub struct StepDenoised {
    pub index: usize,
    pub timestep: f32,
    pub sigma: f32,
    pub next_sigma: f32,
    /// Guidance was on if it is above 1.
    pub guidance_scale: f32,
    /// What the step took, apart from the preview.
    pub seconds: f32,
    pub noise_pred_uncond: TensorImage,
    pub noise_pred_text: TensorImage,
    /// `noise_pred_text − noise_pred_uncond`: what the words change.
    pub noise_pred_difference: TensorImage,
    pub noise_pred: TensorImage,
    pub pred_original_sample: TensorImage,
    /// After the step.
    pub latent: TensorImage,
    /// `pred_original_sample` decoded, [3, height, width], where that is cheap: pictures up to 128×128.
    pub preview: Option<TensorImage>,
    pub numbers: StepNumbers,
}
