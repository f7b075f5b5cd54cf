//! The encoder: pictures shrink to the moments of a latent. Also the middle block that encoder and decoder share.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{GroupNorm, Linear, LinearConfig};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::config::AutoencoderKlConfig;
use crate::kernels;
use crate::observer::Observer;
use crate::resnet::{Downsample2D, ResnetBlock2D, conv3x3, group_norm};
use crate::site::Site;
use crate::slices::Slices;

/// The VAE's norms use this, whatever the UNet uses.
pub(super) const NORM_EPS: f64 = 1e-6;

#[derive(Module, Debug)]
pub struct Encoder<B: Backend> {
    conv_in: Conv2d<B>,
    down_blocks: Vec<EncoderStage<B>>,
    mid_block: MidBlock<B>,
    conv_norm_out: GroupNorm<B>,
    conv_out: Conv2d<B>,
}

/// diffusers: `DownEncoderBlock2D`
#[derive(Module, Debug)]
struct EncoderStage<B: Backend> {
    resnets: Vec<ResnetBlock2D<B>>,
    downsamplers: Vec<Downsample2D<B>>,
}

impl<B: Backend> Encoder<B> {
    pub fn new(config: &AutoencoderKlConfig, device: &B::Device) -> Self {
        let groups = config.norm_num_groups;
        let levels = &config.block_out_channels;
        let (first, last) = (levels[0], levels[levels.len() - 1]);
        let mut width = first;
        let down_blocks = levels
            .iter()
            .enumerate()
            .map(|(level, &channels)| {
                let resnets = (0..config.layers_per_block)
                    .map(|layer| {
                        ResnetBlock2D::new(if layer == 0 { width } else { channels }, channels, None, groups, NORM_EPS, device)
                    })
                    .collect();
                width = channels;
                let shrinks = level + 1 < levels.len();
                EncoderStage {
                    resnets,
                    downsamplers: shrinks.then(|| Downsample2D::new(channels, true, device)).into_iter().collect(),
                }
            })
            .collect();
        Self {
            conv_in: conv3x3(config.in_channels, first, device),
            down_blocks,
            mid_block: MidBlock::new(last, config, device),
            conv_norm_out: group_norm(groups, last, NORM_EPS, device),
            conv_out: conv3x3(last, 2 * config.latent_channels, device),
        }
    }

    /// image: [batch, 3, H, W] → mean and log-variance, [batch, 8, height, width], with no tensor on the way larger than
    /// `most_bytes`.
    ///
    /// Of what had to be sliced the observer sees the first slice: half of the channels, or fewer.
    pub fn forward(&self, image: Tensor<B, 4>, most_bytes: usize, observer: &mut impl Observer<B>) -> Tensor<B, 4> {
        let mut x = Slices::of(image, most_bytes).conv2d(&self.conv_in);
        if observer.wants(Site::EncoderConvIn) {
            observer.observe(Site::EncoderConvIn, x.first());
        }
        for (index, stage) in self.down_blocks.iter().enumerate() {
            x = stage.resnets.iter().fold(x, |x, resnet| resnet.forward_slices(x));
            x = stage.downsamplers.iter().fold(x, |x, downsampler| downsampler.forward_slices(x));
            if observer.wants(Site::EncoderDown(index)) {
                observer.observe(Site::EncoderDown(index), x.first());
            }
        }
        let x = self.mid_block.forward(x.whole());
        if observer.wants(Site::EncoderMid) {
            observer.observe(Site::EncoderMid, x.clone());
        }
        let kernels = kernels::of::<B>();
        kernels.conv2d(&self.conv_out, kernels.group_norm_silu(&self.conv_norm_out, x))
    }
}

/// Resnet, attention over all cells, resnet (diffusers: `UNetMidBlock2D`).
#[derive(Module, Debug)]
pub(super) struct MidBlock<B: Backend> {
    resnets: Vec<ResnetBlock2D<B>>,
    attentions: Vec<VaeAttention<B>>,
}

impl<B: Backend> MidBlock<B> {
    pub fn new(channels: usize, config: &AutoencoderKlConfig, device: &B::Device) -> Self {
        let groups = config.norm_num_groups;
        let resnet = || ResnetBlock2D::new(channels, channels, None, groups, NORM_EPS, device);
        let attentions = config.mid_block_add_attention.then(|| VaeAttention::new(channels, groups, device));
        Self { resnets: vec![resnet(), resnet()], attentions: attentions.into_iter().collect() }
    }

    pub fn forward(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        let x = self.resnets[0].forward(x, None);
        let x = self.attentions.iter().fold(x, |x, attention| attention.forward(x));
        self.resnets[1].forward(x, None)
    }
}

/// One head over all cells, with a GroupNorm before and a sum after; queries, keys and values have a bias.
#[derive(Module, Debug)]
struct VaeAttention<B: Backend> {
    group_norm: GroupNorm<B>,
    to_q: Linear<B>,
    to_k: Linear<B>,
    to_v: Linear<B>,
    to_out: Vec<Linear<B>>,
}

impl<B: Backend> VaeAttention<B> {
    fn new(channels: usize, groups: usize, device: &B::Device) -> Self {
        let linear = || LinearConfig::new(channels, channels).init(device);
        Self {
            group_norm: group_norm(groups, channels, NORM_EPS, device),
            to_q: linear(),
            to_k: linear(),
            to_v: linear(),
            to_out: vec![linear()],
        }
    }

    fn forward(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        let [batch, channels, height, width] = x.dims();
        let kernels = kernels::of::<B>();
        let cells = kernels.group_norm(&self.group_norm, x.clone()).reshape([batch, channels, height * width]).swap_dims(1, 2);
        let head = |linear: &Linear<B>| kernels.linear(linear, cells.clone()).unsqueeze_dim::<4>(1);
        let attended = kernels.attend(head(&self.to_q), head(&self.to_k), head(&self.to_v)).squeeze_dim::<3>(1);
        let attended = self.to_out.iter().fold(attended, |x, linear| kernels.linear(linear, x));
        x + attended.swap_dims(1, 2).reshape([batch, channels, height, width])
    }
}
