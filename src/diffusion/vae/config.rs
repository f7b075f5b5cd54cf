//! The VAE's configuration, `vae/config.json`.

use serde::{Deserialize, Serialize};

/// diffusers: `AutoencoderKL`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AutoencoderKlConfig {
    #[serde(rename = "_class_name")]
    pub class_name: String,
    pub in_channels: usize,
    pub out_channels: usize,
    pub block_out_channels: Vec<usize>,
    /// Empty for `DownEncoderBlock2D` on all levels.
    pub down_block_types: Vec<String>,
    /// Empty for `UpDecoderBlock2D` on all levels.
    pub up_block_types: Vec<String>,
    pub layers_per_block: usize,
    pub latent_channels: usize,
    pub norm_num_groups: usize,
    pub act_fn: String,
    pub sample_size: usize,
    /// A latent is the posterior's sample times this.
    pub scaling_factor: f64,
    pub shift_factor: Option<f64>,
    pub use_quant_conv: bool,
    pub use_post_quant_conv: bool,
    pub mid_block_add_attention: bool,
}

impl Default for AutoencoderKlConfig {
    fn default() -> Self {
        Self {
            class_name: "AutoencoderKL".into(),
            in_channels: 3,
            out_channels: 3,
            block_out_channels: vec![64],
            down_block_types: Vec::new(),
            up_block_types: Vec::new(),
            layers_per_block: 1,
            latent_channels: 4,
            norm_num_groups: 32,
            act_fn: "silu".into(),
            sample_size: 32,
            scaling_factor: 0.18215,
            shift_factor: None,
            use_quant_conv: true,
            use_post_quant_conv: true,
            mid_block_add_attention: true,
        }
    }
}

impl AutoencoderKlConfig {
    /// Pixels per latent cell along one axis (diffusers: `vae_scale_factor`).
    pub fn scale_factor(&self) -> usize {
        1 << (self.block_out_channels.len() - 1)
    }

    /// [channels, height, width] that leave the decoder's middle and each of its stages, for a latent of this [height, width].
    pub fn decoder_shapes(&self, [mut height, mut width]: [usize; 2]) -> Vec<[usize; 3]> {
        let levels = &self.block_out_channels;
        let mut shapes = vec![[levels[levels.len() - 1], height, width]];
        for (index, &channels) in levels.iter().rev().enumerate() {
            if index + 1 < levels.len() {
                (height, width) = (2 * height, 2 * width);
            }
            shapes.push([channels, height, width]);
        }
        shapes
    }

    /// The first key that cannot be, as (key, what is wrong and what is allowed).
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        if self.class_name != "AutoencoderKL" {
            let cure = match self.class_name.as_str() {
                "AutoencoderTiny" => "put it into the folder taesd beside vae",
                _ => "Stable Diffusion 1.x and 2.x have an AutoencoderKL",
            };
            return Err(("_class_name", format!("is “{}”: {cure}", self.class_name)));
        }
        if self.block_out_channels.is_empty() {
            return Err((
                "block_out_channels",
                "is empty: it lists the channels of each level, for example [128, 256, 512, 512]".into(),
            ));
        }
        let widths = &self.block_out_channels;
        if widths.len() > 8 || widths.iter().any(|width| !(1..=16_384).contains(width)) {
            return Err(("block_out_channels", "must be at most 8 numbers from 1 to 16384".into()));
        }
        for (key, types, allowed) in [
            ("down_block_types", &self.down_block_types, "DownEncoderBlock2D"),
            ("up_block_types", &self.up_block_types, "UpDecoderBlock2D"),
        ] {
            if let Some(unknown) = types.iter().find(|name| *name != allowed) {
                return Err((key, format!("is “{unknown}”: this family has {allowed}")));
            }
            if !types.is_empty() && types.len() != widths.len() {
                let (blocks, levels) = (types.len(), widths.len());
                return Err((key, format!("names {blocks} blocks, but block_out_channels has {levels} levels")));
            }
        }
        if !(1..=16).contains(&self.layers_per_block) {
            return Err(("layers_per_block", format!("is {}: it lies between 1 and 16", self.layers_per_block)));
        }
        if !(1..=64).contains(&self.latent_channels) {
            return Err(("latent_channels", format!("is {}: Stable Diffusion has 4", self.latent_channels)));
        }
        if !(self.scaling_factor > 0.0 && self.scaling_factor.is_finite()) {
            return Err(("scaling_factor", format!("is {}: it is a number above 0, such as 0.18215", self.scaling_factor)));
        }
        let groups = self.norm_num_groups;
        if let Some(channels) = self.block_out_channels.iter().find(|&&channels| groups == 0 || channels % groups != 0) {
            return Err(("block_out_channels", format!("has {channels}, which norm_num_groups {groups} does not divide")));
        }
        if self.in_channels != 3 || self.out_channels != 3 {
            return Err(("in_channels", "and out_channels are 3, red, green and blue, in Stable Diffusion".into()));
        }
        if !["silu", "swish"].contains(&self.act_fn.as_str()) {
            return Err(("act_fn", format!("is “{}”: Stable Diffusion uses silu", self.act_fn)));
        }
        if self.shift_factor.is_some_and(|shift| shift != 0.0) {
            return Err(("shift_factor", "is not null: Stable Diffusion 1.x and 2.x do not shift their latents".into()));
        }
        Ok(())
    }
}
