//! The UNet's configuration, `unet/config.json`, and the plan of blocks that follows from it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::shape::{BlockShape, SkipShape};
use crate::site::Block;

/// diffusers: `UNet2DConditionModel`. Keys that belong to other families are refused by [`UNet2DConditionConfig::check`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct UNet2DConditionConfig {
    #[serde(rename = "_class_name")]
    pub class_name: String,
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
    /// Width of the guidance scale's embedding, in latent consistency models.
    pub time_cond_proj_dim: Option<usize>,
    /// Keys of other families, each of which must say that it is not used.
    #[serde(flatten)]
    pub others: BTreeMap<String, Value>,
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
            class_name: "UNet2DConditionModel".into(),
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
            time_cond_proj_dim: None,
            others: BTreeMap::new(),
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
        if self.class_name != "UNet2DConditionModel" {
            let class = &self.class_name;
            return Err(("_class_name", format!("is “{class}”: Stable Diffusion 1.x and 2.x have a UNet2DConditionModel")));
        }
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
        for (key, number) in [("in_channels", self.in_channels), ("out_channels", self.out_channels)] {
            if !(1..=64).contains(&number) {
                return Err((key, format!("is {number}: Stable Diffusion has 4")));
            }
        }
        if !(1..=16_384).contains(&self.cross_attention_dim) {
            let width = self.cross_attention_dim;
            return Err((
                "cross_attention_dim",
                format!("is {width}: it is the text encoder's hidden_size, such as 768 or 1024"),
            ));
        }
        if !(self.norm_eps > 0.0 && self.norm_eps < 1.0) {
            return Err(("norm_eps", format!("is {}: it is a small number above 0, such as 1e-5", self.norm_eps)));
        }
        if !(0.0..=1.0).contains(&self.freq_shift) {
            return Err(("freq_shift", format!("is {}: it is 0 or 1", self.freq_shift)));
        }
        if !["silu", "swish"].contains(&self.act_fn.as_str()) {
            return Err(("act_fn", format!("is “{}”: Stable Diffusion uses silu", self.act_fn)));
        }
        // Waves need two frequencies or more.
        if let Some(width) = self.time_cond_proj_dim.filter(|width| !(4..=16_384).contains(width)) {
            return Err(("time_cond_proj_dim", format!("is {width}: it is null or lies between 4 and 16384, such as 256")));
        }
        let unused = [
            ("center_input_sample", json!(false)),
            ("downsample_padding", json!(1)),
            ("mid_block_scale_factor", json!(1)),
            ("only_cross_attention", json!(false)),
            ("mid_block_only_cross_attention", json!(false)),
            ("dual_cross_attention", json!(false)),
            ("transformer_layers_per_block", json!(1)),
            ("reverse_transformer_layers_per_block", json!(null)),
            ("num_attention_heads", json!(null)),
            ("attention_type", json!("default")),
            ("cross_attention_norm", json!(null)),
            ("encoder_hid_dim", json!(null)),
            ("encoder_hid_dim_type", json!(null)),
            ("class_embed_type", json!(null)),
            ("num_class_embeds", json!(null)),
            ("addition_embed_type", json!(null)),
            ("resnet_time_scale_shift", json!("default")),
            ("resnet_skip_time_act", json!(false)),
            ("resnet_out_scale_factor", json!(1)),
            ("time_embedding_type", json!("positional")),
            ("time_embedding_dim", json!(null)),
            ("time_embedding_act_fn", json!(null)),
            ("timestep_post_act", json!(null)),
            ("conv_in_kernel", json!(3)),
            ("conv_out_kernel", json!(3)),
        ];
        for (key, unused) in unused {
            if let Some(value) = self.others.get(key).filter(|value| !is_everywhere(value, &unused)) {
                return Err((
                    key,
                    format!("is {value}: Stable Diffusion 1.x and 2.x have {unused}, so this is a model of another family"),
                ));
            }
        }
        Ok(())
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

/// Whether a key is absent in effect, has this value, or lists it for each level.
fn is_everywhere(value: &Value, usual: &Value) -> bool {
    let same = |value: &Value| value == usual || value.as_f64().is_some_and(|number| usual.as_f64() == Some(number));
    value.is_null() || same(value) || value.as_array().is_some_and(|each| each.iter().all(same))
}
