//! Noise levels σ, for the samplers that think in them: those of training, and a run's that are read from them.

use super::LEAST_ALPHA_CUMPROD;
use super::config::{FinalSigmasType, SchedulerConfig};
use super::noise_schedule::{NoiseSchedule, sigma};

/// σ of each training timestep. Diffusers keeps them as `f32`.
#[derive(Clone, Debug)]
pub(super) struct TrainSigmas(Vec<f32>);

impl TrainSigmas {
    /// Where the last timestep is noise alone its σ is large instead of infinite, as in diffusers.
    pub(super) fn new(config: &SchedulerConfig, schedule: &NoiseSchedule) -> Self {
        let mut alphas_cumprod = schedule.alphas_cumprod.clone();
        if config.rescale_betas_zero_snr
            && let Some(last) = alphas_cumprod.last_mut()
        {
            *last = LEAST_ALPHA_CUMPROD;
        }
        Self(alphas_cumprod.into_iter().map(|alpha_cumprod| sigma(alpha_cumprod) as f32).collect())
    }

    /// The σ of timestep 0 and that of the last one.
    pub(super) fn range(&self) -> (f64, f64) {
        (self.0[0].into(), self.0[self.0.len() - 1].into())
    }

    /// σ between the timesteps; the last one's beyond the end.
    pub(super) fn at(&self, timestep: f64) -> f64 {
        let last = self.0.len() - 1;
        let (below, above) = ((timestep as usize).min(last), (timestep as usize + 1).min(last));
        let (low, high) = (f64::from(self.0[below]), f64::from(self.0[above]));
        low + (high - low) * (timestep - below as f64)
    }

    /// The timestep, between whole numbers, at which training had this σ; interpolated in its logarithm.
    pub(super) fn timestep_of(&self, sigma: f64) -> f64 {
        let log_sigma = sigma.max(1e-10).ln();
        let log_at = |timestep: usize| f64::from(self.0[timestep].ln());
        let below = (0..self.0.len()).take_while(|&timestep| log_at(timestep) <= log_sigma).count();
        let below = below.saturating_sub(1).min(self.0.len() - 2);
        let (low, high) = (log_at(below), log_at(below + 1));
        below as f64 + ((low - log_sigma) / (low - high)).clamp(0.0, 1.0)
    }

    /// The sigmas of a run as diffusers keeps them, with what the last step arrives at.
    pub(super) fn finished(&self, sigmas: Vec<f64>, last: FinalSigmasType) -> Vec<f32> {
        let last = match last {
            FinalSigmasType::Zero => 0.0,
            FinalSigmasType::SigmaMin => self.range().0,
        };
        sigmas.into_iter().chain([last]).map(|sigma| sigma as f32).collect()
    }
}

/// Karras et al. (arXiv 2206.00364), eq. 5 with ρ = 7: σᵢ = (σ_max^(1/ρ) + i/(N−1) · (σ_min^(1/ρ) − σ_max^(1/ρ)))^ρ
pub(super) fn karras((least, most): (f64, f64), steps: usize) -> Vec<f64> {
    const RHO: f64 = 7.0;
    let (most, least) = (most.powf(1.0 / RHO), least.powf(1.0 / RHO));
    let intervals = steps.max(2) - 1;
    (0..steps).map(|i| (most + i as f64 / intervals as f64 * (least - most)).powf(RHO)).collect()
}
