//! The denoising loop, one step at a time.

use burn::tensor::backend::Backend;
use burn::tensor::{DType, Tensor};

use super::{Pipeline, drawn};
use crate::guidance::{guide, rescale_noise_cfg};
use crate::intervention::Switches;
use crate::latent::NoiseGenerator;
use crate::observer::{Observer, Pace};
use crate::request::{Generation, RequestError};
use crate::schedulers::Scheduler;
use crate::tokenizer::Tokens;

/// What holds in a step, and may hold otherwise in a later one.
#[derive(Clone, Debug)]
pub(super) struct Conditions<B: Backend> {
    /// [1, tokens, hidden_size]
    pub(super) prompt_embeds: Tensor<B, 3>,
    pub(super) guidance_scale: f32,
    pub(super) switches: Switches<B>,
}

/// A latent on its way from noise to picture. The caller owns the loop. Cheap to clone: a clone goes on from the same step.
#[derive(Clone, Debug)]
pub struct Denoising<B: Backend> {
    pub(super) generation: Generation,
    pub(super) tokens: Tokens,
    pub(super) negative_tokens: Tokens,
    pub(super) negative_prompt_embeds: Tensor<B, 3>,
    pub(super) conditions: Conditions<B>,
    /// From which step on others hold.
    pub(super) branched: Option<(usize, Conditions<B>)>,
    pub(super) scheduler: Scheduler<B>,
    /// For samplers that add noise on the way.
    pub(super) noise: NoiseGenerator,
    pub(super) latent: Tensor<B, 4>,
    pub(super) next: usize,
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
