//! The scores of a model: what the oracle sees in its pictures, how near their statistics come to real paintings, whether any of them
//! is remembered, and how well its autoencoder redraws.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use burn::tensor::backend::Backend;
use diffusion::{Folder, Generation, Pipeline};
use indicatif::ProgressBar;
use painter::{Picture, Scene};
use rand::RngCore;
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::data::{Stream, chance, is_held_out, picture, pictures_to_tensor, taught_scene, tensor_to_pictures};
use crate::frechet::frechet_distance;
use crate::memory::nearest_ratios;
use crate::oracle::{Attribute, Oracle, Reading, agreement, unseen};
use crate::samples::write_sheet;

/// What `trainer eval` measures. Shares are 0 to 1; an attribute is named as in [`Attribute::name`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Scores {
    /// The folder that was judged.
    pub model: String,
    pub num_inference_steps: usize,
    pub guidance_scale: f32,
    /// Generated pictures of prompts that name all five attributes of a scene.
    pub pictures: usize,
    /// How often the oracle is right about real paintings that it has not learnt from.
    pub oracle_accuracy: BTreeMap<String, f64>,
    /// How often the oracle sees in a generated picture what the prompt says.
    pub agreement: BTreeMap<String, f64>,
    /// The same on subjects in colours that the denoiser has never seen them in.
    pub held_out_pictures: usize,
    pub held_out_agreement: BTreeMap<String, f64>,
    /// Mean peak signal-to-noise ratio of redrawn paintings.
    pub autoencoder_psnr_db: f64,
    /// How often the oracle still sees in a redrawn painting what the painting shows: generated pictures, which leave through the same
    /// decoder, can hardly do better.
    pub redrawn_agreement: BTreeMap<String, f64>,
    /// In the oracle's features, between the generated pictures and as many paintings of the same scenes.
    pub frechet_distance: f64,
    /// The same between two sets of paintings.
    pub frechet_distance_of_paintings: f64,
    /// Paintings that the denoiser has learnt from, with which the generated pictures are compared.
    pub remembered_among: usize,
    /// Generated pictures much nearer to one painting than to any other: distance to the nearest below a third of that to the second.
    pub remembered: usize,
    /// The least and the middle of those ratios, and the middle ratio of paintings that nobody has learnt from.
    pub nearest_ratio_least: f64,
    pub nearest_ratio_median: f64,
    pub nearest_ratio_median_of_paintings: f64,
    /// What all this took.
    pub seconds: f64,
}

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    pub pictures: usize,
    pub held_out_pictures: usize,
    /// Real paintings for the oracle's accuracy and the autoencoder.
    pub paintings: usize,
    /// Paintings that were learnt from, to look for remembered ones.
    pub remembered_among: usize,
}

/// Judges the model in `folder`, and writes a sheet of its pictures to `sheet`, the painter's own pictures of the same scenes above.
///
/// # Errors
/// If the folder cannot be loaded, or paints pictures of another size than the configuration's.
pub fn evaluate<B: Backend>(
    folder: &Path,
    config: &Config,
    oracle: &Oracle<B>,
    extent: Extent,
    sheet: &Path,
    device: &B::Device,
) -> Result<Scores> {
    let began = Instant::now();
    let pipeline = Pipeline::<B>::load(&Folder::open(folder)?, device)?;
    let size = config.picture.size;
    anyhow::ensure!(
        pipeline.shape().image == [size, size],
        "{} paints {:?} pixels, the oracle reads {size}×{size}: they belong to different configurations",
        folder.display(),
        pipeline.shape().image
    );

    let paintings: Vec<(Scene, Picture)> = (0..extent.paintings as u64).map(|index| unseen(config, index)).collect();
    let (real_scenes, real): (Vec<Scene>, Vec<Picture>) = paintings.into_iter().unzip();
    let real_readings = oracle.read(&real, device);
    let accuracy = agreement(real_readings.iter().zip(&real_scenes));
    let shown = real.len().min(REDRAWN);
    let redrawn: Vec<Picture> = real[..shown].iter().map(|picture| redraw(&pipeline, picture, device)).collect();
    let psnr = real.iter().zip(&redrawn).map(|(picture, redrawn)| psnr(picture, redrawn)).sum::<f64>() / shown as f64;
    let redrawn_readings = oracle.read(&redrawn, device);

    let scenes: Vec<Scene> = asked(config, extent.pictures, |scene| !is_held_out(scene.subject, scene.colour));
    let generated = draw(&pipeline, config, &scenes, 0, device)?;
    let readings = oracle.read(&generated, device);
    let new_scenes: Vec<Scene> = asked(config, extent.held_out_pictures, |scene| is_held_out(scene.subject, scene.colour));
    let new = draw(&pipeline, config, &new_scenes, extent.pictures as u64, device)?;
    let new_readings = oracle.read(&new, device);

    let painted = |first: u64| -> Vec<Picture> {
        (first..).zip(&scenes).map(|(index, scene)| picture(config.seed, EVALUATED + index, scene, size)).collect()
    };
    let (originals, others) = (painted(0), painted(scenes.len() as u64));
    let (original_readings, other_readings) = (oracle.read(&originals, device), oracle.read(&others, device));

    let taught: Vec<Picture> = (0..extent.remembered_among as u64)
        .map(|index| picture(config.seed, index, &taught_scene(config.seed, index), size))
        .collect();
    let mut ratios = nearest_ratios::<B>(&generated, &taught, device);
    let mut real_ratios = nearest_ratios::<B>(&originals, &taught, device);
    ratios.sort_by(f64::total_cmp);
    real_ratios.sort_by(f64::total_cmp);
    let middle = |ratios: &[f64]| ratios.get(ratios.len() / 2).copied().unwrap_or(f64::NAN);

    let rows = originals.chunks(12).zip(generated.chunks(12)).take(4);
    let shown: Vec<Picture> = rows.flat_map(|(above, below)| above.iter().chain(below)).cloned().collect();
    write_sheet(&shown, 12, sheet)?;

    let shape = pipeline.shape();
    Ok(Scores {
        model: folder.display().to_string(),
        num_inference_steps: shape.num_inference_steps,
        guidance_scale: shape.guidance_scale,
        pictures: generated.len(),
        oracle_accuracy: named(accuracy),
        agreement: named(agreement(readings.iter().zip(&scenes))),
        held_out_pictures: new.len(),
        held_out_agreement: named(agreement(new_readings.iter().zip(&new_scenes))),
        autoencoder_psnr_db: psnr,
        redrawn_agreement: named(agreement(redrawn_readings.iter().zip(&real_scenes))),
        frechet_distance: frechet_distance(&features(&original_readings), &features(&readings)),
        frechet_distance_of_paintings: frechet_distance(&features(&original_readings), &features(&other_readings)),
        remembered_among: taught.len(),
        remembered: ratios.iter().filter(|&&ratio| ratio < 1.0 / 3.0).count(),
        nearest_ratio_least: ratios.first().copied().unwrap_or(f64::NAN),
        nearest_ratio_median: middle(&ratios),
        nearest_ratio_median_of_paintings: middle(&real_ratios),
        seconds: began.elapsed().as_secs_f64(),
    })
}

/// Paintings that go through the autoencoder, at most.
const REDRAWN: usize = 512;
/// Paintings that the generated pictures are compared with have numbers from here on.
const EVALUATED: u64 = 3 << 40;

/// Plain scenes, drawn evenly, whose subject and colour `fits`.
fn asked(config: &Config, count: usize, fits: impl Fn(&Scene) -> bool) -> Vec<Scene> {
    let plain = |index: u64| {
        let scene = Scene::sample(&mut chance(config.seed, Stream::Evaluation, index));
        Scene::plain(scene.subject, scene.colour, scene.place, scene.sky, scene.medium)
    };
    (0..).map(plain).filter(fits).take(count).collect()
}

/// One picture for each scene's full sentence, as `latentarium generate` paints it, each from noise of its own.
fn draw<B: Backend>(
    pipeline: &Pipeline<B>,
    config: &Config,
    scenes: &[Scene],
    first: u64,
    device: &B::Device,
) -> Result<Vec<Picture>> {
    let bar = ProgressBar::new(scenes.len() as u64);
    let mut pictures = Vec::with_capacity(scenes.len());
    for (index, scene) in (first..).zip(scenes) {
        let seed = chance(config.seed, Stream::Evaluation, (1 << 40) + index).next_u64() >> 32;
        let generation = Generation { seed, ..Generation::of(painter::full_sentence(scene)) };
        let mut denoising = pipeline.begin(&generation, &mut ())?;
        while diffusion::at_once(denoising.step(pipeline, &mut (), &())).is_some() {}
        let picture = diffusion::at_once(pipeline.decode(denoising.latent(), &mut (), &()));
        pictures.extend(tensor_to_pictures(picture * 2.0 - 1.0));
        bar.inc(1);
    }
    bar.finish_and_clear();
    B::sync(device).ok();
    Ok(pictures)
}

/// The picture through encoder and decoder.
fn redraw<B: Backend>(pipeline: &Pipeline<B>, picture: &Picture, device: &B::Device) -> Picture {
    let image = pictures_to_tensor::<B>(std::slice::from_ref(picture), device) * 0.5 + 0.5;
    let redrawn = diffusion::at_once(pipeline.decode(pipeline.encode(image), &mut (), &()));
    tensor_to_pictures(redrawn * 2.0 - 1.0).remove(0)
}

/// 10 log₁₀(1 / mean square difference) of two pictures, their values as 0..1.
fn psnr(one: &Picture, other: &Picture) -> f64 {
    let squares = one.pixels.iter().zip(&other.pixels).map(|(&a, &b)| ((f64::from(a) - f64::from(b)) / 255.0).powi(2));
    -10.0 * (squares.sum::<f64>() / one.pixels.len() as f64).max(1e-10).log10()
}

fn features(readings: &[Reading]) -> Vec<Vec<f32>> {
    readings.iter().map(|reading| reading.features.clone()).collect()
}

fn named(shares: [f64; Attribute::ALL.len()]) -> BTreeMap<String, f64> {
    Attribute::ALL.iter().zip(shares).map(|(attribute, share)| (attribute.name().to_string(), share)).collect()
}

impl Scores {
    /// What the built-in model is asked for: the name of a score, its value, its least (or greatest) good value, and whether it is reached.
    pub fn goals(&self) -> Vec<(String, f64, f64, bool)> {
        let of = |shares: &BTreeMap<String, f64>, name: &str| shares.get(name).copied().unwrap_or(0.0);
        let mut goals = vec![("autoencoder PSNR, dB".to_string(), self.autoencoder_psnr_db, 30.0)];
        for attribute in Attribute::ALL {
            goals.push((format!("oracle on paintings, {}", attribute.name()), of(&self.oracle_accuracy, attribute.name()), 0.95));
        }
        for (name, goal) in [("medium", 0.90), ("place", 0.90), ("sky", 0.90), ("subject", 0.80), ("colour", 0.80)] {
            goals.push((format!("generated, {name}"), of(&self.agreement, name), goal));
        }
        for name in ["subject", "colour"] {
            goals.push((format!("held-out combinations, {name}"), of(&self.held_out_agreement, name), 0.65));
        }
        let mut goals: Vec<_> = goals.into_iter().map(|(name, value, goal)| (name, value, goal, value >= goal)).collect();
        goals.push(("remembered pictures".to_string(), self.remembered as f64, 0.0, self.remembered == 0));
        goals
    }

    /// Writes them as JSON.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).context("the scores cannot be written as JSON")?;
        crate::checkpoint::write_whole(path, format!("{text}\n").as_bytes())
    }
}
