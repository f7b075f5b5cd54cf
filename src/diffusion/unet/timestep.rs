//! The timestep embedding: a timestep as a vector of waves, then two linear layers (diffusers: `Timesteps`, `TimestepEmbedding`).

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::silu;
use burn::tensor::backend::Backend;
use burn::tensor::{DType, Tensor, TensorData};

/// Sinusoids of a timestep, "Denoising Diffusion Probabilistic Models", section B; diffusers: `get_timestep_embedding`.
///
/// timesteps: [batch] → [batch, channels] in f32, cosines first if `flip_sin_to_cos`. Half precision cannot tell 999 from 1000.
pub fn sinusoids<B: Backend>(timesteps: Tensor<B, 1>, channels: usize, flip_sin_to_cos: bool, freq_shift: f64) -> Tensor<B, 2> {
    let half = channels / 2;
    // f_i = exp(−ln(10000) · i / (half − freq_shift))
    let frequencies: Vec<f32> =
        (0..half).map(|i| (-(10000f64.ln()) * i as f64 / (half as f64 - freq_shift)).exp() as f32).collect();
    let options = (&timesteps.device(), DType::F32);
    let frequencies = Tensor::<B, 1>::from_data(TensorData::new(frequencies, [half]), options);
    let angles = timesteps.cast(DType::F32).unsqueeze_dim::<2>(1) * frequencies.unsqueeze_dim::<2>(0);
    let (sin, cos) = (angles.clone().sin(), angles.cos());
    Tensor::cat(if flip_sin_to_cos { vec![cos, sin] } else { vec![sin, cos] }, 1)
}

/// How strongly a latent consistency model is to follow the prompt, as waves; "On Distillation of Guided Diffusion Models",
/// section 3.1; diffusers: `get_guidance_scale_embedding(guidance_scale - 1)`.
///
/// → [1, embedding_dim] in f32, sines first
pub fn guidance_scale_embedding<B: Backend>(guidance_scale: f32, embedding_dim: usize, device: &B::Device) -> Tensor<B, 2> {
    let half = embedding_dim / 2;
    let w = (guidance_scale - 1.0) * 1000.0;
    // w · exp(−ln(10000) · i / (half − 1)), in f32 as diffusers: the first angles are thousands, rounding shows in their sines.
    let angles = (0..half).map(|i| w * (i as f32 * -(10000f32.ln() / (half as f32 - 1.0))).exp());
    let mut waves: Vec<f32> = angles.clone().map(f32::sin).chain(angles.map(f32::cos)).collect();
    waves.resize(embedding_dim, 0.0);
    Tensor::from_data(TensorData::new(waves, [1, embedding_dim]), (device, DType::F32))
}

/// Two linear layers with a SiLU in between.
#[derive(Module, Debug)]
pub struct TimestepEmbedding<B: Backend> {
    linear_1: Linear<B>,
    linear_2: Linear<B>,
    /// For the guidance scale, in latent consistency models.
    cond_proj: Option<Linear<B>>,
}

impl<B: Backend> TimestepEmbedding<B> {
    /// `condition` is the width of the guidance scale's embedding.
    pub fn new(channels: usize, embedding: usize, condition: Option<usize>, device: &B::Device) -> Self {
        Self {
            linear_1: LinearConfig::new(channels, embedding).init(device),
            linear_2: LinearConfig::new(embedding, embedding).init(device),
            cond_proj: condition.map(|width| LinearConfig::new(width, channels).with_bias(false).init(device)),
        }
    }

    /// waves: [batch, channels], condition: [batch or 1, its width], without effect in a model that has no place for it
    /// → [batch, embedding]
    pub fn forward(&self, waves: Tensor<B, 2>, condition: Option<Tensor<B, 2>>) -> Tensor<B, 2> {
        let dtype = self.linear_1.weight.val().dtype();
        let mut waves = waves.cast(dtype);
        if let (Some(projection), Some(condition)) = (&self.cond_proj, condition) {
            waves = waves + projection.forward(condition.cast(dtype));
        }
        self.linear_2.forward(silu(self.linear_1.forward(waves)))
    }
}
