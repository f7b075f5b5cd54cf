//! The transformer of a UNet block: pixels look at each other, then at the words (diffusers: `Transformer2DModel`, `BasicTransformerBlock`).

use burn::module::Module;
use burn::nn::{GroupNorm, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::blocks::Surroundings;
use crate::attention::{attention_weights, join_heads, split_heads};
use crate::intervention::scaled;
use crate::kernels;
use crate::observer::Observer;
use crate::resnet::group_norm;
use crate::site::{Block, Part, Site};

/// GN → proj_in → blocks → proj_out → + input.
#[derive(Module, Debug)]
pub struct Transformer2DModel<B: Backend> {
    norm: GroupNorm<B>,
    proj_in: Linear<B>,
    transformer_blocks: Vec<BasicTransformerBlock<B>>,
    proj_out: Linear<B>,
}

impl<B: Backend> Transformer2DModel<B> {
    pub fn new(channels: usize, heads: usize, context: usize, groups: usize, device: &B::Device) -> Self {
        Self {
            norm: group_norm(groups, channels, 1e-6, device),
            // A 1×1 convolution in SD 1.x, a linear layer in SD 2.x: the same arithmetic, the loader squeezes the weights.
            proj_in: LinearConfig::new(channels, channels).init(device),
            transformer_blocks: vec![BasicTransformerBlock::new(channels, heads, context, device)],
            proj_out: LinearConfig::new(channels, channels).init(device),
        }
    }

    /// x: [batch, channels, height, width] → like x. `place` is this transformer's block, with which what it adds is scaled, and
    /// its index in it.
    pub fn forward(
        &self,
        x: Tensor<B, 4>,
        place: (Block, usize),
        around: &mut Surroundings<B, impl Observer<B>>,
    ) -> Tensor<B, 4> {
        let [batch, channels, height, width] = x.dims();
        let kernels = kernels::of::<B>();
        let pixels = kernels.group_norm(&self.norm, x.clone()).reshape([batch, channels, height * width]).swap_dims(1, 2);
        let mut hidden = kernels.linear(&self.proj_in, pixels);
        for block in &self.transformer_blocks {
            hidden = block.forward(hidden, place, around);
        }
        let hidden = kernels.linear(&self.proj_out, hidden).swap_dims(1, 2).reshape([batch, channels, height, width]);
        x + scaled(hidden, around.switches.scale(Site::Unet(place.0, Part::Output)))
    }
}

const LAYER_NORM_EPSILON: f64 = 1e-5;

/// Self-attention, cross-attention and a feed-forward layer, each with a LayerNorm before and a sum after.
#[derive(Module, Debug)]
pub struct BasicTransformerBlock<B: Backend> {
    norm1: LayerNorm<B>,
    attn1: Attention<B>,
    norm2: LayerNorm<B>,
    attn2: Attention<B>,
    norm3: LayerNorm<B>,
    ff: FeedForward<B>,
}

impl<B: Backend> BasicTransformerBlock<B> {
    fn new(channels: usize, heads: usize, context: usize, device: &B::Device) -> Self {
        let norm = || LayerNormConfig::new(channels).with_epsilon(LAYER_NORM_EPSILON).init(device);
        Self {
            norm1: norm(),
            attn1: Attention::new(channels, channels, heads, device),
            norm2: norm(),
            attn2: Attention::new(channels, context, heads, device),
            norm3: norm(),
            ff: FeedForward::new(channels, device),
        }
    }

    fn forward(
        &self,
        x: Tensor<B, 3>,
        (block, index): (Block, usize),
        around: &mut Surroundings<B, impl Observer<B>>,
    ) -> Tensor<B, 3> {
        let norm = |norm: &LayerNorm<B>, x: &Tensor<B, 3>| kernels::of::<B>().layer_norm(norm, LAYER_NORM_EPSILON, x.clone());
        let mut x = x;
        let site = Site::Unet(block, Part::SelfAttention(index));
        let scale = around.switches.scale(site);
        if scale != 0.0 {
            let normed = norm(&self.norm1, &x);
            x = x + scaled(self.attn1.forward(normed.clone(), normed, None, site, around.observer), scale);
        }
        let site = Site::Unet(block, Part::CrossAttention(index));
        let scale = around.switches.scale(site);
        if scale != 0.0 {
            let (normed, weights) = (norm(&self.norm2, &x), around.switches.token_weights.clone());
            x = x + scaled(self.attn2.forward(normed, around.context.clone(), weights, site, around.observer), scale);
        }
        let normed = norm(&self.norm3, &x);
        x + self.ff.forward(normed)
    }
}

/// Multi-head attention (diffusers: `Attention`); queries, keys and values without bias.
#[derive(Module, Debug)]
pub struct Attention<B: Backend> {
    to_q: Linear<B>,
    to_k: Linear<B>,
    to_v: Linear<B>,
    to_out: Vec<Linear<B>>,
    heads: usize,
}

impl<B: Backend> Attention<B> {
    fn new(channels: usize, context: usize, heads: usize, device: &B::Device) -> Self {
        let linear = |input| LinearConfig::new(input, channels).with_bias(false).init(device);
        Self {
            to_q: linear(channels),
            to_k: linear(context),
            to_v: linear(context),
            to_out: vec![LinearConfig::new(channels, channels).init(device)],
            heads,
        }
    }

    /// x: [batch, pixels, channels], context: [batch, keys, width] → [batch, pixels, channels].
    /// What each key contributes is multiplied by its weight, [batch, 1, keys, 1].
    fn forward(
        &self,
        x: Tensor<B, 3>,
        context: Tensor<B, 3>,
        key_weights: Option<Tensor<B, 4>>,
        site: Site,
        observer: &mut impl Observer<B>,
    ) -> Tensor<B, 3> {
        let kernels = kernels::of::<B>();
        let q = split_heads(kernels.linear(&self.to_q, x), self.heads);
        let k = split_heads(kernels.linear(&self.to_k, context.clone()), self.heads);
        let v = split_heads(kernels.linear(&self.to_v, context), self.heads);
        let v = match key_weights {
            Some(weights) => v * weights,
            None => v,
        };
        if let Site::Unet(block, Part::SelfAttention(index)) = site {
            let row = Site::Unet(block, Part::SelfAttentionRow(index));
            if let Some(pixel) = observer.query(row).filter(|pixel| *pixel < q.dims()[2]) {
                observer.observe(row, attention_weights(q.clone().narrow(2, pixel, 1), k.clone(), None));
            }
        }
        let attended = if observer.wants(site) {
            let weights = attention_weights(q, k, None);
            observer.observe(site, weights.clone());
            weights.matmul(v)
        } else {
            kernels.attend(q, k, v)
        };
        self.to_out.iter().fold(join_heads(attended), |x, linear| kernels.linear(linear, x))
    }
}

/// GEGLU and a linear layer; in the checkpoint `net.0.proj` and `net.2`.
#[derive(Module, Debug)]
pub struct FeedForward<B: Backend> {
    proj: Linear<B>,
    out: Linear<B>,
}

impl<B: Backend> FeedForward<B> {
    fn new(channels: usize, device: &B::Device) -> Self {
        Self {
            proj: LinearConfig::new(channels, 8 * channels).init(device),
            out: LinearConfig::new(4 * channels, channels).init(device),
        }
    }

    fn forward(&self, x: Tensor<B, 3>) -> Tensor<B, 3> {
        let kernels = kernels::of::<B>();
        kernels.linear(&self.out, kernels.geglu(kernels.linear(&self.proj, x)))
    }
}
