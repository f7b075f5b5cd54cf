//! The pipeline: a loaded model, and the denoising of one latent, one step at a time.

use burn::module::Module;
use burn::tensor::backend::Backend;
use burn::tensor::{DType, Tensor, TensorData};
use serde::Deserialize;

use crate::guidance::{guide, rescale_noise_cfg};
use crate::intervention::{Intervention, Switches};
use crate::latent::NoiseGenerator;
use crate::loader::weights::tensors;
use crate::loader::{Folder, LoadError};
use crate::observer::{Observer, Pace};
use crate::request::{Generation, RequestError, SchedulerKind};
use crate::schedulers::{DdimInverse, Scheduler, SchedulerConfig};
use crate::shape::ModelShape;
use crate::text_encoder::{ClipTextConfig, ClipTextModel, TOKEN_TABLE};
use crate::tokenizer::{Tokenizer, Tokens};
use crate::unet::{UNet2DConditionConfig, UNet2DConditionModel, guidance_scale_embedding};
use crate::vae::{AutoencoderKl, AutoencoderKlConfig, AutoencoderTiny, AutoencoderTinyConfig};

/// Along one axis of a picture.
const MOST_PIXELS: usize = 8192;

const GUIDANCE_SCALES: std::ops::RangeInclusive<f32> = 0.0..=100.0;

/// All parts of a Stable Diffusion, loaded.
#[derive(Debug)]
pub struct Pipeline<B: Backend> {
    tokenizer: Tokenizer,
    text_encoder: ClipTextModel<B>,
    /// [vocab_size, hidden_size], outside the device: SD 1.5's is larger than what WebGPU binds by default.
    token_table: Vec<f32>,
    unet: UNet2DConditionModel<B>,
    unet_config: UNet2DConditionConfig,
    vae: AutoencoderKl<B>,
    vae_config: AutoencoderKlConfig,
    /// A fast decoder for previews, if the folder has one.
    taesd: Option<AutoencoderTiny<B>>,
    scheduler_config: SchedulerConfig,
    shape: ModelShape,
    device: B::Device,
}

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
    pub fn load(folder: &Folder, device: &B::Device) -> Result<Self, LoadError> {
        Self::load_with_progress(folder, device, &mut |_, _| {})
    }

    /// [`Pipeline::load`], telling what is being loaded and how much is done, 0 to 1.
    pub fn load_with_progress(
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

        // One file in memory at a time.
        progress("text_encoder", 0.05);
        let (text_encoder, token_table) =
            folder.load_weights_but(text_config.init::<B>(device), "text_encoder", "model", TOKEN_TABLE)?;
        progress("unet", 0.15);
        let unet = folder.load_weights(unet_config.init::<B>(device), "unet", "diffusion_pytorch_model")?;
        progress("vae", 0.9);
        let vae = folder.load_weights(vae_config.init::<B>(device), "vae", "diffusion_pytorch_model")?;
        let taesd = match folder.has("taesd/config.json") {
            true => {
                let config = folder.read_config("taesd", AutoencoderTinyConfig::check)?;
                let (own, of_vae) = (config.scale_factor(), vae_config.scale_factor());
                if own != of_vae {
                    let why = format!("makes {own} pixels of a latent's one, the vae {of_vae}: it belongs to another model");
                    let key = "decoder_block_out_channels".into();
                    return Err(LoadError::Config { file: folder.path_of("taesd/config.json"), key, why });
                }
                Some(folder.load_weights(config.init::<B>(device), "taesd", "diffusion_pytorch_model")?)
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

    /// The model's shape at its own picture size.
    pub fn shape(&self) -> &ModelShape {
        &self.shape
    }

    pub fn tokenize(&self, prompt: &str) -> Result<Tokens, RequestError> {
        self.tokenizer.encode(prompt)
    }

    /// Fills in what a generation leaves to the model, and checks it.
    ///
    /// # Errors
    /// If a value is out of range or the size does not fit the model.
    pub fn resolve(&self, generation: &Generation) -> Result<Generation, RequestError> {
        let divisor = self.vae_config.scale_factor() << (self.unet_config.block_out_channels.len() - 1);
        let size = |axis, asked: Option<usize>, default: usize| {
            let pixels = asked.unwrap_or(default);
            if pixels > MOST_PIXELS {
                return Err(RequestError::TooLarge { axis, pixels, most: MOST_PIXELS });
            }
            if pixels == 0 || !pixels.is_multiple_of(divisor) {
                let example = pixels.div_ceil(divisor).max(1) * divisor;
                return Err(RequestError::NotDivisible { axis, pixels, divisor, example });
            }
            Ok(Some(pixels))
        };
        let steps = generation.num_inference_steps.unwrap_or(self.shape.num_inference_steps);
        let scheduler = generation.scheduler.unwrap_or(self.shape.scheduler);
        let most = self.scheduler_config.most_steps(scheduler);
        if steps == 0 || steps > most {
            return Err(RequestError::Steps { steps, most });
        }
        let scale = generation.guidance_scale.unwrap_or(self.shape.guidance_scale);
        if !GUIDANCE_SCALES.contains(&scale) {
            return Err(RequestError::GuidanceScale { scale });
        }
        for (name, value) in [("eta", generation.eta), ("guidance rescale", generation.guidance_rescale)] {
            check_share(name, value.unwrap_or(0.0))?;
        }
        generation.intervention.check(&self.shape)?;
        if let Some(branch) = &generation.branch {
            branch.intervention.iter().try_for_each(|intervention| intervention.check(&self.shape))?;
            if let Some(scale) = branch.guidance_scale.filter(|scale| !GUIDANCE_SCALES.contains(scale)) {
                return Err(RequestError::GuidanceScale { scale });
            }
        }
        Ok(Generation {
            num_inference_steps: Some(steps),
            guidance_scale: Some(scale),
            scheduler: Some(scheduler),
            width: size("width", generation.width, self.shape.image[1])?,
            height: size("height", generation.height, self.shape.image[0])?,
            ..generation.clone()
        })
    }

    /// Encodes the prompts, draws the initial noise, sets the scheduler. The observer sees the prompt go through the text encoder.
    ///
    /// # Errors
    /// If this model cannot make that generation.
    pub fn begin(&self, generation: &Generation, observer: &mut impl Observer<B>) -> Result<Denoising<B>, RequestError> {
        self.begin_from(generation, Start::Noise, observer)
    }

    /// [`Pipeline::begin`] from elsewhere than noise alone.
    ///
    /// # Errors
    /// If this model cannot make that generation, or cannot begin it there.
    pub fn begin_from(
        &self,
        generation: &Generation,
        start: Start<B>,
        observer: &mut impl Observer<B>,
    ) -> Result<Denoising<B>, RequestError> {
        let generation = self.resolve(generation)?;
        let tokens = self.tokenizer.encode(&generation.prompt)?;
        let negative_tokens = self.tokenizer.encode(&generation.negative_prompt)?;
        let negative_prompt_embeds = self.encode_tokens(&negative_tokens, &mut ());
        let prompt_embeds = self.encode_tokens(&tokens, observer);
        let guidance_scale = generation.guidance_scale.unwrap_or(self.shape.guidance_scale);
        let conditions = self.conditions(&tokens, prompt_embeds, guidance_scale, &generation.intervention)?;

        let kind = generation.scheduler.unwrap_or(self.shape.scheduler);
        let steps = generation.num_inference_steps.unwrap_or(self.shape.num_inference_steps);
        let scheduler = Scheduler::new(kind, &self.scheduler_config, steps).with_eta(f64::from(generation.eta.unwrap_or(0.0)));
        let mut noise = NoiseGenerator::new(generation.seed);
        let (latent, first) = self.initial_latent(&generation, start, &scheduler, &mut noise)?;
        let branched = match &generation.branch {
            None => None,
            Some(branch) => {
                let steps = scheduler.timesteps().len();
                if branch.step >= steps {
                    return Err(RequestError::BranchStep { step: branch.step, steps });
                }
                let (tokens, embeds) = match &branch.prompt {
                    Some(prompt) => {
                        let tokens = self.tokenizer.encode(prompt)?;
                        let embeds = self.encode_tokens(&tokens, &mut ());
                        (tokens, embeds)
                    }
                    None => (tokens.clone(), conditions.prompt_embeds.clone()),
                };
                let scale = branch.guidance_scale.unwrap_or(conditions.guidance_scale);
                let intervention = branch.intervention.as_ref().unwrap_or(&generation.intervention);
                Some((branch.step, self.conditions(&tokens, embeds, scale, intervention)?))
            }
        };
        Ok(Denoising {
            generation,
            tokens,
            negative_tokens,
            negative_prompt_embeds,
            conditions,
            branched,
            scheduler,
            noise,
            latent,
            next: first,
        })
    }

    /// The latent that a run begins with, [1, 4, height, width], and its first step.
    fn initial_latent(
        &self,
        generation: &Generation,
        start: Start<B>,
        scheduler: &Scheduler<B>,
        noise: &mut NoiseGenerator,
    ) -> Result<(Tensor<B, 4>, usize), RequestError> {
        let [height, width] = [generation.height, generation.width].map(Option::unwrap_or_default);
        let scale = self.vae_config.scale_factor();
        let shape = [1, self.vae_config.latent_channels, height / scale, width / scale];
        let fits = |[_, _, rows, columns]: [usize; 4], scale: usize| match [rows * scale, columns * scale] == [height, width] {
            true => Ok(()),
            false => {
                let (rows, columns) = (rows * scale, columns * scale);
                Err(RequestError::PictureSize { width: columns, height: rows, run_width: width, run_height: height })
            }
        };
        match start {
            Start::Noise => Ok((drawn(noise, shape, &self.device) * scheduler.init_noise_sigma(), 0)),
            Start::Latent(latent) => {
                fits(latent.dims(), scale)?;
                Ok((latent * scheduler.init_noise_sigma(), 0))
            }
            Start::Picture { picture, strength } => {
                fits(picture.dims(), 1)?;
                check_share("strength", strength)?;
                let first = scheduler.img2img_start(f64::from(strength));
                if first >= scheduler.timesteps().len() {
                    let steps = generation.num_inference_steps.unwrap_or_default();
                    return Err(RequestError::NoSteps { strength, steps });
                }
                Ok((scheduler.add_noise(self.encode(picture), drawn(noise, shape, &self.device), first), first))
            }
        }
    }

    /// Whether a step asks the model twice, without the prompt and with it. A latent consistency model is told the guidance scale
    /// instead.
    fn is_guided(&self, guidance_scale: f32) -> bool {
        guidance_scale > 1.0 && self.unet_config.time_cond_proj_dim.is_none()
    }

    /// The guidance scale as a latent consistency model is told it, [1, time_cond_proj_dim].
    fn timestep_cond(&self, guidance_scale: f32) -> Option<Tensor<B, 2>> {
        self.unet_config.time_cond_proj_dim.map(|width| guidance_scale_embedding(guidance_scale, width, &self.device))
    }

    /// DDIM inversion: the noise from which DDIM paints this picture with the same prompt, without guidance and in as many steps
    /// ("Denoising Diffusion Implicit Models", section 4.3; diffusers: `DDIMInverseScheduler`). The seed has no say.
    ///
    /// picture: [1, 3, H, W] in 0..1 → a latent for [`Start::Latent`], [1, 4, height, width]
    ///
    /// # Errors
    /// If this model cannot make that generation, or the picture has another size.
    pub async fn invert(
        &self,
        generation: &Generation,
        picture: Tensor<B, 4>,
        pace: &impl Pace,
    ) -> Result<Tensor<B, 4>, RequestError> {
        let generation = self.resolve(&Generation { scheduler: Some(SchedulerKind::Ddim), ..generation.clone() })?;
        let [_, _, height, width] = picture.dims();
        if let (Some(run_height), Some(run_width)) = (generation.height, generation.width)
            && [height, width] != [run_height, run_width]
        {
            return Err(RequestError::PictureSize { width, height, run_width, run_height });
        }
        let prompt_embeds = self.encode_tokens(&self.tokenizer.encode(&generation.prompt)?, &mut ());
        let steps = generation.num_inference_steps.unwrap_or(self.shape.num_inference_steps);
        let inverse = DdimInverse::new(&self.scheduler_config, steps);
        let mut latent = self.encode(picture);
        for (index, &timestep) in inverse.timesteps().iter().enumerate() {
            let timestep = Tensor::full([1], timestep, (&self.device, DType::F32));
            let (context, condition) = (prompt_embeds.clone(), self.timestep_cond(1.0));
            let output =
                self.unet.forward(latent.clone(), timestep, context, condition, &Switches::default(), &mut (), pace).await;
            latent = inverse.step(output, index, latent).prev_sample;
        }
        Ok(latent)
    }

    /// # Errors
    /// If the prompt has not the words that the intervention names.
    fn conditions(
        &self,
        tokens: &Tokens,
        prompt_embeds: Tensor<B, 3>,
        guidance_scale: f32,
        intervention: &Intervention,
    ) -> Result<Conditions<B>, RequestError> {
        let switches = Switches::new(intervention, tokens, self.is_guided(guidance_scale), &self.device)?;
        Ok(Conditions { prompt_embeds, guidance_scale, switches })
    }

    fn encode_tokens(&self, tokens: &Tokens, observer: &mut impl Observer<B>) -> Tensor<B, 3> {
        let (width, ids) = (self.shape.hidden_size, tokens.ids());
        let rows: Vec<f32> = ids.flat_map(|id| &self.token_table[id as usize * width..][..width]).copied().collect();
        let shape = [1, rows.len() / width, width];
        self.text_encoder.forward_rows(Tensor::from_data(TensorData::new(rows, shape), &self.device), observer)
    }

    /// latent: [1, 4, height, width] → picture [1, 3, H, W] in 0..1, sRGB-coded
    pub async fn decode(&self, latent: Tensor<B, 4>, observer: &mut impl Observer<B>, pace: &impl Pace) -> Tensor<B, 4> {
        let z = latent / self.vae_config.scaling_factor;
        (self.vae.decode_in_stages(z, observer, pace).await * 0.5 + 0.5).clamp(0.0, 1.0)
    }

    /// The same by the folder's `taesd` part, in a fraction of the time and a little off; `None` if it has none.
    ///
    /// latent: [1, 4, height, width] → picture [1, 3, H, W] in 0..1
    pub fn preview(&self, latent: Tensor<B, 4>) -> Option<Tensor<B, 4>> {
        self.taesd.as_ref().map(|taesd| (taesd.decode(latent) * 0.5 + 0.5).clamp(0.0, 1.0))
    }

    /// picture: [1, 3, H, W] in 0..1 → the most likely latent, [1, 4, height, width]
    pub fn encode(&self, picture: Tensor<B, 4>) -> Tensor<B, 4> {
        self.vae.encode(picture * 2.0 - 1.0).mean * self.vae_config.scaling_factor
    }
}

/// Where a run begins.
#[derive(Clone, Debug)]
pub enum Start<B: Backend> {
    /// Noise drawn from the generation's seed.
    Noise,
    /// A picture under noise, [1, 3, H, W] in 0..1 ("SDEdit", arXiv 2108.01073; diffusers: `StableDiffusionImg2ImgPipeline`, with
    /// the most likely latent of the picture instead of a drawn one). At strength 1 nearly nothing of it is left, at 0 all.
    Picture { picture: Tensor<B, 4>, strength: f32 },
    /// A latent in place of standard normal noise, [1, 4, height, width], such as [`Pipeline::invert`] finds.
    Latent(Tensor<B, 4>),
}

/// Standard normal noise of this shape.
fn drawn<B: Backend>(noise: &mut NoiseGenerator, shape: [usize; 4], device: &B::Device) -> Tensor<B, 4> {
    Tensor::from_data(TensorData::new(noise.randn(shape), shape), device)
}

fn check_share(name: &'static str, value: f32) -> Result<(), RequestError> {
    if (0.0..=1.0).contains(&value) { Ok(()) } else { Err(RequestError::NotAShare { name, value }) }
}

/// What holds in a step, and may hold otherwise in a later one.
#[derive(Clone, Debug)]
struct Conditions<B: Backend> {
    /// [1, tokens, hidden_size]
    prompt_embeds: Tensor<B, 3>,
    guidance_scale: f32,
    switches: Switches<B>,
}

/// A latent on its way from noise to picture. The caller owns the loop. Cheap to clone: a clone goes on from the same step.
#[derive(Clone, Debug)]
pub struct Denoising<B: Backend> {
    generation: Generation,
    tokens: Tokens,
    negative_tokens: Tokens,
    negative_prompt_embeds: Tensor<B, 3>,
    conditions: Conditions<B>,
    /// From which step on others hold.
    branched: Option<(usize, Conditions<B>)>,
    scheduler: Scheduler<B>,
    /// For samplers that add noise on the way.
    noise: NoiseGenerator,
    latent: Tensor<B, 4>,
    next: usize,
}

/// One step of the loop, with everything it computed. All tensors: [1, 4, height, width].
#[derive(Clone, Debug)]
pub struct Step<B: Backend> {
    /// Counts evaluations from 0.
    pub index: usize,
    /// The model's timestep, 999 (noise) to 0 (picture).
    pub timestep: f32,
    /// Noise before the step, and after it, in units of the picture's standard deviation.
    pub sigma: f32,
    pub next_sigma: f32,
    /// Guidance was on if it is above 1; it is 1 where a latent consistency model was told the scale instead.
    pub guidance_scale: f32,
    /// The model's output without the prompt, with it, and guided, in the model's own prediction type
    /// (noise, or velocity for a v-prediction model). With guidance off all three are the same.
    pub noise_pred_uncond: Tensor<B, 4>,
    pub noise_pred_text: Tensor<B, 4>,
    pub noise_pred: Tensor<B, 4>,
    /// x̂₀: the end as the model imagines it now.
    pub pred_original_sample: Tensor<B, 4>,
    /// The latent after the step.
    pub latent: Tensor<B, 4>,
}

impl<B: Backend> Denoising<B> {
    /// Computes the next step, or `None` after the last.
    pub async fn step(&mut self, pipeline: &Pipeline<B>, observer: &mut impl Observer<B>, pace: &impl Pace) -> Option<Step<B>> {
        let index = self.next;
        let timestep = *self.scheduler.timesteps().get(index)?;
        let Conditions { prompt_embeds, guidance_scale, switches } = self.conditions_at(index).clone();
        // As in diffusers, guidance is on above 1; otherwise the model sees the prompt alone.
        let guided = pipeline.is_guided(guidance_scale);
        let sample = self.scheduler.scale_model_input(self.latent.clone(), index);
        let (sample, context) = if guided {
            let both = vec![self.negative_prompt_embeds.clone(), prompt_embeds];
            (sample.repeat_dim(0, 2), Tensor::cat(both, 0))
        } else {
            (sample, prompt_embeds)
        };
        let batch = sample.dims()[0];
        let timesteps = Tensor::full([batch], timestep, (&pipeline.device, DType::F32));
        let condition = pipeline.timestep_cond(guidance_scale);
        let output = pipeline.unet.forward(sample, timesteps, context, condition, &switches, observer, pace).await;
        let text = output.clone().narrow(0, batch - 1, 1);
        let uncond = output.narrow(0, 0, 1);
        let mut noise_pred = if guided { guide(uncond.clone(), text.clone(), guidance_scale) } else { text.clone() };
        if guided && let Some(rescale) = self.generation.guidance_rescale {
            noise_pred = rescale_noise_cfg(noise_pred, text.clone(), rescale);
        }

        let shape = self.latent.dims();
        let fresh = || drawn(&mut self.noise, shape, &pipeline.device);
        let stepped = self.scheduler.step(noise_pred.clone(), index, self.latent.clone(), fresh);
        self.latent = stepped.prev_sample;
        self.next += 1;
        let sigmas = self.scheduler.sigmas();
        Some(Step {
            index,
            timestep,
            sigma: sigmas[index],
            next_sigma: sigmas[index + 1],
            guidance_scale: if guided { guidance_scale } else { guidance_scale.min(1.0) },
            noise_pred_uncond: uncond,
            noise_pred_text: text,
            noise_pred,
            pred_original_sample: stepped.pred_original_sample,
            latent: self.latent.clone(),
        })
    }

    fn conditions_at(&self, index: usize) -> &Conditions<B> {
        match &self.branched {
            Some((step, conditions)) if index >= *step => conditions,
            _ => &self.conditions,
        }
    }

    /// This denoising as another generation has it: it goes on from the same latent, which both share up to here.
    ///
    /// # Errors
    /// If this model cannot make that generation.
    pub fn branched_to(&self, pipeline: &Pipeline<B>, generation: &Generation) -> Result<Self, RequestError> {
        let begun = pipeline.begin(generation, &mut ())?;
        let (scheduler, noise) = (self.scheduler.clone(), self.noise.clone());
        Ok(Self { scheduler, noise, latent: self.latent.clone(), next: self.next, ..begun })
    }

    /// As diffusers' `scheduler.timesteps`: one per evaluation, so PNDM has one more than the steps asked for.
    pub fn timesteps(&self) -> &[f32] {
        self.scheduler.timesteps()
    }

    /// How many steps are still to be made. A run from a picture leaves out the first.
    pub fn left(&self) -> usize {
        self.scheduler.timesteps().len().saturating_sub(self.next)
    }

    /// One more than timesteps: the last is what the last step arrives at.
    pub fn sigmas(&self) -> &[f32] {
        self.scheduler.sigmas()
    }

    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    pub fn negative_tokens(&self) -> &Tokens {
        &self.negative_tokens
    }

    /// [1, tokens, hidden_size]
    pub fn prompt_embeds(&self) -> Tensor<B, 3> {
        self.conditions.prompt_embeds.clone()
    }

    /// [1, tokens, hidden_size]
    pub fn negative_prompt_embeds(&self) -> Tensor<B, 3> {
        self.negative_prompt_embeds.clone()
    }

    /// [1, 4, height, width]; before the first step the scaled initial noise
    pub fn latent(&self) -> Tensor<B, 4> {
        self.latent.clone()
    }

    /// With everything filled in that was left to the model.
    pub fn generation(&self) -> &Generation {
        &self.generation
    }

    /// Of the first step.
    pub fn guidance_scale(&self) -> f32 {
        self.conditions.guidance_scale
    }
}

/// Numbers in a part's tensors.
fn count<B: Backend, M: Module<B>>(part: &M) -> usize {
    tensors(part).into_values().map(|shape| shape.iter().product::<usize>()).sum()
}
