//! A track: one run from words to picture, computed step by step and reported as it happens. What it has computed is kept, so that a
//! second run can start from it and be compared with it.

use std::collections::HashMap;

use burn::tensor::backend::ExecutionError;
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{Tensor, TensorData};
use diffusion::{Denoising, Generation, ModelShape, Observer, Pace, Part, Pipeline, RequestError, Site, Step};

use crate::backend::Shown;
use crate::components::{self, Basis};
use crate::engine::Line;
use crate::message::{FeatureColours, LatentDecoded, Poke, Report, RunId, RunStarted, StepDenoised};
use crate::numbers::{Array, Reading, StartNumbers, StepNumbers};
use crate::tensor_image::TensorImage;
use crate::worker;

/// Of feature maps so many numbers are kept, but no fewer channels than these.
const FEATURES_KEPT: usize = 1 << 16;
const LEAST_CHANNELS: usize = 16;

/// Of attention weights all heads are kept up to so many numbers, beyond it their mean.
const WEIGHTS_KEPT: usize = 1 << 18;

/// Most rows and columns of the maps of words that are read back.
const WORD_MAP_PIXELS: usize = 32;

/// Up to this many pixels on a side a preview is decoded at every step.
const PREVIEW_PIXELS: usize = 128;

/// Why a track ends early.
#[derive(Debug, thiserror::Error)]
pub enum TrackError {
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error("the graphics device handed out no numbers ({0:?}): restart the hall, or run it with --device cpu")]
    Device(ExecutionError),
    #[error("step {step} is not done yet: so far {done} steps can be decoded")]
    NoSuchStep { step: usize, done: usize },
    #[error("{poke:?} lies outside the latent of {size:?}")]
    OutsideLatent { poke: Poke, size: [usize; 3] },
    #[error("the pictures of the two runs have different sizes, so there is no difference to show")]
    TwoSizes,
}

/// A run and all that is kept of it.
pub struct Track<B: Shown> {
    pub run: RunId,
    denoising: Denoising<B>,
    started: RunStarted,
    prompt_embeds: Tensor<B, 3>,
    noise: Tensor<B, 4>,
    /// What was seen in the text encoder; of the steps and the decoder in `done`.
    seen: Seen<B>,
    done: Vec<Done<B>>,
    picture: Option<Tensor<B, 4>>,
    began: f64,
}

/// A step that has been made.
struct Done<B: Shown> {
    before: Denoising<B>,
    step: Step<B>,
    seconds: f32,
    preview: Option<Tensor<B, 4>>,
    numbers: StepNumbers,
    seen: Seen<B>,
    colours: HashMap<Site, Coloured<B>>,
}

/// Feature maps in the colours of their principal components.
#[derive(Clone)]
struct Coloured<B: Shown> {
    basis: Basis,
    /// [3, height, width], 0..1
    colours: Tensor<B, 3>,
}

/// Tensors inside the model, as they are kept: [channels, height, width].
type Seen<B> = HashMap<Site, Tensor<B, 3>>;

/// The run that a track is compared with, and what the difference is called.
pub struct Comparison<'a, B: Shown> {
    pub first: &'a Track<B>,
    pub difference: RunId,
}

impl<B: Shown> Track<B> {
    /// Encodes the words and draws the noise.
    ///
    /// # Errors
    /// If this model cannot make that generation, or the device fails.
    pub async fn begin(
        pipeline: &Pipeline<B>,
        run: RunId,
        generation: &Generation,
        comparison: Option<Comparison<'_, B>>,
        line: &Line,
        pace: &impl Pace,
    ) -> Result<Self, TrackError> {
        let began = worker::now();
        // The text encoder, which is all that works here, knows no latent.
        let mut recorder = Recorder::new(pipeline.shape(), [0, 0]);
        let denoising = pipeline.begin(generation, &mut recorder)?;
        pace.pause().await;
        let numbers = read_start(&denoising, pipeline.shape(), recorder.text_attention).await?;
        let started = RunStarted {
            generation: denoising.generation().clone(),
            tokens: denoising.tokens().clone(),
            timesteps: denoising.timesteps().to_vec(),
            sigmas: denoising.sigmas().to_vec(),
            guidance_scale: denoising.guidance_scale(),
            prompt_embeds: B::show(denoising.prompt_embeds()),
            noise: show::<B>(denoising.latent()),
            numbers,
        };
        line.report(Report::RunStarted { run, started: started.clone() });
        let (prompt_embeds, noise) = (denoising.prompt_embeds(), denoising.latent());
        let track =
            Self { run, denoising, started, prompt_embeds, noise, seen: recorder.seen, done: Vec::new(), picture: None, began };
        if let Some(Comparison { first, difference }) = &comparison {
            line.report(Report::RunStarted { run: *difference, started: track.started_more_than(first) });
        }
        let said = Said { run, step: 0, line, beside: comparison.as_ref().map(|it| (it.difference, &it.first.seen)) };
        track.seen.iter().for_each(|(site, tensor)| said.say(*site, tensor));
        Ok(track)
    }

    /// What a run has more than the first at its beginning.
    fn started_more_than(&self, first: &Self) -> RunStarted {
        RunStarted {
            prompt_embeds: B::show(self.prompt_embeds.clone() - first.prompt_embeds.clone()),
            noise: difference::<B>(&self.noise, &first.noise).unwrap_or_else(|| self.started.noise.clone()),
            numbers: self.started.numbers.minus(&first.started.numbers),
            ..self.started.clone()
        }
    }

    /// How many steps have been made.
    pub fn steps(&self) -> usize {
        self.done.len()
    }

    pub fn is_finished(&self) -> bool {
        self.picture.is_some()
    }

    /// Whether the first run is far enough for the next step of this one to be compared.
    pub fn may_go_on_beside(&self, first: &Self) -> bool {
        first.is_finished() || self.steps() < self.started.timesteps.len() && self.step_like(self.steps(), first) < first.steps()
    }

    /// Height and width.
    fn latent_size(&self) -> [usize; 2] {
        let [_, _, height, width] = self.noise.dims();
        [height, width]
    }

    /// The step of another track that is as far on.
    fn step_like(&self, index: usize, other: &Self) -> usize {
        let (own, its) = (self.started.timesteps.len(), other.started.timesteps.len());
        ((index + 1) * its / own.max(1)).max(1) - 1
    }

    /// Makes the next step, or decodes the picture after the last. Dropped half-way, it can be called again: the step is made anew.
    ///
    /// # Errors
    /// If the device fails.
    pub async fn advance(
        &mut self,
        pipeline: &Pipeline<B>,
        comparison: Option<Comparison<'_, B>>,
        line: &Line,
        pace: &impl Pace,
    ) -> Result<(), TrackError> {
        let index = self.done.len();
        if index >= self.started.timesteps.len() {
            return self.decode(pipeline, comparison, line, pace).await;
        }
        let parting = comparison.as_ref().and_then(|it| self.denoising.generation().parts_from(it.first.denoising.generation()));
        let shared = comparison.as_ref().filter(|_| parting.is_none_or(|parting| index < parting));
        let done = match shared.and_then(|it| it.first.done.get(index)) {
            Some(done) => done.again(self.run, index, line),
            None => {
                if let (Some(it), true) = (&comparison, index > 0 && parting == Some(index)) {
                    let before = it.first.done.get(index).map_or(&it.first.denoising, |done| &done.before);
                    self.denoising = before.branched_to(pipeline, self.denoising.generation())?;
                }
                self.make_step(pipeline, index, comparison.as_ref(), line, pace).await?
            }
        };
        line.report(Report::StepDenoised { run: self.run, step: done.report() });
        if let Some(it) = &comparison
            && let Some(first) = it.first.done.get(self.step_like(index, it.first))
        {
            line.report(Report::StepDenoised { run: it.difference, step: done.more_than(first) });
        }
        self.done.push(done);
        Ok(())
    }

    async fn make_step(
        &mut self,
        pipeline: &Pipeline<B>,
        index: usize,
        comparison: Option<&Comparison<'_, B>>,
        line: &Line,
        pace: &impl Pace,
    ) -> Result<Done<B>, TrackError> {
        let began = worker::now();
        let mut recorder = Recorder::new(pipeline.shape(), self.latent_size());
        let like = |it: &Comparison<'_, B>| self.step_like(index, it.first);
        let beside = comparison.and_then(|it| Some((it.difference, &it.first.done.get(like(it))?.seen)));
        recorder.said = Some(Said { run: self.run, step: index, line, beside });
        let before = self.denoising.clone();
        let mut denoising = before.clone();
        let step = denoising.step(pipeline, &mut recorder, pace).await.expect("the caller has seen that there is another step");
        let seconds = since(began);
        let preview = match has_previews(denoising.generation()) {
            true => {
                let mut unobserved = Recorder::asleep(pipeline.shape());
                Some(pipeline.decode(step.pred_original_sample.clone(), &mut unobserved, pace).await)
            }
            false => None,
        };
        pace.pause().await;
        let maps = feature_maps(&recorder.seen);
        let (numbers, covariances) = read_step(&step, pipeline.shape(), recorder.word_maps(), &maps).await?;
        let of_first = comparison.and_then(|it| it.first.done.get(self.step_like(index, it.first))).map(|done| &done.colours);
        let of_last = self.done.last().map(|done| &done.colours);
        let mut colours = HashMap::new();
        for ((site, size, x), covariance) in maps.into_iter().zip(covariances) {
            let like = of_first.and_then(|colours| colours.get(&site)).filter(|like| like.basis.channels() == x.dims()[0]);
            let basis = match like {
                Some(like) => like.basis.clone(),
                None => Basis::of(&covariance, of_last.and_then(|colours| colours.get(&site)).map(|before| &before.basis)),
            };
            colours.insert(site, Coloured { colours: components::colours(x, &basis, size), basis });
        }
        self.denoising = denoising;
        let done = Done { before, step, seconds, preview, numbers, seen: recorder.seen, colours };
        done.say_colours(self.run, index, line);
        if let Some((it, of_first)) = comparison.zip(of_first) {
            done.say_more_colour(of_first, it.difference, index, line);
        }
        Ok(done)
    }

    /// Decodes the latent that a step has left, with `poke` once as it is and once changed; with another run, how far it is from what
    /// that one's latent decodes to.
    ///
    /// # Errors
    /// If that step is not done, there is no such number in the latent, or the device fails.
    pub async fn decode_step(
        &self,
        pipeline: &Pipeline<B>,
        step: usize,
        poke: Option<Poke>,
        from: Option<&Self>,
        pace: &impl Pace,
    ) -> Result<LatentDecoded, TrackError> {
        let (mut picture, mut moved) = self.decode_poked(pipeline, step, poke, pace).await?;
        if let Some(other) = from {
            let (its_picture, its_moved) = other.decode_poked(pipeline, self.step_like(step, other), poke, pace).await?;
            if picture.dims() != its_picture.dims() {
                return Err(TrackError::TwoSizes);
            }
            picture = (picture - its_picture).abs();
            moved = moved.zip(its_moved).map(|(one, other)| (one - other).abs());
        }
        pace.pause().await;
        let moved_numbers = match &moved {
            Some(moved) => read_picture(moved).await?,
            None => Array::default(),
        };
        Ok(LatentDecoded { step, poke, picture: show::<B>(picture), moved: moved.map(show::<B>), moved_numbers })
    }

    /// The picture [1, 3, height, width], and with a poke how far its pixels moved [1, 1, height, width].
    async fn decode_poked(
        &self,
        pipeline: &Pipeline<B>,
        step: usize,
        poke: Option<Poke>,
        pace: &impl Pace,
    ) -> Result<(Tensor<B, 4>, Option<Tensor<B, 4>>), TrackError> {
        let latent = match self.done.get(step) {
            Some(done) => &done.step.latent,
            None => return Err(TrackError::NoSuchStep { step, done: self.done.len() }),
        };
        let mut unobserved = Recorder::asleep(pipeline.shape());
        let as_it_is = pipeline.decode(latent.clone(), &mut unobserved, pace).await;
        let Some(poke) = poke else { return Ok((as_it_is, None)) };
        let [_, channels, height, width] = latent.dims();
        if poke.channel >= channels || poke.row >= height || poke.column >= width {
            return Err(TrackError::OutsideLatent { poke, size: [channels, height, width] });
        }
        let mut finger = vec![0.0; channels * height * width];
        finger[(poke.channel * height + poke.row) * width + poke.column] = poke.amount;
        let finger = Tensor::from_data(TensorData::new(finger, [1, channels, height, width]), &latent.device());
        let poked = pipeline.decode(latent.clone() + finger, &mut unobserved, pace).await;
        let moved = (poked.clone() - as_it_is).abs().mean_dim(1);
        Ok((poked, Some(moved)))
    }

    async fn decode(
        &mut self,
        pipeline: &Pipeline<B>,
        comparison: Option<Comparison<'_, B>>,
        line: &Line,
        pace: &impl Pace,
    ) -> Result<(), TrackError> {
        let mut recorder = Recorder::new(pipeline.shape(), self.latent_size());
        let last = self.done.len().saturating_sub(1);
        let of_first = comparison.as_ref().map(|it| (it.difference, &it.first.seen));
        recorder.said = Some(Said { run: self.run, step: last, line, beside: of_first });
        // Not `self.denoising`'s: a run that shares all its steps never makes one.
        let latent = self.done.last().map_or_else(|| self.denoising.latent(), |done| done.step.latent.clone());
        let picture = pipeline.decode(latent, &mut recorder, pace).await;
        pace.pause().await;
        let seconds = since(self.began);
        self.seen.extend(recorder.seen);
        let numbers = read_picture(&picture).await?;
        let shown = show::<B>(picture.clone());
        line.report(Report::PictureDecoded { run: self.run, picture: shown, numbers, seconds });
        if let Some(it) = &comparison
            && let Some(first) = &it.first.picture
            && first.dims() == picture.dims()
        {
            let distance = (picture.clone() - first.clone()).abs();
            let numbers = read_picture(&distance).await?;
            line.report(Report::PictureDecoded { run: it.difference, picture: show::<B>(distance), numbers, seconds });
        }
        self.picture = Some(picture);
        Ok(())
    }
}

impl<B: Shown> Done<B> {
    /// The same step in another run, whose features are reported as they were.
    fn again(&self, run: RunId, index: usize, line: &Line) -> Self {
        let said = Said { run, step: index, line, beside: None };
        self.seen.iter().for_each(|(site, tensor)| said.say(*site, tensor));
        self.say_colours(run, index, line);
        Self {
            before: self.before.clone(),
            step: self.step.clone(),
            seconds: self.seconds,
            preview: self.preview.clone(),
            numbers: self.numbers.clone(),
            seen: self.seen.clone(),
            colours: self.colours.clone(),
        }
    }

    fn say_colours(&self, run: RunId, step: usize, line: &Line) {
        for (site, Coloured { basis, colours }) in &self.colours {
            let colours = FeatureColours { colours: B::show(colours.clone()), shares: basis.shares, channels: basis.channels() };
            line.report(Report::FeaturesInColour { run, step, site: *site, colours });
        }
    }

    /// How far the colours are from those of the same step in the first run.
    fn say_more_colour(&self, first: &HashMap<Site, Coloured<B>>, difference: RunId, step: usize, line: &Line) {
        for (site, Coloured { basis, colours }) in &self.colours {
            if let Some(other) = first.get(site).filter(|other| other.colours.dims() == colours.dims()) {
                let distance = (colours.clone() - other.colours.clone()).abs();
                let colours = FeatureColours { colours: B::show(distance), shares: basis.shares, channels: basis.channels() };
                line.report(Report::FeaturesInColour { run: difference, step, site: *site, colours });
            }
        }
    }

    fn report(&self) -> StepDenoised {
        let step = self.step.clone();
        StepDenoised {
            index: step.index,
            timestep: step.timestep,
            sigma: step.sigma,
            next_sigma: step.next_sigma,
            guidance_scale: step.guidance_scale,
            seconds: self.seconds,
            noise_pred_difference: show::<B>(step.noise_pred_text.clone() - step.noise_pred_uncond.clone()),
            noise_pred_uncond: show::<B>(step.noise_pred_uncond),
            noise_pred_text: show::<B>(step.noise_pred_text),
            noise_pred: show::<B>(step.noise_pred),
            pred_original_sample: show::<B>(step.pred_original_sample),
            latent: show::<B>(step.latent),
            preview: self.preview.clone().map(show::<B>),
            numbers: self.numbers.clone(),
        }
    }

    /// What a step has more than the same step of the first run. Latents of different sizes have no difference: they are shown as
    /// they are.
    fn more_than(&self, first: &Self) -> StepDenoised {
        let minus = |of: fn(&Step<B>) -> &Tensor<B, 4>| {
            difference::<B>(of(&self.step), of(&first.step)).unwrap_or_else(|| show::<B>(of(&self.step).clone()))
        };
        let effect = |step: &Step<B>| step.noise_pred_text.clone() - step.noise_pred_uncond.clone();
        let preview = match (&self.preview, &first.preview) {
            (Some(one), Some(other)) if one.dims() == other.dims() => Some(show::<B>((one.clone() - other.clone()).abs())),
            _ => None,
        };
        StepDenoised {
            noise_pred_difference: difference::<B>(&effect(&self.step), &effect(&first.step))
                .unwrap_or_else(|| show::<B>(effect(&self.step))),
            noise_pred_uncond: minus(|step| &step.noise_pred_uncond),
            noise_pred_text: minus(|step| &step.noise_pred_text),
            noise_pred: minus(|step| &step.noise_pred),
            pred_original_sample: minus(|step| &step.pred_original_sample),
            latent: minus(|step| &step.latent),
            preview,
            numbers: self.numbers.minus(&first.numbers),
            ..self.report()
        }
    }
}

fn has_previews(generation: &Generation) -> bool {
    let is_small = |pixels: Option<usize>| pixels.is_some_and(|pixels| pixels <= PREVIEW_PIXELS);
    is_small(generation.width) && is_small(generation.height)
}

/// one − other, [1, channels, height, width], where they are of one size.
fn difference<B: Shown>(one: &Tensor<B, 4>, other: &Tensor<B, 4>) -> Option<TensorImage> {
    (one.dims() == other.dims()).then(|| show::<B>(one.clone() - other.clone()))
}

/// tensor: [1, channels, height, width]
fn show<B: Shown>(tensor: Tensor<B, 4>) -> TensorImage {
    B::show(tensor.squeeze_dim(0))
}

fn since(began: f64) -> f32 {
    (worker::now() - began) as f32
}

/// [1, channels, height, width] → [channels, height, width]
async fn read_picture<B: Shown>(picture: &Tensor<B, 4>) -> Result<Array, TrackError> {
    let mut reading = Reading::new();
    reading.add(&picture.dims()[1..], picture.clone());
    let arrays = reading.read().await.map_err(TrackError::Device)?;
    Ok(arrays.into_iter().next().unwrap_or_default())
}

async fn read_start<B: Shown>(
    denoising: &Denoising<B>,
    shape: &ModelShape,
    text_attention: Vec<Tensor<B, 2>>,
) -> Result<StartNumbers, TrackError> {
    let mut reading = Reading::new();
    let latent = denoising.latent();
    let size = latent.dims();
    reading.add(&size[1..], latent);
    reading.add(&[shape.tokens, shape.hidden_size], denoising.prompt_embeds());
    reading.add(&[text_attention.len(), shape.tokens, shape.tokens], Tensor::cat(text_attention, 0));
    let mut arrays = reading.read().await.map_err(TrackError::Device)?.into_iter();
    let mut next = || arrays.next().unwrap_or_default();
    Ok(StartNumbers { noise: next(), prompt_embeds: next(), text_attention: next() })
}

/// What left the blocks of the UNet: where, [height, width], and less its mean, [channels, places].
type FeatureMap<B> = (Site, [usize; 2], Tensor<B, 2>);

fn feature_maps<B: Shown>(seen: &Seen<B>) -> Vec<FeatureMap<B>> {
    let blocks = seen.iter().filter(|(site, _)| matches!(site, Site::Unet(_, Part::Output)));
    let map = |(site, features): (&Site, &Tensor<B, 3>)| {
        let [_, height, width] = features.dims();
        (*site, [height, width], components::centred(features.clone()))
    };
    blocks.map(map).collect()
}

/// The step's numbers, and the covariance of each of the feature maps.
async fn read_step<B: Shown>(
    step: &Step<B>,
    shape: &ModelShape,
    word_maps: Option<Tensor<B, 3>>,
    feature_maps: &[FeatureMap<B>],
) -> Result<(StepNumbers, Vec<Array>), TrackError> {
    let mut reading = Reading::new();
    let tensors = [&step.noise_pred_uncond, &step.noise_pred_text, &step.noise_pred, &step.pred_original_sample, &step.latent];
    for tensor in tensors {
        reading.add(&tensor.dims()[1..], tensor.clone());
    }
    let has_maps = word_maps.is_some();
    if let Some(maps) = word_maps {
        debug_assert_eq!(maps.dims()[0], shape.tokens);
        reading.add(&maps.dims(), maps);
    }
    for (_, _, x) in feature_maps {
        let covariance = components::covariance(x);
        reading.add(&covariance.dims(), covariance);
    }
    let mut arrays = reading.read().await.map_err(TrackError::Device)?.into_iter();
    let mut next = || arrays.next().unwrap_or_default();
    let numbers = StepNumbers {
        noise_pred_uncond: next(),
        noise_pred_text: next(),
        noise_pred: next(),
        pred_original_sample: next(),
        latent: next(),
        word_maps: if has_maps { next() } else { Array::default() },
    };
    Ok((numbers, arrays.collect()))
}

/// Where what is seen is reported to.
struct Said<'a, B: Shown> {
    run: RunId,
    step: usize,
    line: &'a Line,
    /// What the difference is called, and what the first run has seen.
    beside: Option<(RunId, &'a Seen<B>)>,
}

impl<B: Shown> Said<'_, B> {
    fn say(&self, site: Site, tensor: &Tensor<B, 3>) {
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

/// Keeps what the model computes inside, and reports it.
struct Recorder<'a, B: Shown> {
    shape: &'a ModelShape,
    /// Height and width of the run's latent.
    latent: [usize; 2],
    is_awake: bool,
    seen: Seen<B>,
    /// The mean of the heads of each layer of the text encoder, [tokens, tokens].
    text_attention: Vec<Tensor<B, 2>>,
    /// The sum of the maps of words so far, [tokens, height, width], and of how many.
    words: Option<(Tensor<B, 3>, usize)>,
    /// The text encoder works before the run is reported as started: then nobody is told yet.
    said: Option<Said<'a, B>>,
}

impl<'a, B: Shown> Recorder<'a, B> {
    fn new(shape: &'a ModelShape, latent: [usize; 2]) -> Self {
        Self { shape, latent, is_awake: true, seen: HashMap::new(), text_attention: Vec::new(), words: None, said: None }
    }

    /// One that wants nothing. `()` would do, but for each kind of observer the model's code is compiled anew, and that takes minutes.
    fn asleep(shape: &'a ModelShape) -> Self {
        Self { is_awake: false, ..Self::new(shape, [0, 0]) }
    }

    fn word_maps(&self) -> Option<Tensor<B, 3>> {
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
                Site::TimeEmbedding | Site::ConvOut => false,
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
