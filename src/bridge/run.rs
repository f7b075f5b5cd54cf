//! A run: one generation from words to picture, reported as it happens.

use burn::tensor::Tensor;
use diffusion::{Generation, Observer, Pace, Part, Pipeline, RequestError, Site, Step};

use crate::backend::Shown;
use crate::engine::Line;
use crate::message::{Report, RunId, RunStarted, StepDenoised};
use crate::tensor_image::TensorImage;
use crate::worker;

/// Of feature maps no more channels than these are reported.
const CHANNELS_SHOWN: usize = 16;

/// Up to this many pixels on a side a preview is decoded at every step.
const PREVIEW_PIXELS: usize = 128;

/// Computes a picture and reports everything on the way.
///
/// # Errors
/// If this model cannot make that generation.
pub async fn generate<B: Shown>(
    pipeline: &Pipeline<B>,
    run: RunId,
    generation: &Generation,
    line: &Line,
    pace: &impl Pace,
) -> Result<(), RequestError> {
    let began = worker::now();
    let mut reporter = Reporter { run, step: 0, line, held: Some(Vec::new()) };
    let mut denoising = pipeline.begin(generation, &mut reporter)?;
    let generation = denoising.generation().clone();
    let is_small = |pixels: Option<usize>| pixels.is_some_and(|pixels| pixels <= PREVIEW_PIXELS);
    let has_previews = is_small(generation.width) && is_small(generation.height);
    let started = RunStarted {
        generation,
        tokens: denoising.tokens().clone(),
        timesteps: denoising.timesteps().to_vec(),
        sigmas: denoising.sigmas().to_vec(),
        guidance_scale: denoising.guidance_scale(),
        prompt_embeds: B::show(denoising.prompt_embeds()),
        noise: show::<B>(denoising.latent()),
    };
    line.report(Report::RunStarted { run, started });
    reporter.release();
    pace.pause().await;

    loop {
        let step_began = worker::now();
        let Some(step) = denoising.step(pipeline, &mut reporter, pace).await else { break };
        let seconds = since(step_began);
        reporter.step = step.index;
        let preview = match has_previews {
            true => Some(show::<B>(pipeline.decode(step.pred_original_sample.clone(), &mut (), pace).await)),
            false => None,
        };
        line.report(Report::StepDenoised { run, step: step_denoised(step, seconds, preview) });
        reporter.step += 1;
    }

    reporter.step = reporter.step.saturating_sub(1);
    let picture = show::<B>(pipeline.decode(denoising.latent(), &mut reporter, pace).await);
    line.report(Report::PictureDecoded { run, picture, seconds: since(began) });
    Ok(())
}

fn step_denoised<B: Shown>(step: Step<B>, seconds: f32, preview: Option<TensorImage>) -> StepDenoised {
    StepDenoised {
        index: step.index,
        timestep: step.timestep,
        sigma: step.sigma,
        next_sigma: step.next_sigma,
        seconds,
        noise_pred_difference: show::<B>(step.noise_pred_text.clone() - step.noise_pred_uncond.clone()),
        noise_pred_uncond: show::<B>(step.noise_pred_uncond),
        noise_pred_text: show::<B>(step.noise_pred_text),
        noise_pred: show::<B>(step.noise_pred),
        pred_original_sample: show::<B>(step.pred_original_sample),
        latent: show::<B>(step.latent),
        preview,
    }
}

/// tensor: [1, channels, height, width]
fn show<B: Shown>(tensor: Tensor<B, 4>) -> TensorImage {
    B::show(tensor.squeeze_dim(0))
}

fn since(began: f64) -> f32 {
    (worker::now() - began) as f32
}

/// Reports what the model computes inside.
struct Reporter<'a> {
    run: RunId,
    step: usize,
    line: &'a Line,
    /// The text encoder works before the run is reported as started: what it shows is held back until then.
    held: Option<Vec<Report>>,
}

impl Reporter<'_> {
    fn release(&mut self) {
        for report in self.held.take().into_iter().flatten() {
            self.line.report(report);
        }
    }
}

impl<B: Shown> Observer<B> for Reporter<'_> {
    fn wants(&self, site: Site) -> bool {
        match site {
            Site::TextLayer(_) | Site::ConvIn | Site::DecoderMid | Site::DecoderUp(_) => true,
            Site::Unet(_, part) => part == Part::Output,
            Site::TimeEmbedding | Site::ConvOut => false,
        }
    }

    fn observe(&mut self, site: Site, tensor: Tensor<B, 4>) {
        let [batch, channels, _, _] = tensor.dims();
        // The prompt's half of the batch is the last.
        let features = tensor.slice([batch - 1..batch, 0..channels.min(CHANNELS_SHOWN)]);
        let root_mean_square = features.clone().square().mean().sqrt().clamp_min(1e-6);
        let features = show::<B>(features / root_mean_square.reshape([1, 1, 1, 1]));
        let report = Report::FeaturesObserved { run: self.run, step: self.step, site, features };
        match &mut self.held {
            Some(held) => held.push(report),
            None => self.line.report(report),
        }
    }
}
