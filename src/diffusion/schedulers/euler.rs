//! Euler (algorithm 2 of arXiv 2206.00364 without churn): steps of √(σ² + 1) times the usual sample along a straight line.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::SchedulerStep;
use super::config::{FinalSigmasType, PredictionType, SchedulerConfig, TimestepSpacing};
use super::noise_schedule::{NoiseSchedule, sigma};

#[derive(Clone, Debug)]
pub(super) struct Euler {
    prediction_type: PredictionType,
    timesteps: Vec<f64>,
    /// One more than timesteps; the last is what the last step arrives at. Diffusers keeps them as `f32`.
    sigmas: Vec<f32>,
    init_noise_sigma: f64,
}

impl Euler {
    pub(super) fn new(config: &SchedulerConfig, schedule: &NoiseSchedule, timesteps: Vec<f64>) -> Self {
        let train_sigmas: Vec<f32> = schedule.alphas_cumprod.iter().map(|&alpha_cumprod| sigma(alpha_cumprod) as f32).collect();
        let mut timesteps = timesteps;
        let mut sigmas: Vec<f64> = timesteps.iter().map(|&timestep| interpolate(&train_sigmas, timestep)).collect();
        if config.use_karras_sigmas {
            sigmas = karras(&sigmas);
            timesteps = sigmas.iter().map(|&sigma| timestep_of(&train_sigmas, sigma)).collect();
        }
        sigmas.push(match config.final_sigmas_type {
            FinalSigmasType::Zero => 0.0,
            FinalSigmasType::SigmaMin => f64::from(train_sigmas[0]),
        });
        let sigmas: Vec<f32> = sigmas.into_iter().map(|sigma| sigma as f32).collect();
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
        let sigma = f64::from(self.sigmas[index]);
        let next_sigma = f64::from(self.sigmas[index + 1]);
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

/// The value between the entries of a table; the last entry beyond its end.
fn interpolate(table: &[f32], position: f64) -> f64 {
    let last = table.len() - 1;
    let (below, above) = ((position as usize).min(last), (position as usize + 1).min(last));
    let (low, high) = (f64::from(table[below]), f64::from(table[above]));
    low + (high - low) * (position - below as f64)
}

/// Karras et al., eq. 5 with ρ = 7: σᵢ = (σ_max^(1/ρ) + i/(N−1) · (σ_min^(1/ρ) − σ_max^(1/ρ)))^ρ, over the range of the given ones.
fn karras(sigmas: &[f64]) -> Vec<f64> {
    const RHO: f64 = 7.0;
    let [first, .., last] = sigmas else { return sigmas.to_vec() };
    let (most, least) = (first.powf(1.0 / RHO), last.powf(1.0 / RHO));
    let intervals = (sigmas.len() - 1) as f64;
    (0..sigmas.len()).map(|i| (most + i as f64 / intervals * (least - most)).powf(RHO)).collect()
}

/// The timestep, between whole numbers, at which training had this σ; interpolated in its logarithm.
fn timestep_of(train_sigmas: &[f32], sigma: f64) -> f64 {
    let log_sigma = sigma.max(1e-10).ln();
    let log_at = |timestep: usize| f64::from(train_sigmas[timestep].ln());
    let below = (0..train_sigmas.len()).take_while(|&timestep| log_at(timestep) <= log_sigma).count();
    let below = below.saturating_sub(1).min(train_sigmas.len() - 2);
    let (low, high) = (log_at(below), log_at(below + 1));
    below as f64 + ((low - log_sigma) / (low - high)).clamp(0.0, 1.0)
}
