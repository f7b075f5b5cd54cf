//! The model's parts, made from a configuration, and their `config.json` files with diffusers' keys.

use anyhow::{Context, Result};
use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use burn::tensor::{DType, Int, TensorData};
use diffusion::schedulers::{NoiseSchedule, SchedulerConfig};
use diffusion::text_encoder::{ClipTextConfig, ClipTextModel};
use diffusion::unet::{UNet2DConditionConfig, UNet2DConditionModel};
use diffusion::vae::{AutoencoderKl, AutoencoderKlConfig};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::config::Config;
use crate::data::{Stream, chance};
use crate::parameters;

/// What learns to denoise: the UNet and the text encoder, trained together.
#[derive(Module, Debug)]
pub struct Denoiser<B: Backend> {
    pub text_encoder: ClipTextModel<B>,
    pub unet: UNet2DConditionModel<B>,
}

impl<B: Backend> Denoiser<B> {
    /// The model's output (v) for noisy latents.
    ///
    /// latents: [batch, 4, height, width], timesteps: [batch], ids: batch · slots → [batch, 4, height, width]
    pub fn predict(&self, latents: Tensor<B, 4>, timesteps: &[usize], ids: &[u32]) -> Tensor<B, 4> {
        let device = latents.device();
        self.unet.predict(latents, timestep_row(timesteps, &device), self.embed(ids, timesteps.len(), &device))
    }

    /// What the UNet looks at for these prompts. ids: prompts · slots → [prompts, slots, hidden_size]
    pub fn embed(&self, ids: &[u32], prompts: usize, device: &B::Device) -> Tensor<B, 3> {
        let slots = ids.len() / prompts;
        let ids: Vec<i64> = ids.iter().map(|&id| i64::from(id)).collect();
        self.text_encoder.encode(Tensor::<B, 2, Int>::from_data(TensorData::new(ids, [prompts, slots]), device))
    }
}

/// Timesteps as the UNet takes them, [batch].
pub fn timestep_row<B: Backend>(timesteps: &[usize], device: &B::Device) -> Tensor<B, 1> {
    let numbers: Vec<f32> = timesteps.iter().map(|&timestep| timestep as f32).collect();
    Tensor::from_data(TensorData::new(numbers, [timesteps.len()]), (device, DType::F32))
}

/// A number for each sample of a batch, [batch, 1, 1, 1].
pub fn row<B: Backend>(numbers: impl Iterator<Item = f64>, device: &B::Device) -> Tensor<B, 4> {
    let numbers: Vec<f32> = numbers.map(|number| number as f32).collect();
    let batch = numbers.len();
    Tensor::from_data(TensorData::new(numbers, [batch, 1, 1, 1]), device)
}

/// An autoencoder to begin with.
pub fn new_autoencoder<B: Backend>(config: &Config, device: &B::Device) -> Result<AutoencoderKl<B>> {
    B::seed(device, rand::RngCore::next_u64(&mut chance(config.seed, Stream::InitialWeights, 0)));
    let vae: AutoencoderKlConfig = read(&vae_json(config), "vae")?;
    Ok(zero_ends(vae.init(device), &["conv2"]))
}

/// A text encoder and a UNet to begin with.
pub fn new_denoiser<B: Backend>(config: &Config, entries: usize, device: &B::Device) -> Result<Denoiser<B>> {
    B::seed(device, rand::RngCore::next_u64(&mut chance(config.seed, Stream::InitialWeights, 1)));
    let text_encoder: ClipTextConfig = read(&text_encoder_json(config, entries), "text_encoder")?;
    let unet: UNet2DConditionConfig = read(&unet_json(config), "unet")?;
    let denoiser = Denoiser { text_encoder: text_encoder.init(device), unet: unet.init(device) };
    Ok(zero_ends(denoiser, &["conv2", "proj_out", "unet.conv_out"]))
}

/// ᾱ of each timestep, as the exported folder's scheduler has it.
pub fn alphas_cumprod() -> Result<Vec<f64>> {
    let scheduler: SchedulerConfig = read(&scheduler_json(), "scheduler")?;
    Ok(NoiseSchedule::new(&scheduler).alphas_cumprod)
}

/// The scheduler of the fast twin.
pub fn fast_scheduler(config: &Config) -> Result<SchedulerConfig> {
    read(&fast_scheduler_json(config), "scheduler")
}

fn read<T: DeserializeOwned>(json: &Value, part: &str) -> Result<T> {
    T::deserialize(json).with_context(|| format!("the sizes of {part} are not possible: correct them in the configuration"))
}

/// A residual branch that ends in zeros changes nothing at first, so that the signal passes a deep network from the first step on.
/// Embeddings begin small, as CLIP's do.
fn zero_ends<B: Backend, M: Module<B>>(module: M, ends: &[&str]) -> M {
    parameters::map(module, |path, numbers| {
        let is_end = |end: &&str| path.contains(&format!(".{end}.")) || path.starts_with(&format!("{end}."));
        if ends.iter().any(is_end) {
            numbers.fill(0.0);
        } else if path.contains("_embedding.weight") && path.contains("embeddings.") {
            numbers.iter_mut().for_each(|number| *number *= 0.02);
        }
    })
}

/// `vae/config.json`. Latents leave the encoder with mean 0 and standard deviation 1, so the scaling factor is 1.
pub fn vae_json(config: &Config) -> Value {
    let levels = config.vae.block_out_channels.len();
    json!({
        "_class_name": "AutoencoderKL",
        "in_channels": 3, "out_channels": 3, "latent_channels": 4,
        "down_block_types": vec!["DownEncoderBlock2D"; levels],
        "up_block_types": vec!["UpDecoderBlock2D"; levels],
        "block_out_channels": config.vae.block_out_channels,
        "layers_per_block": config.vae.layers_per_block,
        "norm_num_groups": config.vae.norm_num_groups,
        "act_fn": "silu",
        "sample_size": config.picture.size,
        "scaling_factor": 1.0,
        "use_quant_conv": true, "use_post_quant_conv": true, "mid_block_add_attention": true,
    })
}

/// `unet/config.json`.
pub fn unet_json(config: &Config) -> Value {
    let unet = &config.unet;
    let types = |plain: &str, cross: &str| -> Vec<String> {
        unet.cross_attention.iter().map(|&looks| if looks { cross } else { plain }.to_string()).collect()
    };
    let mut up_block_types = types("UpBlock2D", "CrossAttnUpBlock2D");
    up_block_types.reverse();
    json!({
        "_class_name": "UNet2DConditionModel",
        "sample_size": config.latent()[1],
        "in_channels": 4, "out_channels": 4,
        "down_block_types": types("DownBlock2D", "CrossAttnDownBlock2D"),
        "mid_block_type": "UNetMidBlock2DCrossAttn",
        "up_block_types": up_block_types,
        "block_out_channels": unet.block_out_channels,
        "layers_per_block": unet.layers_per_block,
        "cross_attention_dim": config.text_encoder.hidden_size,
        "attention_head_dim": unet.attention_head_dim,
        "norm_num_groups": unet.norm_num_groups, "norm_eps": 1e-5,
        "use_linear_projection": true,
        "act_fn": "silu", "flip_sin_to_cos": true, "freq_shift": 0,
        "center_input_sample": false, "downsample_padding": 1, "mid_block_scale_factor": 1,
    })
}

/// `text_encoder/config.json`; the vocabulary ends with the two marks.
pub fn text_encoder_json(config: &Config, entries: usize) -> Value {
    let text = &config.text_encoder;
    json!({
        "architectures": ["CLIPTextModel"], "model_type": "clip_text_model",
        "vocab_size": entries,
        "hidden_size": text.hidden_size,
        "intermediate_size": text.intermediate_size,
        "projection_dim": text.hidden_size,
        "num_hidden_layers": text.num_hidden_layers,
        "num_attention_heads": text.num_attention_heads,
        "max_position_embeddings": config.tokenizer.slots,
        "hidden_act": "quick_gelu", "layer_norm_eps": 1e-5, "attention_dropout": 0.0,
        "bos_token_id": entries - 2, "eos_token_id": entries - 1, "pad_token_id": entries - 1,
        "torch_dtype": "float16",
    })
}

/// `scheduler/scheduler_config.json`: v-prediction with zero terminal SNR, "Common Diffusion Noise Schedules and Sample Steps are
/// Flawed", on Stable Diffusion's betas.
pub fn scheduler_json() -> Value {
    json!({
        "_class_name": "DDIMScheduler",
        "num_train_timesteps": 1000,
        "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012,
        "prediction_type": "v_prediction",
        "rescale_betas_zero_snr": true,
        "timestep_spacing": "trailing",
        "set_alpha_to_one": true,
        "steps_offset": 1,
        "clip_sample": false,
        "trained_betas": null,
    })
}

/// The same for the fast twin, which knows `ddim_steps` of the levels: diffusers' `LCMScheduler`.
pub fn fast_scheduler_json(config: &Config) -> Value {
    let mut scheduler = scheduler_json();
    let fast = json!({
        "_class_name": "LCMScheduler",
        "original_inference_steps": config.consistency.ddim_steps,
    });
    for (key, value) in fast.as_object().into_iter().flatten() {
        scheduler[key] = value.clone();
    }
    scheduler
}
