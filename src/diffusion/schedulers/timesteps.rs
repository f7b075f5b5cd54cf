//! A run's timesteps: which of the training timesteps the model is asked at.

use super::config::{SchedulerConfig, TimestepSpacing};
use crate::request::SchedulerKind;

/// The timesteps of the steps, falling; between whole numbers only for Euler's linspace.
pub(super) fn timesteps(config: &SchedulerConfig, kind: SchedulerKind, num_inference_steps: usize) -> Vec<f64> {
    use SchedulerKind::{DpmPlusPlus2M, DpmPlusPlus2MKarras, Euler, EulerAncestral, Lcm, UniPc};
    let (train, steps) = (config.num_train_timesteps, num_inference_steps);
    if kind == Lcm {
        return distilled(config, steps);
    }
    // The solvers also count the end of the last step, which the model is not asked at.
    let count = if matches!(kind, DpmPlusPlus2M | DpmPlusPlus2MKarras | UniPc) { steps + 1 } else { steps };
    let places = (count - steps..count).rev();
    match config.timestep_spacing.unwrap_or(TimestepSpacing::Leading) {
        TimestepSpacing::Leading => places.map(|i| (i * (train / count) + config.steps_offset) as f64).collect(),
        TimestepSpacing::Trailing => {
            // numpy.arange(train, 0, -train / steps), whose step is the difference of its first two numbers. At some
            // numbers of steps its rounding adds a timestep −1; that one is left out.
            let step = (train as f64 - train as f64 / steps as f64) - train as f64;
            (0..steps).map(|i| (train as f64 + i as f64 * step).round_ties_even() - 1.0).collect()
        }
        TimestepSpacing::Linspace => {
            let last = (train - 1) as f64;
            let step = last / (count.max(2) - 1) as f64;
            let between = |i: usize| if i > 0 && i == count - 1 { last } else { i as f64 * step };
            let round = |t: f64| if matches!(kind, Euler | EulerAncestral) { t } else { t.round_ties_even() };
            places.map(|i| round(between(i))).collect()
        }
    }
}

/// LCM: evenly many of the timesteps that the model was distilled with, from the last one down (diffusers' `LCMScheduler`).
fn distilled(config: &SchedulerConfig, steps: usize) -> Vec<f64> {
    let original = config.most_steps(SchedulerKind::Lcm);
    let stride = config.num_train_timesteps / original;
    let skipped = |i: usize| (i as f64 * (original as f64 / steps as f64)) as usize;
    (0..steps).map(|i| ((original - skipped(i)) * stride - 1) as f64).collect()
}
