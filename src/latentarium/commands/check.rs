//! `check`: is this GPU's arithmetic right?

use std::process::ExitCode;

use bridge::{Comparison, DeviceChoice, Generation, Job, Shown, compare_with_cpu, run_on};
use diffusion::{Folder, Pipeline};
use serde_json::json;

use super::progress_bar;
use crate::cli::{CheckArgs, model_folder};

pub fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let folder = Folder::open(model_folder(args.model.as_ref())?)?;
    if args.warm_up {
        warm_up(&folder)?;
    }
    let bar = progress_bar(0, "checking");
    let report = pollster::block_on(compare_with_cpu(&folder, &mut |what, done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
        bar.set_message(what.to_string());
    }))??;
    bar.finish_and_clear();
    let wrong: Vec<&Comparison> = report.comparisons.iter().filter(|comparison| !comparison.is_right()).collect();
    if args.json {
        println!("{}", json!({ "adapter": report.adapter, "right": wrong.is_empty(), "comparisons": report.comparisons }));
    } else {
        println!("{}", report.adapter);
        for comparison in &report.comparisons {
            let verdict = if comparison.is_right() { "right" } else { "WRONG" };
            println!("  {verdict}  {:<44} relative error {:.1e}", comparison.what, comparison.relative_error);
        }
    }
    if wrong.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "latentarium: this adapter computes {} of {} wrongly: update its driver, or run with --device cpu",
        wrong.len(),
        report.comparisons.len()
    );
    Ok(ExitCode::FAILURE)
}

/// # Errors
/// If this build does not tune, there is no GPU, or the model cannot be loaded.
fn warm_up(folder: &Folder) -> anyhow::Result<()> {
    anyhow::ensure!(
        cfg!(feature = "autotune"),
        "this build takes burn's kernels as they are and has nothing to warm up: build with --features autotune, or leave --warm-up out"
    );
    let device = pollster::block_on(run_on(DeviceChoice::Auto, WarmUp { folder }))??;
    eprintln!("latentarium: what was measured on {device} is kept for the next time");
    Ok(())
}

/// A whole run with the model's own settings: every shape that a visitor's run has. What is measured on the way burn keeps, for each
/// adapter and driver.
struct WarmUp<'a> {
    folder: &'a Folder,
}

impl Job for WarmUp<'_> {
    type Output = anyhow::Result<String>;

    async fn run<B: Shown>(self, device: B::Device, device_name: String) -> anyhow::Result<String> {
        let pipeline = Pipeline::<B>::load(self.folder, &device)?;
        let generation = Generation { num_inference_steps: Some(4), ..Generation::of("a boat on the sea") };
        let mut denoising = pipeline.begin(&generation, &mut ())?;
        let bar = progress_bar(denoising.left() as u64 + 1, "warming up");
        while denoising.step(&pipeline, &mut (), &()).await.is_some() {
            bar.inc(1);
        }
        pipeline.decode(denoising.latent(), &mut (), &()).await.into_data_async().await?;
        bar.finish_and_clear();
        Ok(device_name)
    }
}
