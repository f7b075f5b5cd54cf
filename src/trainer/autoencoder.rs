//! The autoencoder's lesson: a picture, made small and large again, should be the same picture.

use std::path::Path;

use anyhow::{Context, Result};
use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::module::avg_pool2d;
use diffusion::vae::{AutoencoderKl, Posterior};
use painter::Picture;

use crate::config::{AutoencoderConfig, Config, Learning};
use crate::data::{Feed, Stream, noise, picture, pictures_to_tensor, scene, tensor_to_pictures};
use crate::parameters;
use crate::samples::write_sheet;
use crate::stage::{Lesson, Losses};

/// Pictures with an index from here on are not learnt from.
pub const UNSEEN: u64 = 1 << 40;

/// Name of the stage in which the decoder learns alone, and of its file in a run's folder.
pub const DECODER: &str = "decoder";
/// The decoder alone learns from pictures with an index from here on.
const FOR_DECODER: u64 = UNSEEN >> 1;

/// Learns from ever new pictures: step s takes the indices s · batch onwards.
pub struct AutoencoderLesson<B: AutodiffBackend> {
    config: Config,
    device: B::Device,
    feed: Option<Feed>,
    shown: Vec<Picture>,
    /// An autoencoder whose encoder is finished: the decoder alone learns.
    finished: Option<Finished<B::InnerBackend>>,
}

/// A finished autoencoder, and what tells its weights from others.
struct Finished<B: Backend> {
    autoencoder: AutoencoderKl<B>,
    fingerprint: String,
}

impl<B: AutodiffBackend> AutoencoderLesson<B> {
    pub fn new(config: &Config, device: &B::Device) -> Self {
        let shown = (0..12)
            .map(|index| picture(config.seed, UNSEEN + index, &scene(config.seed, UNSEEN + index), config.picture.size))
            .collect();
        Self { config: config.clone(), device: device.clone(), feed: None, shown, finished: None }
    }

    /// The lesson of a decoder whose encoder is that of a finished autoencoder, so that latents stay what they are. The encoder's
    /// gradient is zero.
    pub fn of_decoder(
        config: &Config,
        autoencoder: AutoencoderKl<B::InnerBackend>,
        fingerprint: String,
        device: &B::Device,
    ) -> Self {
        Self { finished: Some(Finished { autoencoder, fingerprint }), ..Self::new(config, device) }
    }

    fn learning(&self) -> &Learning {
        if self.finished.is_some() { &self.config.decoder.learning } else { &self.config.autoencoder.learning }
    }
}

impl<B: AutodiffBackend> Lesson<B> for AutoencoderLesson<B> {
    type Model = AutoencoderKl<B>;

    fn name(&self) -> &'static str {
        if self.finished.is_some() { DECODER } else { "autoencoder" }
    }

    fn lineage(&self) -> String {
        self.finished.as_ref().map_or_else(String::new, |finished| finished.fingerprint.clone())
    }

    fn begin(&mut self, step: u64) {
        let batch = self.learning().batch as u64;
        let first = if self.finished.is_some() { FOR_DECODER } else { 0 };
        let indices = move |step| (first + step * batch..first + (step + 1) * batch).collect();
        self.feed = Some(Feed::start(self.config.seed, self.config.picture.size, step, indices, scene));
    }

    fn loss(&mut self, model: &AutoencoderKl<B>, step: u64) -> Result<Losses<B>> {
        let pictures = self.feed.as_ref().and_then(Feed::next).context("the painter has stopped")?;
        let [channels, height, width] = self.config.latent();
        let shape = [pictures.len(), channels, height, width];
        let noise = noise(self.config.seed, Stream::AutoencoderNoise, step, shape, &self.device);
        let images = pictures_to_tensor::<B>(&pictures, &self.device);
        let posterior = match &self.finished {
            Some(finished) => {
                let Posterior { mean, logvar } = finished.autoencoder.encode(images.clone().inner());
                Posterior { mean: Tensor::from_inner(mean), logvar: Tensor::from_inner(logvar) }
            }
            None => model.encode(images.clone()),
        };
        Ok(loss(model, images, posterior, noise, &self.config.autoencoder))
    }

    fn sheet(&self, model: &AutoencoderKl<B::InnerBackend>, path: &Path) -> Result<()> {
        let redrawn = model.decode(model.encode(pictures_to_tensor(&self.shown, &self.device)).mean);
        let pairs = self.shown.iter().cloned().zip(tensor_to_pictures(redrawn));
        write_sheet(&pairs.flat_map(|(original, redrawn)| [original, redrawn]).collect::<Vec<_>>(), 6, path)
    }
}

/// L1 of pixels, of edges and of the picture made smaller, and the Kullback–Leibler divergence of the posterior from N(0, 1).
///
/// images: [batch, 3, H, W] in −1..1, posterior: of their latents, noise: [batch, 4, height, width]
pub fn loss<B: AutodiffBackend>(
    model: &AutoencoderKl<B>,
    images: Tensor<B, 4>,
    posterior: Posterior<B>,
    noise: Tensor<B, 4>,
    config: &AutoencoderConfig,
) -> Losses<B> {
    let variance = posterior.logvar.clone().exp();
    // KL(N(μ, σ²) ‖ N(0, 1)) = ½ (μ² + σ² − 1 − ln σ²)
    let kl = (posterior.mean.clone().square() + variance.clone() - 1.0 - posterior.logvar).mean() * 0.5;
    let spread = posterior.mean.clone().detach().var(0).mean() * config.latent_noise.powi(2);
    let z = posterior.mean + noise * (variance + spread.reshape([1, 1, 1, 1])).sqrt();
    let difference = model.decode(z) - images;
    let pixels = difference.clone().abs().mean();
    let half = avg_pool2d(difference.clone(), [2, 2], [2, 2], [0, 0], true, false);
    let quarter = avg_pool2d(half.clone(), [2, 2], [2, 2], [0, 0], true, false);
    let coarse = half.abs().mean() + quarter.abs().mean();
    let [_, _, height, width] = difference.dims();
    let down = difference.clone().narrow(2, 1, height - 1) - difference.clone().narrow(2, 0, height - 1);
    let across = difference.clone().narrow(3, 1, width - 1) - difference.narrow(3, 0, width - 1);
    let edges = down.abs().mean() + across.abs().mean();
    let parts = vec![("pixels", pixels.clone().inner()), ("kl", kl.clone().inner())];
    let total = pixels + coarse * config.coarse_weight + edges * config.edge_weight + kl * config.kl_weight;
    Losses { total, parts }
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
