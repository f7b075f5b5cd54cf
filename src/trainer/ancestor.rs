//! An ancestor: a finished model that the next one begins with instead of random weights, however much the vocabulary has changed.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Result;
use burn::module::Module;
use burn::tensor::backend::Backend;
use diffusion::Folder;
use diffusion::text_encoder::ClipTextConfig;
use diffusion::unet::UNet2DConditionConfig;
use diffusion::vae::AutoencoderKlConfig;

use crate::models::Denoiser;
use crate::parameters::{self, Named};
use crate::tokens;

/// A model in diffusers' layout.
pub struct Ancestor {
    folder: Folder,
    vocabulary: HashMap<String, u32>,
}

impl Ancestor {
    /// # Errors
    /// If the folder or its vocabulary cannot be read.
    pub fn open(folder: &Path) -> Result<Self> {
        let folder = Folder::open(folder)?;
        let vocabulary = tokens::vocabulary(&folder.read("tokenizer/vocab.json", "an ancestor is a whole diffusers folder")?)?;
        Ok(Self { folder, vocabulary })
    }

    /// The autoencoder with what the ancestor's has under the same name in the same shape.
    pub fn teach_autoencoder<B: Backend, M: Module<B>>(&self, autoencoder: M, device: &B::Device) -> Result<M> {
        let config = self.folder.read_config("vae", AutoencoderKlConfig::check)?;
        let old = parameters::named(&self.weights(config.init::<B>(device), "vae", "diffusion_pytorch_model")?);
        Ok(inherit("autoencoder", autoencoder, &old))
    }

    /// The denoiser with what the ancestor's has under the same name in the same shape, each word's embedding found by the word, and
    /// the embeddings of the first slots.
    pub fn teach_denoiser<B: Backend>(
        &self,
        denoiser: Denoiser<B>,
        vocabulary: &HashMap<String, u32>,
        device: &B::Device,
    ) -> Result<Denoiser<B>> {
        let text_encoder = self.folder.read_config("text_encoder", ClipTextConfig::check)?;
        let unet = self.folder.read_config("unet", UNet2DConditionConfig::check)?;
        let old = Denoiser {
            text_encoder: self.weights(text_encoder.init::<B>(device), "text_encoder", "model")?,
            unet: self.weights(unet.init::<B>(device), "unet", "diffusion_pytorch_model")?,
        };
        let (mut old, new) = (parameters::named(&old), parameters::named(&denoiser));
        let ids = |word: &str| Some((*self.vocabulary.get(word)? as usize, *vocabulary.get(word)? as usize));
        let words: Vec<_> = vocabulary.keys().filter_map(|word| ids(word)).collect();
        let slots: Vec<_> = (0..).map(|slot| (slot, slot)).take(slots(&old).min(slots(&new))).collect();
        for (ending, pairs) in [(WORDS, words), (SLOTS, slots)] {
            replant(&mut old, &new, ending, &pairs);
        }
        Ok(inherit("denoiser", denoiser, &old))
    }

    fn weights<B: Backend, M: Module<B>>(&self, module: M, part: &str, stem: &str) -> Result<M> {
        Ok(self.folder.load_weights(module, part, stem)?)
    }
}

const WORDS: &str = "token_embedding.weight";
const SLOTS: &str = "position_embedding.weight";

fn slots(parameters: &Named) -> usize {
    parameters.iter().find(|(path, _)| path.ends_with(SLOTS)).map_or(0, |(_, (shape, _))| shape[0])
}

/// Turns the old table of embeddings into one of the new shape: row `to` is the old row `from` for each pair, the others are new.
fn replant(old: &mut Named, new: &Named, ending: &str, pairs: &[(usize, usize)]) {
    for (path, (shape, numbers)) in old.iter_mut().filter(|(path, _)| path.ends_with(ending)) {
        let Some((new_shape, fresh)) = new.get(path).filter(|(new_shape, _)| new_shape[1] == shape[1]) else { continue };
        let (width, mut grown) = (shape[1], fresh.clone());
        for &(from, to) in pairs {
            grown[to * width..][..width].copy_from_slice(&numbers[from * width..][..width]);
        }
        (*shape, *numbers) = (new_shape.clone(), grown);
    }
}

fn inherit<B: Backend, M: Module<B>>(name: &str, module: M, old: &Named) -> M {
    let new = parameters::named(&module);
    let same = |path: &str| old.get(path).filter(|(shape, _)| new.get(path).is_some_and(|(own, _)| own == shape));
    let taken: usize = new.keys().filter_map(|path| same(path)).map(|(_, numbers)| numbers.len()).sum();
    eprintln!("{name}: {taken} of {} parameters begin as the ancestor's", module.num_params());
    parameters::map(module, |path, numbers| {
        if let Some((_, inherited)) = same(path) {
            numbers.copy_from_slice(inherited);
        }
    })
}
