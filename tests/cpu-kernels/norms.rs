//! GroupNorm, with and without SiLU, and LayerNorm.

use burn::module::Param;
use burn::nn::{GroupNorm, GroupNormConfig, LayerNormConfig};
use burn::tensor::Tensor;
use burn_flex::Flex;

use crate::{check, numbers, ours, stock, values};

fn group_norm(groups: usize, channels: usize) -> GroupNorm<Flex> {
    let mut norm = GroupNormConfig::new(groups, channels).with_epsilon(1e-6).init::<Flex>(&Default::default());
    norm.gamma = Some(Param::from_tensor(numbers([channels], 21, 2.0)));
    norm.beta = Some(Param::from_tensor(numbers([channels], 22, 1.0)));
    norm
}

fn check_group_norm(norm: &GroupNorm<Flex>, x: Tensor<Flex, 4>) {
    let case = (x.dims(), norm.num_groups);
    check((case, "norm"), ours().group_norm(norm, x.clone()), stock().group_norm(norm, x.clone()));
    check((case, "silu"), ours().group_norm_silu(norm, x.clone()), stock().group_norm_silu(norm, x));
}

#[test]
fn group_norm_is_burns() {
    for (channels, size) in [(64, 16), (96, 16), (128, 16), (160, 16), (96, 8), (224, 8), (128, 4), (256, 4), (32, 64)] {
        check_group_norm(&group_norm(32, channels), numbers([2, channels, size, size], 23, 3.0));
    }
    for batch in 1..=3 {
        check_group_norm(&group_norm(3, 6), numbers([batch, 6, 7, 5], 24, 1.0));
        check_group_norm(&group_norm(1, 4), numbers([batch, 4, 37, 41], 25, 1.0));
    }
}

#[test]
fn a_group_norm_without_affine_is_burns() {
    let norm = GroupNormConfig::new(2, 6).with_affine(false).init::<Flex>(&Default::default());
    check_group_norm(&norm, numbers([2, 6, 5, 3], 26, 1.0));
}

#[test]
fn a_mean_far_from_zero_costs_no_digits() {
    let norm = group_norm(1, 2);
    let x = numbers([1, 2, 64, 64], 27, 1.0);
    let far = ours().group_norm(&norm, x.clone() + 4096.0);
    // 4096 + x keeps x to 2⁻¹¹ · ½: that and no more may be lost.
    let near = values(ours().group_norm(&norm, x));
    let apart = values(far).iter().zip(&near).fold(0f32, |apart, (far, near)| apart.max((far - near).abs()));
    assert!(apart < 2e-3, "{apart}");
}

#[test]
fn tensors_that_do_not_lie_in_order_are_normed_as_they_read() {
    check_group_norm(&group_norm(4, 8), numbers([2, 8, 6, 5], 28, 1.0).swap_dims(2, 3));
    check_group_norm(&group_norm(4, 8), numbers([3, 9, 6, 5], 29, 1.0).narrow(1, 1, 8).narrow(0, 1, 2));
}

#[test]
fn constant_and_very_large_and_very_small_values_are_normed() {
    let norm = group_norm(4, 8);
    for constant in [3.0, 1e6 / 3.0] {
        let normed = values(ours().group_norm(&norm, Tensor::full([1, 8, 40, 40], constant, &Default::default())));
        let beta = values(norm.beta.as_ref().unwrap().val());
        for (channel, beta) in normed.chunks(1600).zip(beta) {
            assert!(channel.iter().all(|value| *value == beta), "{constant}: {} is not {beta}", channel[0]);
        }
    }
    check_group_norm(&norm, numbers([1, 8, 4, 4], 30, 1e6));
    check_group_norm(&norm, numbers([1, 8, 4, 4], 31, 1e-5));
}

#[test]
fn silu_holds_its_ends() {
    let mut norm = group_norm(1, 1);
    norm.gamma = Some(Param::from_tensor(Tensor::full([1], 300.0, &Default::default())));
    check_group_norm(&norm, numbers([1, 1, 16, 16], 32, 1.0));
}

#[test]
fn layer_norm_is_burns() {
    for (tokens, width) in [(256, 64), (64, 96), (16, 128), (7, 5), (1, 1000), (3, 33)] {
        for bias in [true, false] {
            let mut norm = LayerNormConfig::new(width).with_bias(bias).init::<Flex>(&Default::default());
            norm.gamma = Param::from_tensor(numbers([width], 33, 2.0));
            norm.beta = norm.beta.map(|_| Param::from_tensor(numbers([width], 34, 1.0)));
            let x = numbers([2, tokens, width], 35, 5.0);
            let case = (tokens, width, bias);
            check(case, ours().layer_norm(&norm, 1e-5, x.clone()), stock().layer_norm(&norm, 1e-5, x));
            let turned = numbers([2, width, tokens], 36, 5.0).swap_dims(1, 2);
            check(case, ours().layer_norm(&norm, 1e-5, turned.clone()), stock().layer_norm(&norm, 1e-5, turned));
        }
    }
}
