//! A QR code: a link as a square of dark and light modules, for a phone to read from the screen.

use qrcode::bits::Bits;
use qrcode::types::QrResult;
use qrcode::{Color, EcLevel, QrCode, Version};

/// Nothing scratches a screen: the lowest level of error correction makes the largest modules.
const LEVEL: EcLevel = EcLevel::L;
/// ISO/IEC 18004: the capacity of version 40-L in byte mode.
const MOST_BYTES: usize = 2953;
/// ISO/IEC 18004: so many light modules on each side.
const QUIET_ZONE: usize = 4;
// A reader wants the standard's own colours, whatever the theme.
const DARK: [u8; 4] = [0, 0, 0, 255];
const LIGHT: [u8; 4] = [255; 4];

/// The modules of a QR code, without the quiet zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Modules {
    /// In modules: 21 to 177.
    pub side: usize,
    /// [side, side], from the top.
    pub dark: Vec<bool>,
}

/// A QR code with its quiet zone.
#[derive(Clone, Debug, PartialEq)]
pub struct CodePicture {
    /// In pixels.
    pub side: usize,
    /// [side, side, 4]
    pub rgba: Vec<u8>,
}

/// The smallest QR code that carries the link.
///
/// # Errors
/// A link that is longer than the largest QR code.
pub fn modules(link: &str) -> Result<Modules, CodeError> {
    let code = (1..=40).find_map(|version| encoded(link, Version::Normal(version)).ok());
    let code = code.ok_or(CodeError::TooLong { bytes: link.len(), most: MOST_BYTES })?;
    Ok(Modules { side: code.width(), dark: code.into_colors().into_iter().map(|color| color == Color::Dark).collect() })
}

/// In bytes throughout: switching modes would gain little in a link and make it hard to say how long one may be.
fn encoded(link: &str, version: Version) -> QrResult<QrCode> {
    let mut bits = Bits::new(version);
    bits.push_byte_data(link.as_bytes())?;
    bits.push_terminator(LEVEL)?;
    QrCode::with_bits(bits, LEVEL)
}

impl Modules {
    /// A picture in which a module is so many pixels wide, at least one.
    pub fn picture(&self, pixels_per_module: usize) -> CodePicture {
        let pixels_per_module = pixels_per_module.max(1);
        let side = (self.side + 2 * QUIET_ZONE) * pixels_per_module;
        let module = |pixel: usize| (pixel / pixels_per_module).checked_sub(QUIET_ZONE).filter(|&module| module < self.side);
        let color = |place: usize| match (module(place / side), module(place % side)) {
            (Some(row), Some(column)) if self.dark.get(row * self.side + column) == Some(&true) => DARK,
            _ => LIGHT,
        };
        CodePicture { side, rgba: (0..side * side).flat_map(color).collect() }
    }
}

/// A link that does not fit into a QR code.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CodeError {
    #[error("the link has {bytes} bytes and a QR code carries at most {most}: shorten the prompt")]
    TooLong { bytes: usize, most: usize },
}
