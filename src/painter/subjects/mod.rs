//! The subjects, each drawn around the middle, about 1 high, standing on y = 0 with its top at y = −1.

mod buildings;
mod creatures;
mod plants;
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

/// Paints the subject in its frame.
pub(crate) fn paint(subject: Subject, colour: Colour, easel: &mut Easel, chance: &mut Chance) {
    let palette = Palette::new(easel, colour);
    easel.canvas.on_subject = true;
    match subject {
        Subject::Boat => vessels::boat(easel, &palette),
        Subject::Balloon => vessels::balloon(easel, &palette),
        Subject::Rocket => vessels::rocket(easel, &palette),
        Subject::Cottage => buildings::cottage(easel, &palette, chance),
        Subject::Lighthouse => buildings::lighthouse(easel, &palette),
        Subject::Windmill => buildings::windmill(easel, &palette, chance),
        Subject::Tree => plants::tree(easel, &palette, chance),
        Subject::Mushroom => plants::mushroom(easel, &palette, chance),
        Subject::Cat => creatures::cat(easel, &palette),
        Subject::Whale => creatures::whale(easel, &palette),
    }
    easel.canvas.on_subject = false;
}

/// How much of the picture's height the subject takes; wide ones less.
pub(crate) fn height(subject: Subject) -> f32 {
    match subject {
        Subject::Whale => 0.56,
        Subject::Cottage | Subject::Balloon => 0.62,
        _ => 0.65,
    }
}

/// How high above its foot's place the subject hangs in the air, in its own height.
pub(crate) fn altitude(subject: Subject) -> f32 {
    match subject {
        Subject::Balloon => 0.12,
        Subject::Rocket => 0.14,
        _ => 0.0,
    }
}

/// Half the width of the shadow at its foot.
pub(crate) fn girth(subject: Subject) -> f32 {
    match subject {
        Subject::Boat => 0.40,
        Subject::Whale => 0.48,
        Subject::Cottage => 0.46,
        Subject::Cat => 0.34,
        Subject::Mushroom => 0.26,
        Subject::Windmill => 0.30,
        Subject::Tree | Subject::Balloon | Subject::Lighthouse => 0.25,
        Subject::Rocket => 0.20,
    }
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
