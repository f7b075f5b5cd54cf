//! A critic: says of each patch of a picture whether it looks painted or redrawn (PatchGAN, "Image-to-Image Translation with Conditional
//! Adversarial Networks", section 3.2.2). It learns beside a decoder, which so learns not to be soft, and is not shipped.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{GroupNorm, GroupNormConfig, PaddingConfig2d};
use burn::tensor::Tensor;
use burn::tensor::activation::{relu, silu};
use burn::tensor::backend::Backend;
use diffusion::kernels;

/// Convolutions that halve the picture, and a last one that judges.
#[derive(Module, Debug)]
pub struct Critic<B: Backend> {
    stages: Vec<Stage<B>>,
    judge: Conv2d<B>,
}

#[derive(Module, Debug)]
struct Stage<B: Backend> {
    conv: Conv2d<B>,
    norm: Option<GroupNorm<B>>,
}

/// What a critic sees in pictures.
pub struct Critique<B: Backend> {
    /// What left each stage, [batch, channels, height, width]
    pub features: Vec<Tensor<B, 4>>,
    /// Above 0 where a patch looks painted, [batch, 1, height, width]
    pub verdict: Tensor<B, 4>,
}

/// Channels that are normed together.
const GROUP: usize = 8;

impl<B: Backend> Critic<B> {
    /// channels: of each stage, divisible by 8
    pub fn new(channels: &[usize], device: &B::Device) -> Self {
        let inputs = std::iter::once(3).chain(channels.iter().copied());
        let stage = |(index, (input, &output)): (usize, (usize, &usize))| Stage {
            conv: Conv2dConfig::new([input, output], [4, 4])
                .with_stride([2, 2])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .init(device),
            // The first sees brightness as it is.
            norm: (index > 0).then(|| GroupNormConfig::new(output / GROUP, output).init(device)),
        };
        let last = channels.last().copied().unwrap_or(3);
        Self {
            stages: inputs.zip(channels).enumerate().map(stage).collect(),
            judge: Conv2dConfig::new([last, 1], [3, 3]).with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1)).init(device),
        }
    }

    /// images: [batch, 3, H, W] in −1..1
    pub fn judge(&self, images: Tensor<B, 4>) -> Critique<B> {
        let operations = kernels::of::<B>();
        let mut features: Vec<Tensor<B, 4>> = Vec::new();
        let mut x = images;
        for Stage { conv, norm } in &self.stages {
            x = operations.conv2d(conv, x);
            x = match norm {
                Some(norm) => operations.group_norm_silu(norm, x),
                None => silu(x),
            };
            features.push(x.clone());
        }
        Critique { features, verdict: operations.conv2d(&self.judge, x) }
    }
}

impl<B: Backend> Critique<B> {
    /// How far these pictures' features are from others', [1] ("High-Resolution Image Synthesis and Semantic Manipulation with
    /// Conditional GANs", eq. 4).
    pub fn distance(&self, others: &Self) -> Tensor<B, 1> {
        let stages = self.features.iter().zip(&others.features).map(|(one, other)| (one.clone() - other.clone()).abs().mean());
        Tensor::cat(stages.collect(), 0).mean()
    }
}

/// What a critic is asked to make small, of its verdicts on painted and on redrawn pictures, [1]: the hinge loss ("Geometric GAN").
pub fn hinge<B: Backend>(painted: Tensor<B, 4>, redrawn: Tensor<B, 4>) -> Tensor<B, 1> {
    (relu(-painted + 1.0).mean() + relu(redrawn + 1.0).mean()) * 0.5
}
