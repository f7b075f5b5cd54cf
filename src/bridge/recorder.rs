//! A recorder: keeps what the model computes inside while it works, and reports it.

use std::collections::HashMap;

use burn::tensor::Tensor;
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use diffusion::{ModelShape, Observer, Part, Site};

use crate::backend::Shown;
use crate::engine::Line;
use crate::message::{Report, RunId};

/// Of feature maps so many numbers are kept, but no fewer channels than these.
const FEATURES_KEPT: usize = 1 << 16;
const LEAST_CHANNELS: usize = 16;

/// Of attention weights all heads are kept up to so many numbers, beyond it their mean.
const WEIGHTS_KEPT: usize = 1 << 18;

/// Most rows and columns of the maps of words that are read back.
const WORD_MAP_PIXELS: usize = 32;

/// Tensors inside the model, as they are kept: [channels, height, width].
pub type Seen<B> = HashMap<Site, Tensor<B, 3>>;

/// Keeps what the model computes inside, and reports it.
pub struct Recorder<'a, B: Shown> {
    shape: &'a ModelShape,
    /// Height and width of the run's latent.
    latent: [usize; 2],
    is_awake: bool,
    pub seen: Seen<B>,
    /// The mean of the heads of each layer of the text encoder, [tokens, tokens].
    pub text_attention: Vec<Tensor<B, 2>>,
    /// The sum of the maps of words so far, [tokens, height, width], and of how many.
    words: Option<(Tensor<B, 3>, usize)>,
    /// The text encoder works before the run is reported as started: then nobody is told yet.
    pub said: Option<Said<'a, B>>,
}

impl<'a, B: Shown> Recorder<'a, B> {
    pub fn new(shape: &'a ModelShape, latent: [usize; 2]) -> Self {
        Self { shape, latent, is_awake: true, seen: HashMap::new(), text_attention: Vec::new(), words: None, said: None }
    }

    /// One that wants nothing. `()` would do, but for each kind of observer the model's code is compiled anew, and that takes minutes.
    pub fn asleep(shape: &'a ModelShape) -> Self {
        Self { is_awake: false, ..Self::new(shape, [0, 0]) }
    }

    /// The mean of the maps of words so far, [tokens, height, width].
    pub fn word_maps(&self) -> Option<Tensor<B, 3>> {
        self.words.as_ref().map(|(sum, count)| sum.clone() / *count as f64)
    }

    /// weights: [heads, pixels, tokens] of a transformer of this block
    fn observe_cross_attention(&mut self, site: Site, weights: Tensor<B, 3>) {
        let Site::Unet(block, _) = site else { return };
        let [heads, pixels, tokens] = weights.dims();
        let Some(shape) = self.shape.blocks.iter().find(|shape| shape.block == block) else { return };
        let size = [0, 1].map(|axis| shape.input[axis + 1] * self.latent[axis] / self.shape.latent[axis + 1]);
        if size[0] * size[1] != pixels {
            return;
        }
        // [heads, tokens, pixels]
        let maps = weights.swap_dims(1, 2);
        let mean: Tensor<B, 3> = maps.clone().mean_dim(0).reshape([tokens, size[0], size[1]]);
        let of_words = self.of_word_size(mean.clone());
        self.words = Some(match self.words.take() {
            Some((sum, count)) => (sum + of_words, count + 1),
            None => (of_words, 1),
        });
        let kept = match heads * tokens * pixels <= WEIGHTS_KEPT {
            true => maps.reshape([heads * tokens, size[0], size[1]]),
            false => mean,
        };
        self.keep(site, kept);
    }

    /// maps: [tokens, height, width] → the same at the size in which words are compared
    fn of_word_size(&self, maps: Tensor<B, 3>) -> Tensor<B, 3> {
        let [_, rows, columns] = maps.dims();
        let goal = match &self.words {
            Some((sum, _)) => [sum.dims()[1], sum.dims()[2]],
            None => {
                let halvings = self.latent[0].max(self.latent[1]).div_ceil(WORD_MAP_PIXELS).next_power_of_two();
                self.latent.map(|side| side.div_ceil(halvings))
            }
        };
        if [rows, columns] == goal {
            return maps;
        }
        let options = InterpolateOptions::new(InterpolateMode::Bilinear).with_align_corners(false);
        interpolate(maps.unsqueeze_dim::<4>(0), goal, options).squeeze_dim(0)
    }

    fn keep(&mut self, site: Site, tensor: Tensor<B, 3>) {
        if let Some(said) = &self.said {
            said.say(site, &tensor);
        }
        self.seen.insert(site, tensor);
    }
}

impl<B: Shown> Observer<B> for Recorder<'_, B> {
    fn wants(&self, site: Site) -> bool {
        self.is_awake
            && match site {
                Site::TextLayer(_) | Site::TextAttention(_) | Site::ConvIn | Site::DecoderMid | Site::DecoderUp(_) => true,
                Site::Unet(_, part) => matches!(part, Part::Output | Part::CrossAttention(_)),
                Site::TimeEmbedding | Site::ConvOut | Site::DecoderNormOut => false,
                Site::EncoderConvIn | Site::EncoderDown(_) | Site::EncoderMid => false,
            }
    }

    fn observe(&mut self, site: Site, tensor: Tensor<B, 4>) {
        let [batch, channels, height, width] = tensor.dims();
        // The prompt's half of the batch is the last.
        let of_prompt = tensor.narrow(0, batch - 1, 1);
        match site {
            Site::TextAttention(_) => {
                self.text_attention.push(of_prompt.mean_dim(1).reshape([height, width]));
            }
            Site::Unet(_, Part::CrossAttention(_)) => self.observe_cross_attention(site, of_prompt.squeeze_dim(0)),
            _ => {
                let most = (FEATURES_KEPT / (height * width)).max(LEAST_CHANNELS).min(channels);
                self.keep(site, of_prompt.narrow(1, 0, most).squeeze_dim(0));
            }
        }
    }
}

/// Where what is seen is reported to.
pub struct Said<'a, B: Shown> {
    pub run: RunId,
    pub step: usize,
    pub line: &'a Line,
    /// What the difference is called, and what the first run has seen.
    pub beside: Option<(RunId, &'a Seen<B>)>,
}

impl<B: Shown> Said<'_, B> {
    /// Reports what was seen, [channels, height, width], and beside a first run what it has more than there.
    pub fn say(&self, site: Site, tensor: &Tensor<B, 3>) {
        // Weights are small numbers of one scale; features have any.
        let is_weights = matches!(site, Site::Unet(_, Part::CrossAttention(_)));
        let normalised = |tensor: Tensor<B, 3>, by: &Tensor<B, 3>| {
            if is_weights {
                return tensor;
            }
            let root_mean_square = by.clone().square().mean().sqrt().clamp_min(1e-6);
            tensor / root_mean_square.reshape([1, 1, 1])
        };
        let report = |run: RunId, features: Tensor<B, 3>| {
            self.line.report(Report::FeaturesObserved { run, step: self.step, site, features: B::show(features) });
        };
        report(self.run, normalised(tensor.clone(), tensor));
        if let Some((run, first)) = self.beside
            && let Some(other) = first.get(&site).filter(|other| other.dims() == tensor.dims())
        {
            report(run, normalised(tensor.clone() - other.clone(), other));
        }
    }
}
