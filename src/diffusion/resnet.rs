//! The residual block of UNet and VAE (diffusers: `ResnetBlock2D`), and the changes of size around it.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{GroupNorm, GroupNormConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::Tensor;
use burn::tensor::activation::silu;
use burn::tensor::backend::Backend;

use crate::kernels;
use crate::slices::Slices;

/// A 3×3 convolution that keeps height and width.
pub fn conv3x3<B: Backend>(input: usize, output: usize, device: &B::Device) -> Conv2d<B> {
    Conv2dConfig::new([input, output], [3, 3]).with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1)).init(device)
}

/// A 1×1 convolution.
pub fn conv1x1<B: Backend>(input: usize, output: usize, device: &B::Device) -> Conv2d<B> {
    Conv2dConfig::new([input, output], [1, 1]).init(device)
}

/// GroupNorm over `channels` in `groups` groups.
pub fn group_norm<B: Backend>(groups: usize, channels: usize, epsilon: f64, device: &B::Device) -> GroupNorm<B> {
    GroupNormConfig::new(groups, channels).with_epsilon(epsilon).init(device)
}

/// GN → SiLU → conv1 → + time → GN → SiLU → conv2 → + input.
#[derive(Module, Debug)]
pub struct ResnetBlock2D<B: Backend> {
    norm1: GroupNorm<B>,
    conv1: Conv2d<B>,
    time_emb_proj: Option<Linear<B>>,
    norm2: GroupNorm<B>,
    conv2: Conv2d<B>,
    conv_shortcut: Option<Conv2d<B>>,
}

impl<B: Backend> ResnetBlock2D<B> {
    /// `embedding` is the width of the timestep embedding, `None` in the VAE.
    pub fn new(input: usize, output: usize, embedding: Option<usize>, groups: usize, epsilon: f64, device: &B::Device) -> Self {
        Self {
            norm1: group_norm(groups, input, epsilon, device),
            conv1: conv3x3(input, output, device),
            time_emb_proj: embedding.map(|width| LinearConfig::new(width, output).init(device)),
            norm2: group_norm(groups, output, epsilon, device),
            conv2: conv3x3(output, output, device),
            conv_shortcut: (input != output).then(|| conv1x1(input, output, device)),
        }
    }

    /// x: [batch, input, height, width], embedding: [batch, width] → [batch, output, height, width]
    pub fn forward(&self, x: Tensor<B, 4>, embedding: Option<Tensor<B, 2>>) -> Tensor<B, 4> {
        let residual = self.residual(x.clone(), embedding);
        self.shortcut(x) + residual
    }

    /// What the block adds to its shortcut: x and embedding as in `forward` → [batch, output, height, width]
    pub fn residual(&self, x: Tensor<B, 4>, embedding: Option<Tensor<B, 2>>) -> Tensor<B, 4> {
        let kernels = kernels::of::<B>();
        let mut hidden = kernels.conv2d(&self.conv1, kernels.group_norm_silu(&self.norm1, x));
        if let (Some(projection), Some(embedding)) = (&self.time_emb_proj, embedding) {
            let shift = kernels.linear(projection, silu(embedding).unsqueeze_dim(0));
            let [_, batch, channels] = shift.dims();
            hidden = hidden + shift.reshape([batch, channels, 1, 1]);
        }
        kernels.conv2d(&self.conv2, kernels.group_norm_silu(&self.norm2, hidden))
    }

    /// [`ResnetBlock2D::forward`] of the VAE's, slice by slice.
    pub(crate) fn forward_slices(&self, x: Slices<B>) -> Slices<B> {
        let residual = x.clone().group_norm_silu(&self.norm1).conv2d(&self.conv1);
        let residual = residual.group_norm_silu(&self.norm2).conv2d(&self.conv2);
        let shortcut = match &self.conv_shortcut {
            Some(conv) => x.conv2d(conv),
            None => x,
        };
        shortcut.plus(residual)
    }

    /// What passes by the residual branch: x, with its channels changed where the block changes them.
    ///
    /// [batch, input, height, width] → [batch, output, height, width]
    pub fn shortcut(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        match &self.conv_shortcut {
            Some(conv) => kernels::of::<B>().conv2d(conv, x),
            None => x,
        }
    }
}

/// Halves height and width (diffusers: `Downsample2D`).
#[derive(Module, Debug)]
pub struct Downsample2D<B: Backend> {
    conv: Conv2d<B>,
    /// The VAE pads right and below only, the UNet on all sides.
    asymmetric: bool,
}

impl<B: Backend> Downsample2D<B> {
    pub fn new(channels: usize, asymmetric: bool, device: &B::Device) -> Self {
        let padding = if asymmetric { PaddingConfig2d::Valid } else { PaddingConfig2d::Explicit(1, 1, 1, 1) };
        let conv = Conv2dConfig::new([channels, channels], [3, 3]).with_stride([2, 2]).with_padding(padding).init(device);
        Self { conv, asymmetric }
    }

    /// [batch, channels, height, width] → [batch, channels, height/2, width/2]
    pub fn forward(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        self.forward_slices(Slices::one(x)).whole()
    }

    /// [`Downsample2D::forward`], slice by slice.
    pub(crate) fn forward_slices(&self, x: Slices<B>) -> Slices<B> {
        let [_, _, height, width] = x.first().dims();
        let x = if self.asymmetric { x.resized([height + 1, width + 1], padded) } else { x };
        x.conv2d(&self.conv)
    }
}

/// A column of zeros on the right, a row of zeros below.
fn padded<B: Backend>(x: Tensor<B, 4>) -> Tensor<B, 4> {
    let [batch, channels, height, width] = x.dims();
    let x = Tensor::cat(vec![x.clone(), Tensor::zeros([batch, channels, height, 1], &x.device())], 3);
    Tensor::cat(vec![x.clone(), Tensor::zeros([batch, channels, 1, width + 1], &x.device())], 2)
}

/// Doubles height and width: every pixel four times, then a 3×3 convolution (diffusers: `Upsample2D`).
#[derive(Module, Debug)]
pub struct Upsample2D<B: Backend> {
    conv: Conv2d<B>,
}

impl<B: Backend> Upsample2D<B> {
    pub fn new(channels: usize, device: &B::Device) -> Self {
        Self { conv: conv3x3(channels, channels, device) }
    }

    /// [batch, channels, height, width] → [batch, channels, 2·height, 2·width]
    pub fn forward(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        self.forward_slices(Slices::one(x)).whole()
    }

    /// [`Upsample2D::forward`], slice by slice.
    pub(crate) fn forward_slices(&self, x: Slices<B>) -> Slices<B> {
        let [_, _, height, width] = x.first().dims();
        x.resized([2 * height, 2 * width], four_times).conv2d(&self.conv)
    }
}

/// Every pixel four times.
fn four_times<B: Backend>(x: Tensor<B, 4>) -> Tensor<B, 4> {
    let [batch, channels, height, width] = x.dims();
    let lines = batch * channels;
    let x = x.reshape([lines, height, 1, width, 1]).expand([lines, height, 2, width, 2]);
    x.reshape([batch, channels, 2 * height, 2 * width])
}
