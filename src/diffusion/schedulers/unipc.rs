//! UniPC (arXiv 2302.04867) of order 2 with B₂(h), on x̂₀: each answer of the model also corrects the step that led to it.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::SchedulerStep;
use super::config::{PredictionType, SchedulerConfig};
use super::dpm_solver::SolverLevels;
use super::noise_schedule::NoiseSchedule;

#[derive(Clone, Debug)]
pub(super) struct UniPc<B: Backend> {
    prediction_type: PredictionType,
    levels: SolverLevels,
    solver_order: usize,
    lower_order_final: bool,
    /// A run that begins in the middle, as from a picture, has none at its first step.
    before: Option<Before<B>>,
}

/// The step before.
#[derive(Clone, Debug)]
struct Before<B: Backend> {
    index: usize,
    /// Where it set out, itself corrected.
    sample: Tensor<B, 4>,
    x0: Tensor<B, 4>,
    /// x̂₀ of the step before it, if it looked back on that.
    earlier: Option<Tensor<B, 4>>,
}

impl<B: Backend> UniPc<B> {
    pub(super) fn new(config: &SchedulerConfig, schedule: &NoiseSchedule, timesteps: Vec<f64>) -> Self {
        Self {
            prediction_type: config.prediction_type,
            levels: SolverLevels::new(config, schedule, timesteps, f64::round_ties_even),
            solver_order: config.solver_order,
            lower_order_final: config.lower_order_final,
            before: None,
        }
    }

    pub(super) fn levels(&self) -> &SolverLevels {
        &self.levels
    }

    pub(super) fn step(&mut self, model_output: Tensor<B, 4>, index: usize, sample: Tensor<B, 4>) -> SchedulerStep<B> {
        let alpha_cumprod = self.levels.alpha_cumprod(index);
        let x0 = self.prediction_type.original_sample(model_output, sample.clone(), alpha_cumprod);
        let before = self.before.take().filter(|before| before.index + 1 == index);
        let is_last = index + 1 == self.levels.timesteps.len();
        let is_first_order = self.solver_order == 1 || is_last && self.lower_order_final;
        let (sample, earlier) = match before {
            Some(before) => {
                let earlier = (!is_first_order).then(|| before.x0.clone());
                (self.correct(before, sample, x0.clone()), earlier)
            }
            None => (sample, None),
        };
        self.before = Some(Before { index, sample: sample.clone(), x0: x0.clone(), earlier: earlier.clone() });
        SchedulerStep { prev_sample: self.levels.advance(index, sample, x0.clone(), earlier), pred_original_sample: x0 }
    }

    /// UniC: the step before, made again with the x̂₀ of the sample that it led to.
    fn correct(&self, before: Before<B>, sample: Tensor<B, 4>, x0: Tensor<B, 4>) -> Tensor<B, 4> {
        let (levels, index) = (&self.levels, before.index);
        let h = levels.h(index);
        if h == 0.0 {
            return sample;
        }
        // B₂(h) = e^{−h} − 1, and what of e^{−h} its series leaves over after one term and after two
        let b = (-h).exp_m1();
        let phi_1 = b / -h - 1.0;
        let phi_2 = phi_1 / -h - 0.5;
        // Diffusers' multistep_uni_c_bh_update. Two equations, Σ ρₘ rₘⁿ⁻¹ = n! φₙ / B for n = 1 and 2, give the weights ρ; r is
        // where a prediction lies from the step's start: 1 is the new one, `r` the earlier one.
        let earlier = before.earlier.map(|earlier| (earlier, -levels.h(index - 1) / h)).filter(|(_, r)| *r != 0.0);
        let change = (x0, before.x0.clone());
        let residual = match earlier {
            Some((earlier, r)) => {
                let (b_1, b_2) = (phi_1 / b, 2.0 * phi_2 / b);
                let rho_1 = (b_1 - b_2) / (1.0 - r);
                (earlier - before.x0.clone()) * (rho_1 / r) + (change.0 - change.1) * (b_1 - rho_1)
            }
            None => (change.0 - change.1) * 0.5,
        };
        // x_t = (σ_t α_t)/(σ_s α_s) · x_s − α_t B · (x̂₀ + Σ ρₘ Dₘ/rₘ)
        let ratio = levels.sigma(index + 1) / levels.sigma(index) * (levels.alpha(index + 1) / levels.alpha(index));
        before.sample * ratio - (before.x0 + residual) * (levels.alpha(index + 1) * b)
    }
}
