//! TAESD: a small autoencoder of the same latents, a twentieth of the work, for previews (diffusers: `AutoencoderTiny`).

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{PaddingConfig2d, Relu};
use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use burn::tensor::backend::Backend;
use serde::{Deserialize, Serialize};

use crate::kernels;
use crate::loader::{Folder, LoadError};
use crate::resnet::conv3x3;

/// diffusers: `AutoencoderTiny`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AutoencoderTinyConfig {
    #[serde(rename = "_class_name")]
    pub class_name: String,
    pub in_channels: usize,
    pub out_channels: usize,
    pub latent_channels: usize,
    /// Channels of each stage, from picture to latent. All are the same: a stage's first convolution keeps its width.
    pub encoder_block_out_channels: Vec<usize>,
    /// Channels of each stage, from latent to picture.
    pub decoder_block_out_channels: Vec<usize>,
    /// Residual blocks of each stage.
    pub num_encoder_blocks: Vec<usize>,
    pub num_decoder_blocks: Vec<usize>,
    pub act_fn: String,
    pub upsample_fn: String,
    pub upsampling_scaling_factor: usize,
    /// Latents from −magnitude to magnitude become 0 to 1 by [`AutoencoderTiny::scale_latents`] …
    pub latent_magnitude: f64,
    /// … where 0 becomes this.
    pub latent_shift: f64,
    /// A latent is what the encoder makes times this.
    pub scaling_factor: f64,
}

impl Default for AutoencoderTinyConfig {
    fn default() -> Self {
        Self {
            class_name: "AutoencoderTiny".into(),
            in_channels: 3,
            out_channels: 3,
            latent_channels: 4,
            encoder_block_out_channels: vec![64; 4],
            decoder_block_out_channels: vec![64; 4],
            num_encoder_blocks: vec![1, 3, 3, 3],
            num_decoder_blocks: vec![3, 3, 3, 1],
            act_fn: "relu".into(),
            upsample_fn: "nearest".into(),
            upsampling_scaling_factor: 2,
            latent_magnitude: 3.0,
            latent_shift: 0.5,
            scaling_factor: 1.0,
        }
    }
}

impl AutoencoderTinyConfig {
    /// Pixels per latent cell along one axis.
    pub fn scale_factor(&self) -> usize {
        1 << (self.decoder_block_out_channels.len() - 1)
    }

    /// The first key that cannot be, as (key, what is wrong and what is allowed).
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        for (key, value, allowed) in [
            ("_class_name", &self.class_name, "AutoencoderTiny"),
            ("act_fn", &self.act_fn, "relu"),
            ("upsample_fn", &self.upsample_fn, "nearest"),
        ] {
            if value != allowed {
                return Err((key, format!("is “{value}”: a tiny autoencoder has {allowed}")));
            }
        }
        if self.in_channels != 3 || self.out_channels != 3 {
            return Err(("in_channels", "and out_channels are 3: red, green and blue".into()));
        }
        if !(1..=64).contains(&self.latent_channels) {
            return Err(("latent_channels", format!("is {}: Stable Diffusion has 4", self.latent_channels)));
        }
        if self.upsampling_scaling_factor != 2 {
            let factor = self.upsampling_scaling_factor;
            return Err(("upsampling_scaling_factor", format!("is {factor}: it is 2, as the encoder halves")));
        }
        for (key, widths, blocks_key, blocks) in [
            ("encoder_block_out_channels", &self.encoder_block_out_channels, "num_encoder_blocks", &self.num_encoder_blocks),
            ("decoder_block_out_channels", &self.decoder_block_out_channels, "num_decoder_blocks", &self.num_decoder_blocks),
        ] {
            let right = (1..=8).contains(&widths.len()) && (1..=4096).contains(&widths[0]);
            if !right || widths.iter().any(|width| *width != widths[0]) {
                return Err((key, "must be 1 to 8 times the same number from 1 to 4096, for example [64, 64, 64, 64]".into()));
            }
            if blocks.len() != widths.len() || blocks.iter().any(|blocks| *blocks > 16) {
                return Err((blocks_key, format!("must be {} numbers up to 16, one for each of {key}", widths.len())));
            }
        }
        if self.encoder_block_out_channels.len() != self.decoder_block_out_channels.len() {
            return Err(("decoder_block_out_channels", "must have as many stages as encoder_block_out_channels".into()));
        }
        for (key, value) in [("scaling_factor", self.scaling_factor), ("latent_magnitude", self.latent_magnitude)] {
            if !(value > 0.0 && value.is_finite()) {
                return Err((key, format!("is {value}: it is a number above 0")));
            }
        }
        Ok(())
    }

    /// A model of this configuration with random weights. Call [`AutoencoderTinyConfig::check`] first.
    pub fn init<B: Backend>(&self, device: &B::Device) -> AutoencoderTiny<B> {
        AutoencoderTiny {
            encoder: Sequential { layers: self.encoder_layers(device) },
            decoder: Sequential { layers: self.decoder_layers(device) },
            latent_magnitude: self.latent_magnitude,
            latent_shift: self.latent_shift,
            scaling_factor: self.scaling_factor,
        }
    }

    /// diffusers: `EncoderTiny`
    fn encoder_layers<B: Backend>(&self, device: &B::Device) -> Vec<Layer<B>> {
        let width = self.encoder_block_out_channels[0];
        let mut layers = Vec::new();
        for (stage, &blocks) in self.num_encoder_blocks.iter().enumerate() {
            layers.push(Layer::Conv(match stage {
                0 => conv3x3(self.in_channels, width, device),
                _ => conv3x3_without_bias(width, 2, device),
            }));
            layers.extend((0..blocks).map(|_| Layer::Block(AutoencoderTinyBlock::new(width, device))));
        }
        layers.push(Layer::Conv(conv3x3(width, self.latent_channels, device)));
        layers
    }

    /// diffusers: `DecoderTiny`
    fn decoder_layers<B: Backend>(&self, device: &B::Device) -> Vec<Layer<B>> {
        let width = self.decoder_block_out_channels[0];
        let mut layers = vec![Layer::Conv(conv3x3(self.latent_channels, width, device)), Layer::Relu(Relu::new())];
        for (stage, &blocks) in self.num_decoder_blocks.iter().enumerate() {
            layers.extend((0..blocks).map(|_| Layer::Block(AutoencoderTinyBlock::new(width, device))));
            if stage + 1 < self.num_decoder_blocks.len() {
                layers.extend([
                    Layer::Upsample(self.upsampling_scaling_factor),
                    Layer::Conv(conv3x3_without_bias(width, 1, device)),
                ]);
            }
        }
        layers.push(Layer::Conv(conv3x3(width, self.out_channels, device)));
        layers
    }
}

/// Field names are the checkpoint's keys.
#[derive(Module, Debug)]
pub struct AutoencoderTiny<B: Backend> {
    encoder: Sequential<B>,
    decoder: Sequential<B>,
    latent_magnitude: f64,
    latent_shift: f64,
    scaling_factor: f64,
}

impl<B: Backend> AutoencoderTiny<B> {
    /// Loads a part of a folder, such as `taesd`, or the folder itself if `part` is empty.
    ///
    /// # Errors
    /// If a file is missing or damaged, or configuration and weights do not fit each other; the message names file and key.
    pub fn load(folder: &Folder, part: &str, device: &B::Device) -> Result<Self, LoadError> {
        let config: AutoencoderTinyConfig = folder.read_config(part, AutoencoderTinyConfig::check)?;
        folder.load_weights(config.init(device), part, "diffusion_pytorch_model")
    }

    /// image: [batch, 3, H, W] in −1..1 → latent, [batch, 4, H/8, W/8], scaled as the UNet's
    pub fn encode(&self, image: Tensor<B, 4>) -> Tensor<B, 4> {
        self.encoder.forward((image + 1.0) / 2.0) * self.scaling_factor
    }

    /// latent: [batch, 4, height, width], scaled as the UNet's → image, [batch, 3, 8·height, 8·width], about −1..1
    pub fn decode(&self, latent: Tensor<B, 4>) -> Tensor<B, 4> {
        // What lies far out is bent towards ±3, where the latents end that the model learned from.
        let z = (latent / self.scaling_factor / 3.0).tanh() * 3.0;
        self.decoder.forward(z) * 2.0 - 1.0
    }

    /// A latent as values in 0..1, so that a picture can hold it; what lies beyond is cut off.
    pub fn scale_latents(&self, latent: Tensor<B, 4>) -> Tensor<B, 4> {
        (latent / (2.0 * self.latent_magnitude) + self.latent_shift).clamp(0.0, 1.0)
    }

    /// The inverse of [`AutoencoderTiny::scale_latents`].
    pub fn unscale_latents(&self, scaled: Tensor<B, 4>) -> Tensor<B, 4> {
        (scaled - self.latent_shift) * (2.0 * self.latent_magnitude)
    }
}

/// Layers by the indices that they have in the checkpoint.
#[derive(Module, Debug)]
struct Sequential<B: Backend> {
    layers: Vec<Layer<B>>,
}

impl<B: Backend> Sequential<B> {
    fn forward(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        self.layers.iter().fold(x, |x, layer| match layer {
            Layer::Conv(conv) => kernels::of::<B>().conv2d(conv, x),
            Layer::Block(block) => block.forward(x),
            Layer::Relu(_) => relu(x),
            Layer::Upsample(factor) => nearest(x, *factor),
        })
    }
}

#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant, reason = "there are a few dozen layers")]
enum Layer<B: Backend> {
    Conv(Conv2d<B>),
    Block(AutoencoderTinyBlock<B>),
    Relu(Relu),
    /// By this factor.
    Upsample(usize),
}

/// Three convolutions with ReLUs in between, plus the input, ReLU.
#[derive(Module, Debug)]
struct AutoencoderTinyBlock<B: Backend> {
    /// `None` is a ReLU: it has an index but no weights.
    conv: Vec<Option<Conv2d<B>>>,
}

impl<B: Backend> AutoencoderTinyBlock<B> {
    fn new(width: usize, device: &B::Device) -> Self {
        let conv = || Some(conv3x3(width, width, device));
        Self { conv: vec![conv(), None, conv(), None, conv()] }
    }

    fn forward(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        let hidden = self.conv.iter().fold(x.clone(), |x, conv| match conv {
            Some(conv) => kernels::of::<B>().conv2d(conv, x),
            None => relu(x),
        });
        relu(hidden + x)
    }
}

/// `stride` 2 halves height and width.
fn conv3x3_without_bias<B: Backend>(width: usize, stride: usize, device: &B::Device) -> Conv2d<B> {
    let padding = PaddingConfig2d::Explicit(1, 1, 1, 1);
    Conv2dConfig::new([width, width], [3, 3]).with_stride([stride; 2]).with_padding(padding).with_bias(false).init(device)
}

/// Every pixel factor² times: [batch, channels, height, width] → [batch, channels, factor·height, factor·width]
fn nearest<B: Backend>(x: Tensor<B, 4>, factor: usize) -> Tensor<B, 4> {
    let [batch, channels, height, width] = x.dims();
    let pixels = x.reshape([batch * channels, height, 1, width, 1]).expand([batch * channels, height, factor, width, factor]);
    pixels.reshape([batch, channels, factor * height, factor * width])
}
