//! The shape of a model: all that the hall needs to know to be built.

use serde::{Deserialize, Serialize};

use crate::request::SchedulerKind;
use crate::site::Block;

/// Sizes of a loaded model at the size of picture it makes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelShape {
    /// What to call it: the folder's name.
    pub name: String,
    /// Slots of the context (77 in Stable Diffusion).
    pub tokens: usize,
    /// Length of a token's vector.
    pub hidden_size: usize,
    pub text_layers: usize,
    /// [channels, height, width] of a latent.
    pub latent: [usize; 3],
    /// [height, width] of the picture.
    pub image: [usize; 2],
    /// The UNet's blocks in the order of computation.
    pub blocks: Vec<BlockShape>,
    /// The skip connections in the order in which they are made.
    pub skips: Vec<SkipShape>,
    /// [channels, height, width] that leave the decoder's middle and each of its stages.
    pub decoder: Vec<[usize; 3]>,
    /// Parameters of text encoder, UNet and VAE together.
    pub parameters: usize,
    pub scheduler: SchedulerKind,
    pub num_inference_steps: usize,
    pub guidance_scale: f32,
}

/// A block of the UNet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BlockShape {
    pub block: Block,
    /// [channels, height, width] of what enters.
    pub input: [usize; 3],
    /// [channels, height, width] of what leaves, after the block's down- or upsampler.
    pub output: [usize; 3],
    pub resnets: usize,
    /// Transformers with cross-attention to the prompt; 0 in a block without.
    pub transformers: usize,
}

/// A skip connection: a tensor that crosses from the way down to the way up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SkipShape {
    /// The down block it leaves; `None` for what leaves `conv_in`.
    pub from: Option<Block>,
    /// The up block it enters.
    pub to: Block,
    /// Which of that block's resnets takes it.
    pub resnet: usize,
    /// [channels, height, width]
    pub size: [usize; 3],
}
