//! Procedural paintings with a known scene graph and captions: the world that the built-in model learns from.
//!
//! A [`Scene`] says what is to be seen; [`paint`] paints it, freely but repeatably by seed;
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
mod weather;

pub use caption::{Partial, PartialCompanion, full_sentence, parse, sentence, vocabulary};
pub use composition::paint;
pub use picture::{Picture, Sheet, contact_sheet};
pub use scene::{Colour, Companion, Count, Medium, Place, Relation, Scene, Side, Size, Sky, Subject, Weather};
