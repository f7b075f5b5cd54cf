//! The denoiser's lesson: a latent under noise, a timestep and a caption; what is asked for is v, a mixture of noise and latent.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};
use diffusion::tokenizer::Tokenizer;
use diffusion::vae::AutoencoderKl;
use rand::Rng;

use crate::config::Config;
use crate::data::{Stream, chance, noise, taught_scene};
use crate::latents::Latents;
use crate::models::{Denoiser, row};
use crate::samples::{Artist, token_ids, write_sheet};
use crate::stage::{Lesson, Losses};

/// Learns from latents that are kept, each time under another noise and with another caption.
pub struct DenoiserLesson<B: AutodiffBackend> {
    pub config: Config,
    pub device: B::Device,
    /// Tells which autoencoder made the latents.
    pub fingerprint: String,
    pub latents: Latents,
    pub vae: AutoencoderKl<B::InnerBackend>,
    pub tokenizer: Arc<Tokenizer>,
    /// ᾱ of each timestep.
    pub alphas_cumprod: Vec<f64>,
}

impl<B: AutodiffBackend> Lesson<B> for DenoiserLesson<B> {
    type Model = Denoiser<B>;

    fn name(&self) -> &'static str {
        "denoiser"
    }

    fn lineage(&self) -> String {
        self.fingerprint.clone()
    }

    fn begin(&mut self, _step: u64) {}

    fn loss(&mut self, model: &Denoiser<B>, step: u64) -> Result<Losses<B>> {
        let config = &self.config.denoiser;
        let batch = config.learning.batch;
        let mut chance = chance(self.config.seed, Stream::DenoiserBatch, step);
        let (latents, ids) =
            captioned(&self.config, &self.latents, &self.tokenizer, config.caption_dropout, batch, &mut chance, &self.device)?;
        // One timestep from each of as many equal spans as there are pictures: less chance than drawing each freely.
        let span = self.alphas_cumprod.len() as f64 / batch as f64;
        let timesteps: Vec<usize> = (0..batch).map(|slot| ((slot as f64 + chance.random::<f64>()) * span) as usize).collect();
        let noise = noise(self.config.seed, Stream::DenoiserNoise, step, latents.dims(), &self.device);
        let weights = timesteps.iter().map(|&t| weight(self.alphas_cumprod[t], config.min_snr_gamma, config.weight_floor));
        Ok(self.v_loss(model, latents, noise, &timesteps, &ids, weights.collect()))
    }

    fn sheet(&self, model: &Denoiser<B::InnerBackend>, path: &Path) -> Result<()> {
        let artist = Artist {
            denoiser: model,
            vae: &self.vae,
            tokenizer: &self.tokenizer,
            alphas_cumprod: &self.alphas_cumprod,
            latent: self.latents.size,
            device: &self.device,
        };
        let samples = &self.config.samples;
        let pictures = artist.draw_all(&samples.prompts, &samples.seeds, samples.steps, samples.guidance_scale)?;
        write_sheet(&pictures, samples.prompts.len().min(6) as u32, path)
    }
}

impl<B: AutodiffBackend> DenoiserLesson<B> {
    /// The weighted mean square of what the prediction of v lacks.
    fn v_loss(
        &self,
        model: &Denoiser<B>,
        latents: Tensor<B, 4>,
        noise: Tensor<B, 4>,
        timesteps: &[usize],
        ids: &[u32],
        weights: Vec<f64>,
    ) -> Losses<B> {
        let levels = Mixture::new(timesteps.iter().map(|&timestep| self.alphas_cumprod[timestep]), &self.device);
        let noisy = levels.noisy(latents.clone(), noise.clone());
        let v = levels.v(latents, noise);
        let squares = (model.predict(noisy, timesteps, ids) - v).square();
        let parts = vec![("v_mse", squares.clone().inner().mean())];
        Losses { total: (squares * row(weights.into_iter(), &self.device)).mean(), parts }
    }
}

/// Latents that are drawn from those kept, [batch, 4, height, width], and the tokens of a caption for each, batch · slots; `dropout` of
/// the captions are empty.
pub fn captioned<B: Backend>(
    config: &Config,
    latents: &Latents,
    tokenizer: &Tokenizer,
    dropout: f64,
    batch: usize,
    chance: &mut impl Rng,
    device: &B::Device,
) -> Result<(Tensor<B, 4>, Vec<u32>)> {
    let indices: Vec<usize> = (0..batch).map(|_| chance.random_range(0..latents.len())).collect();
    let mut ids = Vec::with_capacity(batch * config.tokenizer.slots);
    for &index in &indices {
        let variant = chance.random();
        let is_left_out = chance.random_bool(dropout);
        let caption = painter::sentence(&taught_scene(config.seed, index as u64), variant);
        ids.extend(token_ids(tokenizer, if is_left_out { "" } else { &caption })?);
    }
    Ok((latents.batch(&indices, device), ids))
}

/// How much of each sample is latent and how much is noise, and what a prediction of v makes of it ("Progressive Distillation for Fast
/// Sampling of Diffusion Models", appendix D).
pub struct Mixture<B: Backend> {
    /// √ᾱ, [batch, 1, 1, 1]
    signal: Tensor<B, 4>,
    /// √(1 − ᾱ), [batch, 1, 1, 1]
    noisiness: Tensor<B, 4>,
}

impl<B: Backend> Mixture<B> {
    pub fn new(alphas_cumprod: impl Iterator<Item = f64> + Clone, device: &B::Device) -> Self {
        let signal = row(alphas_cumprod.clone().map(f64::sqrt), device);
        Self { signal, noisiness: row(alphas_cumprod.map(|alpha| (1.0 - alpha).sqrt()), device) }
    }

    /// x = √ᾱ x₀ + √(1 − ᾱ) ε
    pub fn noisy(&self, latents: Tensor<B, 4>, noise: Tensor<B, 4>) -> Tensor<B, 4> {
        latents * self.signal.clone() + noise * self.noisiness.clone()
    }

    /// v = √ᾱ ε − √(1 − ᾱ) x₀
    pub fn v(&self, latents: Tensor<B, 4>, noise: Tensor<B, 4>) -> Tensor<B, 4> {
        noise * self.signal.clone() - latents * self.noisiness.clone()
    }

    /// x̂₀ = √ᾱ x − √(1 − ᾱ) v
    pub fn original(&self, sample: Tensor<B, 4>, v: Tensor<B, 4>) -> Tensor<B, 4> {
        sample * self.signal.clone() - v * self.noisiness.clone()
    }

    /// ε̂ = √ᾱ v + √(1 − ᾱ) x
    pub fn noise(&self, sample: Tensor<B, 4>, v: Tensor<B, 4>) -> Tensor<B, 4> {
        v * self.signal.clone() + sample * self.noisiness.clone()
    }
}

/// Min-SNR weight of a timestep for v-prediction: min(SNR, γ) / (SNR + 1), but no less than `floor`.
pub fn weight(alpha_cumprod: f64, gamma: f64, floor: f64) -> f64 {
    let snr = alpha_cumprod / (1.0 - alpha_cumprod).max(1e-12);
    (snr.min(gamma) / (snr + 1.0)).max(floor)
}
