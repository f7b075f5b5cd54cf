//! `generate`: one picture as a PNG.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use bridge::{Generation, Job, Shown, run_on};
use diffusion::{Folder, Pipeline};

use super::{check_writable, progress_bar, report, start, warn_of_truncation};
use crate::cli::{GenerateArgs, model_folder};

pub fn run(args: &GenerateArgs) -> anyhow::Result<ExitCode> {
    let first = args.run.seed;
    let last = first.checked_add(args.count - 1).context("--count goes beyond the last seed: begin with a smaller --seed")?;
    let outputs: Vec<(u64, PathBuf)> = (first..=last).map(|seed| (seed, output(args, seed))).collect();
    for (_, output) in &outputs {
        check_writable(output)?;
    }
    let folder = Folder::open(model_folder(args.run.model.model.as_ref())?)?;
    pollster::block_on(run_on(args.run.model.device, Generate { args, folder, outputs }))??;
    Ok(ExitCode::SUCCESS)
}

/// `boat.png` of several pictures is `boat-7.png`.
fn output(args: &GenerateArgs, seed: u64) -> PathBuf {
    if args.count == 1 {
        return args.output.clone();
    }
    let part = |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned());
    let stem = part(args.output.file_stem()).unwrap_or_default();
    let name = match part(args.output.extension()) {
        Some(extension) => format!("{stem}-{seed}.{extension}"),
        None => format!("{stem}-{seed}"),
    };
    args.output.with_file_name(name)
}

struct Generate<'a> {
    args: &'a GenerateArgs,
    folder: Folder,
    /// With the seed of each.
    outputs: Vec<(u64, PathBuf)>,
}

impl Job for Generate<'_> {
    type Output = anyhow::Result<()>;

    async fn run<B: Shown>(self, device: B::Device, device_name: String) -> anyhow::Result<()> {
        let loading = progress_bar(100, "loading");
        let mut progress = |what: &str, fraction: f32| {
            loading.set_message(what.to_string());
            loading.set_position((fraction * 100.0) as u64);
        };
        let pipeline = Pipeline::<B>::load_with_progress(&self.folder, &device, &mut progress).await?;
        loading.finish_and_clear();
        for (seed, output) in &self.outputs {
            self.paint(&pipeline, &device, &device_name, *seed, output).await?;
        }
        Ok(())
    }
}

impl Generate<'_> {
    /// One picture, written and reported.
    async fn paint<B: Shown>(
        &self,
        pipeline: &Pipeline<B>,
        device: &B::Device,
        device_name: &str,
        seed: u64,
        output: &Path,
    ) -> anyhow::Result<()> {
        let run = &self.args.run;
        let started = Instant::now();
        let generation = Generation { seed, ..run.generation() };
        let mut denoising = pipeline.begin_from(&generation, start(run, pipeline, device)?, &mut ())?;
        if seed == run.seed {
            warn_of_truncation(&denoising);
        }
        let bar = progress_bar(denoising.left() as u64, "denoising");
        while denoising.step(pipeline, &mut (), &()).await.is_some() {
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
        save_png(output, &values, width, height)?;
        let what = format!("{width}×{height}, painted on {device_name}");
        report(run, output, denoising.generation(), device_name, started.elapsed().as_secs_f32(), &what);
        Ok(())
    }
}

/// values: [3, height, width] in 0..1
fn save_png(path: &Path, values: &[f32], width: usize, height: usize) -> anyhow::Result<()> {
    let plane = width * height;
    let bytes =
        (0..plane).flat_map(|pixel| [0, 1, 2].map(|channel| (values[channel * plane + pixel] * 255.0).round() as u8)).collect();
    let image = image::RgbImage::from_raw(width as u32, height as u32, bytes).context("the picture has no pixels")?;
    image.save_with_format(path, image::ImageFormat::Png).with_context(|| format!("{} cannot be written", path.display()))
}
