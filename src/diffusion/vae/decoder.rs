//! The decoder: a latent opens into a picture, stage by stage.

use burn::module::Module;
use burn::nn::GroupNorm;
use burn::nn::conv::Conv2d;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::config::AutoencoderKlConfig;
use super::encoder::{MidBlock, NORM_EPS};
use crate::kernels;
use crate::observer::{Observer, Pace};
use crate::resnet::{ResnetBlock2D, Upsample2D, conv3x3, group_norm};
use crate::site::Site;
use crate::slices::Slices;

#[derive(Module, Debug)]
pub struct Decoder<B: Backend> {
    conv_in: Conv2d<B>,
    mid_block: MidBlock<B>,
    up_blocks: Vec<DecoderStage<B>>,
    conv_norm_out: GroupNorm<B>,
    conv_out: Conv2d<B>,
}

/// diffusers: `UpDecoderBlock2D`; one resnet more than in the encoder.
#[derive(Module, Debug)]
struct DecoderStage<B: Backend> {
    resnets: Vec<ResnetBlock2D<B>>,
    upsamplers: Vec<Upsample2D<B>>,
}

impl<B: Backend> Decoder<B> {
    pub fn new(config: &AutoencoderKlConfig, device: &B::Device) -> Self {
        let groups = config.norm_num_groups;
        let levels = &config.block_out_channels;
        let (first, last) = (levels[0], levels[levels.len() - 1]);
        let mut width = last;
        let up_blocks = levels
            .iter()
            .rev()
            .enumerate()
            .map(|(index, &channels)| {
                let resnets = (0..=config.layers_per_block)
                    .map(|layer| {
                        ResnetBlock2D::new(if layer == 0 { width } else { channels }, channels, None, groups, NORM_EPS, device)
                    })
                    .collect();
                width = channels;
                let grows = index + 1 < levels.len();
                DecoderStage { resnets, upsamplers: grows.then(|| Upsample2D::new(channels, device)).into_iter().collect() }
            })
            .collect();
        Self {
            conv_in: conv3x3(config.latent_channels, last, device),
            mid_block: MidBlock::new(last, config, device),
            up_blocks,
            conv_norm_out: group_norm(groups, first, NORM_EPS, device),
            conv_out: conv3x3(first, config.out_channels, device),
        }
    }

    /// z: [batch, 4, height, width] → [batch, 3, H, W], with no tensor on the way larger than `most_bytes`.
    ///
    /// Of what had to be sliced the observer sees the first slice: half of the channels, or fewer.
    pub async fn forward(
        &self,
        z: Tensor<B, 4>,
        most_bytes: usize,
        observer: &mut impl Observer<B>,
        pace: &impl Pace,
    ) -> Tensor<B, 4> {
        let x = self.mid_block.forward(kernels::of::<B>().conv2d(&self.conv_in, z));
        if observer.wants(Site::DecoderMid) {
            observer.observe(Site::DecoderMid, x.clone());
        }
        pace.pause().await;
        let mut x = Slices::of(x, most_bytes);
        for (index, stage) in self.up_blocks.iter().enumerate() {
            x = stage.resnets.iter().fold(x, |x, resnet| resnet.forward_slices(x));
            x = stage.upsamplers.iter().fold(x, |x, upsampler| upsampler.forward_slices(x));
            if observer.wants(Site::DecoderUp(index)) {
                observer.observe(Site::DecoderUp(index), x.first());
            }
            pace.pause().await;
        }
        let x = x.group_norm_silu(&self.conv_norm_out);
        if observer.wants(Site::DecoderNormOut) {
            observer.observe(Site::DecoderNormOut, x.first());
        }
        x.conv2d(&self.conv_out).whole()
    }
}
