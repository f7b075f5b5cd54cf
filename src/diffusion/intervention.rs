//! An intervention: a hand in the machine. Parts of the UNet are switched off or scaled, words count for more or less.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::request::RequestError;
use crate::shape::ModelShape;
use crate::site::{Block, Part, Site};
use crate::tokenizer::Tokens;

/// What is changed inside the model. The default changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Intervention {
    /// `unet.down.1`: the block's resnets and transformers add nothing to what passes through. `unet.up.1.skip.0`: that skip
    /// connection delivers zeros. `unet.mid.attn.0.cross`: that attention adds nothing; likewise `….self`.
    pub switched_off: Vec<Site>,
    /// What can be switched off, made weaker or stronger instead. What is switched off stays off; of two scales of a site the
    /// first holds.
    pub scaled: Vec<SiteScale>,
    /// Words that count for more or less.
    pub word_weights: Vec<WordWeight>,
}

/// How much a part of the UNet counts: what a block's resnets and transformers add to what passes through, what an attention
/// adds, or what a skip connection delivers is multiplied by the scale.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteScale {
    pub site: Site,
    /// 0 is the same as switched off, 1 leaves the part as it is.
    pub scale: f32,
}

/// How much a word counts in cross-attention: what it contributes is multiplied by the weight ("Prompt-to-Prompt Image Editing with
/// Cross Attention Control", arXiv 2208.01626, section 4, attention re-weighting).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordWeight {
    /// Counted from 0, as in [`crate::Token::word`].
    pub word: usize,
    /// 0 takes the word away, 1 leaves it as it is.
    pub weight: f32,
}

impl Intervention {
    pub fn is_none(&self) -> bool {
        self.switched_off.is_empty() && self.scaled.is_empty() && self.word_weights.is_empty()
    }

    /// # Errors
    /// If the model has no such part, a scale is not a number from 0 to [`SiteScale::MOST`] or a weight not one from 0 to
    /// [`WordWeight::MOST`].
    pub(crate) fn check(&self, shape: &ModelShape) -> Result<(), RequestError> {
        let mut sites = self.switched_off.iter().copied().chain(self.scaled.iter().map(|scaled| scaled.site));
        if let Some(site) = sites.find(|site| !shape.can_switch_off(*site)) {
            let example = shape.blocks.first().map_or_else(String::new, |block| block.block.to_string());
            return Err(RequestError::NotSwitchable { site, example });
        }
        if let Some(SiteScale { site, scale }) =
            self.scaled.iter().find(|scaled| !(0.0..=SiteScale::MOST).contains(&scaled.scale))
        {
            return Err(RequestError::SiteScale { site: *site, scale: *scale, most: SiteScale::MOST });
        }
        match self.word_weights.iter().find(|word| !(0.0..=WordWeight::MOST).contains(&word.weight)) {
            Some(word) => Err(RequestError::WordWeight { weight: word.weight, most: WordWeight::MOST }),
            None => Ok(()),
        }
    }
}

impl SiteScale {
    pub const MOST: f32 = 10.0;
}

impl WordWeight {
    pub const MOST: f32 = 10.0;
}

impl ModelShape {
    /// Whether this part of the model can be switched off or scaled.
    pub fn can_switch_off(&self, site: Site) -> bool {
        let Site::Unet(block, part) = site else { return false };
        let Some(shape) = self.blocks.iter().find(|shape| shape.block == block) else { return false };
        match part {
            Part::Output => true,
            Part::SelfAttention(index) | Part::CrossAttention(index) => index < shape.transformers,
            Part::Skip(index) => matches!(block, Block::Up(_)) && index < shape.resnets,
            Part::Resnet(_) | Part::Attention(_) | Part::SelfAttentionRow(_) | Part::Downsample | Part::Upsample => false,
        }
    }

    /// The cross-attentions of a block, to be scaled or switched off together; empty if it has none or the model has no such
    /// block.
    pub fn cross_attention_of(&self, block: Block) -> Vec<Site> {
        let transformers = self.blocks.iter().find(|shape| shape.block == block).map_or(0, |shape| shape.transformers);
        (0..transformers).map(|index| Site::Unet(block, Part::CrossAttention(index))).collect()
    }
}

/// An intervention as the UNet takes it.
#[derive(Clone, Debug)]
pub struct Switches<B: Backend> {
    scales: Vec<SiteScale>,
    /// What a token's value is multiplied by: [batch, 1, tokens, 1].
    pub(crate) token_weights: Option<Tensor<B, 4>>,
}

impl<B: Backend> Default for Switches<B> {
    fn default() -> Self {
        Self { scales: Vec::new(), token_weights: None }
    }
}

impl<B: Backend> Switches<B> {
    /// `guided`: the batch is [empty prompt, prompt], of which the first is left alone.
    ///
    /// # Errors
    /// If the prompt has no such word.
    pub(crate) fn new(
        intervention: &Intervention,
        tokens: &Tokens,
        guided: bool,
        device: &B::Device,
    ) -> Result<Self, RequestError> {
        let words = tokens.slots.iter().filter_map(|token| token.word).max().map_or(0, |last| last + 1);
        if let Some(WordWeight { word, .. }) = intervention.word_weights.iter().find(|weight| weight.word >= words) {
            return Err(RequestError::NoSuchWord { word: *word, words });
        }
        let of_word = |word: usize| intervention.word_weights.iter().find(|weight| weight.word == word);
        let of_prompt = tokens.slots.iter().map(|token| token.word.and_then(of_word).map_or(1.0, |word| word.weight));
        let of_empty = vec![1.0f32; if guided { tokens.slots.len() } else { 0 }];
        let token_weights = (!intervention.word_weights.is_empty()).then(|| {
            let weights: Vec<f32> = of_empty.into_iter().chain(of_prompt).collect();
            let shape = [weights.len() / tokens.slots.len(), 1, tokens.slots.len(), 1];
            Tensor::from_data(TensorData::new(weights, shape), device)
        });
        let off = intervention.switched_off.iter().map(|&site| SiteScale { site, scale: 0.0 });
        Ok(Self { scales: off.chain(intervention.scaled.iter().copied()).collect(), token_weights })
    }

    /// What the part at this site is multiplied by: 1 where nothing was said, 0 where it is off.
    pub(crate) fn scale(&self, site: Site) -> f32 {
        self.scales.iter().find(|scaled| scaled.site == site).map_or(1.0, |scaled| scaled.scale)
    }
}

/// x · scale. At 1 it is x itself, so that nothing is computed for a part that is left as it is.
pub(crate) fn scaled<B: Backend, const D: usize>(x: Tensor<B, D>, scale: f32) -> Tensor<B, D> {
    if scale == 1.0 { x } else { x * scale }
}
