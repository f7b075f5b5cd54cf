//! A linear layer: every token times the weights, a few tokens at a time.

use crate::matrix::{Before, Matrix, multiply};
use crate::parallel;

/// The most tokens of a task.
const TOKENS: usize = 96;

/// The outputs of one product: as many as gemm's widest kernel takes at a time, so that the tokens stay in the first cache.
const OUTPUTS: usize = 64;

/// x: [batch, tokens, input] as one matrix [tokens, input] for each sample, weight: [input, output], bias: [output]
/// → [batch, tokens, output]
///
/// # Panics
/// If a slice is shorter than that.
pub fn linear([tokens, input, output]: [usize; 3], samples: &[Matrix<&[f32]>], weight: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
    let mut out = match bias {
        Some(bias) => bias.repeat(samples.len() * tokens),
        None => vec![0.0; samples.len() * tokens * output],
    };
    if out.is_empty() {
        return out;
    }
    // Four tasks if that leaves each some tokens: a multiple of the six that gemm takes at a time.
    let step = (samples.len() * tokens).div_ceil(4).next_multiple_of(6).clamp(18, TOKENS).min(tokens);
    let tasks = samples
        .iter()
        .zip(out.chunks_mut(tokens * output))
        .flat_map(|(x, out)| out.chunks_mut(step * output).enumerate().map(move |(index, out)| (x, index * step, out)))
        .collect();
    parallel::for_each(tasks, |(x, first, out): (&Matrix<&[f32]>, usize, &mut [f32])| {
        for start in (0..output).step_by(OUTPUTS) {
            multiply(
                [out.len() / output, input, OUTPUTS.min(output - start)],
                Matrix::new(&x.values[first * x.row_stride..], x.row_stride, x.column_stride),
                Matrix::of_rows(&weight[start..], output),
                Matrix::of_rows(&mut out[start..], output),
                if bias.is_some() { Before::Added } else { Before::Forgotten },
            );
        }
    });
    out
}
