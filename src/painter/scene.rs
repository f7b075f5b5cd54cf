//! A scene: the five choices that say everything a caption can say about a painting.

use rand::Rng;
use serde::{Deserialize, Serialize};

/// Declares an attribute of a scene: an enum with all its values in a fixed order and a word for each.
macro_rules! attribute {
    ($(#[$doc:meta])* $name:ident { $($value:ident => $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($value),+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [$name] = &[$($name::$value),+];

            /// The word a caption says for it.
            pub fn word(self) -> &'static str {
                match self { $($name::$value => $word),+ }
            }

            fn any(rng: &mut impl Rng) -> $name {
                // u32, because usize would draw other numbers on a 32-bit platform.
                Self::ALL[rng.random_range(0..Self::ALL.len() as u32) as usize]
            }
        }
    };
}

attribute! {
    /// What stands in the middle of the picture.
    Subject {
        Boat => "boat", Cottage => "cottage", Lighthouse => "lighthouse", Balloon => "balloon", Tree => "tree",
        Cat => "cat", Mushroom => "mushroom", Rocket => "rocket", Whale => "whale", Windmill => "windmill",
    }
}

attribute! {
    /// The colour of the subject's largest part.
    Colour {
        Red => "red", Orange => "orange", Yellow => "yellow", Green => "green",
        Blue => "blue", Purple => "purple", Pink => "pink", White => "white",
    }
}

attribute! {
    /// The ground and the distance.
    Place { Sea => "sea", Meadow => "meadow", Desert => "desert", Snow => "snow", Mountains => "mountains" }
}

attribute! {
    /// The hour, and with it the sky and the light on everything.
    Sky { Dawn => "dawn", Noon => "noon", Sunset => "sunset", Night => "night" }
}

attribute! {
    /// What the picture is made with.
    Medium { Watercolour => "watercolour", Oil => "oil painting", PixelArt => "pixel art", PaperCutout => "paper cutout" }
}

impl Colour {
    /// The pure colour as RGB8, before any light falls on it.
    pub fn rgb(self) -> [u8; 3] {
        match self {
            Colour::Red => [222, 38, 44],
            Colour::Orange => [246, 124, 22],
            Colour::Yellow => [250, 212, 36],
            Colour::Green => [34, 158, 72],
            Colour::Blue => [32, 92, 222],
            Colour::Purple => [132, 58, 186],
            Colour::Pink => [248, 130, 182],
            Colour::White => [246, 246, 242],
        }
    }

    /// The colour's word after its article.
    pub(crate) fn article(self) -> &'static str {
        if self == Colour::Orange { "an" } else { "a" }
    }
}

impl Place {
    /// Where the subject is, as a caption says it.
    pub fn phrase(self) -> &'static str {
        match self {
            Place::Sea => "on the sea",
            Place::Meadow => "in a meadow",
            Place::Desert => "in the desert",
            Place::Snow => "in the snow",
            Place::Mountains => "in the mountains",
        }
    }
}

impl Sky {
    /// When it is, as a caption says it.
    pub fn phrase(self) -> &'static str {
        match self {
            Sky::Dawn => "at dawn",
            Sky::Noon => "at noon",
            Sky::Sunset => "at sunset",
            Sky::Night => "at night",
        }
    }
}

impl Medium {
    /// The work of art, as a caption says it before "of".
    pub fn phrase(self) -> &'static str {
        match self {
            Medium::Watercolour => "a watercolour",
            Medium::Oil => "an oil painting",
            Medium::PixelArt => "pixel art",
            Medium::PaperCutout => "a paper cutout",
        }
    }
}

/// The scene graph of one painting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Scene {
    pub subject: Subject,
    pub colour: Colour,
    pub place: Place,
    pub sky: Sky,
    pub medium: Medium,
}

impl Scene {
    /// How many scenes there are.
    pub const COUNT: usize = Subject::ALL.len() * Colour::ALL.len() * Place::ALL.len() * Sky::ALL.len() * Medium::ALL.len();

    /// Draws every attribute evenly and on its own.
    pub fn sample(rng: &mut impl Rng) -> Scene {
        Scene {
            subject: Subject::any(rng),
            colour: Colour::any(rng),
            place: Place::any(rng),
            sky: Sky::any(rng),
            medium: Medium::any(rng),
        }
    }

    /// Every combination once; the medium changes fastest.
    pub fn all() -> impl Iterator<Item = Scene> {
        Subject::ALL.iter().flat_map(|&subject| {
            Colour::ALL.iter().flat_map(move |&colour| {
                Place::ALL.iter().flat_map(move |&place| {
                    Sky::ALL.iter().flat_map(move |&sky| {
                        Medium::ALL.iter().map(move |&medium| Scene { subject, colour, place, sky, medium })
                    })
                })
            })
        })
    }
}
