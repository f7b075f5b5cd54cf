//! The course of a run: vocabulary, autoencoder, latents, denoiser, fast twin; each stage begins where the last run of it stopped.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use burn::module::Module;
use burn::tensor::backend::{AutodiffBackend, Backend};
use diffusion::loader::weights::{Precision, load_into, to_safetensors};
use diffusion::tokenizer::Tokenizer;
use diffusion::unet::UNet2DConditionModel;
use diffusion::vae::AutoencoderKl;
use rand::RngCore;

use crate::ancestor::Ancestor;
use crate::autoencoder::{AutoencoderLesson, normalise};
use crate::checkpoint::{Checkpoint, bytes, write_whole};
use crate::config::Learning;
use crate::consistency::{CONSISTENCY, ConsistencyLesson};
use crate::data::{Stream, chance};
use crate::decoder::{DECODER, DecoderLesson, Judged};
use crate::denoiser::DenoiserLesson;
use crate::latents::{Latents, fingerprint};
use crate::models::{Denoiser, alphas_cumprod, fast_scheduler, new_autoencoder, new_denoiser};
use crate::oracle::{Oracle, OracleLesson};
use crate::parameters::{gather, scatter};
use crate::run::Run;
use crate::samples::{Artist, write_sheet};
use crate::stage::teach;
use crate::tokens;

/// The finished autoencoder's file in a run's folder.
const VAE: &str = "vae.safetensors";

/// Makes everything that is still missing in the run.
///
/// What begins anew begins with the ancestor's weights, if there is one.
pub fn train<B: AutodiffBackend>(run: &Run, ancestor: Option<&Ancestor>, device: &B::Device) -> Result<()> {
    let config = &run.config;
    let (tokenizer, entries) = vocabulary(run)?;
    eprintln!("vocabulary: {entries} entries");
    if !run.path(VAE).exists() {
        let mut lesson = AutoencoderLesson::<B>::new(config, device);
        let mut beginning = new_autoencoder::<B>(config, device)?;
        if let Some(ancestor) = ancestor {
            beginning = ancestor.teach_autoencoder::<B, _>(beginning, device)?;
        }
        let autoencoder = teach(&mut lesson, beginning, &config.autoencoder.learning, run)?;
        let autoencoder = normalise(autoencoder, config, device);
        write_whole(&run.path(VAE), &to_safetensors(&autoencoder, Precision::F32))?;
    }
    let (vae, fingerprint) = finished_autoencoder::<B::InnerBackend>(run, device)?;
    let latents = Latents::of(&vae, &fingerprint, run, device)?;
    let alphas_cumprod = alphas_cumprod()?;
    let mut lesson = DenoiserLesson::<B> {
        config: config.clone(),
        device: device.clone(),
        fingerprint,
        latents,
        vae,
        tokenizer,
        alphas_cumprod,
    };
    let mut beginning = new_denoiser::<B>(config, entries, device)?;
    if let Some(ancestor) = ancestor {
        let vocabulary = tokens::vocabulary(&run.tokenizer_files()?["tokenizer/vocab.json"])?;
        beginning = ancestor.teach_denoiser(beginning, &vocabulary, device)?;
    }
    teach(&mut lesson, beginning, &config.denoiser.learning, run)?;
    Ok(())
}

/// Goes on with the decoder alone, to its end. The encoder stays, and so do the latents and the denoiser that learns from them: both can
/// learn at the same time.
pub fn train_decoder<B: AutodiffBackend>(run: &Run, device: &B::Device) -> Result<()> {
    let (vae, fingerprint) = finished_autoencoder::<B::InnerBackend>(run, device)?;
    let beginning = Judged::<B>::new(&vae, &run.config, device)?;
    let mut lesson = DecoderLesson::<B>::new(&run.config, vae, fingerprint, device);
    // What has no gradient stays only if it does not decay.
    let learning = Learning { weight_decay: 0.0, ..run.config.decoder.learning.clone() };
    teach(&mut lesson, beginning, &learning, run)?;
    Ok(())
}

/// Distils the fast twin from the finished denoiser, to its end, or goes on with it.
pub fn train_consistency<B: AutodiffBackend>(run: &Run, device: &B::Device) -> Result<()> {
    let config = &run.config;
    let teacher = Trained::<B::InnerBackend>::load(run, device)?;
    let (encoder, fingerprint) = finished_autoencoder::<B::InnerBackend>(run, device)?;
    let latents = Latents::of(&encoder, &fingerprint, run, device)?;
    let beginning = new_denoiser::<B>(config, teacher.entries, device)?.unet;
    let beginning = scatter(beginning, &gather(&teacher.denoiser.unet));
    let mut lesson = ConsistencyLesson::<B> {
        config: config.clone(),
        device: device.clone(),
        fingerprint: teacher.fingerprint(),
        latents,
        vae: teacher.vae,
        teacher: teacher.denoiser,
        tokenizer: teacher.tokenizer,
        alphas_cumprod: alphas_cumprod()?,
        scheduler: fast_scheduler(config)?,
    };
    teach(&mut lesson, beginning, &config.consistency.learning, run)?;
    Ok(())
}

/// Trains the oracle to its end, or goes on with it.
pub fn train_oracle<B: AutodiffBackend>(run: &Run, device: &B::Device) -> Result<Oracle<B::InnerBackend>> {
    B::seed(device, chance(run.config.seed, Stream::InitialWeights, 2).next_u64());
    teach(&mut OracleLesson::<B>::new(&run.config, device), Oracle::new(device), &run.config.oracle.learning, run)
}

/// A run's models as they stand, with averaged weights.
pub struct Trained<B: Backend> {
    pub tokenizer: Arc<Tokenizer>,
    /// Entries of the vocabulary.
    pub entries: usize,
    pub vae: AutoencoderKl<B>,
    pub denoiser: Denoiser<B>,
}

impl<B: Backend> Trained<B> {
    /// Loads them from the run's folder; the denoiser may still be learning.
    pub fn load(run: &Run, device: &B::Device) -> Result<Self> {
        let (tokenizer, entries) = vocabulary(run)?;
        let (mut vae, fingerprint) = finished_autoencoder(run, device)?;
        let path = run.path(&format!("{DECODER}.safetensors"));
        if let Some(decoder) = Checkpoint::read(&path)? {
            ensure!(
                decoder.lineage.ends_with(&fingerprint),
                "{} was made for another autoencoder: delete it and {}.previous",
                path.display(),
                path.display()
            );
            vae = scatter(Judged::new(&vae, &run.config, device)?, &decoder.average).autoencoder;
        }
        let path = run.path("denoiser.safetensors");
        let checkpoint = Checkpoint::read(&path)?
            .with_context(|| format!("{} is missing: train the denoiser for a while first", path.display()))?;
        let denoiser = new_denoiser::<B>(&run.config, entries, device)?;
        let needed = denoiser.num_params();
        ensure!(
            needed == checkpoint.average.len(),
            "{} has {} parameters, the configuration asks for {needed}: they belong to different runs",
            path.display(),
            checkpoint.average.len()
        );
        Ok(Self { tokenizer, entries, vae, denoiser: scatter(denoiser, &checkpoint.average) })
    }

    /// The UNet of the fast twin, as far as it has learnt; the other parts are the denoiser's.
    pub fn fast_unet(&self, run: &Run) -> Result<UNet2DConditionModel<B>> {
        let path = run.path(&format!("{CONSISTENCY}.safetensors"));
        let checkpoint = Checkpoint::read(&path)?
            .with_context(|| format!("{} is missing: distil the fast twin first (trainer distil)", path.display()))?;
        ensure!(
            checkpoint.lineage.ends_with(&self.fingerprint()),
            "{} learnt from another denoiser: delete it and {}.previous, and distil anew",
            path.display(),
            path.display()
        );
        Ok(scatter(self.denoiser.unet.clone(), &checkpoint.average))
    }

    /// Tells this denoiser from others.
    fn fingerprint(&self) -> String {
        fingerprint(&bytes(&gather(&self.denoiser)))
    }

    /// Draws the configuration's sample sheet.
    pub fn sheet(&self, run: &Run, device: &B::Device, path: &Path) -> Result<()> {
        let artist = Artist {
            denoiser: &self.denoiser,
            vae: &self.vae,
            tokenizer: &self.tokenizer,
            alphas_cumprod: &alphas_cumprod()?,
            latent: run.config.latent(),
            device,
        };
        let samples = &run.config.samples;
        let pictures = artist.draw_all(&samples.prompts, &samples.seeds, samples.steps, samples.guidance_scale)?;
        write_sheet(&pictures, samples.prompts.len().min(6) as u32, path)
    }
}

fn vocabulary(run: &Run) -> Result<(Arc<Tokenizer>, usize)> {
    let files = run.tokenizer_files()?;
    Ok((Arc::new(tokens::load(&files, run.config.tokenizer.slots)?), tokens::entries(&files)?))
}

/// The autoencoder of the run and what tells it from others.
fn finished_autoencoder<B: Backend>(run: &Run, device: &B::Device) -> Result<(AutoencoderKl<B>, String)> {
    let path = run.path(VAE);
    let weights =
        fs::read(&path).with_context(|| format!("{} is missing: train the autoencoder to its end first", path.display()))?;
    let autoencoder = new_autoencoder::<B>(&run.config, device)?;
    Ok((load_into(autoencoder, &path.display().to_string(), &weights)?, fingerprint(&weights)))
}
