//! The VAE: turns a picture into a small latent and a latent back into a picture (diffusers: `AutoencoderKL`).

mod config;
mod decoder;
mod encoder;
mod tiny;

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

pub use self::config::AutoencoderKlConfig;
use self::decoder::Decoder;
use self::encoder::Encoder;
pub use self::tiny::{AutoencoderTiny, AutoencoderTinyConfig};
use crate::observer::{Observer, Pace};
use crate::resnet::conv1x1;
use crate::slices::LARGEST_BINDING;

/// Field names are the checkpoint's keys.
#[derive(Module, Debug)]
pub struct AutoencoderKl<B: Backend> {
    encoder: Encoder<B>,
    decoder: Decoder<B>,
    quant_conv: Option<Conv2d<B>>,
    post_quant_conv: Option<Conv2d<B>>,
}

/// What the encoder knows of a latent: a normal distribution per cell.
#[derive(Clone, Debug)]
pub struct Posterior<B: Backend> {
    /// [batch, 4, height, width]
    pub mean: Tensor<B, 4>,
    /// ln σ², clamped to [−30, 20], like `mean`
    pub logvar: Tensor<B, 4>,
}

impl AutoencoderKlConfig {
    /// A model of this configuration with random weights. Call [`AutoencoderKlConfig::check`] first.
    pub fn init<B: Backend>(&self, device: &B::Device) -> AutoencoderKl<B> {
        let channels = self.latent_channels;
        AutoencoderKl {
            encoder: Encoder::new(self, device),
            decoder: Decoder::new(self, device),
            quant_conv: self.use_quant_conv.then(|| conv1x1(2 * channels, 2 * channels, device)),
            post_quant_conv: self.use_post_quant_conv.then(|| conv1x1(channels, channels, device)),
        }
    }
}

impl<B: Backend> AutoencoderKl<B> {
    /// image: [batch, 3, H, W] in −1..1 → the posterior of its latent, not scaled
    pub fn encode(&self, image: Tensor<B, 4>) -> Posterior<B> {
        self.encode_in_stages(image, &mut ())
    }

    /// [`AutoencoderKl::encode`], each stage shown to the observer.
    pub fn encode_in_stages(&self, image: Tensor<B, 4>, observer: &mut impl Observer<B>) -> Posterior<B> {
        self.encode_within(LARGEST_BINDING, image, observer)
    }

    /// [`AutoencoderKl::encode_in_stages`], with no tensor in the encoder's stages larger than this, as far as eight slices of its
    /// channels go.
    pub fn encode_within(&self, most_bytes: usize, image: Tensor<B, 4>, observer: &mut impl Observer<B>) -> Posterior<B> {
        let moments = self.encoder.forward(image, most_bytes, observer);
        let moments = match &self.quant_conv {
            Some(conv) => conv.forward(moments),
            None => moments,
        };
        let channels = moments.dims()[1] / 2;
        Posterior {
            mean: moments.clone().narrow(1, 0, channels),
            logvar: moments.narrow(1, channels, channels).clamp(-30.0, 20.0),
        }
    }

    /// z: [batch, 4, height, width], not scaled → image [batch, 3, H, W], about −1..1
    pub fn decode(&self, z: Tensor<B, 4>) -> Tensor<B, 4> {
        crate::at_once(self.decode_in_stages(z, &mut (), &()))
    }

    /// [`AutoencoderKl::decode`], stage by stage.
    pub async fn decode_in_stages(&self, z: Tensor<B, 4>, observer: &mut impl Observer<B>, pace: &impl Pace) -> Tensor<B, 4> {
        self.decode_within(LARGEST_BINDING, z, observer, pace).await
    }

    /// [`AutoencoderKl::decode_in_stages`], with no tensor in the decoder's stages larger than this, as far as eight slices of its
    /// channels go.
    pub async fn decode_within(
        &self,
        most_bytes: usize,
        z: Tensor<B, 4>,
        observer: &mut impl Observer<B>,
        pace: &impl Pace,
    ) -> Tensor<B, 4> {
        let z = match &self.post_quant_conv {
            Some(conv) => conv.forward(z),
            None => z,
        };
        self.decoder.forward(z, most_bytes, observer, pace).await
    }
}
