//! A noise schedule: how much of the picture and how much noise there is at each training timestep.

use super::config::{BetaSchedule, SchedulerConfig};

/// ᾱ of each training timestep: x_t = √ᾱ_t · x₀ + √(1 − ᾱ_t) · ε.
#[derive(Clone, Debug, PartialEq)]
pub struct NoiseSchedule {
    pub alphas_cumprod: Vec<f64>,
}

impl NoiseSchedule {
    /// The numbers that diffusers computes, rounded to `f32` wherever it rounds: towards a terminal SNR of zero ᾱ is a difference
    /// of nearly equal numbers, and exact arithmetic would give another schedule. Absent betas are those of all classes but LCM.
    pub fn new(config: &SchedulerConfig) -> Self {
        let betas = betas(config);
        let betas = if config.rescale_betas_zero_snr { rescale_zero_terminal_snr(&betas) } else { betas };
        Self { alphas_cumprod: cumprod(&betas).into_iter().map(f64::from).collect() }
    }

    /// (√ᾱ_t, √(1 − ᾱ_t)), the shares of picture and noise at a training timestep; the last one's beyond the end.
    ///
    /// With (a, s): noising is x_t = a · x₀ + s · ε, the velocity is v = a · ε − s · x₀.
    pub fn signal_and_noise(&self, timestep: usize) -> (f64, f64) {
        let alpha_cumprod = self.at(timestep);
        (alpha_cumprod.sqrt(), (1.0 - alpha_cumprod).sqrt())
    }

    /// ᾱ of a timestep. A leading spacing with as many steps as training timesteps ends one beyond the last, which is read as the
    /// last.
    pub(super) fn at(&self, timestep: usize) -> f64 {
        self.alphas_cumprod[timestep.min(self.alphas_cumprod.len() - 1)]
    }

    /// σ at these timesteps and then at a last ᾱ.
    pub(super) fn sigmas(&self, timesteps: &[f64], last: f64) -> Vec<f32> {
        let alphas_cumprod = timesteps.iter().map(|&timestep| self.at(timestep as usize));
        alphas_cumprod.chain([last]).map(|alpha_cumprod| sigma(alpha_cumprod) as f32).collect()
    }
}

/// σ = √((1 − ᾱ)/ᾱ), the noise beside a picture of full strength; infinite where ᾱ is 0.
pub(super) fn sigma(alpha_cumprod: f64) -> f64 {
    ((1.0 - alpha_cumprod) / alpha_cumprod).sqrt()
}

fn betas(config: &SchedulerConfig) -> Vec<f32> {
    let (start, end, steps) = (config.beta_start.unwrap_or(0.0001), config.beta_end.unwrap_or(0.02), config.num_train_timesteps);
    if let Some(betas) = &config.trained_betas {
        return betas.iter().map(|&beta| beta as f32).collect();
    }
    match config.beta_schedule.unwrap_or(BetaSchedule::Linear) {
        BetaSchedule::Linear => linspace(start, end, steps),
        BetaSchedule::ScaledLinear => linspace(start.sqrt(), end.sqrt(), steps).into_iter().map(|root| root * root).collect(),
        BetaSchedule::SquaredCosine => {
            // Nichol and Dhariwal, eq. 17: ᾱ(u) = cos²((u + 0.008)/1.008 · π/2), β capped at 0.999
            let alpha_cumprod = |i: usize| {
                let u = i as f64 / steps as f64;
                ((u + 0.008) / 1.008 * std::f64::consts::FRAC_PI_2).cos().powi(2)
            };
            (0..steps).map(|i| (1.0 - alpha_cumprod(i + 1) / alpha_cumprod(i)).min(0.999) as f32).collect()
        }
    }
}

fn linspace(start: f64, end: f64, steps: usize) -> Vec<f32> {
    let step = (end - start) / (steps - 1) as f64;
    (0..steps).map(|i| (start + i as f64 * step) as f32).collect()
}

fn cumprod(betas: &[f32]) -> Vec<f32> {
    let mut product = 1.0;
    let mut multiply = |beta: &f32| {
        product *= f64::from(1.0 - beta);
        product as f32
    };
    betas.iter().map(&mut multiply).collect()
}

/// Algorithm 1 of arXiv 2305.08891: √ᾱ is shifted to end at 0 and stretched to begin where it began.
fn rescale_zero_terminal_snr(betas: &[f32]) -> Vec<f32> {
    let roots: Vec<f32> = cumprod(betas).into_iter().map(f32::sqrt).collect();
    let (first, last) = (roots[0], roots[roots.len() - 1]);
    let stretch = first / (first - last);
    let alphas_cumprod: Vec<f32> = roots.iter().map(|root| ((root - last) * stretch).powi(2)).collect();
    let before = std::iter::once(1.0).chain(alphas_cumprod.iter().copied());
    alphas_cumprod.iter().zip(before).map(|(alpha_cumprod, before)| 1.0 - alpha_cumprod / before).collect()
}
