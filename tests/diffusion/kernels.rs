//! Kernels that a backend brings: the models take them, for that backend and no other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use burn::nn::conv::Conv2d;
use burn::nn::{GroupNorm, LayerNorm, Linear};
use burn::tensor::Tensor;
use burn::tensor::activation::silu;
use burn_flex::Flex;
use diffusion::kernels::{self, Kernels};
use diffusion::{Folder, Generation, Pipeline, at_once};

use crate::golden_run::golden;

/// burn's operations, each counted. Other tests of this program go through them too and must not notice.
#[derive(Clone, Default)]
struct Counted(Arc<[AtomicUsize; 5]>);

impl Counted {
    fn count(&self, operation: usize) {
        self.0[operation].fetch_add(1, Ordering::Relaxed);
    }
}

impl Kernels<Flex> for Counted {
    fn conv2d(&self, conv: &Conv2d<Flex>, x: &Tensor<Flex, 4>) -> Option<Tensor<Flex, 4>> {
        self.count(0);
        Some(conv.forward(x.clone()))
    }

    fn group_norm_silu(&self, norm: &GroupNorm<Flex>, x: &Tensor<Flex, 4>) -> Option<Tensor<Flex, 4>> {
        self.count(1);
        Some(silu(norm.forward(x.clone())))
    }

    fn layer_norm(&self, norm: &LayerNorm<Flex>, epsilon: f64, x: &Tensor<Flex, 3>) -> Option<Tensor<Flex, 3>> {
        assert_eq!(epsilon, 1e-5, "the UNet's own");
        self.count(2);
        Some(norm.forward(x.clone()))
    }

    /// Counted, and left to burn.
    fn linear(&self, _linear: &Linear<Flex>, _x: &Tensor<Flex, 3>) -> Option<Tensor<Flex, 3>> {
        self.count(3);
        None
    }

    fn geglu(&self, halves: &Tensor<Flex, 3>) -> Option<Tensor<Flex, 3>> {
        self.count(4);
        let width = halves.dims()[2] / 2;
        Some(halves.clone().narrow(2, 0, width) * burn::tensor::activation::gelu(halves.clone().narrow(2, width, width)))
    }
}

fn latent() -> Vec<f32> {
    let pipeline = Pipeline::<Flex>::load(&Folder::open(golden("tiny-sd1")).unwrap(), &Default::default()).unwrap();
    let generation = Generation { num_inference_steps: Some(2), ..Generation::of("a boat") };
    let mut denoising = pipeline.begin(&generation, &mut ()).unwrap();
    while at_once(denoising.step(&pipeline, &mut (), &())).is_some() {}
    at_once(pipeline.decode(denoising.latent(), &mut (), &())).into_data().to_vec().unwrap()
}

#[test]
fn a_model_takes_the_kernels_that_are_installed() {
    let before = latent();
    let counted = Counted::default();
    kernels::install::<Flex>(counted.clone());
    let after = latent();
    assert!(counted.0.iter().all(|count| count.load(Ordering::Relaxed) > 0), "{:?}", counted.0);
    assert_eq!(before, after);
}
