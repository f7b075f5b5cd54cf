//! GroupNorm, with and without SiLU, and LayerNorm.

use burn::nn::{GroupNormConfig, LayerNormConfig};
use burn::tensor::Tensor;
use diffusion::kernels::Kernels;
use gpu_kernels::GpuKernels;

use super::{Cpu, Gpu, check, filled, numbers, stock};

fn check_group_norm(groups: usize, shape: [usize; 4], affine: bool) {
    let config = GroupNormConfig::new(groups, shape[1]).with_affine(affine).with_epsilon(1e-6);
    let gpu = filled(config.init::<Gpu>(&Default::default()));
    let cpu = filled(config.init::<Cpu>(&Default::default()));
    let case = (groups, shape, affine);
    check(case, GpuKernels.group_norm(&gpu, &numbers(shape, 6, 3.0)).unwrap(), stock().group_norm(&cpu, numbers(shape, 6, 3.0)));
    check(
        case,
        GpuKernels.group_norm_silu(&gpu, &numbers(shape, 6, 3.0)).unwrap(),
        stock().group_norm_silu(&cpu, numbers(shape, 6, 3.0)),
    );
}

#[test]
fn every_group_norm_of_the_models_is_the_cpus() {
    for shape in [[2, 64, 16, 16], [2, 96, 8, 8], [2, 128, 4, 4], [2, 224, 4, 4], [2, 160, 16, 16]] {
        check_group_norm(32, shape, true);
    }
    for shape in [[1, 32, 64, 64], [1, 64, 32, 32]] {
        check_group_norm(16, shape, true);
    }
    for shape in [[1, 320, 64, 64], [1, 640, 32, 32], [1, 2560, 8, 8], [1, 128, 128, 128]] {
        check_group_norm(32, shape, true);
    }
}

#[test]
fn groups_of_any_size_are_the_cpus() {
    check_group_norm(4, [3, 8, 1, 1], true);
    check_group_norm(1, [1, 3, 7, 5], true);
    check_group_norm(5, [2, 15, 3, 3], false);
}

/// In half precision, or as a mean of squares, the sum of such numbers would be lost.
#[test]
fn a_large_mean_leaves_what_differs_from_it() {
    let config = GroupNormConfig::new(2, 4);
    let gpu = filled(config.init::<Gpu>(&Default::default()));
    let cpu = filled(config.init::<Cpu>(&Default::default()));
    let far = numbers::<Gpu, 4>([1, 4, 64, 64], 6, 1.0) + 300.0;
    let same = numbers::<Cpu, 4>([1, 4, 64, 64], 6, 1.0) + 300.0;
    check("far from zero", GpuKernels.group_norm(&gpu, &far).unwrap(), stock().group_norm(&cpu, same));
}

#[test]
fn every_layer_norm_of_the_models_is_the_cpus() {
    for shape in [[2, 256, 64], [2, 64, 96], [2, 16, 128], [2, 24, 96], [1, 77, 768], [1, 256, 320], [1, 64, 1280], [3, 1, 5]] {
        let config = LayerNormConfig::new(shape[2]).with_epsilon(1e-5);
        let gpu = filled(config.init::<Gpu>(&Default::default()));
        let cpu = filled(config.init::<Cpu>(&Default::default()));
        let made: Tensor<Gpu, 3> = GpuKernels.layer_norm(&gpu, 1e-5, &numbers(shape, 7, 3.0)).unwrap();
        check(shape, made, stock().layer_norm(&cpu, 1e-5, numbers(shape, 7, 3.0)));
    }
}
