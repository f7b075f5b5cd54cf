//! Convolutions: all shapes of the built-in model, some of SD 1.5's, and sizes that no tile fits.

use burn::module::Param;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn_flex::Flex;
use diffusion::resnet::{conv1x1, conv3x3};

use crate::{check, numbers, ours, stock};

/// Weights that look random, whatever burn's generator does.
fn filled(mut conv: Conv2d<Flex>) -> Conv2d<Flex> {
    conv.weight = Param::from_tensor(numbers(conv.weight.dims(), 11, 0.1));
    conv.bias = conv.bias.map(|bias| Param::from_tensor(numbers(bias.dims(), 12, 1.0)));
    conv
}

fn check_conv(conv: Conv2d<Flex>, shape: [usize; 4]) {
    let (conv, x) = (filled(conv), numbers(shape, 13, 2.0));
    let case = format!("{shape:?} {:?} {:?} {:?}", conv.weight.dims(), conv.stride, conv.padding);
    check(case, ours().conv2d(&conv, x.clone()), stock().conv2d(&conv, x));
}

fn config(channels: [usize; 2], kernel: [usize; 2]) -> Conv2dConfig {
    Conv2dConfig::new(channels, kernel).with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
}

#[test]
fn every_convolution_of_the_built_in_unet_is_burns() {
    let device = Default::default();
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
        check_conv(conv3x3(input, output, &device), [2, input, size, size]);
        check_conv(conv1x1(input, output, &device), [2, input, size, size]);
    }
    for (channels, size) in [(64, 16), (96, 8)] {
        check_conv(config([channels; 2], [3, 3]).with_stride([2, 2]).init(&device), [2, channels, size, size]);
    }
}

#[test]
fn every_convolution_of_the_built_in_vae_is_burns() {
    let device = Default::default();
    for (input, output, size) in [(4, 64, 16), (64, 64, 16), (64, 64, 32), (64, 32, 64), (32, 32, 64), (32, 3, 64), (3, 32, 64)] {
        check_conv(conv3x3(input, output, &device), [1, input, size, size]);
    }
    // Downsample2D pads right and below before the convolution.
    check_conv(Conv2dConfig::new([32, 32], [3, 3]).with_stride([2, 2]).init(&device), [1, 32, 65, 65]);
}

#[test]
fn convolutions_of_stable_diffusion_1_5_are_burns() {
    let device = Default::default();
    for (input, output, size) in [(320, 320, 16), (640, 320, 8), (1280, 640, 4)] {
        check_conv(conv3x3(input, output, &device), [1, input, size, size]);
    }
    check_conv(conv1x1(960, 640, &device), [2, 960, 8, 8]);
    check_conv(config([320, 320], [3, 3]).with_stride([2, 2]).init(&device), [2, 320, 16, 16]);
}

#[test]
fn sizes_that_no_tile_fits_are_burns() {
    let device = Default::default();
    for batch in 1..=3 {
        for (height, width) in [(7, 5), (1, 1), (2, 1), (1, 70), (5, 129), (33, 12), (3, 64)] {
            check_conv(conv3x3(5, 7, &device), [batch, 5, height, width]);
            check_conv(conv1x1(5, 50, &device), [batch, 5, height, width]);
            check_conv(config([60, 49], [3, 3]).with_stride([2, 2]).init(&device), [batch, 60, height, width]);
        }
    }
    check_conv(config([3, 5], [5, 3]).with_stride([1, 3]).init(&device), [2, 3, 9, 11]);
}

#[test]
fn many_samples_in_one_tile_are_burns() {
    for batch in [5, 16, 17] {
        check_conv(conv3x3(6, 10, &Default::default()), [batch, 6, 4, 4]);
        check_conv(conv3x3(6, 10, &Default::default()), [batch, 6, 2, 3]);
    }
}

#[test]
fn a_convolution_without_bias_is_burns() {
    check_conv(config([8, 8], [3, 3]).with_bias(false).init(&Default::default()), [2, 8, 8, 8]);
}

#[test]
fn a_picture_that_does_not_lie_in_order_is_convolved_as_it_reads() {
    let conv = filled(conv3x3(6, 9, &Default::default()));
    let turned = numbers([2, 6, 10, 12], 3, 1.0).swap_dims(2, 3);
    check("turned", ours().conv2d(&conv, turned.clone()), stock().conv2d(&conv, turned));
    let cut = numbers([2, 8, 10, 12], 4, 1.0).narrow(1, 1, 6).narrow(3, 2, 7);
    check("cut", ours().conv2d(&conv, cut.clone()), stock().conv2d(&conv, cut));
}

#[test]
fn large_values_keep_their_digits() {
    let conv = filled(conv3x3(64, 64, &Default::default()));
    let x = numbers([1, 64, 16, 16], 5, 1e6);
    check("large", ours().conv2d(&conv, x.clone()), stock().conv2d(&conv, x));
}

#[test]
fn burn_computes_groups_dilation_and_uneven_padding() {
    let device = Default::default();
    check_conv(config([8, 8], [3, 3]).with_groups(4).init(&device), [2, 8, 8, 8]);
    check_conv(config([8, 8], [3, 3]).with_dilation([2, 2]).init(&device), [2, 8, 8, 8]);
    check_conv(config([8, 8], [3, 3]).with_padding(PaddingConfig2d::Explicit(0, 0, 1, 1)).init(&device), [2, 8, 8, 8]);
    check_conv(config([8, 8], [3, 3]).with_padding(PaddingConfig2d::Same).init(&device), [2, 8, 8, 8]);
}
