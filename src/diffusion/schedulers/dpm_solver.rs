//! DPM-Solver++ 2M (arXiv 2211.01095, algorithm 2): multistep, which foresees x̂₀ from the last two predictions.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::SchedulerStep;
use super::config::{BetaSchedule, FinalSigmasType, PredictionType, SchedulerConfig};
use super::noise_schedule::NoiseSchedule;
use super::sigmas::{TrainSigmas, karras};

#[derive(Clone, Debug)]
pub(super) struct DpmSolver<B: Backend> {
    prediction_type: PredictionType,
    levels: SolverLevels,
    solver_order: usize,
    /// Whether the last step looks back on none.
    lower_order_final: bool,
    /// The step before and its x̂₀. A run that begins in the middle, as from a picture, has none at its first step.
    before: Option<(usize, Tensor<B, 4>)>,
}

impl<B: Backend> DpmSolver<B> {
    pub(super) fn new(config: &SchedulerConfig, schedule: &NoiseSchedule, timesteps: Vec<f64>) -> Self {
        /// Above, diffusers takes the last step at full order, unless it leads to no noise at all.
        const FEW_STEPS: usize = 15;
        let lower_order_final = config.final_sigmas_type == FinalSigmasType::Zero
            || config.euler_at_final
            || config.lower_order_final && timesteps.len() < FEW_STEPS;
        // Diffusers rounds Karras' timesteps, but cuts them off for the cosine schedule.
        let whole: fn(f64) -> f64 =
            if config.beta_schedule == Some(BetaSchedule::SquaredCosine) { f64::trunc } else { f64::round_ties_even };
        Self {
            prediction_type: config.prediction_type,
            levels: SolverLevels::new(config, schedule, timesteps, whole),
            solver_order: config.solver_order,
            lower_order_final,
            before: None,
        }
    }

    pub(super) fn levels(&self) -> &SolverLevels {
        &self.levels
    }

    pub(super) fn step(&mut self, model_output: Tensor<B, 4>, index: usize, sample: Tensor<B, 4>) -> SchedulerStep<B> {
        let alpha_cumprod = self.levels.alpha_cumprod(index);
        let x0 = self.prediction_type.original_sample(model_output, sample.clone(), alpha_cumprod);
        let is_last = index + 1 == self.levels.timesteps.len();
        let is_first_order = self.solver_order == 1 || is_last && self.lower_order_final;
        let before = self.before.replace((index, x0.clone()));
        let before = before.filter(|(before, _)| before + 1 == index && !is_first_order).map(|(_, x0)| x0);
        SchedulerStep { prev_sample: self.levels.advance(index, sample, x0.clone(), before), pred_original_sample: x0 }
    }
}

/// The noise levels of a run in the solvers' terms. With σ: α = 1/√(σ² + 1), the sample is α · x₀ + α σ · ε, and λ = −ln σ.
#[derive(Clone, Debug)]
pub(super) struct SolverLevels {
    pub(super) timesteps: Vec<f64>,
    /// One more than timesteps; the last is what the last step arrives at.
    pub(super) sigmas: Vec<f32>,
}

impl SolverLevels {
    /// `whole` makes a whole number of the timestep at which a Karras σ lies.
    pub(super) fn new(config: &SchedulerConfig, schedule: &NoiseSchedule, timesteps: Vec<f64>, whole: fn(f64) -> f64) -> Self {
        let train_sigmas = TrainSigmas::new(config, schedule);
        let (timesteps, sigmas) = if config.use_karras_sigmas {
            let sigmas = karras(train_sigmas.range(), timesteps.len());
            (sigmas.iter().map(|&sigma| whole(train_sigmas.timestep_of(sigma))).collect(), sigmas)
        } else {
            let sigmas = timesteps.iter().map(|&timestep| train_sigmas.at(timestep)).collect();
            (timesteps, sigmas)
        };
        Self { timesteps, sigmas: train_sigmas.finished(sigmas, config.final_sigmas_type) }
    }

    pub(super) fn sigma(&self, index: usize) -> f64 {
        self.sigmas[index].into()
    }

    pub(super) fn alpha(&self, index: usize) -> f64 {
        self.alpha_cumprod(index).sqrt()
    }

    pub(super) fn alpha_cumprod(&self, index: usize) -> f64 {
        (self.sigma(index).powi(2) + 1.0).recip()
    }

    /// h of a step: by how much λ grows in it; infinite where it leads to no noise at all.
    pub(super) fn h(&self, index: usize) -> f64 {
        (self.sigma(index) / self.sigma(index + 1)).ln()
    }

    /// A step from x̂₀ alone, or also from that of the step before. It is UniPC's predictor (UniP-2 with B₂) too.
    pub(super) fn advance<B: Backend>(
        &self,
        index: usize,
        sample: Tensor<B, 4>,
        x0: Tensor<B, 4>,
        before: Option<Tensor<B, 4>>,
    ) -> Tensor<B, 4> {
        // Algorithm 2, with e^{−h} = σ_t/σ_s:
        //   x_t = (σ_t α_t)/(σ_s α_s) · x_s + α_t (1 − e^{−h}) · (x̂₀ + h / (2 h_before) · (x̂₀ − x̂₀_before))
        let (sigma_ratio, alpha_ratio) = (self.sigma(index + 1) / self.sigma(index), self.alpha(index + 1) / self.alpha(index));
        // At as many steps as timesteps some levels come twice, and the step between them has no length to look back on.
        let foreseen = match before.map(|before| (before, self.h(index) / self.h(index - 1))) {
            Some((before, ratio)) if ratio.is_finite() => x0.clone() + (x0 - before) * (0.5 * ratio),
            _ => x0,
        };
        sample * (sigma_ratio * alpha_ratio) + foreseen * (self.alpha(index + 1) * (1.0 - sigma_ratio))
    }
}
