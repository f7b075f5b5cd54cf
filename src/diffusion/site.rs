//! A site: a named place in the model, such as `unet.down.1.attn.0.cross`. Nodes stand by it, captions are keyed by it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where a tensor was seen. The order of the variants is the order of computation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Site {
    /// `text.layer.I`: the token vectors that leave layer I of the text encoder, [batch, 1, tokens, hidden].
    TextLayer(usize),
    /// `text.layer.I.attn`: self-attention weights of layer I of the text encoder, [batch, heads, tokens, tokens].
    TextAttention(usize),
    /// `vae.encoder.conv_in`: the picture's first feature maps, [batch, channels, H, W].
    EncoderConvIn,
    /// `vae.encoder.down.I`: feature maps that leave stage I of the encoder, half as high and wide after all but the last.
    EncoderDown(usize),
    /// `vae.encoder.mid`: feature maps before the moments are made, [batch, channels, height, width] of the latent.
    EncoderMid,
    /// `unet.time`: the timestep embedding, [batch, embedding, 1, 1].
    TimeEmbedding,
    /// `unet.conv_in`: the first feature maps, [batch, channels, height, width].
    ConvIn,
    /// `unet.down.I…`, `unet.mid…`, `unet.up.I…`.
    Unet(Block, Part),
    /// `unet.conv_out`: the model's prediction, [batch, 4, height, width].
    ConvOut,
    /// `vae.decoder.mid`: feature maps before the first upsampling, [batch, channels, height, width] of the latent.
    DecoderMid,
    /// `vae.decoder.up.I`: feature maps that leave stage I of the decoder, twice as high and wide after all but the last.
    DecoderUp(usize),
    /// `vae.decoder.conv_norm_out`: what `conv_out` makes the picture from, normed and through SiLU, [batch, channels, H, W].
    DecoderNormOut,
}

/// A block of the UNet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Block {
    Down(usize),
    Mid,
    Up(usize),
}

/// A part of a UNet block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// `….resnet.J`: what leaves resnet J, [batch, channels, height, width].
    Resnet(usize),
    /// `….attn.J`: what leaves transformer J, [batch, channels, height, width].
    Attention(usize),
    /// `….attn.J.self`: self-attention weights, [batch, heads, pixels, pixels].
    SelfAttention(usize),
    /// `….attn.J.self.row`: the self-attention weights of one pixel, asked for by [`crate::Observer::query`] and computed from
    /// that pixel's query alone, [batch, heads, 1, pixels].
    SelfAttentionRow(usize),
    /// `….attn.J.cross`: cross-attention weights, [batch, heads, pixels, tokens].
    CrossAttention(usize),
    /// `….skip.J`: on a down block the J-th tensor it hands over the bridge, on an up block the J-th it receives.
    Skip(usize),
    /// `….downsample`: what leaves a down block's downsampler, [batch, channels, height/2, width/2]. The last down block has
    /// none.
    Downsample,
    /// `….upsample`: what leaves an up block's upsampler, [batch, channels, 2·height, 2·width]. The last up block has none.
    Upsample,
    /// The block's output (after its down- or upsampler), [batch, channels, height, width]. Written as the block alone. That of
    /// the middle block, `unet.mid`, is the h-space of "Diffusion Models already have a Semantic Latent Space", arXiv 2210.10960.
    Output,
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Down(index) => write!(f, "unet.down.{index}"),
            Self::Mid => write!(f, "unet.mid"),
            Self::Up(index) => write!(f, "unet.up.{index}"),
        }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::TextLayer(index) => write!(f, "text.layer.{index}"),
            Self::TextAttention(index) => write!(f, "text.layer.{index}.attn"),
            Self::EncoderConvIn => write!(f, "vae.encoder.conv_in"),
            Self::EncoderDown(index) => write!(f, "vae.encoder.down.{index}"),
            Self::EncoderMid => write!(f, "vae.encoder.mid"),
            Self::TimeEmbedding => write!(f, "unet.time"),
            Self::ConvIn => write!(f, "unet.conv_in"),
            Self::ConvOut => write!(f, "unet.conv_out"),
            Self::DecoderMid => write!(f, "vae.decoder.mid"),
            Self::DecoderUp(index) => write!(f, "vae.decoder.up.{index}"),
            Self::DecoderNormOut => write!(f, "vae.decoder.conv_norm_out"),
            Self::Unet(block, part) => match part {
                Part::Output => write!(f, "{block}"),
                Part::Resnet(index) => write!(f, "{block}.resnet.{index}"),
                Part::Attention(index) => write!(f, "{block}.attn.{index}"),
                Part::SelfAttention(index) => write!(f, "{block}.attn.{index}.self"),
                Part::SelfAttentionRow(index) => write!(f, "{block}.attn.{index}.self.row"),
                Part::CrossAttention(index) => write!(f, "{block}.attn.{index}.cross"),
                Part::Skip(index) => write!(f, "{block}.skip.{index}"),
                Part::Downsample => write!(f, "{block}.downsample"),
                Part::Upsample => write!(f, "{block}.upsample"),
            },
        }
    }
}

/// The text is not the name of a site.
#[derive(Debug, thiserror::Error)]
#[error("“{0}” is not a place in the model; an example of one is unet.down.1.attn.0.cross")]
pub struct UnknownSite(String);

impl FromStr for Site {
    type Err = UnknownSite;

    fn from_str(text: &str) -> Result<Self, UnknownSite> {
        let words: Vec<&str> = text.split('.').collect();
        let number = |word: &str| word.parse().map_err(|_| UnknownSite(text.to_string()));
        let part = |words: &[&str]| {
            Ok(match words {
                [] => Part::Output,
                ["resnet", index] => Part::Resnet(number(index)?),
                ["attn", index] => Part::Attention(number(index)?),
                ["attn", index, "self"] => Part::SelfAttention(number(index)?),
                ["attn", index, "self", "row"] => Part::SelfAttentionRow(number(index)?),
                ["attn", index, "cross"] => Part::CrossAttention(number(index)?),
                ["skip", index] => Part::Skip(number(index)?),
                ["downsample"] => Part::Downsample,
                ["upsample"] => Part::Upsample,
                _ => return Err(UnknownSite(text.to_string())),
            })
        };
        Ok(match words.as_slice() {
            ["text", "layer", index] => Self::TextLayer(number(index)?),
            ["text", "layer", index, "attn"] => Self::TextAttention(number(index)?),
            ["vae", "encoder", "conv_in"] => Self::EncoderConvIn,
            ["vae", "encoder", "down", index] => Self::EncoderDown(number(index)?),
            ["vae", "encoder", "mid"] => Self::EncoderMid,
            ["unet", "time"] => Self::TimeEmbedding,
            ["unet", "conv_in"] => Self::ConvIn,
            ["unet", "conv_out"] => Self::ConvOut,
            ["unet", "down", index, rest @ ..] => Self::Unet(Block::Down(number(index)?), part(rest)?),
            ["unet", "mid", rest @ ..] => Self::Unet(Block::Mid, part(rest)?),
            ["unet", "up", index, rest @ ..] => Self::Unet(Block::Up(number(index)?), part(rest)?),
            ["vae", "decoder", "mid"] => Self::DecoderMid,
            ["vae", "decoder", "up", index] => Self::DecoderUp(number(index)?),
            ["vae", "decoder", "conv_norm_out"] => Self::DecoderNormOut,
            _ => return Err(UnknownSite(text.to_string())),
        })
    }
}

impl Serialize for Site {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Site {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
