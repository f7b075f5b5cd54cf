//! A configuration: the sizes of the model and how it is trained, read from a TOML file.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

/// Everything that decides a training run. Sizes bear diffusers' names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub seed: u64,
    pub picture: PictureConfig,
    pub tokenizer: TokenizerConfig,
    pub text_encoder: TextEncoderConfig,
    pub vae: VaeConfig,
    pub unet: UnetConfig,
    pub autoencoder: AutoencoderConfig,
    pub denoiser: DenoiserConfig,
    pub decoder: DecoderConfig,
    pub consistency: ConsistencyConfig,
    pub oracle: OracleConfig,
    pub samples: SamplesConfig,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PictureConfig {
    /// Pixels along a side.
    pub size: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenizerConfig {
    /// The most entries the vocabulary may have: 512 bytes, two marks, and merges.
    pub entries: usize,
    /// Slots of the context, marks of beginning and end included.
    pub slots: usize,
    /// Sentences of the painter that the merges are learnt from.
    pub sentences: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextEncoderConfig {
    pub hidden_size: usize,
    pub intermediate_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaeConfig {
    pub block_out_channels: Vec<usize>,
    pub layers_per_block: usize,
    pub norm_num_groups: usize,
}

impl VaeConfig {
    /// Pixels of a picture per pixel of its latent, along a side.
    pub fn scale_factor(&self) -> usize {
        1 << (self.block_out_channels.len() - 1)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnetConfig {
    pub block_out_channels: Vec<usize>,
    pub layers_per_block: usize,
    /// Whether a level looks at the prompt, the finest level first.
    pub cross_attention: Vec<bool>,
    /// The number of heads of each level (diffusers' name for it).
    pub attention_head_dim: Vec<usize>,
    pub norm_num_groups: usize,
}

/// What the autoencoder is asked for besides equal pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutoencoderConfig {
    /// Weight of the Kullback–Leibler term, per number of a latent.
    pub kl_weight: f64,
    /// Weight of the differences between neighbouring pixels.
    pub edge_weight: f64,
    /// Weight of the differences at a half and a quarter of the size.
    pub coarse_weight: f64,
    /// Noise added to a latent before it is decoded, as a part of the latents' own standard deviation.
    pub latent_noise: f64,
    /// Pictures from which the latents' mean and standard deviation are measured.
    pub statistics_pictures: usize,
    pub learning: Learning,
}

/// How text encoder and UNet learn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DenoiserConfig {
    /// Pictures whose latents are made once and kept.
    pub pictures: usize,
    /// How often the caption is left out, so that guidance has something to compare with.
    pub caption_dropout: f64,
    /// γ of "Efficient Diffusion Training via Min-SNR Weighting Strategy", eq. 8.
    pub min_snr_gamma: f64,
    /// The least weight of a timestep. With zero terminal SNR the last one would otherwise stay untrained.
    pub weight_floor: f64,
    pub learning: Learning,
}

/// How the decoder learns alone, after the encoder is finished.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecoderConfig {
    /// Channels of the stages of the critic that learns beside it.
    pub critic_channels: Vec<usize>,
    /// Weight of the distance in the critic's features.
    pub feature_weight: f64,
    /// Weight of the critic's verdict,
    pub adversarial_weight: f64,
    /// which it comes to have in so many steps.
    pub critic_warm_up_steps: u64,
    pub learning: Learning,
}

/// How the fast twin learns from the denoiser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsistencyConfig {
    /// Levels of noise that it knows: the denoiser goes from each to the next by DDIM, under the guidance scale of the samples.
    pub ddim_steps: usize,
    /// In how many steps it paints.
    pub steps: usize,
    pub learning: Learning,
}

/// How the classifier learns that judges the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OracleConfig {
    pub learning: Learning,
}

/// The course of one stage. It ends when the minutes or the steps are used up, whichever comes first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Learning {
    pub minutes: f64,
    /// Steps at most; without it only the minutes count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<u64>,
    pub batch: usize,
    pub learning_rate: f64,
    pub warm_up_steps: u64,
    pub weight_decay: f64,
    pub betas: [f64; 2],
    /// Longer gradients are shortened to this.
    pub gradient_norm: f64,
    pub average_decay: f64,
    pub checkpoint_seconds: f64,
    /// Minutes between two sample sheets.
    pub sheet_minutes: f64,
}

/// The pictures by which a person judges how far the training is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SamplesConfig {
    /// With the guidance scale, also what the exported folder recommends in `generation_config.json`.
    pub steps: usize,
    pub guidance_scale: f64,
    pub seeds: Vec<u64>,
    pub prompts: Vec<String>,
}

impl Config {
    /// Reads and checks a file. An error names the file and the key.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the configuration {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("the configuration {}", path.display()))
    }

    /// Reads and checks the text of a configuration.
    pub fn parse(text: &str) -> Result<Self> {
        let config: Self = toml::from_str(text)?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        let levels = self.unet.block_out_channels.len();
        ensure!(!self.vae.block_out_channels.is_empty(), "vae.block_out_channels is empty: name at least one width");
        ensure!(levels > 0, "unet.block_out_channels is empty: name at least one width");
        ensure!(
            self.unet.cross_attention.len() == levels && self.unet.attention_head_dim.len() == levels,
            "unet.cross_attention and unet.attention_head_dim need {levels} values, one for each of unet.block_out_channels"
        );
        for (key, widths, groups) in [
            ("unet", &self.unet.block_out_channels, self.unet.norm_num_groups),
            ("vae", &self.vae.block_out_channels, self.vae.norm_num_groups),
        ] {
            ensure!(
                groups > 0 && widths.iter().all(|width| width % groups == 0),
                "each of {key}.block_out_channels must be divisible by {key}.norm_num_groups, {groups}"
            );
        }
        let mut levels_and_heads = self.unet.block_out_channels.iter().zip(&self.unet.attention_head_dim);
        ensure!(
            levels_and_heads.all(|(width, heads)| *heads > 0 && width % heads == 0),
            "each of unet.block_out_channels must be divisible by its number of heads in unet.attention_head_dim"
        );
        let divisor = self.vae.scale_factor() << (levels - 1);
        ensure!(self.picture.size >= 32, "picture.size {} is too small: the painter needs at least 32 pixels", self.picture.size);
        ensure!(self.picture.size.is_multiple_of(divisor), "picture.size {} must be divisible by {divisor}", self.picture.size);
        ensure!(
            self.text_encoder.num_attention_heads > 0
                && self.text_encoder.hidden_size.is_multiple_of(self.text_encoder.num_attention_heads),
            "text_encoder.hidden_size must be divisible by text_encoder.num_attention_heads"
        );
        ensure!(self.tokenizer.entries >= 514, "tokenizer.entries must be at least 514: 512 bytes and two marks");
        ensure!(self.tokenizer.slots >= 3, "tokenizer.slots must be at least 3: two marks and a word");
        for (key, learning) in [
            ("autoencoder", &self.autoencoder.learning),
            ("denoiser", &self.denoiser.learning),
            ("decoder", &self.decoder.learning),
            ("consistency", &self.consistency.learning),
            ("oracle", &self.oracle.learning),
        ] {
            ensure!(learning.batch > 0, "{key}.learning.batch must be at least 1");
            ensure!(learning.minutes >= 0.0, "{key}.learning.minutes must not be below 0; a stage of 0 minutes is left out");
        }
        let critic_channels = &self.decoder.critic_channels;
        ensure!(
            !critic_channels.is_empty() && critic_channels.iter().all(|&channels| channels > 0 && channels.is_multiple_of(8)),
            "decoder.critic_channels must name at least one number of channels, each divisible by 8"
        );
        let ConsistencyConfig { ddim_steps, steps, .. } = &self.consistency;
        ensure!((1..=1000).contains(ddim_steps), "consistency.ddim_steps must be from 1 to 1000");
        ensure!((1..=*ddim_steps).contains(steps), "consistency.steps must be from 1 to consistency.ddim_steps, {ddim_steps}");
        ensure!(self.denoiser.pictures > 0, "denoiser.pictures must be at least 1");
        ensure!(self.autoencoder.statistics_pictures > 0, "autoencoder.statistics_pictures must be at least 1");
        Ok(())
    }

    /// [channels, height, width] of a latent.
    pub fn latent(&self) -> [usize; 3] {
        let side = self.picture.size / self.vae.scale_factor();
        [4, side, side]
    }
}

impl Config {
    /// What the weights are made for, as text: with another lineage a run cannot go on.
    pub fn lineage(&self) -> String {
        let Self { seed, picture, tokenizer, text_encoder, vae, unet, .. } = self;
        format!("{seed} {picture:?} {tokenizer:?} {text_encoder:?} {vae:?} {unet:?}")
    }
}
