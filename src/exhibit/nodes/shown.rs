//! What is shown: which tensors a plane shows at a tour time. A pure function of the run and the moment.

use bridge::{Block, Layout, Look, Palette, Part, SchedulerKind, Site, StepDenoised, TensorImage};

use crate::state::Run;
use crate::stop::Stop;
use crate::tour::score::{self, FADE, Moment, Score, Turn};

/// Where a plane has its tensor from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source {
    /// Token vectors that leave a layer of the text encoder.
    TextLayer(usize),
    PromptEmbeds,
    /// A channel of the initial noise.
    NoiseChannel(usize),
    /// The initial noise, all channels.
    Noise,
    /// The latent that enters the UNet.
    LatentIn,
    /// What leaves a block of the UNet.
    Block(Block),
    /// A channel of it.
    BlockChannel(Block, usize),
    /// Its channels' three principal components as colours.
    BlockColours(Block),
    /// Where a token is looked at: the mean over all layers and heads.
    WordMap(usize),
    /// A map of the cross-attention of one layer: `map` counts the tokens of the first head, then those of the next.
    LayerMap {
        block: Block,
        layer: usize,
        map: usize,
    },
    NoisePredUncond,
    NoisePredText,
    /// `noise_pred_text − noise_pred_uncond`
    NoisePredDifference,
    NoisePred,
    /// What leaves the UNet: the prediction with the prompt.
    UnetOut,
    /// The latent before and after the scheduler's step.
    LatentBefore,
    LatentAfter,
    /// x̂₀: as a picture where it has been decoded, as a latent otherwise.
    PredOriginalSample,
    /// The latent that a step has left, and x̂₀ there, from when they were made on.
    StepLatent(usize),
    StepPredOriginal(usize),
    /// The last latent.
    LastLatent,
    DecoderMid,
    DecoderUp(usize),
    Picture,
    /// What the visitor had decoded; before that the picture.
    Decoded,
    /// How far the pixels moved for a poke.
    Moved,
}

/// A crossfade between two tensors, or one that lights up.
#[derive(Clone, Debug)]
pub struct Shown {
    pub from: TensorImage,
    pub to: TensorImage,
    /// 0 shows `from`, 1 shows `to`.
    pub mix: f32,
    /// 0 dark, 1 fully lit.
    pub light: f32,
    /// The step that `to` belongs to; 0 for what is no part of a step; of what was decoded by hand, how many times that was done.
    pub step: usize,
}

impl Source {
    /// When it changes.
    pub fn turn(self, score: &Score) -> Turn {
        match self {
            Self::TextLayer(layer) => Turn::Prologue(0.40 + 0.02 * layer as f32),
            Self::PromptEmbeds => Turn::Prologue(0.70),
            Self::NoiseChannel(channel) => Turn::Prologue(0.74 + 0.02 * channel as f32),
            Self::Noise => Turn::Prologue(0.78),
            Self::LatentIn | Self::LatentBefore => Turn::Lap(0.0),
            Self::Block(block) | Self::BlockChannel(block, _) | Self::BlockColours(block) | Self::LayerMap { block, .. } => {
                score.turn(Stop::Block(block))
            }
            Self::WordMap(_) => Turn::Lap(score::ATTENTION),
            Self::UnetOut => Turn::Lap(score::UNET_OUT),
            Self::NoisePredUncond | Self::NoisePredText => Turn::Lap(score::GUIDANCE),
            Self::NoisePredDifference => Turn::Lap(score::DIFFERENCE),
            Self::NoisePred => Turn::Lap(score::GUIDED),
            Self::LatentAfter | Self::PredOriginalSample | Self::StepLatent(_) | Self::StepPredOriginal(_) => {
                Turn::Lap(score::SCHEDULER)
            }
            Self::LastLatent => Turn::Epilogue(0.20),
            Self::DecoderMid => Turn::Epilogue(0.28),
            Self::DecoderUp(stage) => Turn::Epilogue(0.34 + 0.07 * stage as f32),
            Self::Picture | Self::Decoded | Self::Moved => score.turn(Stop::Picture),
        }
    }

    /// The tensor of a step; of what is no part of a step, the one there is.
    pub fn tensor(self, run: &Run, step: usize) -> Option<TensorImage> {
        let started = run.started.as_ref();
        let at = run.steps.get(step);
        let last = run.step_count().saturating_sub(1);
        match self {
            Self::TextLayer(layer) => run.features(0, Site::TextLayer(layer)).cloned(),
            Self::PromptEmbeds => started.map(|started| started.prompt_embeds.clone()),
            Self::NoiseChannel(_) | Self::Noise => started.map(|started| started.noise.clone()),
            Self::LatentIn | Self::LatentBefore => run.latent_before(step).cloned(),
            Self::Block(block) | Self::BlockChannel(block, _) => run.features(step, Site::Unet(block, Part::Output)).cloned(),
            Self::BlockColours(block) => {
                run.colours(step, Site::Unet(block, Part::Output)).map(|colours| colours.colours.clone())
            }
            Self::WordMap(_) => run.word_maps(step).map(|(maps, _)| maps.clone()),
            Self::LayerMap { block, layer, .. } => run.features(step, Site::Unet(block, Part::CrossAttention(layer))).cloned(),
            Self::NoisePredUncond => at.map(|step| step.noise_pred_uncond.clone()),
            Self::NoisePredText | Self::UnetOut => at.map(|step| step.noise_pred_text.clone()),
            Self::NoisePredDifference => at.map(|step| step.noise_pred_difference.clone()),
            Self::NoisePred => at.map(|step| step.noise_pred.clone()),
            Self::LatentAfter => at.map(|step| step.latent.clone()),
            Self::PredOriginalSample => at.map(imagined),
            Self::StepLatent(step) => run.steps.get(step).map(|step| step.latent.clone()),
            Self::StepPredOriginal(step) => run.steps.get(step).map(imagined),
            Self::LastLatent => run.steps.get(last).map(|step| step.latent.clone()),
            Self::DecoderMid => run.features(last, Site::DecoderMid).cloned(),
            Self::DecoderUp(stage) => run.features(last, Site::DecoderUp(stage)).cloned(),
            Self::Picture => run.picture.clone(),
            Self::Decoded => run.decoded().map(|decoded| decoded.picture.clone()).or_else(|| run.picture.clone()),
            Self::Moved => run.decoded().and_then(|decoded| decoded.moved.clone()),
        }
    }

    /// How a tensor from here looks. `step`: the one of this run that it belongs to.
    pub fn look(self, tensor: &TensorImage, run: &Run, step: usize) -> Look {
        let [channels, ..] = tensor.size();
        let grid = |columns: usize| Layout::Grid { columns, rows: columns };
        let latent = Look { layout: grid(2), palette: Palette::Latent, range: 3.0 * self.deviation(run, step) };
        let noise = Look { layout: grid(2), palette: Palette::Noise, range: 3.0 };
        let features = |palette: Palette| Look {
            layout: if channels > 1 { grid(grid_side(channels)) } else { Layout::Channel(0) },
            palette,
            // Features come with a root mean square of 1, and so, nearly, do vectors that leave a LayerNorm.
            range: 2.5,
        };
        let strongest = run.word_maps(step).map_or(1.0, |(_, strongest)| *strongest);
        let words = |map: usize| Look { layout: Layout::Channel(map), palette: Palette::Text, range: strongest };
        let picture = Look { layout: Layout::Rgb, palette: Palette::Colour, range: 1.0 };
        match self {
            Self::TextLayer(_) | Self::PromptEmbeds => features(Palette::Text),
            Self::NoiseChannel(channel) => Look { layout: Layout::Channel(channel), range: latent.range, ..noise },
            Self::Noise => Look { range: latent.range, ..noise },
            Self::NoisePredUncond | Self::NoisePredText | Self::NoisePred | Self::UnetOut => noise,
            Self::LatentIn | Self::LatentBefore | Self::LatentAfter | Self::StepLatent(_) | Self::LastLatent => latent,
            Self::NoisePredDifference => Look { palette: Palette::Guidance, range: WORDS_MOVE, ..latent },
            Self::Block(_) | Self::DecoderMid | Self::DecoderUp(_) => features(Palette::Feature),
            Self::BlockChannel(_, channel) => Look { layout: Layout::Channel(channel), ..features(Palette::Feature) },
            Self::WordMap(slot) => words(slot),
            Self::LayerMap { map, .. } => words(map),
            Self::PredOriginalSample | Self::StepPredOriginal(_) if channels == 3 => picture,
            Self::PredOriginalSample | Self::StepPredOriginal(_) => latent,
            Self::Picture | Self::Decoded | Self::BlockColours(_) => picture,
            Self::Moved => {
                let moved = run.decoded().map_or(&[][..], |decoded| &decoded.moved_numbers.values);
                let most = moved.iter().copied().fold(0.0, f32::max);
                Look { layout: Layout::Channel(0), palette: Palette::Guidance, range: most.max(1.0 / 255.0) }
            }
        }
    }

    /// How far a latent from here spreads: its standard deviation where it is mostly noise.
    fn deviation(self, run: &Run, step: usize) -> f32 {
        let Some(started) = &run.started else { return 1.0 };
        // The latents of Euler's two samplers are x₀ + σ·ε, of variance 1 + σ²; the others keep a variance of 1.
        if !matches!(started.generation.scheduler, Some(SchedulerKind::Euler | SchedulerKind::EulerAncestral)) {
            return 1.0;
        }
        let sigma = match self {
            Self::Noise | Self::NoiseChannel(_) => started.sigmas.first(),
            Self::LatentIn | Self::LatentBefore => started.sigmas.get(step),
            Self::LatentAfter | Self::StepLatent(_) => started.sigmas.get(step + 1),
            _ => None,
        };
        sigma.map_or(1.0, |sigma| (1.0 + sigma * sigma).sqrt())
    }

    /// Whether its pixels are blurred into one another: pictures are, numbers are not.
    pub fn is_smooth(self) -> bool {
        matches!(
            self,
            Self::Picture
                | Self::Decoded
                | Self::PredOriginalSample
                | Self::StepPredOriginal(_)
                | Self::WordMap(_)
                | Self::LayerMap { .. }
        )
    }

    /// What is shown of it at a moment to travel through the hall: the step's own tensor, without a fade.
    pub fn carried(self, run: &Run, score: &Score, moment: Moment) -> Option<Shown> {
        let step = match moment {
            Moment::Prologue(_) => 0,
            Moment::Lap { step, .. } => step,
            Moment::Epilogue(_) => score.steps.checked_sub(1)?,
        };
        let step = run.step_like(step, score.steps);
        let tensor = self.tensor(run, step)?;
        Some(Shown { from: tensor.clone(), to: tensor, mix: 1.0, light: 1.0, step })
    }

    /// What is shown of it at a moment on a plane that stands still.
    pub fn shown(self, run: &Run, score: &Score, moment: Moment) -> Option<Shown> {
        let fade = |since: f32| (since / FADE).clamp(0.0, 1.0);
        let like = |step: usize| run.step_like(step, score.steps);
        match self {
            Self::StepLatent(of) | Self::StepPredOriginal(of) => return self.hung(run, of, score, moment),
            // What was decoded by hand is there whatever the time.
            Self::Decoded | Self::Moved if run.decoded().is_some() => {
                return Some(Shown { step: run.times_decoded(), ..self.lit(run, 1.0)? });
            }
            _ => {}
        }
        match (self.turn(score), moment) {
            (Turn::Prologue(turn), Moment::Prologue(part)) | (Turn::Epilogue(turn), Moment::Epilogue(part)) => {
                // Half as long a fade: these parts are longer than a lap.
                self.lit(run, fade(2.0 * (part - turn)))
            }
            (Turn::Prologue(_), _) => self.lit(run, 1.0),
            (Turn::Lap(turn), Moment::Lap { step, phase }) => {
                let mix = fade(phase - turn);
                match step.checked_sub(1) {
                    _ if phase < turn && step == 0 => None,
                    None => self.lit(run, mix),
                    Some(before) => {
                        let (before, step) = (like(before), like(step));
                        match (self.tensor(run, before), self.tensor(run, step).filter(|_| mix > 0.0)) {
                            (Some(from), Some(to)) => Some(Shown { from, to, mix, light: 1.0, step }),
                            // What is known only when a whole step is done stays as it was until then.
                            (Some(from), None) => {
                                Some(Shown { from: from.clone(), to: from, mix: 0.0, light: 1.0, step: before })
                            }
                            // Up to its branch a run has no difference from the other.
                            (None, Some(to)) => Some(Shown { from: to.clone(), to, mix: 1.0, light: mix, step }),
                            (None, None) => None,
                        }
                    }
                }
            }
            (Turn::Lap(_), Moment::Epilogue(_)) => {
                let step = like(score.steps.checked_sub(1)?);
                let tensor = self.tensor(run, step)?;
                Some(Shown { from: tensor.clone(), to: tensor, mix: 1.0, light: 1.0, step })
            }
            _ => None,
        }
    }

    /// What hangs on the time wall: from when its step is done.
    fn hung(self, run: &Run, of: usize, score: &Score, moment: Moment) -> Option<Shown> {
        let light = match moment {
            Moment::Prologue(_) => 0.0,
            Moment::Lap { step, phase } => match step.cmp(&of) {
                std::cmp::Ordering::Less => 0.0,
                std::cmp::Ordering::Equal => ((phase - score::SCHEDULER) / FADE).clamp(0.0, 1.0),
                std::cmp::Ordering::Greater => 1.0,
            },
            Moment::Epilogue(_) => 1.0,
        };
        let own = run.step_like(of, score.steps);
        let source = if matches!(self, Self::StepLatent(_)) { Self::StepLatent(own) } else { Self::StepPredOriginal(own) };
        let tensor = source.tensor(run, own).filter(|_| light > 0.0)?;
        Some(Shown { from: tensor.clone(), to: tensor, mix: 1.0, light, step: own })
    }

    fn lit(self, run: &Run, light: f32) -> Option<Shown> {
        let tensor = self.tensor(run, 0).filter(|_| light > 0.0)?;
        Some(Shown { from: tensor.clone(), to: tensor, mix: 1.0, light, step: 0 })
    }
}

/// Columns and rows of the channels that are shown side by side.
pub fn grid_side(channels: usize) -> usize {
    (channels as f32).sqrt().floor().clamp(1.0, 4.0) as usize
}

/// x̂₀ as a picture where it has been decoded, as a latent otherwise.
fn imagined(step: &StepDenoised) -> TensorImage {
    step.preview.as_ref().unwrap_or(&step.pred_original_sample).clone()
}

/// A change of the prediction by the words that should look brightest. Fixed, so that it is seen to fade from step to step.
const WORDS_MOVE: f32 = 0.4;
