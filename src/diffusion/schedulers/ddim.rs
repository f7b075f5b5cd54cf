//! DDIM (arXiv 2010.02502): straight towards x̂₀, then back to the noise of the next timestep; deterministic.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::config::{PredictionType, SchedulerConfig};
use super::noise_schedule::NoiseSchedule;
use super::{LEAST_ALPHA_CUMPROD, SchedulerStep};

#[derive(Clone, Debug)]
pub(super) struct Ddim {
    prediction_type: PredictionType,
    /// (ᾱ_t, ᾱ_{t−1}) of each step.
    alphas_cumprod: Vec<(f64, f64)>,
}

impl Ddim {
    pub(super) fn new(config: &SchedulerConfig, schedule: &NoiseSchedule, timesteps: &[f64], num_inference_steps: usize) -> Self {
        let final_alpha_cumprod = if config.set_alpha_to_one.unwrap_or(true) { 1.0 } else { schedule.at(0) };
        // ε cannot tell the picture in pure noise: the least ᾱ keeps x̂₀ finite.
        let least = if config.prediction_type == PredictionType::Epsilon { LEAST_ALPHA_CUMPROD } else { 0.0 };
        // As in diffusers a step is a fixed number of timesteps long, even where the spacing is uneven.
        let stride = config.num_train_timesteps / num_inference_steps;
        let step = |&timestep: &f64| {
            let timestep = timestep as usize;
            let previous = timestep.checked_sub(stride).map_or(final_alpha_cumprod, |previous| schedule.at(previous));
            (schedule.at(timestep).max(least), previous)
        };
        Self { prediction_type: config.prediction_type, alphas_cumprod: timesteps.iter().map(step).collect() }
    }

    /// ᾱ where the last step arrives.
    pub(super) fn final_alpha_cumprod(&self) -> f64 {
        self.alphas_cumprod.last().map_or(1.0, |&(_, previous)| previous)
    }

    pub(super) fn step<B: Backend>(&self, model_output: Tensor<B, 4>, index: usize, sample: Tensor<B, 4>) -> SchedulerStep<B> {
        let (alpha_cumprod, previous) = self.alphas_cumprod[index];
        let pred_original_sample = self.prediction_type.original_sample(model_output.clone(), sample.clone(), alpha_cumprod);
        let pred_epsilon = self.prediction_type.epsilon(model_output, sample, alpha_cumprod);
        // DDIM eq. 12, η = 0:  x_{t-1} = √ᾱ_{t-1} · x̂₀ + √(1 − ᾱ_{t-1}) · ε
        let prev_sample = pred_original_sample.clone() * previous.sqrt() + pred_epsilon * (1.0 - previous).sqrt();
        SchedulerStep { prev_sample, pred_original_sample }
    }
}
