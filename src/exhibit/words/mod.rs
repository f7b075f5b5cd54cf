//! Choosing words: prompt cards, a word wheel and an on-screen keyboard, as values that are drawn elsewhere.

pub mod cards;
pub mod keyboard;
pub mod wheel;

pub use self::cards::{Card, Cards, CardsError, Choice, Take};
pub use self::keyboard::{Key, Keyboard, Typed};
pub use self::wheel::{Ring, Wheel};

/// The place that is `by` places on in a ring of `count`: after the last comes the first.
fn on_ring(place: usize, by: i32, count: usize) -> usize {
    (place as i64 + i64::from(by)).rem_euclid(count.max(1) as i64) as usize
}
