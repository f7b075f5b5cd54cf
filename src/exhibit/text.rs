//! Every sentence a visitor reads, from `assets/text`.

use bevy::log::error;
use bevy::prelude::*;
use bridge::SchedulerKind;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

/// A language that the hall speaks. A new one is a folder of `assets/text` and an entry in [`LANGUAGES`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Language {
    /// BCP 47.
    pub tag: &'static str,
    /// Its name in itself.
    pub endonym: &'static str,
    /// Name and text of each file.
    files: &'static [(&'static str, &'static str)],
}

macro_rules! files {
    ($folder:literal: $($name:literal),+ $(,)?) => {
        &[$((concat!($folder, "/", $name, ".ftl"), include_str!(concat!("../../", $folder, "/", $name, ".ftl")))),+]
    };
}

/// The first is complete and stands in wherever another lacks a sentence.
pub const LANGUAGES: &[Language] = &[Language {
    tag: "en",
    endonym: "English",
    files: files!("assets/text/en": "hall", "hands", "words", "attention", "map", "numbers", "changes", "tours", "what_if", "keep"),
}];

/// The sentences in the language of the visitor. Plain text goes in and out: no mark-up, no isolation marks.
#[derive(Resource)]
pub struct Texts {
    /// The visitor's language, and English behind it.
    bundles: Vec<FluentBundle<FluentResource>>,
}

impl Default for Texts {
    fn default() -> Self {
        Self::english()
    }
}

impl Texts {
    pub fn english() -> Self {
        Self { bundles: vec![bundle(&LANGUAGES[0])] }
    }

    /// Another language before English.
    pub fn of(language: &Language) -> Self {
        let mut texts = Self::english();
        if *language != LANGUAGES[0] {
            texts.bundles.insert(0, bundle(language));
        }
        texts
    }

    /// Whether there is a sentence of this name.
    pub fn knows(&self, key: &str) -> bool {
        self.bundles.iter().any(|bundle| bundle.has_message(key))
    }

    /// The sentence of this name; the name itself where there is none, so that a gap is seen and not a crash.
    pub fn say(&self, key: &str) -> String {
        self.say_with(key, &[])
    }

    /// The name of a scheduler for visitors.
    pub fn scheduler(&self, kind: SchedulerKind) -> String {
        // A key of Fluent has no plus.
        self.say(&format!("scheduler-{}", kind.name().replace('+', "p")))
    }

    /// The sentence of this name with values put in.
    pub fn say_with(&self, key: &str, values: &[(&str, String)]) -> String {
        let said = self.bundles.iter().find_map(|bundle| Some((bundle, bundle.get_message(key)?.value()?)));
        let Some((bundle, pattern)) = said else {
            error!("assets/text has no “{key}”");
            return key.to_string();
        };
        let mut arguments = FluentArgs::new();
        for (name, value) in values {
            arguments.set(*name, value.as_str());
        }
        let mut problems = Vec::new();
        let sentence = bundle.format_pattern(pattern, Some(&arguments), &mut problems).into_owned();
        if !problems.is_empty() {
            error!("assets/text, “{key}”: {problems:?}");
        }
        sentence
    }
}

fn bundle(language: &Language) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(vec![language.tag.parse::<LanguageIdentifier>().unwrap_or_default()]);
    bundle.set_use_isolating(false);
    for (file, text) in language.files {
        // A broken line loses its own sentence only; the others are kept.
        let resource = FluentResource::try_new((*text).to_string()).unwrap_or_else(|(resource, problems)| {
            error!("{file} has lines that cannot be read: {problems:?}");
            resource
        });
        if let Err(problems) = bundle.add_resource(resource) {
            error!("{file} says something twice: {problems:?}");
        }
    }
    bundle
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
