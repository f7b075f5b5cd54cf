//! A colour as painters mix it: three numbers from 0 to 1 in display space, and the three tones light makes of it.

use std::ops::{Add, Mul};

use crate::scene::Colour;

/// Red, green and blue, each from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rgb(pub f32, pub f32, pub f32);

impl Rgb {
    pub const WHITE: Rgb = Rgb(1.0, 1.0, 1.0);

    /// `self` at 0, `other` at 1.
    pub fn mix(self, other: Rgb, share: f32) -> Rgb {
        self * (1.0 - share) + other * share
    }

    pub fn luminance(self) -> f32 {
        0.299 * self.0 + 0.587 * self.1 + 0.114 * self.2
    }

    /// More than 1 pushes the colour away from its grey.
    pub fn saturate(self, factor: f32) -> Rgb {
        let grey = self.luminance();
        Rgb(grey, grey, grey).mix(self, factor)
    }

    /// Sum of the three differences: 0 for the same colour, 3 from black to white.
    pub fn distance(self, other: Rgb) -> f32 {
        (self.0 - other.0).abs() + (self.1 - other.1).abs() + (self.2 - other.2).abs()
    }

    pub fn to_rgb8(self) -> [u8; 3] {
        [self.0, self.1, self.2].map(|channel| (channel.clamp(0.0, 1.0) * 255.0 + 0.5) as u8)
    }
}

impl Add for Rgb {
    type Output = Rgb;
    fn add(self, other: Rgb) -> Rgb {
        Rgb(self.0 + other.0, self.1 + other.1, self.2 + other.2)
    }
}

impl Mul<f32> for Rgb {
    type Output = Rgb;
    fn mul(self, factor: f32) -> Rgb {
        Rgb(self.0 * factor, self.1 * factor, self.2 * factor)
    }
}

/// Light of one colour on a surface of another.
impl Mul for Rgb {
    type Output = Rgb;
    fn mul(self, light: Rgb) -> Rgb {
        Rgb(self.0 * light.0, self.1 * light.1, self.2 * light.2)
    }
}

impl From<Colour> for Rgb {
    fn from(colour: Colour) -> Rgb {
        let [red, green, blue] = colour.rgb().map(|channel| f32::from(channel) / 255.0);
        Rgb(red, green, blue)
    }
}

/// What light makes of one colour: the lit side, the colour itself, the side away from the light.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tones {
    pub light: Rgb,
    pub base: Rgb,
    pub shade: Rgb,
}

impl Tones {
    pub fn flat(colour: Rgb) -> Tones {
        Tones { light: colour, base: colour, shade: colour }
    }

    /// `level` runs from −1 (shade) over 0 (base) to 1 (light).
    pub fn at(&self, level: f32) -> Rgb {
        if level >= 0.0 { self.base.mix(self.light, level.min(1.0)) } else { self.base.mix(self.shade, (-level).min(1.0)) }
    }

    pub fn map(&self, change: impl Fn(Rgb) -> Rgb) -> Tones {
        Tones { light: change(self.light), base: change(self.base), shade: change(self.shade) }
    }
}
