//! A model's folder becomes a pipeline.

use burn::module::Module;
use burn::tensor::backend::Backend;
use serde::Deserialize;

use super::Pipeline;
use crate::loader::weights::{Kept, tensors};
use crate::loader::{Folder, LoadError};
use crate::request::Generation;
use crate::schedulers::SchedulerConfig;
use crate::shape::ModelShape;
use crate::text_encoder::{ClipTextConfig, TOKEN_TABLE};
use crate::tokenizer::Tokenizer;
use crate::unet::UNet2DConditionConfig;
use crate::vae::{AutoencoderKlConfig, AutoencoderTinyConfig};

/// The name of diffusers' files of weights, without what comes after the dot.
const MODEL: &str = "diffusion_pytorch_model";

/// `generation_config.json` beside model_index.json: what the model was made for. Optional; diffusers ignores it.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct GenerationConfig {
    num_inference_steps: usize,
    guidance_scale: f32,
}

impl Default for GenerationConfig {
    /// The defaults of diffusers' `StableDiffusionPipeline`.
    fn default() -> Self {
        Self { num_inference_steps: 50, guidance_scale: 7.5 }
    }
}

impl<B: Backend> Pipeline<B> {
    /// Loads a folder in diffusers' layout.
    ///
    /// # Errors
    /// If a file is missing, damaged or not of the Stable Diffusion 1.x / 2.x family; the message names it.
    ///
    /// # Panics
    /// If the folder's weights are in sources that cannot be read at once.
    pub fn load(folder: &Folder, device: &B::Device) -> Result<Self, LoadError> {
        crate::at_once(Self::load_with_progress(folder, device, &mut |_, _| {}))
    }

    /// [`Pipeline::load`] as the weights come, telling what is being loaded and how much is done, 0 to 1.
    ///
    /// # Errors
    /// As [`Pipeline::load`].
    pub async fn load_with_progress(
        folder: &Folder,
        device: &B::Device,
        progress: &mut dyn FnMut(&str, f32),
    ) -> Result<Self, LoadError> {
        progress("configuration", 0.0);
        let index: serde_json::Value =
            folder.read_json("model_index.json", "point to the folder that has it: a model in diffusers' layout")?;
        let class = index["_class_name"].as_str().unwrap_or_default();
        let is_known = class.starts_with("StableDiffusion") || class == "LatentConsistencyModelPipeline";
        if !is_known || class.contains("XL") || class.contains("3") {
            return Err(LoadError::Config {
                file: folder.path_of("model_index.json"),
                key: "_class_name".into(),
                why: format!("is “{class}”: this program runs StableDiffusionPipeline models (Stable Diffusion 1.x and 2.x)"),
            });
        }
        let text_config: ClipTextConfig = folder.read_config("text_encoder", ClipTextConfig::check)?;
        let unet_config: UNet2DConditionConfig = folder.read_config("unet", UNet2DConditionConfig::check)?;
        let vae_config: AutoencoderKlConfig = folder.read_config("vae", AutoencoderKlConfig::check)?;
        let scheduler_file = "scheduler/scheduler_config.json";
        let scheduler_error =
            |why| LoadError::Config { file: folder.path_of(scheduler_file), key: "has a value that does not fit:".into(), why };
        let scheduler_config = SchedulerConfig::from_json(&folder.read_text(scheduler_file, "a diffusers folder has one")?)
            .map_err(scheduler_error)?;
        let scheduler = scheduler_config.kind().map_err(scheduler_error)?;
        for (key, here, there) in [
            ("cross_attention_dim", unet_config.cross_attention_dim, text_config.hidden_size),
            ("in_channels", unet_config.in_channels, vae_config.latent_channels),
            ("out_channels", unet_config.out_channels, vae_config.latent_channels),
        ] {
            if here != there {
                let why = format!("is {here}, but the part it must fit has {there}: the parts are not of one model");
                return Err(LoadError::Config { file: folder.path_of("unet/config.json"), key: key.into(), why });
            }
        }
        let file = "generation_config.json";
        let defaults: GenerationConfig =
            if folder.has(file) { folder.read_json(file, "it was there a moment ago")? } else { GenerationConfig::default() };

        let tokenizer = Tokenizer::load(folder, text_config.max_position_embeddings)?;
        if tokenizer.largest_id() as usize >= text_config.vocab_size {
            let (size, largest) = (text_config.vocab_size, tokenizer.largest_id());
            let why = format!("is {size}, but the tokenizer has the id {largest}: the parts are not of one model");
            return Err(LoadError::Config { file: folder.path_of("text_encoder/config.json"), key: "vocab_size".into(), why });
        }

        let parts = [("text_encoder", "model"), ("unet", MODEL), ("vae", MODEL)];
        let all = parts.iter().map(|(part, stem)| folder.bytes_of_weights(part, stem)).sum::<Result<u64, _>>()?;
        let mut done = 0;
        let mut told = |part: &str, bytes: u64| {
            done += bytes;
            progress(part, done as f32 / all.max(1) as f32);
        };
        told("text_encoder", 0);
        let mut kept = Kept { key: TOKEN_TABLE, values: None };
        let text_encoder = text_config.init::<B>(device);
        let text_encoder =
            folder.fill(text_encoder, "text_encoder", "model", Some(&mut kept), &mut |bytes| told("text_encoder", bytes)).await?;
        let token_table = kept.values.expect("every place of the module has been given its tensor, this one too");
        told("unet", 0);
        let unet = folder.fill(unet_config.init::<B>(device), "unet", MODEL, None, &mut |bytes| told("unet", bytes)).await?;
        told("vae", 0);
        let vae = folder.fill(vae_config.init::<B>(device), "vae", MODEL, None, &mut |bytes| told("vae", bytes)).await?;
        let taesd = match folder.has("taesd/config.json") {
            true => {
                let config = folder.read_config("taesd", AutoencoderTinyConfig::check)?;
                let (own, of_vae) = (config.scale_factor(), vae_config.scale_factor());
                if own != of_vae {
                    let why = format!("makes {own} pixels of a latent's one, the vae {of_vae}: it belongs to another model");
                    let key = "decoder_block_out_channels".into();
                    return Err(LoadError::Config { file: folder.path_of("taesd/config.json"), key, why });
                }
                // A few megabytes, which do not count.
                Some(folder.fill(config.init::<B>(device), "taesd", MODEL, None, &mut |_| {}).await?)
            }
            false => None,
        };
        progress("model", 1.0);

        let [height, width] = [unet_config.sample_size; 2];
        let scale = vae_config.scale_factor();
        let (blocks, skips) = unet_config.shapes([height, width]);
        let shape = ModelShape {
            name: folder.name().to_string(),
            tokens: tokenizer.slots(),
            hidden_size: text_config.hidden_size,
            text_layers: text_config.num_hidden_layers,
            latent: [vae_config.latent_channels, height, width],
            image: [height * scale, width * scale],
            blocks,
            skips,
            decoder: vae_config.decoder_shapes([height, width]),
            parameters: count(&text_encoder) + count(&unet) + count(&vae),
            scheduler,
            num_inference_steps: defaults.num_inference_steps,
            guidance_scale: defaults.guidance_scale,
        };
        let device = device.clone();
        let pipeline = Self {
            tokenizer,
            text_encoder,
            token_table,
            unet,
            unet_config,
            vae,
            vae_config,
            taesd,
            scheduler_config,
            shape,
            device,
        };
        pipeline.resolve(&Generation::default()).map_err(|error| LoadError::Config {
            file: folder.path_of("model_index.json"),
            key: "describes a model that cannot make its own picture:".into(),
            why: error.to_string(),
        })?;
        Ok(pipeline)
    }
}

/// Numbers in a part's tensors.
fn count<B: Backend, M: Module<B>>(part: &M) -> usize {
    tensors(part).into_values().map(|shape| shape.iter().product::<usize>()).sum()
}
