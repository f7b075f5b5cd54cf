//! A golden run: what diffusers computed for a folder, compared number by number with what this crate computes on a backend.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use diffusion::{Folder, Generation, Pipeline, at_once};
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;

pub const FOLDERS: [&str; 3] = ["tiny-sd1", "tiny-sd2", "tiny-bk"];

pub fn golden(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/diffusion/golden")).join(name)
}

/// A golden file: tensors by name, and the generations that made them.
pub struct Golden {
    pub tensors: HashMap<String, Vec<f32>>,
    pub runs: HashMap<String, Generation>,
}

impl Golden {
    pub fn of(folder: &str) -> Self {
        let bytes = std::fs::read(golden(&format!("{folder}.safetensors"))).unwrap();
        let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
        let runs = serde_json::from_str(&metadata.metadata().as_ref().unwrap()["runs"]).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let read = |view: safetensors::tensor::TensorView| -> Vec<f32> {
            let words = view.data().chunks_exact(4).map(|word| <[u8; 4]>::try_from(word).unwrap());
            match view.dtype() {
                Dtype::F32 => words.map(f32::from_le_bytes).collect(),
                Dtype::I32 => words.map(|word| i32::from_le_bytes(word) as f32).collect(),
                other => panic!("unexpected type {other:?} in a golden file"),
            }
        };
        let tensors = tensors.tensors().into_iter().map(|(name, view)| (name, read(view))).collect();
        Self { tensors, runs }
    }
}

/// ‖a − b‖ / ‖b‖
pub fn relative_error(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len(), "different sizes");
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>().sqrt();
    let difference = norm(&mut a.iter().zip(b).map(|(a, b)| f64::from(a - b)));
    difference / norm(&mut b.iter().map(|&b| f64::from(b)))
}

pub fn values<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().convert::<f32>().to_vec().unwrap()
}

/// Runs everything that diffusers ran on this folder, and holds every tensor against it.
pub fn check_folder<B: Backend>(folder: &str, device: &B::Device) {
    let golden_file = Golden::of(folder);
    let pipeline = Pipeline::<B>::load(&Folder::open(golden(folder)).unwrap(), device).unwrap();
    let mut names: Vec<_> = golden_file.runs.keys().collect();
    names.sort();
    assert!(!names.is_empty());
    for name in names {
        let expect = |tensor: &str| &golden_file.tensors[&format!("{name}/{tensor}")];
        let close = |what: &str, ours: &[f32], theirs: &[f32]| {
            let error = relative_error(ours, theirs);
            assert!(error < 1e-3, "{folder}, run {name}: {what} is off by {error:.2e}");
        };
        let mut denoising = pipeline.begin(&golden_file.runs[name], &mut ()).unwrap();
        let ids: Vec<f32> = denoising.tokens().ids().map(|id| id as f32).collect();
        assert_eq!(&ids, expect("token_ids"), "{folder}, run {name}: token ids");
        close("prompt_embeds", &values(denoising.prompt_embeds()), expect("prompt_embeds"));
        close("negative_prompt_embeds", &values(denoising.negative_prompt_embeds()), expect("negative_prompt_embeds"));
        close("timesteps", denoising.timesteps(), expect("timesteps"));
        if let Some(sigmas) = golden_file.tensors.get(&format!("{name}/sigmas")) {
            close("sigmas", denoising.sigmas(), sigmas);
        }
        let latents = expect("latents");
        let first = values(denoising.latent());
        let size = first.len();
        close("the initial latent", &first, &latents[..size]);
        let mut steps = 0;
        while let Some(step) = at_once(denoising.step(&pipeline, &mut (), &())) {
            let here = steps * size..(steps + 1) * size;
            for (what, ours) in [
                ("noise_pred_uncond", step.noise_pred_uncond),
                ("noise_pred_text", step.noise_pred_text),
                ("noise_pred", step.noise_pred),
                ("pred_original_sample", step.pred_original_sample),
            ] {
                if let Some(theirs) = golden_file.tensors.get(&format!("{name}/{what}")) {
                    close(&format!("{what} of step {steps}"), &values(ours), &theirs[here.clone()]);
                }
            }
            steps += 1;
            close(
                &format!("the latent after step {}", steps - 1),
                &values(step.latent),
                &latents[steps * size..(steps + 1) * size],
            );
        }
        assert_eq!((steps + 1) * size, latents.len(), "{folder}, run {name}: number of steps");
        let picture = at_once(pipeline.decode(denoising.latent(), &mut (), &()));
        close("the picture", &values(picture), expect("image"));
    }
}
