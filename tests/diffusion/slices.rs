//! The VAE in slices of its channels computes what it computes in one piece, and keeps its tensors small.

use burn::tensor::{Distribution, Tensor};
use burn_flex::Flex;
use diffusion::vae::{AutoencoderKl, AutoencoderKlConfig};
use diffusion::{Observer, Site, at_once};

/// Notes the size of what it sees.
#[derive(Default)]
struct Sizes(Vec<(Site, [usize; 4])>);

impl Observer<Flex> for Sizes {
    fn wants(&self, _site: Site) -> bool {
        true
    }

    fn observe(&mut self, site: Site, tensor: Tensor<Flex, 4>) {
        self.0.push((site, tensor.dims()));
    }
}

fn vae() -> AutoencoderKl<Flex> {
    let config = r#"{"block_out_channels": [16, 32, 64], "norm_num_groups": 8, "layers_per_block": 1}"#;
    let config: AutoencoderKlConfig = serde_json::from_str(config).unwrap();
    config.init(&Default::default())
}

fn random(shape: [usize; 4]) -> Tensor<Flex, 4> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), &Default::default())
}

fn check(sliced: Tensor<Flex, 4>, whole: Tensor<Flex, 4>) {
    let error = (sliced - whole.clone()).abs().max().into_scalar() / whole.abs().max().into_scalar();
    assert!(error < 1e-5, "{error}");
}

/// Bytes of the largest that was seen, without the middle block, which is not sliced.
fn largest(seen: &Sizes) -> usize {
    let of_stages = seen.0.iter().filter(|(site, _)| !matches!(site, Site::DecoderMid | Site::EncoderMid));
    of_stages.map(|(_, dims)| dims.iter().product::<usize>() * size_of::<f32>()).max().unwrap()
}

#[test]
fn slices_decode_to_the_same_picture() {
    let (vae, z) = (vae(), random([1, 4, 9, 8]));
    let whole = vae.decode(z.clone());
    for most_bytes in [90_000, 50_000, 24_000] {
        let mut seen = Sizes::default();
        check(at_once(vae.decode_within(most_bytes, z.clone(), &mut seen, &())), whole.clone());
        assert!(largest(&seen) <= most_bytes, "{most_bytes}: {:?}", seen.0);
    }
    let mut seen = Sizes::default();
    at_once(vae.decode_in_stages(z, &mut seen, &()));
    assert!(largest(&seen) > 90_000, "nothing had to be sliced: {:?}", seen.0);
}

#[test]
fn slices_encode_to_the_same_latent() {
    let (vae, picture) = (vae(), random([1, 3, 36, 32]));
    let whole = vae.encode(picture.clone());
    for most_bytes in [40_000, 20_000, 10_000] {
        let mut seen = Sizes::default();
        let sliced = vae.encode_within(most_bytes, picture.clone(), &mut seen);
        check(sliced.mean, whole.mean.clone());
        check(sliced.logvar, whole.logvar.clone());
        assert!(largest(&seen) <= most_bytes, "{most_bytes}: {:?}", seen.0);
    }
}

#[test]
fn more_slices_than_groups_are_joined_for_the_norm() {
    let config = r#"{"block_out_channels": [8, 8], "norm_num_groups": 2, "layers_per_block": 1}"#;
    let config: AutoencoderKlConfig = serde_json::from_str(config).unwrap();
    let vae = config.init::<Flex>(&Default::default());
    let z = random([1, 4, 6, 6]);
    check(at_once(vae.decode_within(1000, z.clone(), &mut (), &())), vae.decode(z));
}
