//! DDIM (arXiv 2010.02502): straight towards x̂₀, then back to the next timestep's noise; deterministic unless η asks for noise.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::SchedulerStep;
use super::config::{PredictionType, SchedulerConfig};
use super::noise_schedule::NoiseSchedule;

#[derive(Clone, Debug)]
pub(super) struct Ddim {
    prediction_type: PredictionType,
    /// (ᾱ_t, ᾱ_{t−1}) of each step.
    alphas_cumprod: Vec<(f64, f64)>,
    /// The share of DDPM's noise that a step adds.
    pub(super) eta: f64,
}

impl Ddim {
    pub(super) fn new(config: &SchedulerConfig, schedule: &NoiseSchedule, timesteps: &[f64], num_inference_steps: usize) -> Self {
        let final_alpha_cumprod = if config.set_alpha_to_one == Some(false) { schedule.at(0) } else { 1.0 };
        // As in diffusers a step is a fixed number of timesteps long, even where the spacing is uneven.
        let stride = config.num_train_timesteps / num_inference_steps;
        let step = |&timestep: &f64| {
            let timestep = timestep as usize;
            let previous = timestep.checked_sub(stride).map_or(final_alpha_cumprod, |previous| schedule.at(previous));
            (schedule.at(timestep), previous)
        };
        Self { prediction_type: config.prediction_type, alphas_cumprod: timesteps.iter().map(step).collect(), eta: 0.0 }
    }

    /// ᾱ where the last step arrives.
    pub(super) fn final_alpha_cumprod(&self) -> f64 {
        self.alphas_cumprod.last().map_or(1.0, |&(_, previous)| previous)
    }

    /// DDIM eq. 16, squared: the variance of the noise that a step adds.
    pub(super) fn variance(&self, index: usize) -> f64 {
        let (alpha_cumprod, previous) = self.alphas_cumprod[index];
        self.eta * self.eta * (1.0 - previous) / (1.0 - alpha_cumprod) * (1.0 - alpha_cumprod / previous)
    }

    pub(super) fn step<B: Backend>(
        &self,
        model_output: Tensor<B, 4>,
        index: usize,
        sample: Tensor<B, 4>,
        noise: impl FnOnce() -> Tensor<B, 4>,
    ) -> SchedulerStep<B> {
        let (alpha_cumprod, previous) = self.alphas_cumprod[index];
        let pred_original_sample = self.prediction_type.original_sample(model_output.clone(), sample.clone(), alpha_cumprod);
        let pred_epsilon = self.prediction_type.epsilon(model_output, sample, alpha_cumprod);
        // DDIM eq. 12:  x_{t-1} = √ᾱ_{t-1} · x̂₀ + √(1 − ᾱ_{t-1} − σ²) · ε + σ · n,  without the last term at η = 0
        let variance = self.variance(index);
        let direction = pred_epsilon * (1.0 - previous - variance).max(0.0).sqrt();
        let mean = pred_original_sample.clone() * previous.sqrt() + direction;
        let prev_sample = if variance > 0.0 { mean + noise() * variance.sqrt() } else { mean };
        SchedulerStep { prev_sample, pred_original_sample }
    }
}
