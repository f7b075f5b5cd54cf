//! Euler (algorithm 2 of arXiv 2206.00364 without churn): steps of √(σ² + 1) times the usual sample along a straight line.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::SchedulerStep;
use super::config::{PredictionType, SchedulerConfig, TimestepSpacing};
use super::noise_schedule::NoiseSchedule;
use super::sigmas::{TrainSigmas, karras};

#[derive(Clone, Debug)]
pub(super) struct Euler {
    prediction_type: PredictionType,
    timesteps: Vec<f64>,
    /// One more than timesteps; the last is what the last step arrives at.
    sigmas: Vec<f32>,
    init_noise_sigma: f64,
}

impl Euler {
    pub(super) fn new(config: &SchedulerConfig, schedule: &NoiseSchedule, timesteps: Vec<f64>) -> Self {
        let train_sigmas = TrainSigmas::new(config, schedule);
        let mut timesteps = timesteps;
        let mut sigmas: Vec<f64> = timesteps.iter().map(|&timestep| train_sigmas.at(timestep)).collect();
        if config.use_karras_sigmas
            && let [most, .., least] = sigmas[..]
        {
            // Over the range of the spaced ones, and at timesteps between whole numbers; the solvers do both otherwise.
            sigmas = karras((least, most), sigmas.len());
            timesteps = sigmas.iter().map(|&sigma| train_sigmas.timestep_of(sigma)).collect();
        }
        let sigmas = train_sigmas.finished(sigmas, config.final_sigmas_type);
        let most = f64::from(sigmas.iter().copied().fold(0.0, f32::max));
        let is_leading = config.timestep_spacing == Some(TimestepSpacing::Leading);
        let init_noise_sigma = if is_leading { (most * most + 1.0).sqrt() } else { most };
        Self { prediction_type: config.prediction_type, timesteps, sigmas, init_noise_sigma }
    }

    pub(super) fn timesteps(&self) -> &[f64] {
        &self.timesteps
    }

    pub(super) fn sigmas(&self) -> &[f32] {
        &self.sigmas
    }

    pub(super) fn init_noise_sigma(&self) -> f64 {
        self.init_noise_sigma
    }

    pub(super) fn scale_model_input<B: Backend>(&self, sample: Tensor<B, 4>, index: usize) -> Tensor<B, 4> {
        let sigma = f64::from(self.sigmas[index]);
        sample / (sigma * sigma + 1.0).sqrt()
    }

    pub(super) fn step<B: Backend>(&self, model_output: Tensor<B, 4>, index: usize, sample: Tensor<B, 4>) -> SchedulerStep<B> {
        self.step_to(self.sigmas[index + 1].into(), model_output, index, sample)
    }

    /// A step to any σ.
    pub(super) fn step_to<B: Backend>(
        &self,
        next_sigma: f64,
        model_output: Tensor<B, 4>,
        index: usize,
        sample: Tensor<B, 4>,
    ) -> SchedulerStep<B> {
        let sigma = f64::from(self.sigmas[index]);
        let variance = sigma * sigma + 1.0;
        // Here the sample is x₀ + σ · ε, so the usual one is sample/√(σ² + 1), √ᾱ is 1/√(σ² + 1) and √(1 − ᾱ) is σ/√(σ² + 1).
        let pred_original_sample = match self.prediction_type {
            PredictionType::Epsilon => sample.clone() - model_output * sigma,
            PredictionType::VPrediction => sample.clone() / variance - model_output * (sigma / variance.sqrt()),
            PredictionType::Sample => model_output,
        };
        // In diffusers' order: where σ is in the thousands, another order would round to other digits.
        let derivative = (sample.clone() - pred_original_sample.clone()) / sigma;
        SchedulerStep { prev_sample: sample + derivative * (next_sigma - sigma), pred_original_sample }
    }
}
