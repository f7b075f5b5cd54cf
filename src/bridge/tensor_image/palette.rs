//! A palette: the colour that stands for a number.

/// Colours of equal steps in lightness (Oklab), told apart by light alone as well as by hue. The first four names follow the
/// hall's meanings: latents cyan, noise blue-grey, guidance magenta, text amber.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Palette {
    /// Diverging: negative deep blue to cyan, zero near black, positive brown to amber.
    Latent,
    /// Blue-grey grain: −range dark, zero in the middle, range bright.
    Noise,
    /// Diverging: negative green, zero near black, positive magenta.
    Guidance,
    /// How far from zero: dark to amber.
    Text,
    /// How far from zero: dark to a white with some cyan.
    Feature,
    /// As is: 0 black, 1 white, sRGB-coded. The range has no say.
    Colour,
}

impl Palette {
    /// Oklab colours that stand for −range, −range/2, 0, range/2 and range; between them they are mixed.
    /// `None` for [`Palette::Colour`].
    pub(super) fn stops(self) -> Option<[[f32; 3]; 5]> {
        // Lightness, chroma, hue in degrees.
        let stops = match self {
            Self::Latent => [(0.82, 0.1, 215.), (0.48, 0.135, 250.), (0.14, 0.01, 250.), (0.48, 0.09, 70.), (0.82, 0.13, 80.)],
            Self::Noise => {
                [(0.14, 0.015, 250.), (0.31, 0.025, 250.), (0.48, 0.035, 250.), (0.65, 0.035, 250.), (0.82, 0.025, 250.)]
            }
            Self::Guidance => [(0.82, 0.15, 125.), (0.48, 0.1, 125.), (0.14, 0.01, 320.), (0.48, 0.18, 345.), (0.82, 0.12, 345.)],
            Self::Text => [(0.86, 0.11, 82.), (0.5, 0.095, 74.), (0.14, 0.01, 70.), (0.5, 0.095, 74.), (0.86, 0.11, 82.)],
            Self::Feature => [(0.92, 0.05, 205.), (0.53, 0.08, 215.), (0.14, 0.01, 230.), (0.53, 0.08, 215.), (0.92, 0.05, 205.)],
            Self::Colour => return None,
        };
        Some(stops.map(|(lightness, chroma, hue_degrees): (f32, f32, f32)| {
            let (sin, cos) = hue_degrees.to_radians().sin_cos();
            [lightness, chroma * cos, chroma * sin]
        }))
    }
}
