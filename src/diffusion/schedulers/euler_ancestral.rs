//! Euler ancestral (Katherine Crowson's k-diffusion): an Euler step beyond the next noise level, and fresh noise back up to it.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::SchedulerStep;
use super::euler::Euler;

#[derive(Clone, Debug)]
pub(super) struct EulerAncestral {
    /// Its levels and its line.
    pub(super) euler: Euler,
}

impl EulerAncestral {
    /// (σ_down, σ_up): where the Euler step leads and how much noise is added, with σ_down² + σ_up² = σ'².
    pub(super) fn down_and_up(&self, index: usize) -> (f64, f64) {
        let [from, to] = [index, index + 1].map(|index| f64::from(self.euler.sigmas()[index]));
        // σ_up² = σ'² (σ² − σ'²) / σ²
        let up_squared = to * to * (from * from - to * to) / (from * from);
        ((to * to - up_squared).sqrt(), up_squared.sqrt())
    }

    pub(super) fn step<B: Backend>(
        &self,
        model_output: Tensor<B, 4>,
        index: usize,
        sample: Tensor<B, 4>,
        noise: impl FnOnce() -> Tensor<B, 4>,
    ) -> SchedulerStep<B> {
        let (down, up) = self.down_and_up(index);
        let mut step = self.euler.step_to(down, model_output, index, sample);
        if up > 0.0 {
            step.prev_sample = step.prev_sample + noise() * up;
        }
        step
    }
}
