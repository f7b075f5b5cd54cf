//! `gpu-kernels`: every kernel, at the shapes of the models, on the GPU at hand (a software one will do) against burn's operations on
//! the CPU. Tested here because a test program of its own would compile all of burn's GPU backend once more.

mod attending;
mod convolutions;
mod faults;
mod halves;
mod layers;
mod norms;
#[path = "../../cpu-kernels/numbers.rs"]
mod numbers;

use bridge::{Cpu, Gpu};
use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use diffusion::kernels::Operations;
use numbers::check;

/// burn's operations on the CPU.
fn stock() -> Operations<Cpu> {
    Operations::stock()
}

fn numbers<B: Backend, const D: usize>(shape: [usize; D], seed: u64, size: f32) -> Tensor<B, D> {
    crate::devices::settle();
    numbers::numbers(shape, seed, size)
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
