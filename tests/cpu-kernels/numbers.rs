//! What the tests of all kernels need: numbers to compute with, and a comparison.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

/// Numbers from −size to size that look random (xorshift), other ones for every seed, the same on every backend.
pub fn numbers<B: Backend, const D: usize>(shape: [usize; D], seed: u64, size: f32) -> Tensor<B, D> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 40) as f32 / (1 << 23) as f32 - 1.0) * size
    };
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| next()).collect();
    Tensor::from_data(TensorData::new(values, shape), &Default::default())
}

pub fn values<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().to_vec().unwrap()
}

/// The two agree to 1e-4 of the largest number.
#[track_caller]
pub fn check<A: Backend, B: Backend, const D: usize>(case: impl std::fmt::Debug, ours: Tensor<A, D>, stock: Tensor<B, D>) {
    assert_eq!(ours.dims(), stock.dims(), "{case:?}");
    let (ours, stock) = (values(ours), values(stock));
    assert!(ours.iter().chain(&stock).all(|value| value.is_finite()), "{case:?}");
    let largest = stock.iter().fold(0f32, |largest, value| largest.max(value.abs()));
    let apart = ours.iter().zip(&stock).fold(0f32, |apart, (ours, stock)| apart.max((ours - stock).abs()));
    assert!(largest > 0.0 && apart <= 1e-4 * largest, "{case:?}: {apart} apart of {largest}");
}
