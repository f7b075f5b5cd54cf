//! The oracle: a classifier that reads from a picture what the painter was told. It judges what the model paints.

use std::path::Path;

use anyhow::{Context, Result};
use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{GroupNorm, Linear, LinearConfig};
use burn::tensor::activation::log_softmax;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Int, Tensor, TensorData};
use diffusion::kernels;
use diffusion::loader::weights::{Precision, load_into, to_safetensors};
use diffusion::resnet::{Downsample2D, ResnetBlock2D, conv3x3, group_norm};
use painter::{Colour, Count, Medium, Picture, Place, Scene, Sky, Subject};
use rand::Rng;

use crate::autoencoder::UNSEEN;
use crate::checkpoint::write_whole;
use crate::config::Config;
use crate::data::{Feed, Stream, chance, picture, pictures_to_tensor, scene};
use crate::samples::write_sheet;
use crate::stage::{Lesson, Losses};

/// What the oracle reads from a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attribute {
    Subject,
    Colour,
    Place,
    Sky,
    Medium,
    Count,
}

impl Attribute {
    pub const ALL: [Attribute; 6] =
        [Attribute::Subject, Attribute::Colour, Attribute::Place, Attribute::Sky, Attribute::Medium, Attribute::Count];

    /// Its name in files and tables.
    pub fn name(self) -> &'static str {
        match self {
            Attribute::Subject => "subject",
            Attribute::Colour => "colour",
            Attribute::Place => "place",
            Attribute::Sky => "sky",
            Attribute::Medium => "medium",
            Attribute::Count => "count",
        }
    }

    /// How many values it has.
    pub fn values(self) -> usize {
        match self {
            Attribute::Subject => Subject::ALL.len(),
            Attribute::Colour => Colour::ALL.len(),
            Attribute::Place => Place::ALL.len(),
            Attribute::Sky => Sky::ALL.len(),
            Attribute::Medium => Medium::ALL.len(),
            Attribute::Count => Count::ALL.len(),
        }
    }

    /// The number of the scene's value.
    pub fn of(self, scene: &Scene) -> usize {
        match self {
            Attribute::Subject => scene.subject as usize,
            Attribute::Colour => scene.colour as usize,
            Attribute::Place => scene.place as usize,
            Attribute::Sky => scene.sky as usize,
            Attribute::Medium => scene.medium as usize,
            Attribute::Count => scene.count as usize,
        }
    }
}

/// Widths of the levels, the finest first; a level has half the size of the one before it.
const WIDTHS: [usize; 4] = [32, 64, 128, 192];
const GROUPS: usize = 16;

/// Residual blocks at four sizes, the mean over the last one's cells, and a linear layer for each attribute.
#[derive(Module, Debug)]
pub struct Oracle<B: Backend> {
    conv_in: Conv2d<B>,
    halve_in: Downsample2D<B>,
    blocks: Vec<ResnetBlock2D<B>>,
    halve: Vec<Downsample2D<B>>,
    norm_out: GroupNorm<B>,
    heads: Vec<Linear<B>>,
}

impl<B: Backend> Oracle<B> {
    /// Numbers that describe a picture before the attributes are read from them.
    pub const FEATURES: usize = WIDTHS[WIDTHS.len() - 1];

    pub fn new(device: &B::Device) -> Self {
        let inputs = std::iter::once(WIDTHS[0]).chain(WIDTHS);
        Self {
            conv_in: conv3x3(3, WIDTHS[0], device),
            halve_in: Downsample2D::new(WIDTHS[0], false, device),
            blocks: inputs
                .zip(WIDTHS)
                .map(|(input, output)| ResnetBlock2D::new(input, output, None, GROUPS, 1e-5, device))
                .collect(),
            halve: WIDTHS[..WIDTHS.len() - 1].iter().map(|&width| Downsample2D::new(width, false, device)).collect(),
            norm_out: group_norm(GROUPS, Self::FEATURES, 1e-5, device),
            heads: Attribute::ALL.map(|attribute| LinearConfig::new(Self::FEATURES, attribute.values()).init(device)).into(),
        }
    }

    /// images: [batch, 3, height, width] in −1..1 → [batch, FEATURES]
    pub fn features(&self, images: Tensor<B, 4>) -> Tensor<B, 2> {
        let kernels = kernels::of::<B>();
        let mut x = self.halve_in.forward(kernels.conv2d(&self.conv_in, images));
        for (level, block) in self.blocks.iter().enumerate() {
            x = block.forward(x, None);
            if let Some(halve) = self.halve.get(level) {
                x = halve.forward(x);
            }
        }
        let x = kernels.group_norm_silu(&self.norm_out, x);
        let [batch, channels, height, width] = x.dims();
        x.reshape([batch, channels, height * width]).mean_dim(2).reshape([batch, channels])
    }

    /// features: [batch, FEATURES] → for each of [`Attribute::ALL`] [batch, values], not yet normed to probabilities
    pub fn logits(&self, features: Tensor<B, 2>) -> Vec<Tensor<B, 2>> {
        self.heads.iter().map(|head| head.forward(features.clone())).collect()
    }

    /// What each picture shows: for each picture the number of the likeliest value of each of [`Attribute::ALL`], and its features.
    pub fn read(&self, pictures: &[Picture], device: &B::Device) -> Vec<Reading> {
        let mut readings = Vec::with_capacity(pictures.len());
        for batch in pictures.chunks(64) {
            let features = self.features(pictures_to_tensor(batch, device));
            let values: Vec<Vec<i64>> = self
                .logits(features.clone())
                .into_iter()
                .map(|logits| logits.argmax(1).into_data().convert::<i64>().into_vec().expect("converted to i64 just now"))
                .collect();
            let features: Vec<f32> = features.into_data().convert::<f32>().into_vec().expect("converted to f32 just now");
            for (index, features) in features.chunks_exact(Self::FEATURES).enumerate() {
                let values = std::array::from_fn(|attribute| values[attribute][index] as usize);
                readings.push(Reading { values, features: features.to_vec() });
            }
        }
        readings
    }

    /// Writes the weights in half precision.
    pub fn write(&self, path: &Path) -> Result<()> {
        write_whole(path, &to_safetensors(self, Precision::F16))
    }

    /// Reads the weights.
    pub fn open(path: &Path, device: &B::Device) -> Result<Self> {
        let weights = std::fs::read(path)
            .with_context(|| format!("{} is missing: the oracle's weights are made by `trainer train`", path.display()))?;
        Ok(load_into(Self::new(device), &path.display().to_string(), &weights)?)
    }
}

/// What the oracle says about a picture.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The value of each of [`Attribute::ALL`], by number.
    pub values: [usize; Attribute::ALL.len()],
    pub features: Vec<f32>,
}

impl Reading {
    /// Whether it says what the scene says.
    pub fn agrees(&self, attribute: Attribute, scene: &Scene) -> bool {
        Attribute::ALL.iter().zip(self.values).any(|(&read, value)| read == attribute && value == attribute.of(scene))
    }
}

/// How many of the readings agree with their scenes, 0 to 1, for each of [`Attribute::ALL`].
pub fn agreement<'a>(readings: impl Iterator<Item = (&'a Reading, &'a Scene)> + Clone) -> [f64; Attribute::ALL.len()] {
    Attribute::ALL.map(|attribute| {
        let (mut agreed, mut all) = (0, 0);
        for (reading, scene) in readings.clone() {
            agreed += usize::from(reading.agrees(attribute, scene));
            all += 1;
        }
        agreed as f64 / f64::from(all.max(1))
    })
}

/// The scene of a picture for the oracle: without a companion, whose attributes nobody could tell from the subject's.
pub fn plain_scene(seed: u64, index: u64) -> Scene {
    Scene { companion: None, ..scene(seed, index) }
}

/// Learns from ever new pictures, a little shifted in place and colour, so that it also reads the model's imperfect ones.
pub struct OracleLesson<B: AutodiffBackend> {
    config: Config,
    device: B::Device,
    feed: Option<Feed>,
}

impl<B: AutodiffBackend> OracleLesson<B> {
    pub fn new(config: &Config, device: &B::Device) -> Self {
        Self { config: config.clone(), device: device.clone(), feed: None }
    }
}

impl<B: AutodiffBackend> Lesson<B> for OracleLesson<B> {
    type Model = Oracle<B>;

    fn name(&self) -> &'static str {
        "oracle"
    }

    fn lineage(&self) -> String {
        String::new()
    }

    fn begin(&mut self, step: u64) {
        let batch = self.config.oracle.learning.batch as u64;
        let indices = move |step| (step * batch..(step + 1) * batch).map(|index| ORACLE + index).collect();
        self.feed = Some(Feed::start(self.config.seed, self.config.picture.size, step, indices, plain_scene));
    }

    fn loss(&mut self, model: &Oracle<B>, step: u64) -> Result<Losses<B>> {
        let pictures = self.feed.as_ref().and_then(Feed::next).context("the painter has stopped")?;
        let batch = pictures.len() as u64;
        let mut chance = chance(self.config.seed, Stream::OracleNoise, step);
        let images = pictures_to_tensor::<B>(&pictures, &self.device);
        // Softened as the decoder softens: mixed with its own blur by a share drawn for each picture.
        let shares: Vec<f32> = (0..batch).map(|_| (chance.random::<f32>() * 1.4 - 0.4).max(0.0)).collect();
        let shares = Tensor::<B, 4>::from_data(TensorData::new(shares, [batch as usize, 1, 1, 1]), &self.device);
        let blurred = burn::tensor::module::avg_pool2d(images.clone(), [3, 3], [1, 1], [1, 1], false, false);
        let images = images.clone() + (blurred - images) * shares;
        let logits = model.logits(model.features(images));
        let scenes: Vec<Scene> =
            (step * batch..(step + 1) * batch).map(|index| plain_scene(self.config.seed, ORACLE + index)).collect();
        let mut total: Option<Tensor<B, 1>> = None;
        let mut parts = Vec::new();
        for (attribute, logits) in Attribute::ALL.into_iter().zip(logits) {
            let labels: Vec<i64> = scenes.iter().map(|scene| attribute.of(scene) as i64).collect();
            let labels = Tensor::<B, 2, Int>::from_data(TensorData::new(labels, [batch as usize, 1]), &self.device);
            let cross_entropy = -log_softmax(logits, 1).gather(1, labels).mean();
            parts.push((attribute.name(), cross_entropy.clone().inner()));
            total = Some(match total {
                Some(total) => total + cross_entropy,
                None => cross_entropy,
            });
        }
        Ok(Losses { total: total.context("the oracle reads no attribute")?, parts })
    }

    /// Unseen pictures whose subject the oracle mistakes.
    fn sheet(&self, model: &Oracle<B::InnerBackend>, path: &Path) -> Result<()> {
        let unseen: Vec<(Scene, Picture)> = (0..512).map(|index| unseen(&self.config, index)).collect();
        let pictures: Vec<Picture> = unseen.iter().map(|(_, picture)| picture.clone()).collect();
        let readings = model.read(&pictures, &self.device);
        let agreed = agreement(readings.iter().zip(unseen.iter().map(|(scene, _)| scene)));
        let named: Vec<String> = Attribute::ALL
            .iter()
            .zip(agreed)
            .map(|(attribute, share)| format!("{} {:.1} %", attribute.name(), 100.0 * share))
            .collect();
        eprintln!("oracle: on {} unseen pictures {}", readings.len(), named.join(", "));
        let mistaken = readings.iter().zip(unseen).filter(|(reading, (scene, _))| !reading.agrees(Attribute::Subject, scene));
        let mistaken: Vec<Picture> = mistaken.map(|(_, (_, picture))| picture).take(48).collect();
        if mistaken.is_empty() { Ok(()) } else { write_sheet(&mistaken, 12, path) }
    }
}

/// The oracle learns from other pictures than the models that it judges.
const ORACLE: u64 = UNSEEN << 1;

/// A picture that neither the oracle nor the models have learnt from, and its scene; none has a companion.
pub fn unseen(config: &Config, index: u64) -> (Scene, Picture) {
    let (seed, index) = (config.seed, UNSEEN + (1 << 20) + index);
    let scene = plain_scene(seed, index);
    (scene, picture(seed, index, &scene, config.picture.size))
}
