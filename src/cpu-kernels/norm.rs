//! Norms: values with their mean taken away, divided by their standard deviation.

use crate::elementary::{silu, vectorised};
use crate::parallel;

/// The values of a task.
const TASK: usize = 1 << 14;

/// What is summed at a time: the first cache holds it, so memory is read once for mean and variance.
const CHUNK: usize = 1 << 10;

/// Sums that are taken side by side, so that the compiler can use vectors.
const LANES: usize = 32;

/// GroupNorm, "Group Normalization", eq. 1 and 7.
pub struct GroupNorm<'a> {
    pub groups: usize,
    pub epsilon: f32,
    /// Factor and shift of each channel.
    pub affine: Option<(&'a [f32], &'a [f32])>,
}

impl GroupNorm<'_> {
    /// `then` of the normed: x: [batch, channels, pixels] → the same.
    ///
    /// # Panics
    /// If the channels cannot be divided into the groups.
    pub fn compute(&self, x: &[f32], channels: usize, pixels: usize, with_silu: bool) -> Vec<f32> {
        assert!(channels.is_multiple_of(self.groups), "{channels} channels in {} groups", self.groups);
        let mut out = vec![0.0; x.len()];
        if out.is_empty() {
            return out;
        }
        let of_group = channels / self.groups;
        let length = of_group * pixels;
        let groups = (TASK / length).max(1);
        let tasks = x.chunks(groups * length).zip(out.chunks_mut(groups * length)).enumerate().collect();
        parallel::for_each(tasks, |(task, (x, out)): (usize, (&[f32], &mut [f32]))| {
            vectorised(
                #[inline(always)]
                || {
                    for (index, (x, out)) in x.chunks_exact(length).zip(out.chunks_exact_mut(length)).enumerate() {
                        let (mean, deviation) = mean_and_deviation(x, self.epsilon);
                        let first = (task * groups + index) % self.groups * of_group;
                        for (channel, (x, out)) in x.chunks_exact(pixels).zip(out.chunks_exact_mut(pixels)).enumerate() {
                            let (factor, shift) =
                                self.affine.map_or((1.0, 0.0), |(gamma, beta)| (gamma[first + channel], beta[first + channel]));
                            let factor = factor / deviation;
                            let normed = |x: &f32| (x - mean) * factor + shift;
                            if with_silu {
                                x.iter().zip(out).for_each(|(x, out)| *out = silu(normed(x)));
                            } else {
                                x.iter().zip(out).for_each(|(x, out)| *out = normed(x));
                            }
                        }
                    }
                },
            );
        });
        out
    }
}

/// LayerNorm over rows of gamma's width, "Layer Normalization", eq. 4: x: [rows, width] → the same.
pub fn layer_norm(x: &[f32], gamma: &[f32], beta: Option<&[f32]>, epsilon: f32) -> Vec<f32> {
    let mut out = vec![0.0; x.len()];
    if out.is_empty() {
        return out;
    }
    let width = gamma.len();
    let length = (TASK / width).max(1) * width;
    let tasks = x.chunks(length).zip(out.chunks_mut(length)).collect();
    parallel::for_each(tasks, |(x, out): (&[f32], &mut [f32])| {
        vectorised(
            #[inline(always)]
            || {
                for (x, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
                    let (mean, deviation) = mean_and_deviation(x, epsilon);
                    let scale = 1.0 / deviation;
                    match beta {
                        Some(beta) => {
                            let affine = gamma.iter().zip(beta);
                            for ((x, (gamma, beta)), out) in x.iter().zip(affine).zip(out) {
                                *out = (x - mean) * scale * gamma + beta;
                            }
                        }
                        None => x.iter().zip(gamma).zip(out).for_each(|((x, gamma), out)| *out = (x - mean) * scale * gamma),
                    }
                }
            },
        );
    });
    out
}

/// The mean and √(variance + epsilon). Each chunk's are taken around a first guess of its mean, in f32; the chunks are put together in f64
/// as in "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances" (Chan, Golub, LeVeque 1979), eq. 2.1.
#[inline(always)]
fn mean_and_deviation(x: &[f32], epsilon: f32) -> (f32, f32) {
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for chunk in x.chunks(CHUNK) {
        let length = chunk.len() as f64;
        let guess = (sum(chunk, |x| x) / length) as f32;
        let off = sum(chunk, |x| x - guess) / length;
        let chunk_squares = (sum(chunk, |x| (x - guess) * (x - guess)) - length * off * off).max(0.0);
        let apart = f64::from(guess) + off - mean;
        squares += chunk_squares + apart * apart * count * length / (count + length);
        count += length;
        mean += apart * length / count;
    }
    (mean as f32, (squares / count + f64::from(epsilon)).sqrt() as f32)
}

/// Σ of(x)
#[inline(always)]
fn sum(x: &[f32], of: impl Fn(f32) -> f32) -> f64 {
    let mut sums = [0.0; LANES];
    let chunks = x.chunks_exact(LANES);
    let rest: f64 = chunks.remainder().iter().map(|&x| f64::from(of(x))).sum();
    for chunk in chunks {
        for (sum, &x) in sums.iter_mut().zip(chunk) {
            *sum += of(x);
        }
    }
    let mut half = LANES;
    while half > 1 {
        half /= 2;
        let (sums, others) = sums.split_at_mut(half);
        sums.iter_mut().zip(others).for_each(|(sum, other)| *sum += *other);
    }
    f64::from(sums[0]) + rest
}
