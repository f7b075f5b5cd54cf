//! A scene: the choices that say everything a caption can say about a painting.

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
        }
    };
}

fn any<T: Copy>(values: &[T], rng: &mut impl Rng) -> T {
    // u32, because usize would draw other numbers on a 32-bit platform.
    values[rng.random_range(0..values.len() as u32) as usize]
}

attribute! {
    /// What the picture is of.
    Subject {
        Boat => "boat", Cottage => "cottage", Lighthouse => "lighthouse", Balloon => "balloon", Tree => "tree",
        Cat => "cat", Mushroom => "mushroom", Rocket => "rocket", Whale => "whale", Windmill => "windmill",
        Castle => "castle", Church => "church", Pagoda => "pagoda", Tent => "tent", Bridge => "bridge",
        Pine => "pine", Palm => "palm", Cactus => "cactus", Tulip => "tulip", Sunflower => "sunflower",
        Train => "train", Car => "car", Bus => "bus", Tractor => "tractor", Aeroplane => "aeroplane",
        Airship => "airship", Steamship => "steamship", Submarine => "submarine", Fish => "fish", Duck => "duck",
        Turtle => "turtle", Dog => "dog", Bird => "bird", Owl => "owl", Fox => "fox",
        Horse => "horse", Elephant => "elephant", Rabbit => "rabbit", Penguin => "penguin", Butterfly => "butterfly",
        Snail => "snail", Bear => "bear",
    }
}

attribute! {
    /// The colour of the subject's largest part.
    Colour {
        Red => "red", Orange => "orange", Yellow => "yellow", Green => "green", Turquoise => "turquoise",
        Blue => "blue", Purple => "purple", Pink => "pink", White => "white", Black => "black",
    }
}

attribute! {
    /// The ground and the distance.
    Place {
        Sea => "sea", Meadow => "meadow", Desert => "desert", Snow => "snow", Mountains => "mountains",
        Forest => "forest", Beach => "beach", City => "city", Moon => "moon", Lavender => "lavender field",
    }
}

attribute! {
    /// The hour or the state of the sky, and with it the light on everything.
    Sky {
        Dawn => "dawn", Noon => "noon", Sunset => "sunset", Night => "night",
        Overcast => "grey clouds", Storm => "storm", Rainbow => "rainbow", Aurora => "northern lights",
    }
}

attribute! {
    /// What the picture is made with.
    Medium {
        Watercolour => "watercolour", Oil => "oil painting", PixelArt => "pixel art", PaperCutout => "paper cutout",
        Pointillism => "pointillism", Woodblock => "woodblock print", StainedGlass => "stained glass", Ink => "ink drawing",
        Pastel => "pastel", Mosaic => "mosaic",
    }
}

attribute! {
    /// What falls or hangs in the air. A caption is silent about clear air.
    Weather { Clear => "clear", Rain => "rain", Snowfall => "falling snow", Fog => "fog" }
}

attribute! {
    /// How many there are of the subject. A caption is silent about one.
    Count { One => "one", Two => "two", Three => "three" }
}

attribute! {
    /// How large the subject is. A caption is silent about the usual size.
    Size { Usual => "usual", Small => "small", Large => "large" }
}

attribute! {
    /// Where in the picture the subject stands. A caption is silent about the middle.
    Side { Middle => "middle", Left => "left", Right => "right" }
}

attribute! {
    /// Where the subject stands as its companion sees it.
    Relation { LeftOf => "left of", RightOf => "right of", InFrontOf => "in front of", Above => "above" }
}

/// A second thing in the picture, and how the subject stands to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Companion {
    pub relation: Relation,
    pub subject: Subject,
    pub colour: Colour,
}

impl Subject {
    /// Whether it is at home in the air. Only such a subject is [`Relation::Above`] another.
    pub fn flies(self) -> bool {
        use Subject::{Aeroplane, Airship, Balloon, Bird, Butterfly, Owl, Rocket};
        matches!(self, Aeroplane | Airship | Balloon | Bird | Butterfly | Owl | Rocket)
    }
}

impl Colour {
    /// The pure colour as RGB8, before any light falls on it.
    pub fn rgb(self) -> [u8; 3] {
        match self {
            Colour::Red => [222, 38, 44],
            Colour::Orange => [246, 124, 22],
            Colour::Yellow => [250, 212, 36],
            Colour::Green => [34, 158, 72],
            Colour::Turquoise => [28, 200, 196],
            Colour::Blue => [32, 92, 222],
            Colour::Purple => [132, 58, 186],
            Colour::Pink => [248, 130, 182],
            Colour::White => [246, 246, 242],
            Colour::Black => [36, 33, 42],
        }
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
            Place::Forest => "in a forest",
            Place::Beach => "on the beach",
            Place::City => "in the city",
            Place::Moon => "on the moon",
            Place::Lavender => "in a lavender field",
        }
    }
}

impl Sky {
    /// When it is or what the sky is like, as a caption says it.
    pub fn phrase(self) -> &'static str {
        match self {
            Sky::Dawn => "at dawn",
            Sky::Noon => "at noon",
            Sky::Sunset => "at sunset",
            Sky::Night => "at night",
            Sky::Overcast => "under grey clouds",
            Sky::Storm => "in a storm",
            Sky::Rainbow => "under a rainbow",
            Sky::Aurora => "under the northern lights",
        }
    }

    /// Whether the land lies in the dark.
    pub fn dark(self) -> bool {
        matches!(self, Sky::Night | Sky::Aurora)
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
            Medium::Pointillism => "pointillism",
            Medium::Woodblock => "a woodblock print",
            Medium::StainedGlass => "stained glass",
            Medium::Ink => "an ink drawing",
            Medium::Pastel => "a pastel",
            Medium::Mosaic => "a mosaic",
        }
    }
}

impl Weather {
    /// What is in the air, as a caption says it; `None` for clear air.
    pub fn phrase(self) -> Option<&'static str> {
        match self {
            Weather::Clear => None,
            Weather::Rain => Some("in the rain"),
            Weather::Snowfall => Some("in falling snow"),
            Weather::Fog => Some("in the fog"),
        }
    }
}

/// The scene graph of one painting.
///
/// A picture with a companion shows one of each, in their usual size; of count, size and side at most one is unusual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Scene {
    pub subject: Subject,
    pub colour: Colour,
    pub place: Place,
    pub sky: Sky,
    pub medium: Medium,
    pub weather: Weather,
    pub count: Count,
    pub size: Size,
    pub side: Side,
    pub companion: Option<Companion>,
}

impl Scene {
    /// How many plain scenes there are.
    pub const COUNT: usize = Subject::ALL.len() * Colour::ALL.len() * Place::ALL.len() * Sky::ALL.len() * Medium::ALL.len();

    /// One subject of the usual size in the middle of clear air.
    pub fn plain(subject: Subject, colour: Colour, place: Place, sky: Sky, medium: Medium) -> Scene {
        let (weather, count, size, side) = (Weather::Clear, Count::One, Size::Usual, Side::Middle);
        Scene { subject, colour, place, sky, medium, weather, count, size, side, companion: None }
    }

    /// Draws subject, colour, place, sky and medium evenly and on their own; three scenes in five are plain but for the weather.
    pub fn sample(rng: &mut impl Rng) -> Scene {
        let (subject, colour) = (any(Subject::ALL, rng), any(Colour::ALL, rng));
        let mut scene = Scene::plain(subject, colour, any(Place::ALL, rng), any(Sky::ALL, rng), any(Medium::ALL, rng));
        if rng.random_range(0..10u32) < 2 {
            scene.weather = any(&Weather::ALL[1..], rng);
        }
        match rng.random_range(0..100u32) {
            0..60 => {}
            60..72 => scene.count = any(&Count::ALL[1..], rng),
            72..80 => scene.size = any(&Size::ALL[1..], rng),
            80..88 => scene.side = any(&Side::ALL[1..], rng),
            _ => scene.companion = Some(Companion::beside(subject, colour, rng)),
        }
        scene
    }

    /// Every plain combination once; the medium changes fastest.
    pub fn all() -> impl Iterator<Item = Scene> {
        Subject::ALL.iter().flat_map(|&subject| {
            Colour::ALL.iter().flat_map(move |&colour| {
                Place::ALL.iter().flat_map(move |&place| {
                    Sky::ALL.iter().flat_map(move |&sky| {
                        Medium::ALL.iter().map(move |&medium| Scene::plain(subject, colour, place, sky, medium))
                    })
                })
            })
        })
    }
}

impl Companion {
    /// Another subject of another colour, in a relation that is possible.
    fn beside(subject: Subject, colour: Colour, rng: &mut impl Rng) -> Companion {
        // The last relation is in the air.
        let possible = if subject.flies() { Relation::ALL } else { &Relation::ALL[..Relation::ALL.len() - 1] };
        let relation = any(possible, rng);
        let mut companion = Companion { relation, subject: any(Subject::ALL, rng), colour: any(Colour::ALL, rng) };
        while companion.subject == subject {
            companion.subject = any(Subject::ALL, rng);
        }
        while companion.colour == colour {
            companion.colour = any(Colour::ALL, rng);
        }
        companion
    }
}
