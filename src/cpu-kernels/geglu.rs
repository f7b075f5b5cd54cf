//! GEGLU: one half of the values, gated by the GELU of the other.

use crate::elementary::{gelu, vectorised};
use crate::parallel;

/// The values of a task.
const TASK: usize = 1 << 14;

/// value · gelu(gate), "GLU Variants Improve Transformer", eq. 6: halves: [tokens, 2 · width] → [tokens, width]
pub fn geglu(halves: &[f32], width: usize) -> Vec<f32> {
    let mut out = vec![0.0; halves.len() / 2];
    if out.is_empty() {
        return out;
    }
    let tokens = (TASK / width).max(1);
    let tasks = halves.chunks(tokens * 2 * width).zip(out.chunks_mut(tokens * width)).collect();
    parallel::for_each(tasks, |(halves, out): (&[f32], &mut [f32])| {
        vectorised(
            #[inline(always)]
            || {
                for (halves, out) in halves.chunks_exact(2 * width).zip(out.chunks_exact_mut(width)) {
                    let (values, gates) = halves.split_at(width);
                    values.iter().zip(gates).zip(out).for_each(|((value, &gate), out)| *out = value * gelu(gate));
                }
            },
        );
    });
    out
}
