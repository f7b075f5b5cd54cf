//! Convolutions: the shapes of the built-in model and of Stable Diffusion 1.5, and sizes that no tile fits.

use burn::nn::PaddingConfig2d;
use burn::nn::conv::Conv2dConfig;
use diffusion::kernels::Kernels;
use gpu_kernels::GpuKernels;

use super::{Cpu, Gpu, check, filled, numbers, stock};

/// A convolution that keeps the size.
fn config(input: usize, output: usize, kernel: usize) -> Conv2dConfig {
    let side = kernel / 2;
    Conv2dConfig::new([input, output], [kernel; 2]).with_padding(PaddingConfig2d::Explicit(side, side, side, side))
}

fn check_conv(config: &Conv2dConfig, shape: [usize; 4]) {
    let gpu = filled(config.init::<Gpu>(&Default::default()));
    let cpu = filled(config.init::<Cpu>(&Default::default()));
    let case = format!("{:?} {:?} {shape:?}", config.channels, config.kernel_size);
    let made = GpuKernels.conv2d(&gpu, &numbers(shape, 3, 2.0)).unwrap();
    check(case, made, stock().conv2d(&cpu, numbers(shape, 3, 2.0)));
}

#[test]
fn every_convolution_of_the_built_in_model_is_the_cpus() {
    for (input, output, size) in [
        (4, 64, 16),
        (64, 64, 16),
        (64, 96, 8),
        (96, 96, 8),
        (96, 128, 4),
        (128, 128, 4),
        (256, 128, 4),
        (224, 128, 4),
        (128, 128, 8),
        (224, 96, 8),
        (192, 96, 8),
        (160, 96, 8),
        (96, 96, 16),
        (160, 64, 16),
        (128, 64, 16),
        (64, 4, 16),
    ] {
        check_conv(&config(input, output, 3), [2, input, size, size]);
        check_conv(&config(input, output, 1), [2, input, size, size]);
    }
    for (channels, size) in [(64, 16), (96, 8)] {
        check_conv(&config(channels, channels, 3).with_stride([2, 2]), [2, channels, size, size]);
    }
    for (input, output, size) in [(4, 64, 16), (64, 64, 32), (64, 32, 64), (32, 3, 64), (3, 32, 64)] {
        check_conv(&config(input, output, 3), [1, input, size, size]);
    }
    // Downsample2D of the VAE pads right and below before the convolution.
    check_conv(&Conv2dConfig::new([32, 32], [3, 3]).with_stride([2, 2]), [1, 32, 65, 65]);
}

/// Every pair of channels that Stable Diffusion 1.5 and 2.1 have, at the least size that they have it at.
#[test]
fn every_convolution_of_stable_diffusion_is_the_cpus() {
    for (input, output, size, kernel) in [
        (4, 320, 32, 3),
        (320, 320, 16, 3),
        (320, 4, 32, 3),
        (320, 640, 16, 3),
        (640, 640, 16, 3),
        (640, 1280, 8, 3),
        (1280, 1280, 8, 3),
        (2560, 1280, 8, 3),
        (1920, 1280, 8, 3),
        (1920, 640, 8, 3),
        (1280, 640, 8, 3),
        (960, 640, 8, 3),
        (960, 320, 16, 3),
        (640, 320, 16, 3),
        (320, 640, 16, 1),
        (640, 1280, 8, 1),
        (2560, 1280, 8, 1),
        (1920, 1280, 8, 1),
        (1920, 640, 16, 1),
        (960, 640, 16, 1),
        (960, 320, 16, 1),
        (640, 320, 16, 1),
        // The VAE.
        (4, 512, 16, 3),
        (512, 512, 16, 3),
        (512, 256, 16, 3),
        (256, 256, 32, 3),
        (256, 128, 32, 3),
        (128, 128, 32, 3),
        (128, 3, 64, 3),
    ] {
        check_conv(&config(input, output, kernel), [1, input, size, size]);
    }
    check_conv(&config(320, 320, 3).with_stride([2, 2]), [2, 320, 16, 16]);
}

#[test]
fn sizes_that_no_tile_fits_are_the_cpus() {
    for batch in [1, 3] {
        for (height, width) in [(7, 5), (1, 1), (1, 70), (33, 12)] {
            check_conv(&config(5, 7, 3), [batch, 5, height, width]);
            check_conv(&config(5, 50, 1), [batch, 5, height, width]);
            check_conv(&config(11, 9, 3).with_stride([2, 2]), [batch, 11, height, width]);
        }
    }
    check_conv(&config(3, 5, 5).with_stride([1, 3]), [2, 3, 9, 11]);
}

#[test]
fn without_a_bias_nothing_is_added() {
    check_conv(&config(6, 10, 3).with_bias(false), [1, 6, 8, 8]);
}

#[test]
fn groups_and_dilation_are_left_to_burn() {
    for config in [config(6, 6, 3).with_groups(2), config(6, 6, 3).with_dilation([2, 2])] {
        assert!(GpuKernels.conv2d(&config.init::<Gpu>(&Default::default()), &numbers([1, 6, 9, 9], 3, 2.0)).is_none());
    }
}
