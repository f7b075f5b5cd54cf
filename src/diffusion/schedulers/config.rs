//! A scheduler's configuration: the file `scheduler/scheduler_config.json` of a diffusers folder.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

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
    /// 0.0001 when absent, 0.00085 for LCM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta_start: Option<f64>,
    /// 0.02 when absent, 0.012 for LCM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta_end: Option<f64>,
    /// Linear when absent, scaled linear for LCM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta_schedule: Option<BetaSchedule>,
    /// The betas themselves, instead of a `beta_schedule`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trained_betas: Option<Vec<f64>>,
    pub prediction_type: PredictionType,
    /// When absent, leading for DDPM, DDIM and PNDM and linspace for the others. LCM has no such key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestep_spacing: Option<TimestepSpacing>,
    /// Added to the timesteps of a leading spacing.
    pub steps_offset: usize,
    /// DDIM, PNDM: whether the last step ends at ᾱ = 1, without noise, instead of ᾱ₀; when absent, yes for DDIM, no for PNDM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_alpha_to_one: Option<bool>,
    /// Whether the last timestep is noise alone (arXiv 2305.08891). PNDM has no such key.
    pub rescale_betas_zero_snr: bool,
    /// PNDM: no Runge–Kutta steps at the start. Stable Diffusion's files say yes.
    pub skip_prk_steps: bool,
    /// Euler, DPM-Solver++, UniPC: the sigmas of Karras et al. (arXiv 2206.00364).
    pub use_karras_sigmas: bool,
    /// Euler, DPM-Solver++, UniPC: what the last step arrives at.
    pub final_sigmas_type: FinalSigmasType,
    /// DPM-Solver++, UniPC: how many answers of the model a step looks back on, 1 or 2.
    pub solver_order: usize,
    /// UniPC, and DPM-Solver++ in fewer than 15 steps: whether the last step looks back on none.
    pub lower_order_final: bool,
    /// DPM-Solver++: the same for any number of steps.
    pub euler_at_final: bool,
    /// LCM: the number of steps that the model was distilled with, of which a run takes some.
    pub original_inference_steps: usize,
    /// LCM: how sharply the weight of the model's answer falls towards timestep 0.
    pub timestep_scaling: f64,
    /// DDPM, DDIM, LCM: always no; a latent has no natural range. It is written so that diffusers does not fill in its yes.
    pub clip_sample: bool,
}

impl Default for SchedulerConfig {
    fn default() -> Self {
        Self {
            class_name: None,
            num_train_timesteps: 1000,
            beta_start: None,
            beta_end: None,
            beta_schedule: None,
            trained_betas: None,
            prediction_type: PredictionType::Epsilon,
            timestep_spacing: None,
            steps_offset: 1,
            set_alpha_to_one: None,
            rescale_betas_zero_snr: false,
            skip_prk_steps: false,
            use_karras_sigmas: false,
            final_sigmas_type: FinalSigmasType::Zero,
            solver_order: 2,
            lower_order_final: true,
            euler_at_final: false,
            original_inference_steps: 50,
            timestep_scaling: 10.0,
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

/// What the last step of a sampler in sigmas arrives at.
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
    /// Like diffusers' StableDiffusionPipeline, which corrects outdated files, it sets `steps_offset` to 1 and `clip_sample` to
    /// no.
    ///
    /// # Errors
    /// A sentence that names the key, its value and what is allowed.
    pub fn from_json(text: &str) -> Result<Self, String> {
        // Python writes minus infinity, the default of DPM-Solver++'s lambda_min_clipped, in a way that JSON does not know.
        let text = text.replace("-Infinity", "null");
        let mut keys: Map<String, Value> =
            serde_json::from_str(&text).map_err(|error| format!("it is not a JSON object: {error}"))?;
        keys.retain(|_, value| !value.is_null());
        // Keys that change what diffusers computes but are not known here, with the values that are
        for (key, known) in [
            ("thresholding", vec![json!(false)]),
            ("variance_type", vec![json!("fixed_small"), json!("fixed_small_log")]),
            ("use_exponential_sigmas", vec![json!(false)]),
            ("use_beta_sigmas", vec![json!(false)]),
            ("use_lu_lambdas", vec![json!(false)]),
            ("use_flow_sigmas", vec![json!(false)]),
            ("use_dynamic_shifting", vec![json!(false)]),
            ("interpolation_type", vec![json!("linear")]),
            ("timestep_type", vec![json!("discrete")]),
            ("sigma_min", vec![Value::Null]),
            ("sigma_max", vec![Value::Null]),
            ("lambda_min_clipped", vec![Value::Null]),
            // What one of the two solvers does not know, diffusers reads as its own default: midpoint or bh2.
            ("algorithm_type", vec![json!("dpmsolver++"), json!("deis")]),
            ("solver_type", vec![json!("midpoint"), json!("bh2"), json!("logrho")]),
            ("predict_x0", vec![json!(true)]),
            ("disable_corrector", vec![json!([])]),
            ("solver_p", vec![Value::Null]),
        ] {
            if let Some(value) = keys.get(key).filter(|value| !known.contains(value)) {
                let known: Vec<_> = known.iter().map(Value::to_string).collect();
                return Err(format!("{key} is {value}, but only {} is supported", known.join(" or ")));
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
            if let Some(beta) = beta.filter(|beta| !in_range(*beta)) {
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
        if !(1..=2).contains(&self.solver_order) {
            return Err(format!("solver_order is {}: choose 1 or 2", self.solver_order));
        }
        if self.original_inference_steps == 0 {
            return Err("original_inference_steps is 0: choose at least 1".into());
        }
        if !(self.timestep_scaling > 0.0 && self.timestep_scaling.is_finite()) {
            return Err(format!("timestep_scaling is {}: choose a number above 0", self.timestep_scaling));
        }
        Ok(())
    }

    /// The sampler the file was written for.
    ///
    /// # Errors
    /// If it is not one of those that there are.
    pub fn kind(&self) -> Result<SchedulerKind, String> {
        const CLASSES: [(&str, SchedulerKind); 8] = [
            ("DDPMScheduler", SchedulerKind::Ddpm),
            ("DDIMScheduler", SchedulerKind::Ddim),
            ("PNDMScheduler", SchedulerKind::Pndm),
            ("EulerDiscreteScheduler", SchedulerKind::Euler),
            ("EulerAncestralDiscreteScheduler", SchedulerKind::EulerAncestral),
            ("DPMSolverMultistepScheduler", SchedulerKind::DpmPlusPlus2M),
            ("UniPCMultistepScheduler", SchedulerKind::UniPc),
            ("LCMScheduler", SchedulerKind::Lcm),
        ];
        match CLASSES.iter().find(|(class, _)| self.class_name.as_deref() == Some(*class)) {
            Some((_, SchedulerKind::DpmPlusPlus2M)) if self.use_karras_sigmas => Ok(SchedulerKind::DpmPlusPlus2MKarras),
            Some((_, kind)) => Ok(*kind),
            None => Err(format!(
                "_class_name is {}: choose one of {}",
                self.class_name.as_ref().map_or_else(|| "absent".into(), |name| format!("“{name}”")),
                CLASSES.map(|(class, _)| class).join(", ")
            )),
        }
    }

    /// The most steps that a run of this sampler can have: LCM's are some of those that its model was distilled with.
    pub fn most_steps(&self, kind: SchedulerKind) -> usize {
        match kind {
            SchedulerKind::Lcm => self.original_inference_steps.min(self.num_train_timesteps),
            _ => self.num_train_timesteps,
        }
    }

    /// What the `from_config` of this sampler's diffusers class makes of it: absent keys take the class's defaults, and keys that
    /// the class does not have are as if they were not there.
    pub(super) fn for_class_of(&self, kind: SchedulerKind) -> Self {
        use SchedulerKind::{Ddim, Ddpm, DpmPlusPlus2M, DpmPlusPlus2MKarras, Euler, EulerAncestral, Lcm, Pndm, UniPc};
        let (beta_start, beta_end, beta_schedule) = match kind {
            Lcm => (0.00085, 0.012, BetaSchedule::ScaledLinear),
            _ => (0.0001, 0.02, BetaSchedule::Linear),
        };
        let spacing = match kind {
            Ddpm | Ddim | Pndm | Lcm => TimestepSpacing::Leading,
            Euler | EulerAncestral | DpmPlusPlus2M | DpmPlusPlus2MKarras | UniPc => TimestepSpacing::Linspace,
        };
        Self {
            beta_start: self.beta_start.or(Some(beta_start)),
            beta_end: self.beta_end.or(Some(beta_end)),
            beta_schedule: self.beta_schedule.or(Some(beta_schedule)),
            timestep_spacing: self.timestep_spacing.or(Some(spacing)),
            set_alpha_to_one: self.set_alpha_to_one.or(Some(kind != Pndm)),
            rescale_betas_zero_snr: self.rescale_betas_zero_snr && kind != Pndm,
            use_karras_sigmas: match kind {
                DpmPlusPlus2MKarras => true,
                Euler | UniPc => self.use_karras_sigmas,
                _ => false,
            },
            final_sigmas_type: if kind == EulerAncestral { FinalSigmasType::Zero } else { self.final_sigmas_type },
            ..self.clone()
        }
    }
}
