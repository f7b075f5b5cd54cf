//! The decoder's lesson: it learns alone, for latents that stay what they are. A critic, which learns beside it to tell its pictures
//! from paintings, keeps it from painting the soft middle of all that a latent may mean ("High-Resolution Image Synthesis with Latent
//! Diffusion Models", section 3.1).

use std::path::Path;

use anyhow::{Context, Result};
use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};
use diffusion::vae::{AutoencoderKl, Posterior};
use rand::RngCore;

use crate::autoencoder::{Shown, UNSEEN, mistakes, sampled};
use crate::config::Config;
use crate::critic::{Critic, hinge};
use crate::data::{Feed, Stream, chance, noise, pictures_to_tensor, scene};
use crate::models::new_autoencoder;
use crate::parameters::{gather, scatter};
use crate::stage::{Lesson, Losses};

/// Name of the stage, and of its file in a run's folder.
pub const DECODER: &str = "decoder";
/// It learns from pictures with an index from here on.
const FIRST_PICTURE: u64 = UNSEEN >> 1;

/// What learns: an autoencoder, of which only the decoder changes, and the critic.
#[derive(Module, Debug)]
pub struct Judged<B: Backend> {
    pub autoencoder: AutoencoderKl<B>,
    pub critic: Critic<B>,
}

impl<B: Backend> Judged<B> {
    /// A finished autoencoder and a critic that knows nothing.
    pub fn new<A: Backend>(autoencoder: &AutoencoderKl<A>, config: &Config, device: &B::Device) -> Result<Self> {
        let autoencoder = scatter(new_autoencoder::<B>(config, device)?, &gather(autoencoder));
        B::seed(device, chance(config.seed, Stream::InitialWeights, 3).next_u64());
        Ok(Self { autoencoder, critic: Critic::new(&config.decoder.critic_channels, device) })
    }
}

/// Learns from ever new pictures: step s takes the indices `FIRST_PICTURE` + s · batch onwards.
pub struct DecoderLesson<B: AutodiffBackend> {
    config: Config,
    device: B::Device,
    feed: Option<Feed>,
    shown: Shown,
    finished: AutoencoderKl<B::InnerBackend>,
    /// Tells the finished autoencoder from others.
    fingerprint: String,
}

impl<B: AutodiffBackend> DecoderLesson<B> {
    pub fn new(config: &Config, finished: AutoencoderKl<B::InnerBackend>, fingerprint: String, device: &B::Device) -> Self {
        let shown = Shown::new(config);
        Self { config: config.clone(), device: device.clone(), feed: None, shown, finished, fingerprint }
    }
}

impl<B: AutodiffBackend> Lesson<B> for DecoderLesson<B> {
    type Model = Judged<B>;

    fn name(&self) -> &'static str {
        DECODER
    }

    fn lineage(&self) -> String {
        self.fingerprint.clone()
    }

    fn begin(&mut self, step: u64) {
        let batch = self.config.decoder.learning.batch as u64;
        let indices = move |step| (FIRST_PICTURE + step * batch..FIRST_PICTURE + (step + 1) * batch).collect();
        self.feed = Some(Feed::start(self.config.seed, self.config.picture.size, step, indices, scene));
    }

    fn loss(&mut self, model: &Judged<B>, step: u64) -> Result<Losses<B>> {
        let Config { autoencoder, decoder, .. } = &self.config;
        let pictures = self.feed.as_ref().and_then(Feed::next).context("the painter has stopped")?;
        let [channels, height, width] = self.config.latent();
        let noise = noise(self.config.seed, Stream::DecoderNoise, step, [pictures.len(), channels, height, width], &self.device);
        let images = pictures_to_tensor::<B::InnerBackend>(&pictures, &self.device);
        let Posterior { mean, logvar } = self.finished.encode(images.clone());
        let images = Tensor::<B, 4>::from_inner(images);
        let posterior = Posterior { mean: Tensor::from_inner(mean), logvar: Tensor::from_inner(logvar) };
        let redrawn = model.autoencoder.decode(sampled(&posterior, noise, autoencoder));
        let mistakes = mistakes(redrawn.clone() - images.clone(), autoencoder);

        // The decoder does not teach the critic to be mild.
        let fixed = model.critic.clone().no_grad();
        let (of_redrawn, of_images) = (fixed.judge(redrawn.clone()), fixed.judge(images.clone()));
        let features = of_redrawn.distance(&of_images);
        // A critic that knows nothing yet has no say.
        let say = (step as f64 / decoder.critic_warm_up_steps.max(1) as f64).min(1.0);
        let unlike = -of_redrawn.verdict.mean();

        // Nor does the critic's own lesson reach the decoder.
        let count = pictures.len();
        let verdict = model.critic.judge(Tensor::cat(vec![images, redrawn.detach()], 0)).verdict;
        let critic = hinge(verdict.clone().narrow(0, 0, count), verdict.narrow(0, count, count));

        let parts = vec![
            ("pixels", mistakes.pixels.inner()),
            ("features", features.clone().inner()),
            ("verdict", -unlike.clone().inner()),
            ("critic", critic.clone().inner()),
        ];
        let total = mistakes.weighted + features * decoder.feature_weight + unlike * (decoder.adversarial_weight * say) + critic;
        Ok(Losses { total, parts })
    }

    fn sheet(&self, model: &Judged<B::InnerBackend>, path: &Path) -> Result<()> {
        self.shown.sheet(&model.autoencoder, path, &self.device)
    }
}
