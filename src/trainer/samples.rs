//! Sample sheets: pictures of fixed prompts and seeds side by side, to judge a training run by.

use std::path::Path;

use anyhow::{Context, Result};
use burn::tensor::Tensor;
use burn::tensor::TensorData;
use burn::tensor::backend::Backend;
use diffusion::tokenizer::Tokenizer;
use diffusion::vae::AutoencoderKl;
use painter::Picture;

use crate::checkpoint::write_whole;
use crate::data::tensor_to_pictures;
use crate::models::Denoiser;

/// Draws many pictures at a time with DDIM, which a single `diffusion::Pipeline` run does not.
pub struct Artist<'a, B: Backend> {
    pub denoiser: &'a Denoiser<B>,
    pub vae: &'a AutoencoderKl<B>,
    pub tokenizer: &'a Tokenizer,
    /// ᾱ of each timestep.
    pub alphas_cumprod: &'a [f64],
    /// [channels, height, width]
    pub latent: [usize; 3],
    pub device: &'a B::Device,
}

impl<B: Backend> Artist<'_, B> {
    /// Every prompt with the first seed, then every prompt with the second, and so on.
    pub fn draw_all(&self, prompts: &[String], seeds: &[u64], steps: usize, guidance_scale: f64) -> Result<Vec<Picture>> {
        let mut pictures = Vec::new();
        for &seed in seeds {
            for prompts in prompts.chunks(12) {
                pictures.extend(self.draw(prompts, seed, steps, guidance_scale)?);
            }
        }
        Ok(pictures)
    }

    /// A picture for each prompt, all from the noise of one seed.
    fn draw(&self, prompts: &[String], seed: u64, steps: usize, guidance_scale: f64) -> Result<Vec<Picture>> {
        let [channels, height, width] = self.latent;
        let count = prompts.len();
        let mut ids = Vec::new();
        for prompt in std::iter::repeat_n("", count).chain(prompts.iter().map(String::as_str)) {
            ids.extend(token_ids(self.tokenizer, prompt)?);
        }
        let noise = diffusion::latent::randn(seed, [1, channels, height, width]);
        let noise = Tensor::<B, 4>::from_data(TensorData::new(noise, [1, channels, height, width]), self.device);
        let mut latents = noise.repeat_dim(0, count);
        let last = self.alphas_cumprod.len();
        for step in 0..steps {
            let timestep = |step: usize| ((last * (steps - step)) as f64 / steps as f64).round() as usize;
            let alpha = self.alphas_cumprod[timestep(step) - 1];
            // After the last step nothing is left of the noise.
            let next_alpha = timestep(step + 1).checked_sub(1).map_or(1.0, |timestep| self.alphas_cumprod[timestep]);
            let both = self.denoiser.predict(latents.clone().repeat_dim(0, 2), &vec![timestep(step) - 1; 2 * count], &ids);
            let (uncond, text) = (both.clone().narrow(0, 0, count), both.narrow(0, count, count));
            let v = uncond.clone() + (text - uncond) * guidance_scale;
            // x̂₀ = √ᾱ x_t − √(1 − ᾱ) v,  ε = √ᾱ v + √(1 − ᾱ) x_t
            let pred_original_sample = latents.clone() * alpha.sqrt() - v.clone() * (1.0 - alpha).sqrt();
            let noise_pred = v * alpha.sqrt() + latents * (1.0 - alpha).sqrt();
            // DDIM eq. 12, η = 0:  x_{t-1} = √ᾱ_{t-1} · x̂₀ + √(1 − ᾱ_{t-1}) · ε
            latents = pred_original_sample * next_alpha.sqrt() + noise_pred * (1.0 - next_alpha).sqrt();
        }
        Ok(tensor_to_pictures(self.vae.decode(latents)))
    }
}

/// The prompt's tokens, exactly one for each slot.
pub fn token_ids(tokenizer: &Tokenizer, prompt: &str) -> Result<Vec<u32>> {
    let tokens = tokenizer.encode(prompt).with_context(|| format!("the prompt “{prompt}” cannot be read as tokens"))?;
    Ok(tokens.ids().collect())
}

/// Writes pictures of one size as a PNG with `columns` columns.
pub fn write_sheet(pictures: &[Picture], columns: u32, path: &Path) -> Result<()> {
    let sheet = painter::contact_sheet(pictures, columns.max(1));
    let image =
        image::RgbImage::from_raw(sheet.width, sheet.height, sheet.pixels).context("the sheet has the wrong number of pixels")?;
    let mut png = std::io::Cursor::new(Vec::new());
    image.write_to(&mut png, image::ImageFormat::Png).context("the sheet cannot be written as PNG")?;
    write_whole(path, &png.into_inner())
}
