//! `generate`: one picture as a PNG.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use bridge::{Job, Shown, run_on};
use diffusion::{Folder, Pipeline};

use super::{check_writable, progress_bar, report, start, warn_of_truncation};
use crate::cli::{GenerateArgs, model_folder};

pub fn run(args: &GenerateArgs) -> anyhow::Result<ExitCode> {
    check_writable(&args.output)?;
    let folder = Folder::open(model_folder(args.run.model.model.as_ref())?)?;
    pollster::block_on(run_on(args.run.model.device, Generate { args, folder }))??;
    Ok(ExitCode::SUCCESS)
}

struct Generate<'a> {
    args: &'a GenerateArgs,
    folder: Folder,
}

impl Job for Generate<'_> {
    type Output = anyhow::Result<()>;

    async fn run<B: Shown>(self, device: B::Device, device_name: String) -> anyhow::Result<()> {
        let started = Instant::now();
        let loading = progress_bar(100, "loading");
        let mut progress = |what: &str, fraction: f32| {
            loading.set_message(what.to_string());
            loading.set_position((fraction * 100.0) as u64);
        };
        let pipeline = Pipeline::<B>::load_with_progress(&self.folder, &device, &mut progress)?;
        loading.finish_and_clear();
        let mut denoising =
            pipeline.begin_from(&self.args.run.generation(), start(&self.args.run, &pipeline, &device)?, &mut ())?;
        warn_of_truncation(&denoising);
        let bar = progress_bar(denoising.left() as u64, "denoising");
        while denoising.step(&pipeline, &mut (), &()).await.is_some() {
            bar.inc(1);
        }
        let picture = pipeline.decode(denoising.latent(), &mut (), &()).await;
        let [_, _, height, width] = picture.dims();
        let values: Vec<f32> =
            picture.into_data_async().await?.convert::<f32>().to_vec().context("the device returned no numbers")?;
        bar.finish_and_clear();
        if values.iter().any(|value| !value.is_finite()) {
            anyhow::bail!("the picture came out as not-a-number: run `latentarium check`, or compute with --device cpu");
        }
        save_png(&self.args.output, &values, width, height)?;
        let seconds = started.elapsed().as_secs_f32();
        let what = format!("{width}×{height}, painted on {device_name}");
        report(&self.args.run, &self.args.output, denoising.generation(), &device_name, seconds, &what);
        Ok(())
    }
}

/// values: [3, height, width] in 0..1
fn save_png(path: &std::path::Path, values: &[f32], width: usize, height: usize) -> anyhow::Result<()> {
    let plane = width * height;
    let bytes =
        (0..plane).flat_map(|pixel| [0, 1, 2].map(|channel| (values[channel * plane + pixel] * 255.0).round() as u8)).collect();
    let image = image::RgbImage::from_raw(width as u32, height as u32, bytes).context("the picture has no pixels")?;
    image.save_with_format(path, image::ImageFormat::Png).with_context(|| format!("{} cannot be written", path.display()))
}
