//! Prompt cards: pairs of prompts that differ in one phrase, read from `assets/prompts`.

use std::fmt;

use bevy::prelude::*;
use bridge::ModelShape;
use serde::Deserialize;

use super::on_ring;

const BUILTIN: &str = include_str!("../../../assets/prompts/builtin.ron");
const STABLE_DIFFUSION: &str = include_str!("../../../assets/prompts/stable_diffusion.ron");

/// Slots of Stable Diffusion's context. A model with fewer has learnt from the painter's captions.
const CONTEXT: usize = 77;

/// Two prompts for one noise.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    pub a: String,
    pub b: String,
    pub seed: u64,
}

/// The cards on the lectern in their order.
#[derive(Resource, Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cards {
    pub cards: Vec<Card>,
}

/// A file of cards cannot be used.
#[derive(Clone, Debug, PartialEq)]
pub enum CardsError {
    Unreadable { file: &'static str, why: String },
    Empty { file: &'static str },
}

impl fmt::Display for CardsError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Unreadable { file, why } => write!(f, "assets/prompts/{file} cannot be read: {why}"),
            Self::Empty { file } => {
                write!(f, "assets/prompts/{file} has no cards: write one, (a: \"a red boat\", b: \"a blue boat\", seed: 7)")
            }
        }
    }
}

impl std::error::Error for CardsError {}

impl Cards {
    /// In the painter's own words.
    pub fn builtin() -> Result<Self, CardsError> {
        Self::read("builtin.ron", BUILTIN)
    }

    pub fn stable_diffusion() -> Result<Self, CardsError> {
        Self::read("stable_diffusion.ron", STABLE_DIFFUSION)
    }

    /// The cards whose words this model knows.
    pub fn suited_to(shape: &ModelShape) -> Result<Self, CardsError> {
        if shape.tokens < CONTEXT { Self::builtin() } else { Self::stable_diffusion() }
    }

    fn read(file: &'static str, written: &str) -> Result<Self, CardsError> {
        let cards: Self = ron::from_str(written).map_err(|why| CardsError::Unreadable { file, why: why.to_string() })?;
        if cards.cards.is_empty() { Err(CardsError::Empty { file }) } else { Ok(cards) }
    }
}

/// What is taken of a card: one of its prompts, or both for the twin tracks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Take {
    A,
    B,
    #[default]
    Both,
}

/// A card by its place, and what of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    pub card: usize,
    pub take: Take,
}

impl Choice {
    /// Goes `dx` to the right within the card and `dy` cards down; after the last comes the first.
    #[must_use]
    pub fn moved_by(self, dx: i32, dy: i32, cards: &Cards) -> Self {
        const TAKES: [Take; 3] = [Take::A, Take::B, Take::Both];
        let take = TAKES.iter().position(|&take| take == self.take).unwrap_or(0);
        Self { card: on_ring(self.card, dy, cards.cards.len()), take: TAKES[on_ring(take, dx, TAKES.len())] }
    }
}

/// The words in which two prompts differ: what both begin with and what both end with is taken away.
pub fn difference(a: &str, b: &str) -> (String, String) {
    let ([_, a, _], [_, b, _]) = (apart(a, b), apart(b, a));
    // A comma that ends the phrase is none of its words.
    let phrase = |words: String| words.trim_end_matches([',', ';', '.']).to_string();
    (phrase(a), phrase(b))
}

/// A prompt in three: as the other begins, in its own words, as the other ends.
pub fn apart(prompt: &str, other: &str) -> [String; 3] {
    let words: Vec<&str> = prompt.split_whitespace().collect();
    let others: Vec<&str> = other.split_whitespace().collect();
    let front = words.iter().zip(&others).take_while(|(word, other)| word == other).count();
    let back = words[front..].iter().rev().zip(others[front..].iter().rev()).take_while(|(word, other)| word == other).count();
    let own = words.len() - back;
    [&words[..front], &words[front..own], &words[own..]].map(|words| words.join(" "))
}
