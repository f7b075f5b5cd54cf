//! Procedural paintings with a known scene graph and captions: the world that the built-in model learns from.
//!
//! A [`Scene`] says what is to be seen in five words; [`paint`] paints it, freely but repeatably by seed;
//! [`sentence`] says it and [`parse`] reads what was said.

mod canvas;
mod caption;
mod chance;
mod colour;
mod composition;
mod easel;
mod media;
mod picture;
mod place;
mod scene;
mod sky;
mod subjects;

pub use caption::{Partial, full_sentence, parse, sentence, vocabulary};
pub use composition::paint;
pub use picture::{Picture, Sheet, contact_sheet};
pub use scene::{Colour, Medium, Place, Scene, Sky, Subject};
