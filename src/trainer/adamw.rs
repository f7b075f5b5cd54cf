//! AdamW, "Decoupled Weight Decay Regularization", algorithm 2, over a row of parameters: one pass through memory per step.

use crate::config::Learning;

/// Keeps a row's parameters from being divided by zero.
const EPSILON: f32 = 1e-8;

/// The optimizer's memory: running means of the gradient and of its square.
#[derive(Clone, Debug)]
pub struct AdamW {
    pub moment_1: Vec<f32>,
    pub moment_2: Vec<f32>,
    /// Updates made so far.
    pub updates: u64,
}

impl AdamW {
    pub fn new(parameters: usize) -> Self {
        Self { moment_1: vec![0.0; parameters], moment_2: vec![0.0; parameters], updates: 0 }
    }

    /// Moves `weights` against `gradient`, which is shortened to `learning.gradient_norm` first. Returns the gradient's norm.
    /// A gradient that is not finite is left out.
    pub fn step(&mut self, weights: &mut [f32], gradient: &[f32], learning: &Learning, learning_rate: f64) -> f64 {
        let norm = gradient.iter().map(|&g| f64::from(g) * f64::from(g)).sum::<f64>().sqrt();
        if !norm.is_finite() {
            return norm;
        }
        self.updates += 1;
        let time = self.updates as f64;
        let [beta_1, beta_2] = learning.betas;
        // m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ);  θ ← θ − η λ θ − η m̂ / (√v̂ + ε)
        let shortened = (learning.gradient_norm / norm.max(1e-12)).min(1.0) as f32;
        let rate = (learning_rate / (1.0 - beta_1.powf(time))) as f32;
        let correction_2 = (1.0 / (1.0 - beta_2.powf(time))) as f32;
        let kept = (1.0 - learning_rate * learning.weight_decay) as f32;
        let (beta_1, beta_2) = (beta_1 as f32, beta_2 as f32);
        let moments = self.moment_1.iter_mut().zip(&mut self.moment_2);
        for ((weight, gradient), (m, v)) in weights.iter_mut().zip(gradient).zip(moments) {
            let gradient = gradient * shortened;
            *m = beta_1 * *m + (1.0 - beta_1) * gradient;
            *v = beta_2 * *v + (1.0 - beta_2) * gradient * gradient;
            *weight = kept * *weight - rate * *m / ((correction_2 * *v).sqrt() + EPSILON);
        }
        norm
    }
}
