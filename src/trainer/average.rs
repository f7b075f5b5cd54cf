//! The running average of the weights (EMA): what is exported, because it draws better pictures than the weights of any one step.

/// Moves the average towards the weights.
///
/// The decay grows from 0.1 with the number of updates, so that the first weights are soon forgotten:
/// d = min(decay, (1 + updates) / (10 + updates)), as in diffusers' `EMAModel`.
pub fn update(average: &mut [f32], weights: &[f32], decay: f64, updates: u64) {
    let updates = updates as f64;
    let share = (1.0 - decay.min((1.0 + updates) / (10.0 + updates))) as f32;
    for (average, weight) in average.iter_mut().zip(weights) {
        *average += share * (weight - *average);
    }
}
