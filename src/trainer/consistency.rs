//! The fast twin's lesson, latent consistency distillation (arXiv 2310.04378, algorithm 1): the UNet learns to say at once where the
//! guided model's way through the noise levels ends, so that it paints in a few steps and without guidance.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use burn::module::AutodiffModule;
use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};
use diffusion::SchedulerKind;
use diffusion::schedulers::{Scheduler, SchedulerConfig, boundary_scalings};
use diffusion::tokenizer::Tokenizer;
use diffusion::unet::UNet2DConditionModel;
use diffusion::vae::AutoencoderKl;

use crate::config::Config;
use crate::data::{Stream, chance, noise, tensor_to_pictures};
use crate::denoiser::{Mixture, captioned};
use crate::latents::Latents;
use crate::models::{Denoiser, row, timestep_row};
use crate::samples::{token_ids, write_sheet};
use crate::stage::{Lesson, Losses};

/// Name of the stage, and of its file in a run's folder.
pub const CONSISTENCY: &str = "consistency";

/// Differences below this count by their square, larger ones by themselves (pseudo-Huber loss, as in diffusers' training script).
const HUBER: f64 = 1e-3;

/// Learns from the finished denoiser and the latents that it learnt from.
pub struct ConsistencyLesson<B: AutodiffBackend> {
    pub config: Config,
    pub device: B::Device,
    /// Tells which denoiser is the teacher.
    pub fingerprint: String,
    pub latents: Latents,
    pub vae: AutoencoderKl<B::InnerBackend>,
    pub teacher: Denoiser<B::InnerBackend>,
    pub tokenizer: Arc<Tokenizer>,
    /// ᾱ of each timestep.
    pub alphas_cumprod: Vec<f64>,
    /// The scheduler that the twin will paint with.
    pub scheduler: SchedulerConfig,
}

impl<B: AutodiffBackend> Lesson<B> for ConsistencyLesson<B> {
    type Model = UNet2DConditionModel<B>;

    fn name(&self) -> &'static str {
        CONSISTENCY
    }

    fn lineage(&self) -> String {
        self.fingerprint.clone()
    }

    fn begin(&mut self, _step: u64) {}

    fn loss(&mut self, model: &UNet2DConditionModel<B>, step: u64) -> Result<Losses<B>> {
        let Config { seed, denoiser, consistency, samples, .. } = &self.config;
        let batch = consistency.learning.batch;
        let mut chance = chance(*seed, Stream::ConsistencyBatch, step);
        let (latents, ids) = captioned::<B::InnerBackend>(
            &self.config,
            &self.latents,
            &self.tokenizer,
            denoiser.caption_dropout,
            batch,
            &mut chance,
            &self.device,
        )?;
        let (from, to): (Vec<usize>, Vec<usize>) =
            spread(consistency.ddim_steps, batch, &mut chance).map(|level| self.level(level)).unzip();
        let noise = noise(*seed, Stream::ConsistencyNoise, step, latents.dims(), &self.device);
        let from_levels = self.mixture(&from);
        let noisy = from_levels.noisy(latents, noise);

        // One step of DDIM with the guided teacher.
        let embeds = self.teacher.embed(&ids, batch, &self.device);
        let empty_embeds = self.teacher.embed(&token_ids(&self.tokenizer, "")?, 1, &self.device).repeat_dim(0, batch);
        let twice = |row: &[usize]| row.iter().chain(row).copied().collect::<Vec<_>>();
        let both = self.teacher.unet.predict(
            noisy.clone().repeat_dim(0, 2),
            timestep_row(&twice(&from), &self.device),
            Tensor::cat(vec![empty_embeds, embeds.clone()], 0),
        );
        let (uncond, text) = (both.clone().narrow(0, 0, batch), both.narrow(0, batch, batch));
        let v = uncond.clone() + (text - uncond) * samples.guidance_scale;
        let before = self.mixture(&to).noisy(from_levels.original(noisy.clone(), v.clone()), from_levels.noise(noisy.clone(), v));

        // The same end is asked for from both sides of that step; the model itself, not learning, says it of the nearer side.
        let nearer = self.end::<B::InnerBackend>(&model.valid(), before, &to, embeds.clone());
        let end = self.end::<B>(model, Tensor::from_inner(noisy), &from, Tensor::from_inner(embeds));
        let difference = end - Tensor::from_inner(nearer);
        let parts = vec![("mse", difference.clone().inner().square().mean())];
        let total = ((difference.square() + HUBER * HUBER).sqrt() - HUBER).mean();
        Ok(Losses { total, parts })
    }

    fn sheet(&self, model: &UNet2DConditionModel<B::InnerBackend>, path: &Path) -> Result<()> {
        let Config { samples, consistency, .. } = &self.config;
        let [channels, height, width] = self.latents.size;
        let mut pictures = Vec::new();
        for (prompts, &seed) in
            samples.seeds.iter().flat_map(|seed| samples.prompts.chunks(12).map(move |prompts| (prompts, seed)))
        {
            let mut ids = Vec::new();
            for prompt in prompts {
                ids.extend(token_ids(&self.tokenizer, prompt)?);
            }
            let embeds = self.teacher.embed(&ids, prompts.len(), &self.device);
            let mut scheduler = Scheduler::new(SchedulerKind::Lcm, &self.scheduler, consistency.steps);
            let shape = [prompts.len(), channels, height, width];
            // Noise of its own for the beginning and for each step.
            let drawn = |step: usize| noise(seed, Stream::ConsistencyNoise, step as u64, shape, &self.device);
            let mut latents = drawn(0);
            for (index, timestep) in scheduler.timesteps().to_vec().into_iter().enumerate() {
                let timesteps = timestep_row(&vec![timestep as usize; prompts.len()], &self.device);
                let v = model.predict(latents.clone(), timesteps, embeds.clone());
                latents = scheduler.step(v, index, latents, || drawn(index + 1)).prev_sample;
            }
            pictures.extend(tensor_to_pictures(self.vae.decode(latents)));
        }
        write_sheet(&pictures, samples.prompts.len().min(6) as u32, path)
    }
}

impl<B: AutodiffBackend> ConsistencyLesson<B> {
    /// The timesteps of a level of noise and of the one below it; 0 is below the lowest.
    fn level(&self, level: usize) -> (usize, usize) {
        // As `LCMScheduler` has them.
        let skip = self.alphas_cumprod.len() / self.config.consistency.ddim_steps;
        let timestep = (level + 1) * skip - 1;
        (timestep, timestep.saturating_sub(skip))
    }

    fn mixture<A: Backend<Device = B::Device>>(&self, timesteps: &[usize]) -> Mixture<A> {
        Mixture::new(timesteps.iter().map(|&timestep| self.alphas_cumprod[timestep]), &self.device)
    }

    /// Where the way from this sample ends, as the model says: c_skip · x + c_out · x̂₀, the sample itself at timestep 0.
    fn end<A: Backend<Device = B::Device>>(
        &self,
        model: &UNet2DConditionModel<A>,
        sample: Tensor<A, 4>,
        timesteps: &[usize],
        embeds: Tensor<A, 3>,
    ) -> Tensor<A, 4> {
        let v = model.predict(sample.clone(), timestep_row(timesteps, &self.device), embeds);
        let x0 = self.mixture::<A>(timesteps).original(sample.clone(), v);
        let scaling = self.scheduler.timestep_scaling;
        let scalings = timesteps.iter().map(|&timestep| boundary_scalings(timestep as f64, scaling));
        let [skip, out] = [0, 1].map(|which| row(scalings.clone().map(|both| both[which]), &self.device));
        sample * skip + x0 * out
    }
}

/// One of `levels` from each of `count` equal spans: less chance than drawing each freely.
fn spread(levels: usize, count: usize, chance: &mut impl rand::Rng) -> impl Iterator<Item = usize> {
    let span = levels as f64 / count as f64;
    (0..count).map(move |slot| ((slot as f64 + chance.random::<f64>()) * span) as usize)
}
