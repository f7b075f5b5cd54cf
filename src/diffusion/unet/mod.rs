//! The UNet: looks at a noisy latent, a timestep and a prompt, and predicts the noise (diffusers: `UNet2DConditionModel`).

mod blocks;
mod config;
mod timestep;
mod transformer;

use burn::module::Module;
use burn::nn::GroupNorm;
use burn::nn::conv::Conv2d;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use self::blocks::{DownBlock2D, MidBlock2D, Surroundings, UpBlock2D};
pub use self::config::{PerLevel, UNet2DConditionConfig};
pub use self::timestep::guidance_scale_embedding;
use self::timestep::{TimestepEmbedding, sinusoids};
use crate::intervention::Switches;
use crate::kernels;
use crate::observer::{Observer, Pace};
use crate::resnet::{conv3x3, group_norm};
use crate::site::{Block, Site};

/// Field names are the checkpoint's keys.
#[derive(Module, Debug)]
pub struct UNet2DConditionModel<B: Backend> {
    conv_in: Conv2d<B>,
    time_embedding: TimestepEmbedding<B>,
    down_blocks: Vec<DownBlock2D<B>>,
    mid_block: Option<MidBlock2D<B>>,
    up_blocks: Vec<UpBlock2D<B>>,
    conv_norm_out: GroupNorm<B>,
    conv_out: Conv2d<B>,
    time_channels: usize,
    flip_sin_to_cos: bool,
    freq_shift: f64,
}

impl UNet2DConditionConfig {
    /// A model of this configuration with random weights. Call [`UNet2DConditionConfig::check`] first.
    pub fn init<B: Backend>(&self, device: &B::Device) -> UNet2DConditionModel<B> {
        let first = self.block_out_channels[0];
        let (mut down_blocks, mut mid_block, mut up_blocks) = (Vec::new(), None, Vec::new());
        for plan in self.plan() {
            match plan.block {
                Block::Down(_) => down_blocks.push(DownBlock2D::new(&plan, self, device)),
                Block::Mid => mid_block = Some(MidBlock2D::new(&plan, self, device)),
                Block::Up(_) => up_blocks.push(UpBlock2D::new(&plan, self, device)),
            }
        }
        UNet2DConditionModel {
            conv_in: conv3x3(self.in_channels, first, device),
            time_embedding: TimestepEmbedding::new(first, self.time_embedding(), self.time_cond_proj_dim, device),
            down_blocks,
            mid_block,
            up_blocks,
            conv_norm_out: group_norm(self.norm_num_groups, first, self.norm_eps, device),
            conv_out: conv3x3(first, self.out_channels, device),
            time_channels: first,
            flip_sin_to_cos: self.flip_sin_to_cos,
            freq_shift: self.freq_shift,
        }
    }
}

impl<B: Backend> UNet2DConditionModel<B> {
    /// One evaluation, block by block, without the parts that `switches` switches off.
    ///
    /// sample: [batch, 4, height, width], timestep: [batch] in f32, context: [batch, tokens, cross_attention_dim],
    /// timestep_cond: [batch or 1, time_cond_proj_dim] by [`guidance_scale_embedding`], for a model that has that key
    /// → the model's output, [batch, 4, height, width]
    pub async fn forward(
        &self,
        sample: Tensor<B, 4>,
        timestep: Tensor<B, 1>,
        context: Tensor<B, 3>,
        timestep_cond: Option<Tensor<B, 2>>,
        switches: &Switches<B>,
        observer: &mut impl Observer<B>,
        pace: &impl Pace,
    ) -> Tensor<B, 4> {
        let waves = sinusoids(timestep, self.time_channels, self.flip_sin_to_cos, self.freq_shift);
        let embedding = self.time_embedding.forward(waves, timestep_cond);
        if observer.wants(Site::TimeEmbedding) {
            let [batch, width] = embedding.dims();
            observer.observe(Site::TimeEmbedding, embedding.clone().reshape([batch, width, 1, 1]));
        }
        let kernels = kernels::of::<B>();
        let mut x = kernels.conv2d(&self.conv_in, sample);
        if observer.wants(Site::ConvIn) {
            observer.observe(Site::ConvIn, x.clone());
        }
        let mut skips = vec![x.clone()];
        let mut around = Surroundings { embedding, context, switches, observer };
        for (index, block) in self.down_blocks.iter().enumerate() {
            x = block.forward(x, index, &mut around, &mut skips);
            pace.pause().await;
        }
        if let Some(block) = &self.mid_block {
            x = block.forward(x, &mut around);
            pace.pause().await;
        }
        for (index, block) in self.up_blocks.iter().enumerate() {
            x = block.forward(x, index, &mut around, &mut skips);
            pace.pause().await;
        }
        let x = kernels.conv2d(&self.conv_out, kernels.group_norm_silu(&self.conv_norm_out, x));
        if around.observer.wants(Site::ConvOut) {
            around.observer.observe(Site::ConvOut, x.clone());
        }
        x
    }

    /// [`UNet2DConditionModel::forward`] at once and unobserved, as training needs it.
    pub fn predict(&self, sample: Tensor<B, 4>, timestep: Tensor<B, 1>, context: Tensor<B, 3>) -> Tensor<B, 4> {
        crate::at_once(self.forward(sample, timestep, context, None, &Switches::default(), &mut (), &()))
    }
}
