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
    Attention,
    Guidance,
    Scheduler,
    TimeWall,
    Decoder,
    Picture,
    Map,
}

impl Stop {
    /// The stops of a hall built for this model, in the order of the walk.
    pub fn all(shape: &ModelShape) -> Vec<Self> {
        let head = [Self::Hall, Self::Words, Self::Tokens, Self::TextEncoder, Self::Noise, Self::Unet];
        let blocks = shape.blocks.iter().map(|block| Self::Block(block.block));
        let tail = [Self::Attention, Self::Guidance, Self::Scheduler, Self::TimeWall, Self::Decoder, Self::Picture, Self::Map];
        head.into_iter().chain(blocks).chain(tail).collect()
    }

    /// Names of stops, with those of the UNet's blocks as examples.
    pub const NAMES: [&str; 16] = [
        "hall",
        "words",
        "tokens",
        "text_encoder",
        "noise",
        "unet",
        "unet.down.0",
        "unet.mid",
        "unet.up.0",
        "attention",
        "guidance",
        "scheduler",
        "time_wall",
        "decoder",
        "picture",
        "map",
    ];

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
            Self::Attention => "attention",
            Self::Guidance => "guidance",
            Self::Scheduler => "scheduler",
            Self::TimeWall => "time-wall",
            Self::Decoder => "decoder",
            Self::Picture => "picture",
            Self::Map => "map",
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::TextEncoder => write!(f, "text_encoder"),
            Self::TimeWall => write!(f, "time_wall"),
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
            "attention" => Self::Attention,
            "guidance" => Self::Guidance,
            "scheduler" => Self::Scheduler,
            "time_wall" => Self::TimeWall,
            "decoder" => Self::Decoder,
            "picture" => Self::Picture,
            "map" => Self::Map,
            other => match other.parse() {
                Ok(Site::Unet(block, Part::Output)) => Self::Block(block),
                _ => return Err(UnknownStop(other.to_string())),
            },
        })
    }
}
