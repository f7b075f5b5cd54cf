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
    /// `unet.time`: the timestep embedding, [batch, embedding, 1, 1].
    TimeEmbedding,
    /// `unet.conv_in`: the first feature maps, [batch, channels, height, width].
    ConvIn,
    /// `unet.down.I…`, `unet.mid…`, `unet.up.I…`.
    Unet(Block, Part),
    /// `unet.conv_out`: the model's prediction, [batch, 4, height, width].
    ConvOut,
    /// `vae.decoder.mid`: feature maps before the first upsampling.
    DecoderMid,
    /// `vae.decoder.up.I`: feature maps that leave stage I of the decoder.
    DecoderUp(usize),
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
    /// `….attn.J.cross`: cross-attention weights, [batch, heads, pixels, tokens].
    CrossAttention(usize),
    /// `….skip.J`: on a down block the J-th tensor it hands over the bridge, on an up block the J-th it receives.
    Skip(usize),
    /// The block's output (after its down- or upsampler), [batch, channels, height, width]. Written as the block alone.
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
            Self::TimeEmbedding => write!(f, "unet.time"),
            Self::ConvIn => write!(f, "unet.conv_in"),
            Self::ConvOut => write!(f, "unet.conv_out"),
            Self::DecoderMid => write!(f, "vae.decoder.mid"),
            Self::DecoderUp(index) => write!(f, "vae.decoder.up.{index}"),
            Self::Unet(block, part) => match part {
                Part::Output => write!(f, "{block}"),
                Part::Resnet(index) => write!(f, "{block}.resnet.{index}"),
                Part::Attention(index) => write!(f, "{block}.attn.{index}"),
                Part::SelfAttention(index) => write!(f, "{block}.attn.{index}.self"),
                Part::CrossAttention(index) => write!(f, "{block}.attn.{index}.cross"),
                Part::Skip(index) => write!(f, "{block}.skip.{index}"),
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
                ["attn", index, "cross"] => Part::CrossAttention(number(index)?),
                ["skip", index] => Part::Skip(number(index)?),
                _ => return Err(UnknownSite(text.to_string())),
            })
        };
        Ok(match words.as_slice() {
            ["text", "layer", index] => Self::TextLayer(number(index)?),
            ["text", "layer", index, "attn"] => Self::TextAttention(number(index)?),
            ["unet", "time"] => Self::TimeEmbedding,
            ["unet", "conv_in"] => Self::ConvIn,
            ["unet", "conv_out"] => Self::ConvOut,
            ["unet", "down", index, rest @ ..] => Self::Unet(Block::Down(number(index)?), part(rest)?),
            ["unet", "mid", rest @ ..] => Self::Unet(Block::Mid, part(rest)?),
            ["unet", "up", index, rest @ ..] => Self::Unet(Block::Up(number(index)?), part(rest)?),
            ["vae", "decoder", "mid"] => Self::DecoderMid,
            ["vae", "decoder", "up", index] => Self::DecoderUp(number(index)?),
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
