//! A generation: everything that decides a picture, apart from the weights. A run is a value.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::intervention::Intervention;
use crate::site::Site;

/// The same `Generation` on the same weights gives the same latents, on any device, to tolerance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Generation {
    pub prompt: String,
    pub negative_prompt: String,
    /// The initial noise equals `torch.manual_seed(seed); torch.randn(...)` on the CPU.
    pub seed: u64,
    /// The model's own default when absent.
    pub num_inference_steps: Option<usize>,
    /// Guidance is on above 1; the model's own default when absent.
    pub guidance_scale: Option<f32>,
    /// The folder's own scheduler when absent.
    pub scheduler: Option<SchedulerKind>,
    /// DDIM's η, 0 to 1: how much of the noise that a step takes away it gives back fresh; none when absent.
    pub eta: Option<f32>,
    /// 0 to 1: how far guided predictions are drawn back to the contrast of unguided ones; not at all when absent.
    pub guidance_rescale: Option<f32>,
    /// Pixels; the model's own size when absent. Must be divisible by the model's down-scaling.
    pub width: Option<usize>,
    /// Pixels, as `width`.
    pub height: Option<usize>,
    pub intervention: Intervention,
    /// What is done otherwise from a step on.
    pub branch: Option<Branch>,
}

/// From a step on, what holds instead; what is absent stays as it was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Branch {
    /// The first step that is made otherwise, counted from 0.
    pub step: usize,
    pub prompt: Option<String>,
    /// At 1 or less the words lead without guidance.
    pub guidance_scale: Option<f32>,
    pub intervention: Option<Intervention>,
}

impl Generation {
    /// A generation of this prompt with everything else left to the model.
    pub fn of(prompt: impl Into<String>) -> Self {
        Self { prompt: prompt.into(), ..Self::default() }
    }

    /// The first step in which a run of this generation differs from one of the other; `None` if they are the same run.
    /// Both are taken to be resolved.
    pub fn parts_from(&self, other: &Self) -> Option<usize> {
        let stem = |generation: &Self| Self { branch: None, ..generation.clone() };
        if stem(self) != stem(other) {
            return Some(0);
        }
        match (&self.branch, &other.branch) {
            (one, two) if one == two => None,
            (Some(one), Some(two)) => Some(one.step.min(two.step)),
            (one, two) => one.as_ref().or(two.as_ref()).map(|branch| branch.step),
        }
    }
}

/// A sampler that a visitor can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SchedulerKind {
    Ddpm,
    Ddim,
    Pndm,
    Euler,
    #[serde(rename = "euler-a")]
    EulerAncestral,
    #[serde(rename = "dpm++2m")]
    DpmPlusPlus2M,
    #[serde(rename = "dpm++2m-karras")]
    DpmPlusPlus2MKarras,
    #[serde(rename = "unipc")]
    UniPc,
    Lcm,
}

impl SchedulerKind {
    pub const ALL: [Self; 9] = [
        Self::Ddpm,
        Self::Ddim,
        Self::Pndm,
        Self::Euler,
        Self::EulerAncestral,
        Self::DpmPlusPlus2M,
        Self::DpmPlusPlus2MKarras,
        Self::UniPc,
        Self::Lcm,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ddpm => "ddpm",
            Self::Ddim => "ddim",
            Self::Pndm => "pndm",
            Self::Euler => "euler",
            Self::EulerAncestral => "euler-a",
            Self::DpmPlusPlus2M => "dpm++2m",
            Self::DpmPlusPlus2MKarras => "dpm++2m-karras",
            Self::UniPc => "unipc",
            Self::Lcm => "lcm",
        }
    }
}

impl fmt::Display for SchedulerKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for SchedulerKind {
    type Err = RequestError;

    fn from_str(name: &str) -> Result<Self, RequestError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| RequestError::UnknownScheduler { name: name.to_string() })
    }
}

/// A generation that this model cannot make.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RequestError {
    #[error("unknown scheduler “{name}”: choose one of {}", SchedulerKind::ALL.map(SchedulerKind::name).join(", "))]
    UnknownScheduler { name: String },
    #[error(
        "{axis} {pixels} is not divisible by {divisor}: this model makes pictures of a multiple of {divisor} pixels, for example {example}"
    )]
    NotDivisible { axis: &'static str, pixels: usize, divisor: usize, example: usize },
    #[error("{axis} {pixels}: choose at most {most} pixels")]
    TooLarge { axis: &'static str, pixels: usize, most: usize },
    #[error("{steps} steps: choose between 1 and {most}")]
    Steps { steps: usize, most: usize },
    #[error("guidance scale {scale}: choose a number from 0 to 100")]
    GuidanceScale { scale: f32 },
    #[error("{name} {value}: choose a number from 0 to 1")]
    NotAShare { name: &'static str, value: f32 },
    #[error("the picture has {width}×{height} pixels, the run {run_width}×{run_height}: scale the picture, or ask for its size")]
    PictureSize { width: usize, height: usize, run_width: usize, run_height: usize },
    #[error("strength {strength} of {steps} steps is less than one step: choose more of either")]
    NoSteps { strength: f32, steps: usize },
    #[error("the prompt has {words} words: shorten it to at most {most} (the model reads the first {slots} pieces of it)")]
    PromptTooLong { words: usize, most: usize, slots: usize },
    #[error(
        "{site} cannot be switched off or scaled: choose a block such as {example}, one of its attentions (….attn.0.cross) or a skip connection of the way up (unet.up.0.skip.0)"
    )]
    NotSwitchable { site: Site, example: String },
    #[error("word weight {weight}: choose a number from 0 to {most}")]
    WordWeight { weight: f32, most: f32 },
    #[error("there is no word {word}: the prompt has {words}, counted from 0")]
    NoSuchWord { word: usize, words: usize },
    #[error("a branch at step {step}: this run has {steps}, counted from 0")]
    BranchStep { step: usize, steps: usize },
    #[error("the prompt could not be read as tokens: {why}")]
    Tokens { why: String },
    #[error("scale {scale} of {site}: choose a number from 0 to {most}")]
    SiteScale { site: Site, scale: f32, most: f32 },
}
