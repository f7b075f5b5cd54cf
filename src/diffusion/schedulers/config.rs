//! A scheduler's configuration: the file `scheduler/scheduler_config.json` of a diffusers folder.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::request::SchedulerKind;

/// Diffusers' keys; what a file does not say takes the default of the diffusers class that is used, which need not be the class
/// the file was written for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SchedulerConfig {
    /// The diffusers class the file was written for.
    #[serde(rename = "_class_name", skip_serializing_if = "Option::is_none")]
    pub class_name: Option<String>,
    pub num_train_timesteps: usize,
    pub beta_start: f64,
    pub beta_end: f64,
    pub beta_schedule: BetaSchedule,
    /// The betas themselves, instead of a `beta_schedule`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trained_betas: Option<Vec<f64>>,
    pub prediction_type: PredictionType,
    /// Leading for DDIM and PNDM when absent, linspace for Euler.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestep_spacing: Option<TimestepSpacing>,
    /// Added to the timesteps of a leading spacing.
    pub steps_offset: usize,
    /// Whether the last step ends at ᾱ = 1, without noise, instead of ᾱ₀: yes for DDIM when absent, no for PNDM. Euler has no such key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_alpha_to_one: Option<bool>,
    /// Whether the last timestep is noise alone (arXiv 2305.08891). PNDM has no such key.
    pub rescale_betas_zero_snr: bool,
    /// PNDM: no Runge–Kutta steps at the start. Stable Diffusion's files say yes.
    pub skip_prk_steps: bool,
    /// Euler: the sigmas of Karras et al. (arXiv 2206.00364).
    pub use_karras_sigmas: bool,
    /// Euler: what the last step arrives at.
    pub final_sigmas_type: FinalSigmasType,
    /// DDIM: always no; a latent has no natural range. It is written so that diffusers does not fill in its yes.
    pub clip_sample: bool,
}

impl Default for SchedulerConfig {
    fn default() -> Self {
        Self {
            class_name: None,
            num_train_timesteps: 1000,
            beta_start: 0.0001,
            beta_end: 0.02,
            beta_schedule: BetaSchedule::Linear,
            trained_betas: None,
            prediction_type: PredictionType::Epsilon,
            timestep_spacing: None,
            steps_offset: 1,
            set_alpha_to_one: None,
            rescale_betas_zero_snr: false,
            skip_prk_steps: false,
            use_karras_sigmas: false,
            final_sigmas_type: FinalSigmasType::Zero,
            clip_sample: false,
        }
    }
}

/// How β runs over the training timesteps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BetaSchedule {
    Linear,
    /// √β is linear.
    ScaledLinear,
    #[serde(rename = "squaredcos_cap_v2")]
    SquaredCosine,
}

/// What the model's output stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PredictionType {
    /// The noise ε.
    Epsilon,
    /// The velocity √ᾱ · ε − √(1 − ᾱ) · x₀.
    VPrediction,
    /// The picture x₀.
    Sample,
}

/// Where a run's timesteps lie among the training timesteps (table 2 of arXiv 2305.08891).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimestepSpacing {
    Leading,
    Trailing,
    Linspace,
}

/// What Euler's last step arrives at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinalSigmasType {
    /// No noise at all.
    Zero,
    /// The noise of training timestep 0.
    SigmaMin,
}

impl SchedulerConfig {
    /// Reads `scheduler_config.json`. Keys of other diffusers schedulers are passed over, `null` counts as absent.
    ///
    /// Like diffusers' StableDiffusionPipeline, which corrects outdated files, it sets `steps_offset` to 1 and `clip_sample` to no.
    ///
    /// # Errors
    /// A sentence that names the key, its value and what is allowed.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let mut keys: Map<String, Value> =
            serde_json::from_str(text).map_err(|error| format!("it is not a JSON object: {error}"))?;
        keys.retain(|_, value| !value.is_null());
        // Keys that change what diffusers computes but are not known here, with the only value that is
        for (key, only) in [
            ("thresholding", Value::from(false)),
            ("use_exponential_sigmas", Value::from(false)),
            ("use_beta_sigmas", Value::from(false)),
            ("interpolation_type", Value::from("linear")),
            ("timestep_type", Value::from("discrete")),
        ] {
            if let Some(value) = keys.get(key).filter(|value| **value != only) {
                return Err(format!("{key} is {value}, but only {only} is supported"));
            }
        }
        // One key at a time, so that the message can name it.
        for (key, value) in &keys {
            let alone = Map::from_iter([(key.clone(), value.clone())]);
            serde_json::from_value::<Self>(alone.into()).map_err(|error| format!("{key} is {value}: {error}"))?;
        }
        let config: Self = serde_json::from_value(keys.into()).map_err(|error| error.to_string())?;
        config.check()?;
        Ok(Self { steps_offset: 1, clip_sample: false, ..config })
    }

    fn check(&self) -> Result<(), String> {
        let steps = self.num_train_timesteps;
        if !(2..=100_000).contains(&steps) {
            return Err(format!("num_train_timesteps is {steps}: choose between 2 and 100000"));
        }
        let in_range = |beta: f64| beta > 0.0 && beta < 1.0;
        for (key, beta) in [("beta_start", self.beta_start), ("beta_end", self.beta_end)] {
            if !in_range(beta) {
                return Err(format!("{key} is {beta}: choose a number between 0 and 1"));
            }
        }
        if let Some(betas) = &self.trained_betas {
            if betas.len() != steps {
                return Err(format!(
                    "trained_betas has {} numbers, num_train_timesteps is {steps}: they must agree",
                    betas.len()
                ));
            }
            if let Some(beta) = betas.iter().find(|beta| !in_range(**beta)) {
                return Err(format!("trained_betas has the number {beta}: all must lie between 0 and 1"));
            }
        }
        Ok(())
    }

    /// The sampler the file was written for.
    ///
    /// # Errors
    /// If it is not one of the three that there are.
    pub fn kind(&self) -> Result<SchedulerKind, String> {
        match self.class_name.as_deref() {
            Some("DDIMScheduler") => Ok(SchedulerKind::Ddim),
            Some("PNDMScheduler") => Ok(SchedulerKind::Pndm),
            Some("EulerDiscreteScheduler") => Ok(SchedulerKind::Euler),
            other => Err(format!(
                "_class_name is {}: choose one of DDIMScheduler, PNDMScheduler, EulerDiscreteScheduler",
                other.map_or_else(|| "absent".into(), |name| format!("“{name}”"))
            )),
        }
    }

    /// The timesteps of a run, falling; between whole numbers only for Euler's linspace.
    pub(super) fn timesteps(&self, kind: SchedulerKind, num_inference_steps: usize) -> Vec<f64> {
        let spacing = self.timestep_spacing.unwrap_or(match kind {
            SchedulerKind::Ddim | SchedulerKind::Pndm => TimestepSpacing::Leading,
            SchedulerKind::Euler => TimestepSpacing::Linspace,
        });
        let (train, steps) = (self.num_train_timesteps, num_inference_steps);
        match spacing {
            TimestepSpacing::Leading => (0..steps).rev().map(|i| (i * (train / steps) + self.steps_offset) as f64).collect(),
            TimestepSpacing::Trailing => {
                // numpy.arange(train, 0, -train / steps), whose step is the difference of its first two numbers. At some
                // numbers of steps its rounding adds a timestep −1; that one is left out.
                let step = (train as f64 - train as f64 / steps as f64) - train as f64;
                (0..steps).map(|i| (train as f64 + i as f64 * step).round_ties_even() - 1.0).collect()
            }
            TimestepSpacing::Linspace => {
                let last = (train - 1) as f64;
                let step = last / (steps.max(2) - 1) as f64;
                let between = |i: usize| if i > 0 && i == steps - 1 { last } else { i as f64 * step };
                let round = |t: f64| if kind == SchedulerKind::Euler { t } else { t.round_ties_even() };
                (0..steps).rev().map(|i| round(between(i))).collect()
            }
        }
    }
}
