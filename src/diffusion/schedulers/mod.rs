//! A scheduler: says at which noise levels the model is asked, and what becomes of the latent after each answer.

mod config;
mod noise_schedule;
mod sigmas;
mod timesteps;

mod ddim;
mod ddim_inverse;
mod ddpm;
mod dpm_solver;
mod euler;
mod euler_ancestral;
mod lcm;
mod pndm;
mod unipc;

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

pub use self::config::{BetaSchedule, FinalSigmasType, PredictionType, SchedulerConfig, TimestepSpacing};
pub use self::ddim_inverse::DdimInverse;
pub use self::lcm::boundary_scalings;
pub use self::noise_schedule::NoiseSchedule;

use self::ddim::Ddim;
use self::ddpm::Ddpm;
use self::dpm_solver::DpmSolver;
use self::euler::Euler;
use self::euler_ancestral::EulerAncestral;
use self::lcm::Lcm;
use self::pndm::Pndm;
use self::unipc::UniPc;
use crate::request::SchedulerKind;

/// A sampler set to a number of steps. Everything equals what diffusers 0.42 computes with the class of the same name, made from
/// the same configuration; coefficients are computed in `f64`, whatever the backend.
#[derive(Clone, Debug)]
pub struct Scheduler<B: Backend> {
    sampler: Sampler<B>,
    num_inference_steps: usize,
    timesteps: Vec<f32>,
    sigmas: Vec<f32>,
}

#[derive(Clone, Debug)]
enum Sampler<B: Backend> {
    Ddpm(Ddpm),
    Ddim(Ddim),
    Pndm(Pndm<B>),
    Euler(Euler),
    EulerAncestral(EulerAncestral),
    DpmSolver(DpmSolver<B>),
    UniPc(UniPc<B>),
    Lcm(Lcm),
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
    /// `num_inference_steps` is taken to lie between 1 and [`SchedulerConfig::most_steps`].
    pub fn new(kind: SchedulerKind, config: &SchedulerConfig, num_inference_steps: usize) -> Self {
        let steps = num_inference_steps.clamp(1, config.most_steps(kind));
        let config = &config.for_class_of(kind);
        let timesteps = timesteps::timesteps(config, kind, steps);
        let schedule = NoiseSchedule::new(config);
        let (sampler, timesteps, sigmas) = match kind {
            SchedulerKind::Ddpm => {
                let sigmas = schedule.sigmas(&timesteps, 1.0);
                (Sampler::Ddpm(Ddpm::new(config, &schedule, &timesteps)), timesteps, sigmas)
            }
            SchedulerKind::Ddim => {
                let ddim = Ddim::new(config, &schedule, &timesteps, steps);
                let sigmas = schedule.sigmas(&timesteps, ddim.final_alpha_cumprod());
                (Sampler::Ddim(ddim), timesteps, sigmas)
            }
            SchedulerKind::Pndm => {
                let pndm = Pndm::new(config, schedule.clone(), &timesteps, steps);
                let timesteps = pndm.timesteps();
                let sigmas = schedule.sigmas(&timesteps, pndm.final_alpha_cumprod());
                (Sampler::Pndm(pndm), timesteps, sigmas)
            }
            SchedulerKind::Euler => {
                let euler = Euler::new(config, &schedule, timesteps);
                let (timesteps, sigmas) = (euler.timesteps().to_vec(), euler.sigmas().to_vec());
                (Sampler::Euler(euler), timesteps, sigmas)
            }
            SchedulerKind::EulerAncestral => {
                let euler = Euler::new(config, &schedule, timesteps);
                let (timesteps, sigmas) = (euler.timesteps().to_vec(), euler.sigmas().to_vec());
                (Sampler::EulerAncestral(EulerAncestral { euler }), timesteps, sigmas)
            }
            SchedulerKind::DpmPlusPlus2M | SchedulerKind::DpmPlusPlus2MKarras => {
                let solver = DpmSolver::new(config, &schedule, timesteps);
                let levels = solver.levels().clone();
                (Sampler::DpmSolver(solver), levels.timesteps, levels.sigmas)
            }
            SchedulerKind::UniPc => {
                let solver = UniPc::new(config, &schedule, timesteps);
                let levels = solver.levels().clone();
                (Sampler::UniPc(solver), levels.timesteps, levels.sigmas)
            }
            SchedulerKind::Lcm => {
                let sigmas = schedule.sigmas(&timesteps, 1.0);
                (Sampler::Lcm(Lcm::new(config, &schedule, &timesteps)), timesteps, sigmas)
            }
        };
        let timesteps = timesteps.into_iter().map(|timestep| timestep as f32).collect();
        Self { sampler, num_inference_steps: steps, timesteps, sigmas }
    }

    /// DDIM with η (arXiv 2010.02502, eq. 16): 0 adds no noise, 1 as much as DDPM. The other samplers have no η and stay as they
    /// are.
    pub fn with_eta(mut self, eta: f64) -> Self {
        if let Sampler::Ddim(ddim) = &mut self.sampler {
            ddim.eta = eta;
        }
        self
    }

    /// The timestep of each evaluation of the model, falling. PNDM repeats some: it asks more often than it steps.
    pub fn timesteps(&self) -> &[f32] {
        &self.timesteps
    }

    /// σ = √((1 − ᾱ)/ᾱ) of each timestep, and at the end what the last step arrives at. Infinite where a sampler that does not
    /// think in σ starts from pure noise.
    pub fn sigmas(&self) -> &[f32] {
        &self.sigmas
    }

    /// The factor by which standard normal noise becomes the initial sample.
    pub fn init_noise_sigma(&self) -> f32 {
        self.in_sigma_space().map_or(1.0, |euler| euler.init_noise_sigma() as f32)
    }

    /// What the model is given for this sample. sample: [batch, 4, h, w]; index: which of the `timesteps`.
    pub fn scale_model_input(&self, sample: Tensor<B, 4>, index: usize) -> Tensor<B, 4> {
        match self.in_sigma_space() {
            Some(euler) => euler.scale_model_input(sample, index),
            None => sample,
        }
    }

    /// The sample before step `index` of a picture's latent and standard normal noise, in the sampler's own scale: where a run
    /// that begins there (img2img) sets out. original and noise: [batch, 4, h, w]
    pub fn add_noise(&self, original: Tensor<B, 4>, noise: Tensor<B, 4>, index: usize) -> Tensor<B, 4> {
        let sigma = f64::from(self.sigmas[index]);
        if self.in_sigma_space().is_some() {
            return original + noise * sigma;
        }
        let alpha_cumprod = (sigma * sigma + 1.0).recip();
        original * alpha_cumprod.sqrt() + noise * (1.0 - alpha_cumprod).sqrt()
    }

    /// The step with which a run from a picture begins: at strength 1 the first, at 0 none (diffusers'
    /// `StableDiffusionImg2ImgPipeline.get_timesteps`). PNDM's repeated timestep is counted as diffusers counts it.
    pub fn img2img_start(&self, strength: f64) -> usize {
        // To six decimals, so that 0.7 from an `f32` is not a little less; then in double precision and cut off, as Python does:
        // 0.7 of 10 steps are 7, but 0.29 of 100 are 28.
        let strength = (strength * 1e6).round() / 1e6;
        let steps = (self.num_inference_steps as f64 * strength) as usize;
        self.num_inference_steps - steps.min(self.num_inference_steps)
    }

    /// Whether step `index` adds fresh noise: DDPM's, Euler ancestral's, LCM's and, with η, DDIM's, but hardly ever the last.
    pub fn needs_noise(&self, index: usize) -> bool {
        match &self.sampler {
            Sampler::Ddpm(ddpm) => ddpm.variance(index) > 0.0,
            Sampler::Ddim(ddim) => ddim.variance(index) > 0.0,
            Sampler::EulerAncestral(ancestral) => ancestral.down_and_up(index).1 > 0.0,
            Sampler::Lcm(lcm) => lcm.needs_noise(index),
            Sampler::Pndm(_) | Sampler::Euler(_) | Sampler::DpmSolver(_) | Sampler::UniPc(_) => false,
        }
    }

    /// The sample after the model's answer at `timesteps[index]`. model_output and sample (before `scale_model_input`):
    /// [batch, 4, h, w]
    ///
    /// Some samplers remember their last answers. So the steps are taken in order, and one that does not follow the last one
    /// taken begins a run: index 0 again, or a later one in a run from a picture.
    ///
    /// `noise` draws standard normal noise of the sample's shape. It is called once if `needs_noise(index)`, otherwise never: so
    /// the caller draws none in vain and can leave out none, and the scheduler knows no random numbers.
    pub fn step(
        &mut self,
        model_output: Tensor<B, 4>,
        index: usize,
        sample: Tensor<B, 4>,
        noise: impl FnOnce() -> Tensor<B, 4>,
    ) -> SchedulerStep<B> {
        match &mut self.sampler {
            Sampler::Ddpm(ddpm) => ddpm.step(model_output, index, sample, noise),
            Sampler::Ddim(ddim) => ddim.step(model_output, index, sample, noise),
            Sampler::Pndm(pndm) => pndm.step(model_output, index, sample),
            Sampler::Euler(euler) => euler.step(model_output, index, sample),
            Sampler::EulerAncestral(ancestral) => ancestral.step(model_output, index, sample, noise),
            Sampler::DpmSolver(solver) => solver.step(model_output, index, sample),
            Sampler::UniPc(solver) => solver.step(model_output, index, sample),
            Sampler::Lcm(lcm) => lcm.step(model_output, index, sample, noise),
        }
    }

    /// The levels of a sampler whose sample is x₀ + σ · ε; the others' is 1/√(σ² + 1) times that.
    fn in_sigma_space(&self) -> Option<&Euler> {
        match &self.sampler {
            Sampler::Euler(euler) | Sampler::EulerAncestral(EulerAncestral { euler }) => Some(euler),
            _ => None,
        }
    }
}

impl PredictionType {
    /// x̂₀ from the model's output m and the sample x = √ᾱ · x₀ + √(1 − ᾱ) · ε.
    fn original_sample<B: Backend>(self, model_output: Tensor<B, 4>, sample: Tensor<B, 4>, alpha_cumprod: f64) -> Tensor<B, 4> {
        let (signal, noise) = (alpha_cumprod.sqrt(), (1.0 - alpha_cumprod).sqrt());
        match self {
            // In pure noise ε cannot tell the picture: the least ᾱ keeps x̂₀ finite.
            Self::Epsilon => (sample - model_output * noise) / alpha_cumprod.max(LEAST_ALPHA_CUMPROD).sqrt(),
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
