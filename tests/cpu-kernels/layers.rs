//! Linear layers and GEGLU.

use burn::module::Param;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Tensor, TensorData};
use burn_flex::Flex;

use crate::{check, numbers, ours, stock, values};

fn linear(input: usize, output: usize, bias: bool) -> Linear<Flex> {
    let mut linear = LinearConfig::new(input, output).with_bias(bias).init::<Flex>(&Default::default());
    linear.weight = Param::from_tensor(numbers([input, output], 41, 0.2));
    linear.bias = linear.bias.map(|_| Param::from_tensor(numbers([output], 42, 1.0)));
    linear
}

fn check_linear(linear: &Linear<Flex>, x: Tensor<Flex, 3>) {
    let case = (x.dims(), linear.weight.dims());
    check(case, ours().linear(linear, x.clone()), stock().linear(linear, x));
}

#[test]
fn a_linear_layer_is_burns() {
    for bias in [true, false] {
        for (tokens, input, output) in [
            (256, 64, 64),
            (256, 64, 512),
            (256, 256, 64),
            (64, 96, 768),
            (16, 128, 1024),
            (16, 512, 128),
            (32, 96, 64),
            (13, 7, 5),
            (1, 1, 1),
            (100, 1000, 3),
        ] {
            for batch in 1..=3 {
                check_linear(&linear(input, output, bias), numbers([batch, tokens, input], 43, 2.0));
            }
        }
    }
}

#[test]
fn tokens_are_read_where_they_lie() {
    let layer = linear(20, 30, true);
    check_linear(&layer, numbers([2, 20, 77], 44, 1.0).swap_dims(1, 2));
    check_linear(&layer, numbers([77, 2, 20], 45, 1.0).swap_dims(0, 1));
    check_linear(&layer, numbers([3, 80, 25], 46, 1.0).narrow(1, 2, 77).narrow(2, 3, 20).narrow(0, 1, 2));
    check_linear(&layer, numbers([2, 10, 20], 47, 1.0).flip([1, 2]));
    check_linear(&layer, numbers([1, 10, 20], 48, 1.0).expand([3, 10, 20]));
}

#[test]
fn geglu_is_burns() {
    for (tokens, width) in [(256, 256), (64, 384), (16, 512), (7, 5), (1, 1), (3, 20_000)] {
        let halves = numbers([2, tokens, 2 * width], 49, 6.0);
        check((tokens, width), ours().geglu(halves.clone()), stock().geglu(halves));
        let turned = numbers([2, 2 * width, tokens], 50, 6.0).swap_dims(1, 2);
        check((tokens, width), ours().geglu(turned.clone()), stock().geglu(turned));
    }
}

#[test]
fn the_gate_is_gelu_to_a_millionth() {
    let gates: Vec<f32> = (-8000..=8000).map(|step| step as f32 * 1e-3).collect();
    let halves: Vec<f32> = gates.iter().flat_map(|gate| [1.0, *gate]).collect();
    let halves = Tensor::<Flex, 3>::from_data(TensorData::new(halves, [1, gates.len(), 2]), &Default::default());
    let (ours, stock) = (values(ours().geglu(halves.clone())), values(stock().geglu(halves)));
    for ((gate, ours), stock) in gates.iter().zip(ours).zip(stock) {
        assert!((ours - stock).abs() <= 1e-6 * gate.abs().max(1.0), "gelu({gate}) is {stock}, not {ours}");
    }
}
