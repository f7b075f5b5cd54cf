//! Tests of `cpu-kernels`: every kernel against burn's own operation on the same tensors.
#![allow(clippy::unwrap_used)]

mod attending;
mod convolutions;
mod layers;
mod norms;
mod numbers;
mod threads;

use burn::tensor::Tensor;
use burn_flex::Flex;
use diffusion::kernels::{self, Operations};
use numbers::{check, values};

fn stock() -> Operations<Flex> {
    Operations::stock()
}

/// What the models take once the kernels are installed.
fn ours() -> Operations<Flex> {
    cpu_kernels::install();
    kernels::of()
}

fn numbers<const D: usize>(shape: [usize; D], seed: u64, size: f32) -> Tensor<Flex, D> {
    numbers::numbers(shape, seed, size)
}
