//! The theme: every colour of the hall, named by what it means.

use bevy::prelude::*;

/// The dark between things: background of the hall and of the sky above it.
pub const VOID: Srgba = hex(0x05070c);
/// Walls, plinths and posts.
pub const STONE: Srgba = hex(0x121a28);
/// The lighter edge of stone.
pub const EDGE: Srgba = hex(0x2c3a52);
/// Lines of the floor.
pub const GRID: Srgba = hex(0x1d2a3e);
/// A plane that has nothing to show yet.
pub const GLASS: Srgba = hex(0x0a0f18);

/// Words, tokens and their vectors.
pub const TEXT: Srgba = hex(0xffb454);
/// A latent.
pub const LATENT: Srgba = hex(0x4fd8eb);
/// Noise, and predictions of it.
pub const NOISE: Srgba = hex(0x9db0c9);
/// Guidance: what the prompt changes.
pub const GUIDANCE: Srgba = hex(0xf08be0);
/// Feature maps inside the UNet and the decoder.
pub const FEATURE: Srgba = hex(0xbfeaf5);
/// A picture that people can see.
pub const PICTURE: Srgba = hex(0xf6efe2);
/// Track A (●).
pub const TRACK_A: Srgba = hex(0xff8a3d);
/// Track B (■).
pub const TRACK_B: Srgba = hex(0x5aa2ff);

/// Headings.
pub const INK: Srgba = hex(0xeef2f8);
/// Running text.
pub const INK_SOFT: Srgba = hex(0xb9c4d4);
/// Something that went wrong.
pub const ALARM: Srgba = hex(0xff9d8a);

/// The ground of a panel or card.
pub const PANEL: Srgba = hex(0x0c121c);
/// A button or a field on a panel.
pub const FIELD: Srgba = hex(0x1a2536);

const fn hex(rgb: u32) -> Srgba {
    Srgba::rgb((rgb >> 16 & 255) as f32 / 255.0, (rgb >> 8 & 255) as f32 / 255.0, (rgb & 255) as f32 / 255.0)
}

/// The same colour at a part of its light, 0..1, mixed with the void.
pub fn dimmed(colour: Srgba, light: f32) -> Srgba {
    VOID.mix(&colour, light.clamp(0.0, 1.0))
}

/// Contrast ratio of two colours as WCAG 2 defines it, 1..21.
pub fn contrast(one: Srgba, other: Srgba) -> f32 {
    let luminance = |colour: Srgba| {
        let linear = LinearRgba::from(colour);
        0.2126 * linear.red + 0.7152 * linear.green + 0.0722 * linear.blue
    };
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

/// The light of the timestep: noise grey where the time is high, picture white where it is nearly over.
///
/// `timestep`: the model's own, 0..1000.
pub fn time_light(timestep: f32) -> Srgba {
    NOISE.mix(&PICTURE, 1.0 - (timestep / 1000.0).clamp(0.0, 1.0))
}
