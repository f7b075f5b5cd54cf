//! Every sentence a visitor reads, from `assets/text`.

use bevy::log::error;
use bevy::prelude::*;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

const ENGLISH: &str = include_str!("../../assets/text/en/hall.ftl");

/// The sentences in the language of the visitor. Plain text goes in and out: no mark-up, no isolation marks.
#[derive(Resource)]
pub struct Texts {
    bundle: FluentBundle<FluentResource>,
}

impl Default for Texts {
    fn default() -> Self {
        Self::english()
    }
}

impl Texts {
    pub fn english() -> Self {
        let mut bundle = FluentBundle::new_concurrent(vec!["en".parse::<LanguageIdentifier>().unwrap_or_default()]);
        bundle.set_use_isolating(false);
        // A broken line loses its own sentence only; the others are kept.
        let resource = FluentResource::try_new(ENGLISH.to_string()).unwrap_or_else(|(resource, problems)| {
            error!("assets/text/en/hall.ftl has lines that cannot be read: {problems:?}");
            resource
        });
        if let Err(problems) = bundle.add_resource(resource) {
            error!("assets/text/en/hall.ftl says something twice: {problems:?}");
        }
        Self { bundle }
    }

    /// Whether there is a sentence of this name.
    pub fn knows(&self, key: &str) -> bool {
        self.bundle.has_message(key)
    }

    /// The sentence of this name; the name itself where there is none, so that a gap is seen and not a crash.
    pub fn say(&self, key: &str) -> String {
        self.say_with(key, &[])
    }

    /// The sentence of this name with values put in.
    pub fn say_with(&self, key: &str, values: &[(&str, String)]) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            error!("assets/text/en/hall.ftl has no “{key}”");
            return key.to_string();
        };
        let mut arguments = FluentArgs::new();
        for (name, value) in values {
            arguments.set(*name, value.as_str());
        }
        let mut problems = Vec::new();
        let sentence = self.bundle.format_pattern(pattern, Some(&arguments), &mut problems).into_owned();
        if !problems.is_empty() {
            error!("assets/text/en/hall.ftl, “{key}”: {problems:?}");
        }
        sentence
    }
}

/// `4×64×64`: the shape of a tensor as the hall writes it.
pub fn shape(size: &[usize]) -> String {
    size.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ")
}

/// A piece of a word as the tokenizer cut it, without the mark that ends a word.
pub fn piece(raw: &str) -> &str {
    raw.strip_suffix("</w>").unwrap_or(raw)
}

/// A count with thin spaces between its thousands.
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push('\u{2009}');
        }
        out.push(digit);
    }
    out
}
