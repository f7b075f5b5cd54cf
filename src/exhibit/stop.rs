//! A stop: a place in the hall where a visitor can be taken, such as `unet.mid`.

use std::fmt;
use std::str::FromStr;

use bridge::{Block, ModelShape, Part, Site};

/// In the order of the walk. `Hall` is the view over everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stop {
    Hall,
    Words,
    Tokens,
    TextEncoder,
    Noise,
    Unet,
    Block(Block),
    Guidance,
    Scheduler,
    Decoder,
    Picture,
}

impl Stop {
    /// The stops of a hall built for this model, in the order of the walk.
    pub fn all(shape: &ModelShape) -> Vec<Self> {
        let head = [Self::Hall, Self::Words, Self::Tokens, Self::TextEncoder, Self::Noise, Self::Unet];
        let blocks = shape.blocks.iter().map(|block| Self::Block(block.block));
        let tail = [Self::Guidance, Self::Scheduler, Self::Decoder, Self::Picture];
        head.into_iter().chain(blocks).chain(tail).collect()
    }

    /// The kind of stop, by which texts are keyed: `unet-down` for `unet.down.1`.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Hall => "hall",
            Self::Words => "words",
            Self::Tokens => "tokens",
            Self::TextEncoder => "text-encoder",
            Self::Noise => "noise",
            Self::Unet => "unet",
            Self::Block(Block::Down(_)) => "unet-down",
            Self::Block(Block::Mid) => "unet-mid",
            Self::Block(Block::Up(_)) => "unet-up",
            Self::Guidance => "guidance",
            Self::Scheduler => "scheduler",
            Self::Decoder => "decoder",
            Self::Picture => "picture",
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::TextEncoder => write!(f, "text_encoder"),
            Self::Block(block) => write!(f, "{block}"),
            other => write!(f, "{}", other.kind()),
        }
    }
}

/// The text is not the name of a stop.
#[derive(Clone, Debug, PartialEq)]
pub struct UnknownStop(pub String);

impl FromStr for Stop {
    type Err = UnknownStop;

    fn from_str(name: &str) -> Result<Self, UnknownStop> {
        Ok(match name {
            "hall" => Self::Hall,
            "words" => Self::Words,
            "tokens" => Self::Tokens,
            "text_encoder" => Self::TextEncoder,
            "noise" => Self::Noise,
            "unet" => Self::Unet,
            "guidance" => Self::Guidance,
            "scheduler" => Self::Scheduler,
            "decoder" => Self::Decoder,
            "picture" => Self::Picture,
            other => match other.parse() {
                Ok(Site::Unet(block, Part::Output)) => Self::Block(block),
                _ => return Err(UnknownStop(other.to_string())),
            },
        })
    }
}
