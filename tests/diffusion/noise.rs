//! The initial noise against `torch.randn`.

use diffusion::latent::randn;
use safetensors::SafeTensors;

use crate::golden_run::golden;

#[test]
fn noise_equals_torch_randn_bit_for_bit() {
    let bytes = std::fs::read(golden("noise.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap().tensors();
    assert!(tensors.len() >= 10);
    for (seed, view) in tensors {
        let theirs: Vec<f32> = view.data().chunks_exact(4).map(|word| f32::from_le_bytes(word.try_into().unwrap())).collect();
        let ours = randn(seed.parse().unwrap(), view.shape().try_into().unwrap());
        if theirs.len() < 16 {
            // The platform's own logarithm and sine, in double precision
            let most = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(ours.len() == theirs.len() && most < 3e-7, "seed {seed}: off by {most}");
        } else {
            assert_eq!(ours, theirs, "seed {seed}");
        }
    }
}

#[test]
fn only_the_low_32_bits_of_a_seed_matter() {
    let shape = [1, 4, 8, 8];
    assert_eq!(randn(9, shape), randn((1 << 32) + 9, shape));
    assert_ne!(randn(9, shape), randn(10, shape));
}

#[test]
fn noise_is_standard_normal() {
    let noise = randn(3, [1, 4, 128, 128]);
    let mean_of = |power: i32| noise.iter().map(|&x| f64::from(x).powi(power)).sum::<f64>() / noise.len() as f64;
    // mean 0, variance 1, kurtosis 3, each to about four standard errors
    assert!(mean_of(1).abs() < 0.016 && (mean_of(2) - 1.0).abs() < 0.023 && (mean_of(4) - 3.0).abs() < 0.16);
}
