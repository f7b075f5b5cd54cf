//! Chance: numbers that look free and are the same on every machine.

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;

/// A stream of chance for one part of a painting.
///
/// Streams of one seed are independent, so a choice in the sky never moves the subject: paintings of one seed share their composition.
pub(crate) struct Chance(Pcg32);

impl Chance {
    pub fn new(seed: u64, part: u64) -> Chance {
        // seed_from_u64 spreads neighbouring seeds apart; the multiplier (2⁶⁴ / golden ratio) does the same for parts.
        Chance(Pcg32::seed_from_u64(seed ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// From 0 up to 1.
    pub fn unit(&mut self) -> f32 {
        self.0.random()
    }

    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// A whole number from `low` to `high`, both included.
    pub fn count(&mut self, low: u32, high: u32) -> u32 {
        self.0.random_range(low..=high)
    }

    /// 1 or −1.
    pub fn side(&mut self) -> f32 {
        if self.unit() < 0.5 { -1.0 } else { 1.0 }
    }

    /// The start of a noise field of its own.
    pub fn field(&mut self) -> u32 {
        self.0.random()
    }
}

/// Smooth noise from −1 to 1 over the plane; its features are about 1 wide.
pub(crate) fn noise(x: f32, y: f32, field: u32) -> f32 {
    let (left, top) = (x.floor(), y.floor());
    let (u, v) = (ease(x - left), ease(y - top));
    let (column, row) = (left as i32, top as i32);
    let upper = lattice(column, row, field) * (1.0 - u) + lattice(column.wrapping_add(1), row, field) * u;
    let lower =
        lattice(column, row.wrapping_add(1), field) * (1.0 - u) + lattice(column.wrapping_add(1), row.wrapping_add(1), field) * u;
    upper * (1.0 - v) + lower * v
}

/// White noise from −1 to 1 on whole numbers.
pub(crate) fn lattice(column: i32, row: i32, field: u32) -> f32 {
    let mut hash = (column as u32).wrapping_mul(0x9e37_79b1) ^ (row as u32).wrapping_mul(0x85eb_ca77) ^ field;
    hash = (hash ^ (hash >> 15)).wrapping_mul(0x2c1b_3c6d);
    hash = (hash ^ (hash >> 12)).wrapping_mul(0x297a_2d39);
    hash ^= hash >> 15;
    (hash >> 8) as f32 / 8_388_608.0 - 1.0
}

/// The smoothstep 3t² − 2t³ of a number clamped to 0..1.
pub(crate) fn ease(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Sine of a number of whole turns, to 0.1 %. The standard library's may differ in the last bit between platforms.
pub(crate) fn sine(turns: f32) -> f32 {
    let x = 1.0 - 2.0 * (turns - turns.floor());
    let parabola = 4.0 * x * (1.0 - x.abs());
    parabola * (0.775 + 0.225 * parabola.abs())
}

pub(crate) fn cosine(turns: f32) -> f32 {
    sine(turns + 0.25)
}
