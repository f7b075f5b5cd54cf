//! A track: one run from words to picture, computed step by step and reported as it happens. What it has computed is kept, so that a
//! second run can start from it and be compared with it.

use burn::tensor::backend::ExecutionError;
use burn::tensor::{Tensor, TensorData};
use diffusion::{Denoising, Generation, ModelShape, Pace, Pipeline, RequestError, Step};

use crate::backend::Shown;
use crate::components::{Coloured, Colours, coloured};
use crate::engine::Line;
use crate::message::{FeatureColours, LatentDecoded, Poke, Report, RunId, RunStarted, StepDenoised};
use crate::numbers::{Array, Reading, StartNumbers, StepNumbers};
use crate::recorder::{Recorder, Said, Seen};
use crate::tensor_image::TensorImage;
use crate::worker;

/// Up to this many pixels on a side a preview is decoded at every step; beyond it only by a fast decoder, where the model has one.
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
    /// Once they have been asked for.
    colours: Option<Colours<B>>,
}

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

    /// The step of the first run that is as far on, if it has been made.
    fn like<'a>(&self, index: usize, first: &'a Self) -> Option<&'a Done<B>> {
        first.done.get(self.step_like(index, first))
    }

    /// The first step that is not the first run's own; `None` if all are.
    fn parting(&self, first: &Self) -> Option<usize> {
        self.denoising.generation().parts_from(first.denoising.generation())
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
        let parting = comparison.as_ref().and_then(|it| self.parting(it.first));
        let shared = comparison.as_ref().filter(|_| parting.is_none_or(|parting| index < parting));
        let like = comparison.as_ref().and_then(|it| Some((it.difference, self.like(index, it.first)?)));
        let done = match shared.and_then(|it| it.first.done.get(index)) {
            Some(done) => done.again(self.run, index, line),
            None => {
                if let (Some(it), true) = (&comparison, index > 0 && parting == Some(index)) {
                    let before = it.first.done.get(index).map_or(&it.first.denoising, |done| &done.before);
                    self.denoising = before.branched_to(pipeline, self.denoising.generation())?;
                }
                self.make_step(pipeline, index, like, line, pace).await?
            }
        };
        line.report(Report::StepDenoised { run: self.run, step: done.report() });
        if let Some((difference, first)) = like {
            line.report(Report::StepDenoised { run: difference, step: done.more_than(first) });
        }
        self.done.push(done);
        Ok(())
    }

    /// `like`: what the difference is called, and the step of the first run that is as far on.
    async fn make_step(
        &mut self,
        pipeline: &Pipeline<B>,
        index: usize,
        like: Option<(RunId, &Done<B>)>,
        line: &Line,
        pace: &impl Pace,
    ) -> Result<Done<B>, TrackError> {
        let began = worker::now();
        let mut recorder = Recorder::new(pipeline.shape(), self.latent_size());
        let beside = like.map(|(difference, first)| (difference, &first.seen));
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
            false => pipeline.preview(step.pred_original_sample.clone()),
        };
        pace.pause().await;
        let numbers = read_step(&step, pipeline.shape(), recorder.word_maps()).await?;
        self.denoising = denoising;
        Ok(Done { before, step, seconds, preview, numbers, seen: recorder.seen, colours: None })
    }

    /// The first of the steps that have been made and not been coloured.
    pub fn uncoloured(&self) -> Option<usize> {
        self.done.iter().position(|done| done.colours.is_none())
    }

    /// Shows what left the blocks in that step in colours, from what is kept of it.
    ///
    /// # Errors
    /// If the device fails.
    pub async fn colour(&mut self, comparison: Option<Comparison<'_, B>>, line: &Line) -> Result<(), TrackError> {
        let Some(step) = self.uncoloured() else { return Ok(()) };
        let like = comparison.as_ref().and_then(|it| Some((it.difference, self.like(step, it.first)?.colours.as_ref()?)));
        let before = self.done[..step].last().and_then(|done| done.colours.as_ref());
        let seen = &self.done[step].seen;
        let colours = coloured(seen, like.map(|(_, first)| first), before).await.map_err(TrackError::Device)?;
        // A step that is the first run's own is not reported of the difference.
        let has_parted = comparison.as_ref().is_some_and(|it| self.parting(it.first).is_some_and(|parting| parting <= step));
        for (&site, Coloured { basis, colours }) in &colours {
            let report = |run: RunId, colours: Tensor<B, 3>| {
                let colours = FeatureColours { colours: B::show(colours), shares: basis.shares, channels: basis.channels() };
                line.report(Report::FeaturesInColour { run, step, site, colours });
            };
            report(self.run, colours.clone());
            if let Some((difference, first)) = like.filter(|_| has_parted)
                && let Some(other) = first.get(&site).filter(|other| other.colours.dims() == colours.dims())
            {
                report(difference, (colours.clone() - other.colours.clone()).abs());
            }
        }
        self.done[step].colours = Some(colours);
        Ok(())
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
        Self {
            before: self.before.clone(),
            step: self.step.clone(),
            seconds: self.seconds,
            preview: self.preview.clone(),
            numbers: self.numbers.clone(),
            seen: self.seen.clone(),
            colours: None,
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

async fn read_step<B: Shown>(
    step: &Step<B>,
    shape: &ModelShape,
    word_maps: Option<Tensor<B, 3>>,
) -> Result<StepNumbers, TrackError> {
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
    let mut arrays = reading.read().await.map_err(TrackError::Device)?.into_iter();
    let mut next = || arrays.next().unwrap_or_default();
    Ok(StepNumbers {
        noise_pred_uncond: next(),
        noise_pred_text: next(),
        noise_pred: next(),
        pred_original_sample: next(),
        latent: next(),
        word_maps: if has_maps { next() } else { Array::default() },
    })
}
