//! DDIM inversion: DDIM's steps walked backwards, from a picture's latent to the noise that DDIM makes it from.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::SchedulerStep;
use super::config::{PredictionType, SchedulerConfig};
use super::noise_schedule::NoiseSchedule;
use super::timesteps::timesteps;
use crate::request::SchedulerKind;

/// Diffusers' `DDIMInverseScheduler`. The walk is exact where the model answers alike at both ends of a step: invert with
/// guidance 1 and in as many steps as DDIM then takes.
#[derive(Clone, Debug)]
pub struct DdimInverse {
    prediction_type: PredictionType,
    timesteps: Vec<f32>,
    /// (ᾱ of the sample before the step, ᾱ after it) of each step.
    alphas_cumprod: Vec<(f64, f64)>,
}

impl DdimInverse {
    /// `num_inference_steps` is taken to lie between 1 and the number of training timesteps. Diffusers has no linspace here; this
    /// has DDIM's.
    pub fn new(config: &SchedulerConfig, num_inference_steps: usize) -> Self {
        let steps = num_inference_steps.clamp(1, config.num_train_timesteps);
        let config = config.for_class_of(SchedulerKind::Ddim);
        let schedule = NoiseSchedule::new(&config);
        // Where there is no noise, a model that predicts the picture says nothing of it.
        let from_one = config.set_alpha_to_one == Some(true) && config.prediction_type != PredictionType::Sample;
        let initial_alpha_cumprod = if from_one { 1.0 } else { schedule.at(0) };
        let stride = config.num_train_timesteps / steps;
        let mut timesteps = timesteps(&config, SchedulerKind::Ddim, steps);
        timesteps.reverse();
        let step = |&timestep: &f64| {
            let timestep = timestep as usize;
            let before = timestep.checked_sub(stride).map_or(initial_alpha_cumprod, |before| schedule.at(before));
            (before, schedule.at(timestep))
        };
        Self {
            prediction_type: config.prediction_type,
            alphas_cumprod: timesteps.iter().map(step).collect(),
            timesteps: timesteps.into_iter().map(|timestep| timestep as f32).collect(),
        }
    }

    /// The timestep of each evaluation of the model, rising: where the step leads, as in prompt-to-prompt, not where the sample
    /// is.
    pub fn timesteps(&self) -> &[f32] {
        &self.timesteps
    }

    /// The sample with the noise of `timesteps()[index]`, as `prev_sample`. model_output and sample: [batch, 4, h, w]
    pub fn step<B: Backend>(&self, model_output: Tensor<B, 4>, index: usize, sample: Tensor<B, 4>) -> SchedulerStep<B> {
        let (alpha_cumprod, next) = self.alphas_cumprod[index];
        let pred_original_sample = self.prediction_type.original_sample(model_output.clone(), sample.clone(), alpha_cumprod);
        let pred_epsilon = self.prediction_type.epsilon(model_output, sample, alpha_cumprod);
        // DDIM eq. 12 with t + 1 instead of t − 1:  x_{t+1} = √ᾱ_{t+1} · x̂₀ + √(1 − ᾱ_{t+1}) · ε
        let prev_sample = pred_original_sample.clone() * next.sqrt() + pred_epsilon * (1.0 - next).sqrt();
        SchedulerStep { prev_sample, pred_original_sample }
    }
}
