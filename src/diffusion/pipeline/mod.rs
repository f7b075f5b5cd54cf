//! The pipeline: a loaded model, and where a run of it begins and ends.

mod denoising;
mod loading;

use burn::tensor::backend::Backend;
use burn::tensor::{DType, Tensor, TensorData};

use self::denoising::Conditions;
pub use self::denoising::{Denoising, Step};
use crate::intervention::{Intervention, Switches};
use crate::latent::NoiseGenerator;
use crate::observer::{Observer, Pace};
use crate::request::{Generation, RequestError, SchedulerKind};
use crate::schedulers::{DdimInverse, Scheduler, SchedulerConfig};
use crate::shape::ModelShape;
use crate::text_encoder::ClipTextModel;
use crate::tokenizer::{Tokenizer, Tokens};
use crate::unet::{UNet2DConditionConfig, UNet2DConditionModel, guidance_scale_embedding};
use crate::vae::{AutoencoderKl, AutoencoderKlConfig, AutoencoderTiny};

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

impl<B: Backend> Pipeline<B> {
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
        let fits = |[_, _, rows, columns]: [usize; 4], scale: usize| check_size(generation, [rows * scale, columns * scale]);
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
        check_size(&generation, [height, width])?;
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

/// Whether a picture of this size is as large as those of a generation whose size is settled.
fn check_size(generation: &Generation, [height, width]: [usize; 2]) -> Result<(), RequestError> {
    let [run_height, run_width] = [generation.height, generation.width].map(Option::unwrap_or_default);
    match [height, width] == [run_height, run_width] {
        true => Ok(()),
        false => Err(RequestError::PictureSize { width, height, run_width, run_height }),
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
