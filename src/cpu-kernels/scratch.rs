//! Memory for what lives no longer than one task: kept by each thread from task to task, so that it is asked of the system once.

use std::cell::RefCell;

thread_local! {
    static KEPT: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Lends `work` N slices of these lengths. What is in them is left over from other tasks.
pub fn with<const N: usize, R>(lengths: [usize; N], work: impl FnOnce([&mut [f32]; N]) -> R) -> R {
    // Taken rather than borrowed: work that itself asks for memory gets other memory.
    let mut memory = KEPT.take();
    let length = lengths.iter().sum();
    if memory.len() < length {
        memory.resize(length, 0.0);
    }
    let mut rest = memory.as_mut_slice();
    let parts = lengths.map(|length| {
        let (part, after) = std::mem::take(&mut rest).split_at_mut(length);
        rest = after;
        part
    });
    let result = work(parts);
    KEPT.set(memory);
    result
}
