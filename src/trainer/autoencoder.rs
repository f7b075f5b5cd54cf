//! The autoencoder's lesson: a picture, made small and large again, should be the same picture.

use std::path::Path;

use anyhow::{Context, Result};
use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::module::avg_pool2d;
use diffusion::vae::{AutoencoderKl, Posterior};
use painter::Picture;

use crate::config::{AutoencoderConfig, Config};
use crate::data::{Feed, Stream, noise, picture, pictures_to_tensor, scene, tensor_to_pictures};
use crate::parameters;
use crate::samples::write_sheet;
use crate::stage::{Lesson, Losses};

/// Pictures with an index from here on are not learnt from.
pub const UNSEEN: u64 = 1 << 40;

/// Learns from ever new pictures: step s takes the indices s · batch onwards.
pub struct AutoencoderLesson<B: AutodiffBackend> {
    config: Config,
    device: B::Device,
    feed: Option<Feed>,
    shown: Shown,
}

impl<B: AutodiffBackend> AutoencoderLesson<B> {
    pub fn new(config: &Config, device: &B::Device) -> Self {
        Self { config: config.clone(), device: device.clone(), feed: None, shown: Shown::new(config) }
    }
}

impl<B: AutodiffBackend> Lesson<B> for AutoencoderLesson<B> {
    type Model = AutoencoderKl<B>;

    fn name(&self) -> &'static str {
        "autoencoder"
    }

    fn lineage(&self) -> String {
        String::new()
    }

    fn begin(&mut self, step: u64) {
        let batch = self.config.autoencoder.learning.batch as u64;
        let indices = move |step| (step * batch..(step + 1) * batch).collect();
        self.feed = Some(Feed::start(self.config.seed, self.config.picture.size, step, indices, scene));
    }

    fn loss(&mut self, model: &AutoencoderKl<B>, step: u64) -> Result<Losses<B>> {
        let pictures = self.feed.as_ref().and_then(Feed::next).context("the painter has stopped")?;
        let [channels, height, width] = self.config.latent();
        let shape = [pictures.len(), channels, height, width];
        let noise = noise(self.config.seed, Stream::AutoencoderNoise, step, shape, &self.device);
        let images = pictures_to_tensor::<B>(&pictures, &self.device);
        Ok(loss(model, images, noise, &self.config.autoencoder))
    }

    fn sheet(&self, model: &AutoencoderKl<B::InnerBackend>, path: &Path) -> Result<()> {
        self.shown.sheet(model, path, &self.device)
    }
}

/// Pictures that nobody learns from, to judge an autoencoder by.
pub struct Shown(Vec<Picture>);

impl Shown {
    pub fn new(config: &Config) -> Self {
        let indices = UNSEEN..UNSEEN + 12;
        Self(indices.map(|index| picture(config.seed, index, &scene(config.seed, index), config.picture.size)).collect())
    }

    /// Each picture beside itself redrawn.
    pub fn sheet<B: Backend>(&self, model: &AutoencoderKl<B>, path: &Path, device: &B::Device) -> Result<()> {
        let redrawn = model.decode(model.encode(pictures_to_tensor(&self.0, device)).mean);
        let pairs = self.0.iter().cloned().zip(tensor_to_pictures(redrawn));
        write_sheet(&pairs.flat_map(|(original, redrawn)| [original, redrawn]).collect::<Vec<_>>(), 6, path)
    }
}

/// The mistakes of a redrawn picture, and the Kullback–Leibler divergence of its posterior from N(0, 1).
///
/// images: [batch, 3, H, W] in −1..1, noise: [batch, 4, height, width]
pub fn loss<B: AutodiffBackend>(
    model: &AutoencoderKl<B>,
    images: Tensor<B, 4>,
    noise: Tensor<B, 4>,
    config: &AutoencoderConfig,
) -> Losses<B> {
    let posterior = model.encode(images.clone());
    // KL(N(μ, σ²) ‖ N(0, 1)) = ½ (μ² + σ² − 1 − ln σ²)
    let Posterior { mean, logvar } = posterior.clone();
    let kl = (mean.square() + logvar.clone().exp() - 1.0 - logvar).mean() * 0.5;
    let mistakes = mistakes(model.decode(sampled(&posterior, noise, config)) - images, config);
    let parts = vec![("pixels", mistakes.pixels.inner()), ("kl", kl.clone().inner())];
    Losses { total: mistakes.weighted + kl * config.kl_weight, parts }
}

/// A latent of the posterior, under so much more noise as the configuration says. noise: [batch, 4, height, width]
pub fn sampled<B: Backend>(posterior: &Posterior<B>, noise: Tensor<B, 4>, config: &AutoencoderConfig) -> Tensor<B, 4> {
    let Posterior { mean, logvar } = posterior.clone();
    let spread = mean.clone().detach().var(0).mean() * config.latent_noise.powi(2);
    mean + noise * (logvar.exp() + spread.reshape([1, 1, 1, 1])).sqrt()
}

/// How wrong a redrawn picture is, [1] each.
pub struct Mistakes<B: Backend> {
    /// L1 of pixels.
    pub pixels: Tensor<B, 1>,
    /// With L1 of edges and of the picture made smaller, in their weights.
    pub weighted: Tensor<B, 1>,
}

/// difference: redrawn picture − picture, [batch, 3, H, W]
pub fn mistakes<B: Backend>(difference: Tensor<B, 4>, config: &AutoencoderConfig) -> Mistakes<B> {
    let pixels = difference.clone().abs().mean();
    let half = avg_pool2d(difference.clone(), [2, 2], [2, 2], [0, 0], true, false);
    let quarter = avg_pool2d(half.clone(), [2, 2], [2, 2], [0, 0], true, false);
    let coarse = half.abs().mean() + quarter.abs().mean();
    let [_, _, height, width] = difference.dims();
    let down = difference.clone().narrow(2, 1, height - 1) - difference.clone().narrow(2, 0, height - 1);
    let across = difference.clone().narrow(3, 1, width - 1) - difference.narrow(3, 0, width - 1);
    let edges = down.abs().mean() + across.abs().mean();
    let weighted = pixels.clone() + coarse * config.coarse_weight + edges * config.edge_weight;
    Mistakes { pixels, weighted }
}

/// The autoencoder with latents of mean 0 and standard deviation 1 in each channel. The change is put into `quant_conv`, its
/// undoing into `post_quant_conv`, so that pictures stay the same and diffusers' `scaling_factor` is 1.
pub fn normalise<B: Backend>(model: AutoencoderKl<B>, config: &Config, device: &B::Device) -> AutoencoderKl<B> {
    let (mut sum, mut squares, mut count) = ([0f64; 4], [0f64; 4], 0f64);
    let pictures = config.autoencoder.statistics_pictures as u64;
    let indices = move |step: u64| (step * 32..((step + 1) * 32).min(pictures)).map(|index| UNSEEN + 100 + index).collect();
    let feed = Feed::start(config.seed, config.picture.size, 0, indices, scene);
    while let Some(pictures) = feed.next() {
        let latents = model.encode(pictures_to_tensor(&pictures, device)).mean;
        let [batch, channels, height, width] = latents.dims();
        let numbers: Vec<f32> = latents.into_data().convert::<f32>().into_vec().expect("converted to f32 just now");
        for (index, latent) in numbers.chunks_exact(height * width).enumerate() {
            sum[index % channels] += latent.iter().map(|&number| f64::from(number)).sum::<f64>();
            squares[index % channels] += latent.iter().map(|&number| f64::from(number).powi(2)).sum::<f64>();
        }
        count += (batch * height * width) as f64;
    }
    let mean = sum.map(|sum| sum / count);
    let deviation: [f64; 4] = std::array::from_fn(|channel| (squares[channel] / count - mean[channel].powi(2)).max(1e-12).sqrt());
    eprintln!("latents: mean {mean:.3?}, standard deviation {deviation:.3?}, brought to 0 and 1");
    shift_and_scale(model, mean, deviation)
}

/// z' = (z − mean) / deviation, in the weights.
fn shift_and_scale<B: Backend>(model: AutoencoderKl<B>, mean: [f64; 4], deviation: [f64; 4]) -> AutoencoderKl<B> {
    let mut undone = [0f64; 4];
    parameters::map(model, |path, numbers| match path {
        "quant_conv.weight" => {
            for (row, weights) in numbers.chunks_exact_mut(8).enumerate().take(4) {
                weights.iter_mut().for_each(|weight| *weight = (f64::from(*weight) / deviation[row]) as f32);
            }
        }
        "quant_conv.bias" => {
            for channel in 0..4 {
                numbers[channel] = ((f64::from(numbers[channel]) - mean[channel]) / deviation[channel]) as f32;
                numbers[4 + channel] -= 2.0 * deviation[channel].ln() as f32;
            }
        }
        "post_quant_conv.weight" => {
            for (weights, undone) in numbers.chunks_exact_mut(4).zip(&mut undone) {
                for (channel, weight) in weights.iter_mut().enumerate() {
                    *undone += f64::from(*weight) * mean[channel];
                    *weight = (f64::from(*weight) * deviation[channel]) as f32;
                }
            }
        }
        "post_quant_conv.bias" => {
            numbers.iter_mut().zip(&undone).for_each(|(bias, undone)| *bias += *undone as f32);
        }
        _ => {}
    })
}
