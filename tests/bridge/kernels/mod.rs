//! `gpu-kernels`: every kernel, at the shapes of the models, on the GPU at hand (a software one will do) against burn's operations on
//! the CPU. Tested here because a test program of its own would compile all of burn's GPU backend once more.

mod attending;
mod convolutions;
mod layers;
mod norms;

use bridge::{Cpu, Gpu};
use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use diffusion::kernels::Operations;

/// burn's operations on the CPU.
fn stock() -> Operations<Cpu> {
    Operations::stock()
}

/// Numbers from −size to size that look random (xorshift), other ones for every seed.
fn numbers<B: Backend, const D: usize>(shape: [usize; D], seed: u64, size: f32) -> Tensor<B, D> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 40) as f32 / (1 << 23) as f32 - 1.0) * size
    };
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| next()).collect();
    crate::devices::settle();
    Tensor::from_data(TensorData::new(values, shape), &Default::default())
}

/// Fills a module's parameters with numbers that look random: the same on every backend.
struct Fill(u64);

impl<B: Backend> ModuleMapper<B> for Fill {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        self.0 += 1;
        let (id, parameter, mapper) = parameter.consume();
        Param::from_mapped_value(id, numbers(parameter.dims(), self.0, 0.3), mapper)
    }
}

fn filled<B: Backend, M: Module<B>>(module: M) -> M {
    crate::devices::settle();
    module.map(&mut Fill(10))
}

fn values<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().to_vec().unwrap()
}

/// The two agree to 1e-4 of the largest number.
#[track_caller]
fn check<const D: usize>(case: impl std::fmt::Debug, ours: Tensor<Gpu, D>, stock: Tensor<Cpu, D>) {
    assert_eq!(ours.dims(), stock.dims(), "{case:?}");
    let (ours, stock) = (values(ours), values(stock));
    assert!(ours.iter().chain(&stock).all(|value| value.is_finite()), "{case:?}");
    let largest = stock.iter().fold(0f32, |largest, value| largest.max(value.abs()));
    let apart = ours.iter().zip(&stock).fold(0f32, |apart, (ours, stock)| apart.max((ours - stock).abs()));
    assert!(largest > 0.0 && apart <= 1e-4 * largest, "{case:?}: {apart} apart of {largest}");
}
