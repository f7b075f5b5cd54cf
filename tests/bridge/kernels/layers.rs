//! Linear layers and GEGLU.

use burn::nn::LinearConfig;
use burn::tensor::Tensor;
use diffusion::kernels::Kernels;
use gpu_kernels::GpuKernels;

use super::{Cpu, Gpu, check, filled, numbers, stock};

fn check_linear(shape: [usize; 3], output: usize, with_bias: bool) {
    let config = LinearConfig::new(shape[2], output).with_bias(with_bias);
    let gpu = filled(config.init::<Gpu>(&Default::default()));
    let cpu = filled(config.init::<Cpu>(&Default::default()));
    check(
        (shape, output),
        GpuKernels.linear(&gpu, &numbers(shape, 4, 2.0)).unwrap(),
        stock().linear(&cpu, numbers(shape, 4, 2.0)),
    );
}

#[test]
fn every_linear_layer_of_the_models_is_the_cpus() {
    for (width, tokens) in [(64, 256), (96, 64), (128, 16)] {
        check_linear([2, tokens, width], width, true);
        check_linear([2, tokens, width], width, false);
        check_linear([2, tokens, width], 8 * width, true);
        check_linear([2, tokens, 4 * width], width, true);
        check_linear([2, 24, 96], width, false);
    }
    for (width, tokens) in [(320, 64), (640, 64), (1280, 16)] {
        check_linear([1, tokens, width], width, false);
        check_linear([1, tokens, width], 8 * width, true);
        check_linear([1, tokens, 4 * width], width, true);
        check_linear([1, 77, 768], width, false);
        check_linear([1, 77, 1024], width, false);
    }
    check_linear([1, 77, 768], 3072, true);
    check_linear([1, 77, 3072], 768, true);
}

#[test]
fn sizes_that_no_tile_fits_are_the_cpus() {
    for shape in [[1, 1, 1], [3, 5, 7], [1, 9, 104], [2, 17, 440]] {
        for output in [1, 3, 33, 130] {
            check_linear(shape, output, true);
        }
    }
}

/// A tensor whose numbers do not lie in the order of its dimensions.
#[test]
fn a_view_is_read_as_what_it_shows() {
    let config = LinearConfig::new(12, 20);
    let gpu = filled(config.init::<Gpu>(&Default::default()));
    let cpu = filled(config.init::<Cpu>(&Default::default()));
    let seen: Tensor<Gpu, 3> = numbers([2, 12, 9], 4, 2.0).swap_dims(1, 2).narrow(1, 2, 5);
    let same: Tensor<Cpu, 3> = numbers([2, 12, 9], 4, 2.0).swap_dims(1, 2).narrow(1, 2, 5);
    check("a view", GpuKernels.linear(&gpu, &seen).unwrap(), stock().linear(&cpu, same));
}

#[test]
fn geglu_is_the_cpus() {
    for shape in [[2, 256, 512], [2, 64, 768], [1, 77, 2560], [1, 1, 2], [3, 5, 14]] {
        check(shape, GpuKernels.geglu(&numbers(shape, 5, 4.0)).unwrap(), stock().geglu(numbers::<Cpu, 3>(shape, 5, 4.0)));
    }
}
