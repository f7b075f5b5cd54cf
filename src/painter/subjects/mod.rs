//! The subjects, each drawn around the middle, about 1 high, standing on y = 0 with its top at y = −1.

mod buildings;
mod creatures;
mod growths;
mod landmarks;
mod mammals;
mod plants;
mod small;
mod swimmers;
mod vehicles;
mod vessels;

use crate::canvas::{Form, Paint};
use crate::chance::Chance;
use crate::colour::{Rgb, Tones};
use crate::easel::Easel;
use crate::scene::{Colour, Subject};

/// What the subjects are made of besides their own colour.
pub(crate) struct Palette {
    /// The subject's own colour.
    pub own: Tones,
    /// A colour beside it: off-white, or a cool grey beside white.
    pub second: Tones,
    pub wood: Tones,
    pub stone: Tones,
    /// Eyes, doors, gaps.
    pub dark: Rgb,
    /// Windows: lit at night.
    pub window: Rgb,
}

impl Palette {
    fn new(easel: &Easel, colour: Colour) -> Palette {
        let light = easel.light;
        let second = if colour == Colour::White { Rgb(0.68, 0.70, 0.77) } else { Rgb(0.97, 0.94, 0.86) };
        Palette {
            own: light.subject(colour.into()),
            second: soft(light.subject(second)),
            wood: light.subject(Rgb(0.46, 0.29, 0.17)),
            stone: soft(light.subject(Rgb(0.88, 0.78, 0.62))),
            dark: Rgb(0.13, 0.10, 0.14),
            window: if light.lamps() { Rgb(1.0, 0.86, 0.40) } else { Rgb(0.30, 0.38, 0.50) },
        }
    }
}

/// Pale things look dirty in full shade.
fn soft(tones: Tones) -> Tones {
    Tones { shade: tones.shade.mix(tones.base, 0.45), ..tones }
}

/// A subject as it is drawn: by what hand, and what room it takes.
pub(crate) struct Figure {
    draw: fn(&mut Easel, &Palette, &mut Chance),
    /// How much of the picture's height it takes; wide ones less.
    pub height: f32,
    /// Half its width at the foot (its shadow's, too), in its own height.
    pub girth: f32,
    /// How high above its foot's place it hangs in the air, in its own height.
    pub altitude: f32,
    /// How far it may lean left and right, per height.
    pub lean: (f32, f32),
    /// Whether it lies in the water by itself.
    pub floats: bool,
}

impl Figure {
    /// Stands upright on the ground.
    const STANDING: Figure =
        Figure { draw: |_, _, _| {}, height: 0.65, girth: 0.25, altitude: 0.0, lean: (0.0, 0.0), floats: false };
}

pub(crate) fn figure(subject: Subject) -> &'static Figure {
    match subject {
        Subject::Boat => &vessels::BOAT,
        Subject::Balloon => &vessels::BALLOON,
        Subject::Rocket => &vessels::ROCKET,
        Subject::Cottage => &buildings::COTTAGE,
        Subject::Lighthouse => &buildings::LIGHTHOUSE,
        Subject::Windmill => &buildings::WINDMILL,
        Subject::Tree => &plants::TREE,
        Subject::Mushroom => &plants::MUSHROOM,
        Subject::Cat => &creatures::CAT,
        Subject::Whale => &creatures::WHALE,
        Subject::Castle => &landmarks::CASTLE,
        Subject::Church => &landmarks::CHURCH,
        Subject::Pagoda => &landmarks::PAGODA,
        Subject::Tent => &landmarks::TENT,
        Subject::Bridge => &landmarks::BRIDGE,
        Subject::Pine => &growths::PINE,
        Subject::Palm => &growths::PALM,
        Subject::Cactus => &growths::CACTUS,
        Subject::Tulip => &growths::TULIP,
        Subject::Sunflower => &growths::SUNFLOWER,
        Subject::Train => &vehicles::TRAIN,
        Subject::Car => &vehicles::CAR,
        Subject::Bus => &vehicles::BUS,
        Subject::Tractor => &vehicles::TRACTOR,
        Subject::Aeroplane => &vehicles::AEROPLANE,
        Subject::Airship => &vehicles::AIRSHIP,
        Subject::Steamship => &vehicles::STEAMSHIP,
        Subject::Submarine => &vehicles::SUBMARINE,
        Subject::Fish => &swimmers::FISH,
        Subject::Duck => &swimmers::DUCK,
        Subject::Turtle => &swimmers::TURTLE,
        Subject::Penguin => &swimmers::PENGUIN,
        Subject::Dog => &mammals::DOG,
        Subject::Fox => &mammals::FOX,
        Subject::Horse => &mammals::HORSE,
        Subject::Elephant => &mammals::ELEPHANT,
        Subject::Rabbit => &mammals::RABBIT,
        Subject::Bear => &mammals::BEAR,
        Subject::Bird => &small::BIRD,
        Subject::Owl => &small::OWL,
        Subject::Butterfly => &small::BUTTERFLY,
        Subject::Snail => &small::SNAIL,
    }
}

/// Paints the subject in its frame.
pub(crate) fn paint(subject: Subject, colour: Colour, easel: &mut Easel, chance: &mut Chance) {
    let palette = Palette::new(easel, colour);
    easel.canvas.on_subject = true;
    (figure(subject).draw)(easel, &palette, chance);
    easel.canvas.on_subject = false;
}

fn ball(tones: Tones) -> Paint {
    Paint::formed(tones, Form::Ball)
}

fn column(tones: Tones) -> Paint {
    Paint::formed(tones, Form::Column)
}

fn slope(tones: Tones, level: f32) -> Paint {
    Paint::formed(tones, Form::Slope(level))
}
