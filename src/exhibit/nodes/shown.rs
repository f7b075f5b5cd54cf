//! What is shown: which tensors a plane shows at a tour time. A pure function of the run and the moment.

use bridge::{Block, Layout, Look, Palette, Part, SchedulerKind, Site, TensorImage};

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
    NoisePredUncond,
    NoisePredText,
    /// `noise_pred_text − noise_pred_uncond`
    Difference,
    NoisePred,
    /// What leaves the UNet: the prediction with the prompt.
    UnetOut,
    /// The latent before and after the scheduler's step.
    LatentBefore,
    LatentAfter,
    /// x̂₀: as a picture where it has been decoded, as a latent otherwise.
    PredOriginalSample,
    /// The last latent.
    LastLatent,
    DecoderMid,
    DecoderUp(usize),
    Picture,
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
    /// The step that `to` belongs to; 0 for what is no part of a step.
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
            Self::Block(block) => score.turn(Stop::Block(block)),
            Self::UnetOut => Turn::Lap(score::UNET_OUT),
            Self::NoisePredUncond | Self::NoisePredText => Turn::Lap(score::GUIDANCE),
            Self::Difference => Turn::Lap(score::DIFFERENCE),
            Self::NoisePred => Turn::Lap(score::GUIDED),
            Self::LatentAfter | Self::PredOriginalSample => Turn::Lap(score::SCHEDULER),
            Self::LastLatent => Turn::Epilogue(0.20),
            Self::DecoderMid => Turn::Epilogue(0.28),
            Self::DecoderUp(stage) => Turn::Epilogue(0.34 + 0.07 * stage as f32),
            Self::Picture => score.turn(Stop::Picture),
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
            Self::Block(block) => run.features(step, Site::Unet(block, Part::Output)).cloned(),
            Self::NoisePredUncond => at.map(|step| step.noise_pred_uncond.clone()),
            Self::NoisePredText | Self::UnetOut => at.map(|step| step.noise_pred_text.clone()),
            Self::Difference => at.map(|step| step.noise_pred_difference.clone()),
            Self::NoisePred => at.map(|step| step.noise_pred.clone()),
            Self::LatentAfter => at.map(|step| step.latent.clone()),
            Self::PredOriginalSample => at.map(|step| step.preview.as_ref().unwrap_or(&step.pred_original_sample).clone()),
            Self::LastLatent => run.steps.get(last).map(|step| step.latent.clone()),
            Self::DecoderMid => run.features(last, Site::DecoderMid).cloned(),
            Self::DecoderUp(stage) => run.features(last, Site::DecoderUp(stage)).cloned(),
            Self::Picture => run.picture.clone(),
        }
    }

    /// How a tensor from here looks. `step`: the one it belongs to.
    pub fn look(self, tensor: &TensorImage, run: &Run, step: usize) -> Look {
        let [channels, ..] = tensor.size();
        let grid = |columns: usize| Layout::Grid { columns, rows: columns };
        let latent = Look { layout: grid(2), palette: Palette::Latent, range: 3.0 * self.deviation(run, step) };
        let noise = Look { layout: grid(2), palette: Palette::Noise, range: 3.0 };
        let features = |palette: Palette| Look {
            layout: if channels > 1 {
                grid((channels as f32).sqrt().floor().clamp(1.0, 4.0) as usize)
            } else {
                Layout::Channel(0)
            },
            palette,
            // Features come with a root mean square of 1, and so, nearly, do vectors that leave a LayerNorm.
            range: 2.5,
        };
        let picture = Look { layout: Layout::Rgb, palette: Palette::Colour, range: 1.0 };
        match self {
            Self::TextLayer(_) | Self::PromptEmbeds => features(Palette::Text),
            Self::NoiseChannel(channel) => Look { layout: Layout::Channel(channel), range: latent.range, ..noise },
            Self::Noise => Look { range: latent.range, ..noise },
            Self::NoisePredUncond | Self::NoisePredText | Self::NoisePred | Self::UnetOut => noise,
            Self::LatentIn | Self::LatentBefore | Self::LatentAfter | Self::LastLatent => latent,
            Self::Difference => Look { palette: Palette::Guidance, range: WORDS_MOVE, ..latent },
            Self::Block(_) | Self::DecoderMid | Self::DecoderUp(_) => features(Palette::Feature),
            Self::PredOriginalSample if channels == 3 => picture,
            Self::PredOriginalSample => latent,
            Self::Picture => picture,
        }
    }

    /// How far a latent from here spreads: its standard deviation where it is mostly noise.
    fn deviation(self, run: &Run, step: usize) -> f32 {
        let Some(started) = &run.started else { return 1.0 };
        // Euler's latents are x₀ + σ·ε, of variance 1 + σ²; the others keep a variance of 1.
        if started.generation.scheduler != Some(SchedulerKind::Euler) {
            return 1.0;
        }
        let sigma = match self {
            Self::Noise | Self::NoiseChannel(_) => started.sigmas.first(),
            Self::LatentIn | Self::LatentBefore => started.sigmas.get(step),
            Self::LatentAfter => started.sigmas.get(step + 1),
            _ => None,
        };
        sigma.map_or(1.0, |sigma| (1.0 + sigma * sigma).sqrt())
    }

    /// Whether its pixels are blurred into one another: pictures are, numbers are not.
    pub fn is_smooth(self) -> bool {
        matches!(self, Self::Picture | Self::PredOriginalSample)
    }

    /// What is shown of it at a moment to travel through the hall: the step's own tensor, without a fade.
    pub fn carried(self, run: &Run, score: &Score, moment: Moment) -> Option<Shown> {
        let step = match moment {
            Moment::Prologue(_) => 0,
            Moment::Lap { step, .. } => step,
            Moment::Epilogue(_) => score.steps.checked_sub(1)?,
        };
        let tensor = self.tensor(run, step)?;
        Some(Shown { from: tensor.clone(), to: tensor, mix: 1.0, light: 1.0, step })
    }

    /// What is shown of it at a moment on a plane that stands still.
    pub fn shown(self, run: &Run, score: &Score, moment: Moment) -> Option<Shown> {
        let fade = |since: f32| (since / FADE).clamp(0.0, 1.0);
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
                        let from = self.tensor(run, before)?;
                        let to = if mix > 0.0 { self.tensor(run, step)? } else { from.clone() };
                        Some(Shown { from, to, mix, light: 1.0, step: if mix > 0.0 { step } else { before } })
                    }
                }
            }
            (Turn::Lap(_), Moment::Epilogue(_)) => {
                let step = score.steps.checked_sub(1)?;
                let tensor = self.tensor(run, step)?;
                Some(Shown { from: tensor.clone(), to: tensor, mix: 1.0, light: 1.0, step })
            }
            _ => None,
        }
    }

    fn lit(self, run: &Run, light: f32) -> Option<Shown> {
        let tensor = self.tensor(run, 0).filter(|_| light > 0.0)?;
        Some(Shown { from: tensor.clone(), to: tensor, mix: 1.0, light, step: 0 })
    }
}

/// A change of the prediction by the words that should look brightest. Fixed, so that it is seen to fade from step to step.
const WORDS_MOVE: f32 = 0.4;
