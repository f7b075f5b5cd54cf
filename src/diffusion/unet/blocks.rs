//! The blocks of the UNet: down, middle and up, with or without cross-attention (diffusers: `unet_2d_blocks`).

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::config::{BlockPlan, UNet2DConditionConfig};
use super::transformer::Transformer2DModel;
use crate::intervention::{Switches, scaled};
use crate::observer::Observer;
use crate::resnet::{Downsample2D, ResnetBlock2D, Upsample2D};
use crate::site::{Block, Part, Site};

/// What every block is given beside its input.
pub struct Surroundings<'a, B: Backend, O> {
    /// [batch, embedding]
    pub embedding: Tensor<B, 2>,
    /// [batch, tokens, width of the text encoder]
    pub context: Tensor<B, 3>,
    pub switches: &'a Switches<B>,
    pub observer: &'a mut O,
}

impl<B: Backend, O: Observer<B>> Surroundings<'_, B, O> {
    /// Shows a tensor to the observer, if it wants it.
    fn show(&mut self, block: Block, part: Part, tensor: &Tensor<B, 4>) {
        let site = Site::Unet(block, part);
        if self.observer.wants(site) {
            self.observer.observe(site, tensor.clone());
        }
    }

    /// A layer of a block: a resnet and what follows it, both scaled with the block. Of a block that is switched off only the
    /// change of channels is left.
    fn layer(
        &mut self,
        (block, index): (Block, usize),
        resnet: &ResnetBlock2D<B>,
        transformer: Option<&Transformer2DModel<B>>,
        x: Tensor<B, 4>,
    ) -> Tensor<B, 4> {
        let scale = self.switches.scale(Site::Unet(block, Part::Output));
        if scale == 0.0 {
            return resnet.shortcut(x);
        }
        let residual = resnet.residual(x.clone(), Some(self.embedding.clone()));
        let x = resnet.shortcut(x) + scaled(residual, scale);
        self.show(block, Part::Resnet(index), &x);
        let Some(transformer) = transformer else { return x };
        let x = transformer.forward(x, (block, index), self);
        self.show(block, Part::Attention(index), &x);
        x
    }
}

/// Resnets, each followed by a transformer if there are any, then a downsampler or none
/// (`DownBlock2D`, `CrossAttnDownBlock2D`).
#[derive(Module, Debug)]
pub struct DownBlock2D<B: Backend> {
    resnets: Vec<ResnetBlock2D<B>>,
    attentions: Vec<Transformer2DModel<B>>,
    downsamplers: Vec<Downsample2D<B>>,
}

impl<B: Backend> DownBlock2D<B> {
    pub fn new(plan: &BlockPlan, config: &UNet2DConditionConfig, device: &B::Device) -> Self {
        Self {
            resnets: resnets(plan, config, device),
            attentions: transformers(plan, config, device),
            downsamplers: plan.resamples.then(|| Downsample2D::new(plan.channels, false, device)).into_iter().collect(),
        }
    }

    /// x: [batch, input, height, width] → [batch, channels, height/2, width/2]; every tensor for the way up is pushed to `skips`.
    pub fn forward(
        &self,
        mut x: Tensor<B, 4>,
        index: usize,
        around: &mut Surroundings<B, impl Observer<B>>,
        skips: &mut Vec<Tensor<B, 4>>,
    ) -> Tensor<B, 4> {
        let block = Block::Down(index);
        let mut made = 0;
        let mut keep = |x: &Tensor<B, 4>, around: &mut Surroundings<B, _>| {
            around.show(block, Part::Skip(made), x);
            made += 1;
            skips.push(x.clone());
        };
        for (layer, resnet) in self.resnets.iter().enumerate() {
            x = around.layer((block, layer), resnet, self.attentions.get(layer), x);
            keep(&x, around);
        }
        for downsampler in &self.downsamplers {
            x = downsampler.forward(x);
            around.show(block, Part::Downsample, &x);
            keep(&x, around);
        }
        around.show(block, Part::Output, &x);
        x
    }
}

/// Resnet, transformer, resnet (`UNetMidBlock2DCrossAttn`).
#[derive(Module, Debug)]
pub struct MidBlock2D<B: Backend> {
    resnets: Vec<ResnetBlock2D<B>>,
    attentions: Vec<Transformer2DModel<B>>,
}

impl<B: Backend> MidBlock2D<B> {
    pub fn new(plan: &BlockPlan, config: &UNet2DConditionConfig, device: &B::Device) -> Self {
        Self { resnets: resnets(plan, config, device), attentions: transformers(plan, config, device) }
    }

    /// x: [batch, channels, height, width] → like x
    pub fn forward(&self, mut x: Tensor<B, 4>, around: &mut Surroundings<B, impl Observer<B>>) -> Tensor<B, 4> {
        for (layer, resnet) in self.resnets.iter().enumerate() {
            x = around.layer((Block::Mid, layer), resnet, self.attentions.get(layer), x);
        }
        around.show(Block::Mid, Part::Output, &x);
        x
    }
}

/// Resnets, each with a tensor from the way down joined to its input, each followed by a transformer if there are any,
/// then an upsampler or none (`UpBlock2D`, `CrossAttnUpBlock2D`).
#[derive(Module, Debug)]
pub struct UpBlock2D<B: Backend> {
    resnets: Vec<ResnetBlock2D<B>>,
    attentions: Vec<Transformer2DModel<B>>,
    upsamplers: Vec<Upsample2D<B>>,
}

impl<B: Backend> UpBlock2D<B> {
    pub fn new(plan: &BlockPlan, config: &UNet2DConditionConfig, device: &B::Device) -> Self {
        Self {
            resnets: resnets(plan, config, device),
            attentions: transformers(plan, config, device),
            upsamplers: plan.resamples.then(|| Upsample2D::new(plan.channels, device)).into_iter().collect(),
        }
    }

    /// x: [batch, input, height, width] → [batch, channels, 2·height, 2·width]; takes its tensors from the end of `skips`.
    pub fn forward(
        &self,
        mut x: Tensor<B, 4>,
        index: usize,
        around: &mut Surroundings<B, impl Observer<B>>,
        skips: &mut Vec<Tensor<B, 4>>,
    ) -> Tensor<B, 4> {
        let block = Block::Up(index);
        for (layer, resnet) in self.resnets.iter().enumerate() {
            let skip = skips.pop().expect("the way down makes as many skips as the way up takes: both are planned together");
            let scale = around.switches.scale(Site::Unet(block, Part::Skip(layer)));
            let skip = if scale == 0.0 { skip.zeros_like() } else { scaled(skip, scale) };
            around.show(block, Part::Skip(layer), &skip);
            x = around.layer((block, layer), resnet, self.attentions.get(layer), Tensor::cat(vec![x, skip], 1));
        }
        for upsampler in &self.upsamplers {
            x = upsampler.forward(x);
            around.show(block, Part::Upsample, &x);
        }
        around.show(block, Part::Output, &x);
        x
    }
}

fn resnets<B: Backend>(plan: &BlockPlan, config: &UNet2DConditionConfig, device: &B::Device) -> Vec<ResnetBlock2D<B>> {
    let embedding = Some(config.time_embedding());
    plan.inputs
        .iter()
        .map(|&input| ResnetBlock2D::new(input, plan.channels, embedding, config.norm_num_groups, config.norm_eps, device))
        .collect()
}

fn transformers<B: Backend>(plan: &BlockPlan, config: &UNet2DConditionConfig, device: &B::Device) -> Vec<Transformer2DModel<B>> {
    let transformer =
        || Transformer2DModel::new(plan.channels, plan.heads, config.cross_attention_dim, config.norm_num_groups, device);
    (0..plan.transformers).map(|_| transformer()).collect()
}
