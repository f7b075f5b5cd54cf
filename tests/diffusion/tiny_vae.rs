//! TAESD, the autoencoder for previews: the same numbers as diffusers (`golden/make_tiny_vae.py`), alone and in a model's folder.

use std::collections::HashMap;

use burn_flex::Flex;
use diffusion::Folder;
use diffusion::vae::AutoencoderTiny;

use crate::golden_run::{golden, relative_error, values};
use crate::golden_tensors::tensor;

const FILE: &str = "tiny_vae.safetensors";
const WEIGHTS: &str = "diffusion_pytorch_model.safetensors";

type Files = HashMap<String, Vec<u8>>;

fn vae() -> AutoencoderTiny<Flex> {
    AutoencoderTiny::load(&Folder::open(golden("tiny-taesd")).unwrap(), "", &Default::default()).unwrap()
}

fn check(what: &str, ours: burn::tensor::Tensor<Flex, 4>) {
    let theirs = tensor::<4>(FILE, what);
    assert_eq!(ours.dims(), theirs.dims(), "{what}");
    let error = relative_error(&values(ours), &values(theirs));
    assert!(error < 1e-3, "{what} is off by {error:.2e}");
}

#[test]
fn decoding_equals_diffusers() {
    check("image", vae().decode(tensor(FILE, "latent")));
}

#[test]
fn encoding_equals_diffusers() {
    check("latent_out", vae().encode(tensor(FILE, "image_in")));
}

#[test]
fn a_latent_becomes_a_picture_and_back_as_in_diffusers() {
    let latent = tensor::<4>(FILE, "latent");
    let scaled = vae().scale_latents(latent.clone());
    check("scaled", scaled.clone());
    let back = values(vae().unscale_latents(scaled));
    assert!(relative_error(&back, &values(latent.clamp(-3.0, 3.0))) < 1e-5);
}

/// The folder's files as the part `taesd` of a model's.
fn files() -> Files {
    let read = |file: &str| (format!("taesd/{file}"), std::fs::read(golden("tiny-taesd").join(file)).unwrap());
    HashMap::from([read("config.json"), read(WEIGHTS)])
}

/// The message that loading gives after `spoil` has been at the files; it must name all of `names`.
fn refused(spoil: impl Fn(&mut Files), names: &[&str]) {
    let mut files = files();
    spoil(&mut files);
    let loaded = AutoencoderTiny::<Flex>::load(&Folder::in_memory("model", files), "taesd", &Default::default());
    let message = loaded.expect_err("a spoiled folder was loaded").to_string();
    for name in names {
        assert!(message.contains(name), "“{message}” does not name {name}");
    }
}

fn set(files: &mut Files, key: &str, value: serde_json::Value) {
    let config = files.get_mut("taesd/config.json").unwrap();
    let mut json: serde_json::Value = serde_json::from_slice(config).unwrap();
    json[key] = value;
    *config = serde_json::to_vec(&json).unwrap();
}

#[test]
fn it_loads_from_a_part_of_a_models_folder() {
    let vae = AutoencoderTiny::<Flex>::load(&Folder::in_memory("model", files()), "taesd", &Default::default()).unwrap();
    check("image", vae.decode(tensor(FILE, "latent")));
}

#[test]
fn what_is_not_whole_is_named() {
    refused(|files| drop(files.remove("taesd/config.json")), &["model/taesd/config.json", "missing"]);
    refused(|files| drop(files.remove(&format!("taesd/{WEIGHTS}"))), &[WEIGHTS, "missing"]);
    let blocks = |counts: [usize; 3]| move |files: &mut Files| set(files, "num_decoder_blocks", counts.to_vec().into());
    refused(blocks([2, 2, 1]), &["taesd/diffusion_pytorch_model", "no tensor", "decoder.layers."]);
    refused(blocks([2, 1, 0]), &["taesd/diffusion_pytorch_model", "decoder.layers."]);
}

#[test]
fn what_is_no_tiny_autoencoder_is_refused_by_its_key() {
    for (key, value) in [
        ("_class_name", "AutoencoderKL".into()),
        ("act_fn", "silu".into()),
        ("upsample_fn", "bilinear".into()),
        ("upsampling_scaling_factor", 4.into()),
        ("in_channels", 1.into()),
        ("latent_channels", 0.into()),
        ("encoder_block_out_channels", vec![8, 8, 16].into()),
        ("decoder_block_out_channels", serde_json::Value::Array(Vec::new())),
        ("num_encoder_blocks", vec![1, 2].into()),
        ("num_decoder_blocks", vec![1, 2, 1_000_000].into()),
        ("num_decoder_blocks", "three".into()),
        ("scaling_factor", 0.into()),
    ] {
        refused(|files| set(files, key, serde_json::Value::clone(&value)), &["taesd/config.json", key]);
    }
}
