//! A scheduler: says at which noise levels the model is asked, and what becomes of the latent after each answer.

mod config;
mod noise_schedule;

mod ddim;
mod euler;
mod pndm;

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

pub use self::config::{BetaSchedule, FinalSigmasType, PredictionType, SchedulerConfig, TimestepSpacing};
pub use self::noise_schedule::NoiseSchedule;

use self::ddim::Ddim;
use self::euler::Euler;
use self::pndm::Pndm;
use crate::request::SchedulerKind;

/// A sampler set to a number of steps. Everything equals what diffusers 0.42 computes with the class of the same name, made from the
/// same configuration; coefficients are computed in `f64`, whatever the backend.
#[derive(Clone, Debug)]
pub struct Scheduler<B: Backend> {
    sampler: Sampler<B>,
    timesteps: Vec<f32>,
    sigmas: Vec<f32>,
}

#[derive(Clone, Debug)]
enum Sampler<B: Backend> {
    Ddim(Ddim),
    Pndm(Pndm<B>),
    Euler(Euler),
}

/// What a step makes of a sample.
#[derive(Clone, Debug)]
pub struct SchedulerStep<B: Backend> {
    /// x_{t−1}: the sample after the step, [batch, 4, h, w]
    pub prev_sample: Tensor<B, 4>,
    /// x̂₀: the sample without noise as the model imagines it now, [batch, 4, h, w]
    pub pred_original_sample: Tensor<B, 4>,
}

/// Stands for ᾱ = 0 where σ must be finite: half precision's smallest number, as in diffusers.
const LEAST_ALPHA_CUMPROD: f64 = 1.0 / (1 << 24) as f64;

impl<B: Backend> Scheduler<B> {
    /// `num_inference_steps` is taken to lie between 1 and the number of training timesteps.
    pub fn new(kind: SchedulerKind, config: &SchedulerConfig, num_inference_steps: usize) -> Self {
        let steps = num_inference_steps.clamp(1, config.num_train_timesteps);
        let timesteps = config.timesteps(kind, steps);
        // Diffusers' PNDM has no such key.
        let rescale_betas_zero_snr = config.rescale_betas_zero_snr && kind != SchedulerKind::Pndm;
        let mut schedule = NoiseSchedule::new(&SchedulerConfig { rescale_betas_zero_snr, ..config.clone() });
        let (sampler, timesteps, sigmas) = match kind {
            SchedulerKind::Ddim => {
                let ddim = Ddim::new(config, &schedule, &timesteps, steps);
                let sigmas = schedule.sigmas(&timesteps, ddim.final_alpha_cumprod());
                (Sampler::Ddim(ddim), timesteps, sigmas)
            }
            SchedulerKind::Pndm => {
                let pndm = Pndm::new(config, &schedule, &timesteps, steps);
                let timesteps = pndm.timesteps();
                let sigmas = schedule.sigmas(&timesteps, pndm.final_alpha_cumprod());
                (Sampler::Pndm(pndm), timesteps, sigmas)
            }
            SchedulerKind::Euler => {
                if rescale_betas_zero_snr && let Some(last) = schedule.alphas_cumprod.last_mut() {
                    *last = LEAST_ALPHA_CUMPROD;
                }
                let euler = Euler::new(config, &schedule, timesteps);
                let (timesteps, sigmas) = (euler.timesteps().to_vec(), euler.sigmas().to_vec());
                (Sampler::Euler(euler), timesteps, sigmas)
            }
        };
        Self { sampler, timesteps: timesteps.into_iter().map(|timestep| timestep as f32).collect(), sigmas }
    }

    /// The timestep of each evaluation of the model, falling. PNDM repeats some: it asks more often than it steps.
    pub fn timesteps(&self) -> &[f32] {
        &self.timesteps
    }

    /// σ = √((1 − ᾱ)/ᾱ) of each timestep, and at the end what the last step arrives at. Infinite where DDIM starts from pure noise.
    pub fn sigmas(&self) -> &[f32] {
        &self.sigmas
    }

    /// The factor by which standard normal noise becomes the initial sample.
    pub fn init_noise_sigma(&self) -> f32 {
        match &self.sampler {
            Sampler::Ddim(_) | Sampler::Pndm(_) => 1.0,
            Sampler::Euler(euler) => euler.init_noise_sigma() as f32,
        }
    }

    /// What the model is given for this sample. sample: [batch, 4, h, w]; index: which of the `timesteps`.
    pub fn scale_model_input(&self, sample: Tensor<B, 4>, index: usize) -> Tensor<B, 4> {
        match &self.sampler {
            Sampler::Ddim(_) | Sampler::Pndm(_) => sample,
            Sampler::Euler(euler) => euler.scale_model_input(sample, index),
        }
    }

    /// The sample after the model's answer at `timesteps[index]`. PNDM remembers its last answers, so the steps are taken in order;
    /// index 0 starts a run. model_output and sample (before `scale_model_input`): [batch, 4, h, w]
    pub fn step(&mut self, model_output: Tensor<B, 4>, index: usize, sample: Tensor<B, 4>) -> SchedulerStep<B> {
        match &mut self.sampler {
            Sampler::Ddim(ddim) => ddim.step(model_output, index, sample),
            Sampler::Pndm(pndm) => pndm.step(model_output, index, sample),
            Sampler::Euler(euler) => euler.step(model_output, index, sample),
        }
    }
}

impl PredictionType {
    /// x̂₀ from the model's output m and the sample x = √ᾱ · x₀ + √(1 − ᾱ) · ε.
    fn original_sample<B: Backend>(self, model_output: Tensor<B, 4>, sample: Tensor<B, 4>, alpha_cumprod: f64) -> Tensor<B, 4> {
        let (signal, noise) = (alpha_cumprod.sqrt(), (1.0 - alpha_cumprod).sqrt());
        match self {
            Self::Epsilon => (sample - model_output * noise) / signal,
            Self::VPrediction => sample * signal - model_output * noise,
            Self::Sample => model_output,
        }
    }

    /// ε from the model's output m and the sample x = √ᾱ · x₀ + √(1 − ᾱ) · ε.
    fn epsilon<B: Backend>(self, model_output: Tensor<B, 4>, sample: Tensor<B, 4>, alpha_cumprod: f64) -> Tensor<B, 4> {
        let (signal, noise) = (alpha_cumprod.sqrt(), (1.0 - alpha_cumprod).sqrt());
        match self {
            Self::Epsilon => model_output,
            Self::VPrediction => model_output * signal + sample * noise,
            Self::Sample => (sample - model_output * signal) / noise,
        }
    }
}
