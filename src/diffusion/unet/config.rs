//! The UNet's configuration, `unet/config.json`, and the plan of blocks that follows from it.

use serde::{Deserialize, Serialize};

use crate::shape::{BlockShape, SkipShape};
use crate::site::Block;

/// diffusers: `UNet2DConditionModel`. Keys that belong to other families are refused by [`UNet2DConditionConfig::check`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct UNet2DConditionConfig {
    pub sample_size: usize,
    pub in_channels: usize,
    pub out_channels: usize,
    pub block_out_channels: Vec<usize>,
    pub layers_per_block: usize,
    pub down_block_types: Vec<String>,
    /// Absent means `UNetMidBlock2DCrossAttn`, JSON null means no middle block.
    pub mid_block_type: Option<String>,
    pub up_block_types: Vec<String>,
    pub cross_attention_dim: usize,
    /// The number of heads, whatever its name says (diffusers issue 2011): one for all blocks or one per level.
    pub attention_head_dim: PerLevel,
    pub use_linear_projection: bool,
    pub norm_num_groups: usize,
    pub norm_eps: f64,
    pub flip_sin_to_cos: bool,
    pub freq_shift: f64,
    pub act_fn: String,
    pub center_input_sample: bool,
    pub downsample_padding: usize,
    pub mid_block_scale_factor: f64,
    pub time_cond_proj_dim: Option<usize>,
    pub class_embed_type: Option<String>,
    pub addition_embed_type: Option<String>,
    pub encoder_hid_dim_type: Option<String>,
    pub only_cross_attention: serde_json::Value,
    pub dual_cross_attention: bool,
    pub transformer_layers_per_block: serde_json::Value,
}

/// A number for all levels, or one for each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PerLevel {
    One(usize),
    Each(Vec<usize>),
}

impl Default for UNet2DConditionConfig {
    fn default() -> Self {
        let names = |names: [&str; 4]| names.map(String::from).to_vec();
        Self {
            sample_size: 64,
            in_channels: 4,
            out_channels: 4,
            block_out_channels: vec![320, 640, 1280, 1280],
            layers_per_block: 2,
            down_block_types: names(["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"]),
            mid_block_type: Some("UNetMidBlock2DCrossAttn".into()),
            up_block_types: names(["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"]),
            cross_attention_dim: 1280,
            attention_head_dim: PerLevel::One(8),
            use_linear_projection: false,
            norm_num_groups: 32,
            norm_eps: 1e-5,
            flip_sin_to_cos: true,
            freq_shift: 0.0,
            act_fn: "silu".into(),
            center_input_sample: false,
            downsample_padding: 1,
            mid_block_scale_factor: 1.0,
            time_cond_proj_dim: None,
            class_embed_type: None,
            addition_embed_type: None,
            encoder_hid_dim_type: None,
            only_cross_attention: serde_json::Value::Bool(false),
            dual_cross_attention: false,
            transformer_layers_per_block: serde_json::Value::from(1),
        }
    }
}

/// How one block is built.
pub struct BlockPlan {
    pub block: Block,
    /// Channels that enter each resnet, the skip included.
    pub inputs: Vec<usize>,
    pub channels: usize,
    pub transformers: usize,
    pub heads: usize,
    /// Whether a down- or upsampler ends the block.
    pub resamples: bool,
}

impl UNet2DConditionConfig {
    /// Width of the timestep embedding.
    pub fn time_embedding(&self) -> usize {
        self.block_out_channels[0] * 4
    }

    /// The first key that this family does not have, as (key, what is wrong and what is allowed).
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        let levels = self.block_out_channels.len();
        if levels == 0 {
            return Err((
                "block_out_channels",
                "is empty: it lists the channels of each level, for example [320, 640, 1280, 1280]".into(),
            ));
        }
        let widths = &self.block_out_channels;
        if levels > 8 || widths.iter().any(|width| !(1..=16_384).contains(width)) || !widths[0].is_multiple_of(2) {
            return Err(("block_out_channels", "must be at most 8 numbers from 1 to 16384, the first of them even".into()));
        }
        if !(1..=16).contains(&self.layers_per_block) {
            return Err(("layers_per_block", format!("is {}: it lies between 1 and 16", self.layers_per_block)));
        }
        if !(1..=1024).contains(&self.sample_size) {
            return Err(("sample_size", format!("is {}: it lies between 1 and 1024", self.sample_size)));
        }
        for (key, types, allowed) in [
            ("down_block_types", &self.down_block_types, ["DownBlock2D", "CrossAttnDownBlock2D"]),
            ("up_block_types", &self.up_block_types, ["UpBlock2D", "CrossAttnUpBlock2D"]),
        ] {
            if types.len() != levels {
                return Err((key, format!("names {} blocks, but block_out_channels has {levels} levels", types.len())));
            }
            if let Some(unknown) = types.iter().find(|name| !allowed.contains(&name.as_str())) {
                return Err((key, format!("is “{unknown}”: this family has {} and {}", allowed[0], allowed[1])));
            }
        }
        match self.mid_block_type.as_deref() {
            None | Some("UNetMidBlock2DCrossAttn") => {}
            Some(other) => {
                return Err(("mid_block_type", format!("is “{other}”: this family has UNetMidBlock2DCrossAttn or null")));
            }
        }
        if let PerLevel::Each(heads) = &self.attention_head_dim
            && heads.len() != levels
        {
            return Err((
                "attention_head_dim",
                format!("lists {} numbers, but block_out_channels has {levels} levels", heads.len()),
            ));
        }
        for (level, &channels) in self.block_out_channels.iter().enumerate() {
            if self.norm_num_groups == 0 || channels % self.norm_num_groups != 0 {
                let groups = self.norm_num_groups;
                return Err(("block_out_channels", format!("has {channels}, which norm_num_groups {groups} does not divide")));
            }
            if self.heads(level) == 0 || channels % self.heads(level) != 0 {
                let heads = self.heads(level);
                return Err(("attention_head_dim", format!("gives {heads} heads, which does not divide {channels} channels")));
            }
        }
        let plain = |value: &serde_json::Value, usual: serde_json::Value| {
            *value == usual || value.as_array().is_some_and(|each| each.iter().all(|one| *one == usual))
        };
        let silu = ["silu", "swish"].contains(&self.act_fn.as_str());
        let foreign: [(&'static str, bool); 11] = [
            ("act_fn", !silu),
            ("center_input_sample", self.center_input_sample),
            ("downsample_padding", self.downsample_padding != 1),
            ("mid_block_scale_factor", self.mid_block_scale_factor != 1.0),
            ("time_cond_proj_dim", self.time_cond_proj_dim.is_some()),
            ("class_embed_type", self.class_embed_type.is_some()),
            ("addition_embed_type", self.addition_embed_type.is_some()),
            ("encoder_hid_dim_type", self.encoder_hid_dim_type.is_some()),
            ("only_cross_attention", !plain(&self.only_cross_attention, false.into())),
            ("dual_cross_attention", self.dual_cross_attention),
            ("transformer_layers_per_block", !plain(&self.transformer_layers_per_block, 1.into())),
        ];
        match foreign.into_iter().find(|(_, foreign)| *foreign) {
            Some((key, _)) => {
                Err((key, "has a value that Stable Diffusion 1.x and 2.x do not use: choose a model of that family".into()))
            }
            None => Ok(()),
        }
    }

    fn heads(&self, level: usize) -> usize {
        match &self.attention_head_dim {
            PerLevel::One(heads) => *heads,
            PerLevel::Each(heads) => heads[level],
        }
    }

    /// The blocks in the order of computation.
    pub fn plan(&self) -> Vec<BlockPlan> {
        let levels = self.block_out_channels.len();
        let mut skips = vec![self.block_out_channels[0]];
        let mut width = self.block_out_channels[0];
        let mut plan = Vec::new();
        for (level, &channels) in self.block_out_channels.iter().enumerate() {
            let mut inputs = vec![channels; self.layers_per_block];
            inputs[0] = width;
            let resamples = level + 1 < levels;
            skips.extend(vec![channels; self.layers_per_block + usize::from(resamples)]);
            let transformers = if self.down_block_types[level] == "DownBlock2D" { 0 } else { self.layers_per_block };
            plan.push(BlockPlan {
                block: Block::Down(level),
                inputs,
                channels,
                transformers,
                heads: self.heads(level),
                resamples,
            });
            width = channels;
        }
        if self.mid_block_type.is_some() {
            let heads = self.heads(levels - 1);
            plan.push(BlockPlan {
                block: Block::Mid,
                inputs: vec![width; 2],
                channels: width,
                transformers: 1,
                heads,
                resamples: false,
            });
        }
        for index in 0..levels {
            let level = levels - 1 - index;
            let channels = self.block_out_channels[level];
            let inputs = (0..=self.layers_per_block)
                .map(|layer| {
                    let skip = skips.pop().expect("the way down made levels · (layers + 1) skips, as many as the way up takes");
                    skip + if layer == 0 { width } else { channels }
                })
                .collect();
            let transformers = if self.up_block_types[index] == "UpBlock2D" { 0 } else { self.layers_per_block + 1 };
            let (block, heads, resamples) = (Block::Up(index), self.heads(level), level > 0);
            plan.push(BlockPlan { block, inputs, channels, transformers, heads, resamples });
            width = channels;
        }
        plan
    }

    /// Blocks and skip connections for a latent of this [height, width].
    pub fn shapes(&self, [mut height, mut width]: [usize; 2]) -> (Vec<BlockShape>, Vec<SkipShape>) {
        let mut channels = self.block_out_channels[0];
        let mut open = vec![(None, [channels, height, width])];
        let (mut blocks, mut skips) = (Vec::new(), Vec::new());
        for plan in self.plan() {
            let input = [channels, height, width];
            channels = plan.channels;
            match plan.block {
                Block::Down(_) => {
                    open.extend(vec![(Some(plan.block), [channels, height, width]); plan.inputs.len()]);
                    if plan.resamples {
                        (height, width) = (height.div_ceil(2), width.div_ceil(2));
                        open.push((Some(plan.block), [channels, height, width]));
                    }
                }
                Block::Mid => {}
                Block::Up(_) => {
                    for resnet in 0..plan.inputs.len() {
                        let (from, size) = open.pop().expect("as many skips are made as are taken: see `plan`");
                        skips.push(SkipShape { from, to: plan.block, resnet, size });
                    }
                    if plan.resamples {
                        (height, width) = (height * 2, width * 2);
                    }
                }
            }
            let output = [channels, height, width];
            blocks.push(BlockShape {
                block: plan.block,
                input,
                output,
                resnets: plan.inputs.len(),
                transformers: plan.transformers,
            });
        }
        skips.reverse();
        (blocks, skips)
    }
}
