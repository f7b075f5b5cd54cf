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

/// Two linear layers with a SiLU in between.
#[derive(Module, Debug)]
pub struct TimestepEmbedding<B: Backend> {
    linear_1: Linear<B>,
    linear_2: Linear<B>,
}

impl<B: Backend> TimestepEmbedding<B> {
    pub fn new(channels: usize, embedding: usize, device: &B::Device) -> Self {
        Self {
            linear_1: LinearConfig::new(channels, embedding).init(device),
            linear_2: LinearConfig::new(embedding, embedding).init(device),
        }
    }

    /// waves: [batch, channels] → [batch, embedding]
    pub fn forward(&self, waves: Tensor<B, 2>) -> Tensor<B, 2> {
        let waves = waves.cast(self.linear_1.weight.val().dtype());
        self.linear_2.forward(silu(self.linear_1.forward(waves)))
    }
}
