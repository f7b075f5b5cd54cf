//! The same numbers every time, on any number of threads.

use burn::nn::{GroupNormConfig, LayerNormConfig, LinearConfig};
use burn_flex::Flex;
use diffusion::resnet::{conv1x1, conv3x3};

use crate::{numbers, ours, values};

#[test]
fn results_are_the_same_bits_every_time_and_on_any_number_of_threads() {
    let device = Default::default();
    let (conv, small) = (conv3x3::<Flex>(64, 96, &device), conv1x1::<Flex>(70, 130, &device));
    let group_norm = GroupNormConfig::new(32, 64).init::<Flex>(&device);
    let layer_norm = LayerNormConfig::new(64).init::<Flex>(&device);
    let linear = LinearConfig::new(64, 512).init::<Flex>(&device);
    let compute = || {
        let kernels = ours();
        let x = numbers([2, 64, 16, 16], 91, 1.0);
        let tokens = numbers([2, 256, 64], 92, 1.0);
        let head = |seed| numbers([2, 256, 2, 32], seed, 1.0).swap_dims(1, 2);
        [
            values(kernels.conv2d(&conv, x.clone())),
            values(kernels.conv2d(&small, numbers([3, 70, 4, 4], 93, 1.0))),
            values(kernels.group_norm(&group_norm, x.clone())),
            values(kernels.group_norm_silu(&group_norm, x)),
            values(kernels.layer_norm(&layer_norm, 1e-5, tokens.clone())),
            values(kernels.linear(&linear, tokens)),
            values(kernels.attend(head(94), head(95), head(96))),
            values(kernels.geglu(numbers([2, 256, 512], 97, 3.0))),
        ]
        .map(|values| values.into_iter().map(f32::to_bits).collect::<Vec<u32>>())
    };
    let first = compute();
    assert!(first == compute(), "a second time");
    for threads in [1, 2, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert!(pool.install(compute) == first, "{threads} threads");
    }
}
