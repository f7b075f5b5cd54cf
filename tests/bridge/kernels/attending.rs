//! Attention: whole, in one pass over the keys.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use diffusion::kernels::Kernels;
use gpu_kernels::GpuKernels;

use super::{Cpu, Gpu, check, numbers, stock};

/// Heads as the models make them: side by side in each token.
fn heads<B: Backend>([batch, heads, tokens, head_dim]: [usize; 4], seed: u64, size: f32) -> Tensor<B, 4> {
    numbers::<B, 4>([batch, tokens, heads, head_dim], seed, size).swap_dims(1, 2)
}

fn joined<B: Backend>(x: Tensor<B, 4>) -> Tensor<B, 3> {
    let [batch, heads, tokens, head_dim] = x.dims();
    x.swap_dims(1, 2).reshape([batch, tokens, heads * head_dim])
}

fn check_attention(batch: usize, count: usize, queries: usize, keys: usize, head_dim: usize, size: f32) {
    let (of_queries, of_keys) = ([batch, count, queries, head_dim], [batch, count, keys, head_dim]);
    let gpu = GpuKernels.attend(&heads(of_queries, 1, size), &heads(of_keys, 2, size), &heads(of_keys, 3, 1.0)).unwrap();
    let cpu = stock().attend(heads::<Cpu>(of_queries, 1, size), heads(of_keys, 2, size), heads(of_keys, 3, 1.0));
    check((batch, count, queries, keys, head_dim), joined(gpu), joined(cpu));
}

#[test]
fn every_attention_of_the_models_is_the_cpus() {
    for (count, tokens, head_dim) in [(2, 256, 32), (3, 64, 32), (4, 16, 32)] {
        check_attention(2, count, tokens, tokens, head_dim, 2.0);
        check_attention(2, count, tokens, 24, head_dim, 2.0);
    }
    // Stable Diffusion 1.5's largest pictures, and all of 2.1's.
    for (count, tokens, head_dim) in [(8, 256, 40), (5, 256, 64), (10, 64, 64), (20, 16, 64)] {
        check_attention(1, count, tokens, tokens, head_dim, 1.0);
        check_attention(1, count, tokens, 77, head_dim, 1.0);
    }
}

#[test]
fn sizes_that_no_tile_fits_are_the_cpus() {
    for (queries, keys, head_dim) in [(1, 1, 4), (5, 3, 8), (65, 33, 12), (70, 100, 36), (3, 200, 20)] {
        check_attention(2, 3, queries, keys, head_dim, 1.0);
    }
}

/// Scores in the hundreds: exp of them would be infinite.
#[test]
fn large_scores_do_not_overflow() {
    check_attention(1, 2, 40, 50, 32, 20.0);
}

#[test]
fn heads_in_their_own_order_are_read_as_well() {
    let of = [2, 3, 33, 16];
    let gpu = GpuKernels.attend(&numbers(of, 1, 1.0), &numbers(of, 2, 1.0), &numbers(of, 3, 1.0)).unwrap();
    check("in order", gpu, stock().attend(numbers::<Cpu, 4>(of, 1, 1.0), numbers(of, 2, 1.0), numbers(of, 3, 1.0)));
}

#[test]
fn heads_that_do_not_fit_are_left_to_burn() {
    for head_dim in [7, 80, 160, 512] {
        let heads = || numbers::<Gpu, 4>([1, 2, 8, head_dim], 1, 1.0);
        assert!(GpuKernels.attend(&heads(), &heads(), &heads()).is_none());
    }
}
