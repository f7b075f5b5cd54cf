//! LCM (latent consistency, arXiv 2310.04378): x̂₀ at once, noised again to the next level; for models distilled to do so.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::SchedulerStep;
use super::config::{PredictionType, SchedulerConfig};
use super::noise_schedule::NoiseSchedule;

/// [c_skip, c_out]: how much of the sample and how much of x̂₀ a latent consistency model answers with at a timestep t, so that at 0 it
/// is the sample itself (diffusers' `LCMScheduler.get_scalings_for_boundary_condition_discrete`, with s the timestep scaling):
/// c_skip = σ_data² / (s² t² + σ_data²), c_out = s t / √(s² t² + σ_data²).
pub fn boundary_scalings(timestep: f64, timestep_scaling: f64) -> [f64; 2] {
    /// The standard deviation of the pictures that the boundary condition was chosen for.
    const SIGMA_DATA: f64 = 0.5;
    let scaled = timestep * timestep_scaling;
    let norm = scaled * scaled + SIGMA_DATA * SIGMA_DATA;
    [SIGMA_DATA * SIGMA_DATA / norm, scaled / norm.sqrt()]
}

#[derive(Clone, Debug)]
pub(super) struct Lcm {
    prediction_type: PredictionType,
    timestep_scaling: f64,
    timesteps: Vec<f64>,
    /// ᾱ of each timestep.
    alphas_cumprod: Vec<f64>,
}

impl Lcm {
    pub(super) fn new(config: &SchedulerConfig, schedule: &NoiseSchedule, timesteps: &[f64]) -> Self {
        Self {
            prediction_type: config.prediction_type,
            timestep_scaling: config.timestep_scaling,
            timesteps: timesteps.to_vec(),
            alphas_cumprod: timesteps.iter().map(|&timestep| schedule.at(timestep as usize)).collect(),
        }
    }

    /// Every step but the last adds noise.
    pub(super) fn needs_noise(&self, index: usize) -> bool {
        index + 1 < self.timesteps.len()
    }

    pub(super) fn step<B: Backend>(
        &self,
        model_output: Tensor<B, 4>,
        index: usize,
        sample: Tensor<B, 4>,
        noise: impl FnOnce() -> Tensor<B, 4>,
    ) -> SchedulerStep<B> {
        let alpha_cumprod = self.alphas_cumprod[index];
        let x0 = self.prediction_type.original_sample(model_output, sample.clone(), alpha_cumprod);
        let [c_skip, c_out] = boundary_scalings(self.timesteps[index], self.timestep_scaling);
        let denoised = x0 * c_out + sample * c_skip;
        let prev_sample = match self.alphas_cumprod.get(index + 1) {
            Some(next) => denoised.clone() * next.sqrt() + noise() * (1.0 - next).sqrt(),
            None => denoised.clone(),
        };
        SchedulerStep { prev_sample, pred_original_sample: denoised }
    }
}
