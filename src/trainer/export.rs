//! Export: a run's models as an ordinary diffusers folder.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result};
use burn::tensor::backend::Backend;
use diffusion::loader::weights::{Precision, to_safetensors};
use serde_json::{Value, json};

use crate::checkpoint::write_whole;
use crate::course::Trained;
use crate::models::{fast_scheduler_json, scheduler_json, text_encoder_json, unet_json, vae_json};
use crate::run::Run;
use crate::tokens::pretty;

/// Which of a run's two models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edition {
    /// The denoiser as it was trained: DDIM under guidance.
    Full,
    /// Its fast twin: LCM in a few steps, without guidance.
    Fast,
}

/// The folder's files by their path in it; weights are averaged and in half precision.
pub fn files<B: Backend>(run: &Run, edition: Edition, device: &B::Device) -> Result<HashMap<String, Vec<u8>>> {
    let trained = Trained::<B>::load(run, device)?;
    let config = &run.config;
    let mut files = run.tokenizer_files()?;
    let mut part = |folder: &str, config: Value, stem: &str, weights: Vec<u8>| {
        files.insert(format!("{folder}/config.json"), pretty(&config));
        files.insert(format!("{folder}/{stem}.safetensors"), weights);
    };
    let samples = &config.samples;
    let (unet, scheduler, steps, guidance_scale, class) = match edition {
        Edition::Full => {
            (trained.denoiser.unet.clone(), scheduler_json(), samples.steps, samples.guidance_scale, "DDIMScheduler")
        }
        Edition::Fast => (trained.fast_unet(run)?, fast_scheduler_json(config), config.consistency.steps, 1.0, "LCMScheduler"),
    };
    let text_encoder = to_safetensors(&trained.denoiser.text_encoder, Precision::F16);
    part("text_encoder", text_encoder_json(config, trained.entries), "model", text_encoder);
    part("unet", unet_json(config), "diffusion_pytorch_model", to_safetensors(&unet, Precision::F16));
    part("vae", vae_json(config), "diffusion_pytorch_model", to_safetensors(&trained.vae, Precision::F16));
    files.insert("scheduler/scheduler_config.json".to_string(), pretty(&scheduler));
    let defaults = json!({ "num_inference_steps": steps, "guidance_scale": guidance_scale });
    files.insert("generation_config.json".to_string(), pretty(&defaults));
    files.insert("model_index.json".to_string(), pretty(&model_index(class)));
    Ok(files)
}

/// Writes the folder. Returns the size of its files in bytes.
pub fn export<B: Backend>(run: &Run, edition: Edition, device: &B::Device, folder: &Path) -> Result<usize> {
    let files = files::<B>(run, edition, device)?;
    for (name, content) in &files {
        write_whole(&folder.join(name), content).with_context(|| format!("cannot export to {}", folder.display()))?;
    }
    Ok(files.values().map(Vec::len).sum())
}

/// `model_index.json`: which class each part is.
fn model_index(scheduler: &str) -> Value {
    json!({
        "_class_name": "StableDiffusionPipeline",
        "_diffusers_version": "0.35.0",
        "feature_extractor": [null, null],
        "requires_safety_checker": false,
        "safety_checker": [null, null],
        "scheduler": ["diffusers", scheduler],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    })
}
