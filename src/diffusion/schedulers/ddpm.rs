//! DDPM (arXiv 2006.11239): the reverse of noising, which adds fresh noise in every step but the last.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::SchedulerStep;
use super::config::{PredictionType, SchedulerConfig};
use super::noise_schedule::NoiseSchedule;

#[derive(Clone, Debug)]
pub(super) struct Ddpm {
    prediction_type: PredictionType,
    /// (ᾱ_t, ᾱ_{t−1}) of each step; the last ends at 1.
    alphas_cumprod: Vec<(f64, f64)>,
}

impl Ddpm {
    pub(super) fn new(config: &SchedulerConfig, schedule: &NoiseSchedule, timesteps: &[f64]) -> Self {
        let at = |&timestep: &f64| schedule.at(timestep as usize);
        let previous = timesteps.iter().skip(1).map(at).chain([1.0]);
        Self { prediction_type: config.prediction_type, alphas_cumprod: timesteps.iter().map(at).zip(previous).collect() }
    }

    /// β̃ of eq. 7: the variance of the noise that a step adds.
    pub(super) fn variance(&self, index: usize) -> f64 {
        let (alpha_cumprod, previous) = self.alphas_cumprod[index];
        (1.0 - previous) / (1.0 - alpha_cumprod) * (1.0 - alpha_cumprod / previous)
    }

    pub(super) fn step<B: Backend>(
        &self,
        model_output: Tensor<B, 4>,
        index: usize,
        sample: Tensor<B, 4>,
        noise: impl FnOnce() -> Tensor<B, 4>,
    ) -> SchedulerStep<B> {
        let (alpha_cumprod, previous) = self.alphas_cumprod[index];
        let pred_original_sample = self.prediction_type.original_sample(model_output, sample.clone(), alpha_cumprod);
        // DDPM eq. 7, α = ᾱ_t / ᾱ_{t−1}, β = 1 − α:
        //   x_{t-1} = √ᾱ_{t−1} β / (1 − ᾱ_t) · x̂₀ + √α (1 − ᾱ_{t−1}) / (1 − ᾱ_t) · x_t + √β̃ · n
        let alpha = alpha_cumprod / previous;
        let of_original = previous.sqrt() * (1.0 - alpha) / (1.0 - alpha_cumprod);
        let of_sample = alpha.sqrt() * (1.0 - previous) / (1.0 - alpha_cumprod);
        let mean = pred_original_sample.clone() * of_original + sample * of_sample;
        let variance = self.variance(index);
        let prev_sample = if variance > 0.0 { mean + noise() * variance.sqrt() } else { mean };
        SchedulerStep { prev_sample, pred_original_sample }
    }
}
