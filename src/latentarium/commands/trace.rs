//! `trace`: a whole run as a safetensors file.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use bridge::{Job, Part, Shown, Site, run_on};
use burn::tensor::Tensor;
use diffusion::{Folder, Observer, Pipeline, Trace};

use super::{check_writable, progress_bar, report, start, warn_of_truncation};
use crate::cli::{TraceArgs, model_folder};

pub fn run(args: &TraceArgs) -> anyhow::Result<ExitCode> {
    check_writable(&args.output)?;
    let folder = Folder::open(model_folder(args.run.model.model.as_ref())?)?;
    pollster::block_on(run_on(args.run.model.device, Record { args, folder }))??;
    Ok(ExitCode::SUCCESS)
}

struct Record<'a> {
    args: &'a TraceArgs,
    folder: Folder,
}

impl Job for Record<'_> {
    type Output = anyhow::Result<()>;

    async fn run<B: Shown>(self, device: B::Device, device_name: String) -> anyhow::Result<()> {
        let started = Instant::now();
        let pipeline = Pipeline::<B>::load(&self.folder, &device)?;
        let mut denoising =
            pipeline.begin_from(&self.args.run.generation(), start(&self.args.run, &pipeline, &device)?, &mut ())?;
        warn_of_truncation(&denoising);
        let bar = progress_bar(denoising.left() as u64, "recording");
        let mut trace = Trace::begin(&denoising).await?;
        let mut seen = Seen { attention: self.args.attention, features: self.args.features, tensors: Vec::new() };
        while let Some(step) = denoising.step(&pipeline, &mut seen, &()).await {
            trace.step(&step).await?;
            for (site, tensor) in seen.tensors.drain(..) {
                trace.append(&site.to_string(), tensor).await?;
            }
            bar.inc(1);
        }
        let picture = pipeline.decode(denoising.latent(), &mut (), &()).await;
        let bytes = trace.finish(picture).await?;
        bar.finish_and_clear();
        std::fs::write(&self.args.output, bytes).with_context(|| format!("{} cannot be written", self.args.output.display()))?;
        let seconds = started.elapsed().as_secs_f32();
        let what = format!("{} evaluations, computed on {device_name}", bar.length().unwrap_or_default());
        report(&self.args.run, &self.args.output, denoising.generation(), &device_name, seconds, &what);
        Ok(())
    }
}

/// What a step shows of the model's inside, until it is recorded.
struct Seen<B: Shown> {
    attention: bool,
    features: bool,
    tensors: Vec<(Site, Tensor<B, 4>)>,
}

impl<B: Shown> Observer<B> for Seen<B> {
    fn wants(&self, site: Site) -> bool {
        match site {
            Site::Unet(_, Part::CrossAttention(_)) => self.attention,
            Site::Unet(_, Part::Output) => self.features,
            _ => false,
        }
    }

    fn observe(&mut self, site: Site, tensor: Tensor<B, 4>) {
        self.tensors.push((site, tensor));
    }
}
