//! A change: the one thing in which a second run differs from the first.

use std::collections::BTreeSet;

use bridge::{Branch, Generation, Intervention, SchedulerKind, Site, SiteScale, Tokens, WordWeight};
use serde::Deserialize;

use crate::nodes::label::format_number;
use crate::text::{self, Texts};
use crate::words::cards;

/// What of a generation is otherwise.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub enum Change {
    Prompt(String),
    NegativePrompt(String),
    Seed(u64),
    Guidance(f32),
    Scheduler(SchedulerKind),
    Steps(usize),
    SwitchedOff(Site),
    /// The word is counted from 0, as in [`bridge::Token::word`].
    WordWeight {
        word: usize,
        weight: f32,
    },
}

/// What if one thing were otherwise?
#[derive(Clone, Debug, PartialEq)]
pub struct WhatIf {
    pub change: Change,
    /// The first step that is made otherwise, counted from 0. What can only be chosen before a run is always changed from the first.
    pub from_step: usize,
}

impl WhatIf {
    /// The second run. A run branches once: where the first does so already, a later change is made at its branch.
    ///
    /// `a`: resolved.
    pub fn applied_to(&self, a: &Generation) -> Generation {
        let mut b = a.clone();
        match (&self.change, self.from_step) {
            (Change::NegativePrompt(words), _) => b.negative_prompt.clone_from(words),
            (Change::Seed(seed), _) => b.seed = *seed,
            (Change::Scheduler(kind), _) => b.scheduler = Some(*kind),
            (Change::Steps(steps), _) => b.num_inference_steps = Some(*steps),
            (Change::Prompt(words), 0) => b.prompt.clone_from(words),
            (Change::Guidance(scale), 0) => b.guidance_scale = Some(*scale),
            (Change::SwitchedOff(site), 0) => switch_off(&mut b.intervention, *site),
            (Change::WordWeight { word, weight }, 0) => weigh(&mut b.intervention, *word, *weight),
            (later, step) => {
                let branch = b.branch.get_or_insert_with(|| Branch { step, ..Branch::default() });
                match later {
                    Change::SwitchedOff(site) => switch_off(own_intervention(branch, a), *site),
                    Change::WordWeight { word, weight } => weigh(own_intervention(branch, a), *word, *weight),
                    Change::Prompt(words) => branch.prompt = Some(words.clone()),
                    Change::Guidance(scale) => branch.guidance_scale = Some(*scale),
                    Change::NegativePrompt(_) | Change::Seed(_) | Change::Scheduler(_) | Change::Steps(_) => {}
                }
            }
        }
        b
    }
}

/// What is done in the model from the branch on, to begin with what is done before it.
fn own_intervention<'b>(branch: &'b mut Branch, a: &Generation) -> &'b mut Intervention {
    branch.intervention.get_or_insert_with(|| a.intervention.clone())
}

fn switch_off(intervention: &mut Intervention, site: Site) {
    if !intervention.switched_off.contains(&site) {
        intervention.switched_off.push(site);
    }
}

fn weigh(intervention: &mut Intervention, word: usize, weight: f32) {
    intervention.word_weights.retain(|other| other.word != word);
    intervention.word_weights.push(WordWeight { word, weight });
}

/// What B has otherwise than A, a sentence for each thing. Both are resolved; `tokens` are A's.
pub fn difference(a: &Generation, b: &Generation, tokens: &Tokens, texts: &Texts) -> Vec<String> {
    let branches = [a, b].into_iter().filter_map(|generation| generation.branch.as_ref());
    let steps: BTreeSet<usize> = [0].into_iter().chain(branches.map(|branch| branch.step)).collect();
    let mut sentences = Vec::new();
    let mut before: Vec<String> = Vec::new();
    for step in steps {
        let now = Held::at(a, step).difference(&Held::at(b, step), tokens, texts);
        let new = now.iter().filter(|sentence| !before.contains(*sentence));
        sentences.extend(new.map(|sentence| match step {
            0 => sentence.clone(),
            _ => texts.say_with("change-from-step", &[("what", sentence.clone()), ("step", (step + 1).to_string())]),
        }));
        before = now;
    }
    sentences.extend(chosen_before(a, b, texts));
    sentences
}

/// What may be another from a step on.
struct Held<'a> {
    prompt: &'a str,
    guidance_scale: Option<f32>,
    intervention: &'a Intervention,
}

impl<'a> Held<'a> {
    fn at(generation: &'a Generation, step: usize) -> Self {
        let branch = generation.branch.as_ref().filter(|branch| branch.step <= step);
        Self {
            prompt: branch.and_then(|branch| branch.prompt.as_ref()).unwrap_or(&generation.prompt),
            guidance_scale: branch.and_then(|branch| branch.guidance_scale).or(generation.guidance_scale),
            intervention: branch.and_then(|branch| branch.intervention.as_ref()).unwrap_or(&generation.intervention),
        }
    }

    fn difference(&self, b: &Self, tokens: &Tokens, texts: &Texts) -> Vec<String> {
        let mut sentences: Vec<String> = reworded(self.prompt, b.prompt, texts).into_iter().collect();
        if let (Some(a), Some(b)) = (self.guidance_scale, b.guidance_scale) {
            sentences.extend(instead("change-guidance", format_number(a), format_number(b), texts));
        }
        let (off, off_in_b) = (&self.intervention.switched_off, &b.intervention.switched_off);
        let only = |key: &str, sites: &[Site], others: &[Site]| {
            let only = sites.iter().filter(|site| !others.contains(site));
            only.map(|site| texts.say_with(key, &[("site", site.to_string())])).collect::<Vec<_>>()
        };
        sentences.extend(only("change-without", off_in_b, off));
        sentences.extend(only("change-with", off, off_in_b));
        let (scales, scales_in_b) = (&self.intervention.scaled, &b.intervention.scaled);
        let scale = |scales: &[SiteScale], site: Site| {
            scales.iter().find(|scaled| scaled.site == site).map_or(1.0, |scaled| scaled.scale)
        };
        let sites: BTreeSet<Site> = scales.iter().chain(scales_in_b).map(|scaled| scaled.site).collect();
        for site in sites {
            let (a, b) = (scale(scales, site), scale(scales_in_b, site));
            if a != b {
                let values = [("site", site.to_string()), ("a", format_number(a)), ("b", format_number(b))];
                sentences.push(texts.say_with("change-scale", &values));
            }
        }
        let (weights, weights_in_b) = (&self.intervention.word_weights, &b.intervention.word_weights);
        let weight = |weights: &[WordWeight], word: usize| {
            weights.iter().find(|weight| weight.word == word).map_or(1.0, |weight| weight.weight)
        };
        let words: BTreeSet<usize> = weights.iter().chain(weights_in_b).map(|weight| weight.word).collect();
        for word in words {
            let (a, b) = (weight(weights, word), weight(weights_in_b, word));
            if a == b {
                continue;
            }
            let key = if a == 1.0 { "change-weight" } else { "change-weight-instead" };
            let values = [("word", spelt(tokens, word)), ("a", format_number(a)), ("b", format_number(b))];
            sentences.push(texts.say_with(key, &values));
        }
        sentences
    }
}

/// What holds for the whole of a run.
fn chosen_before(a: &Generation, b: &Generation, texts: &Texts) -> Vec<String> {
    let negative = reworded(&a.negative_prompt, &b.negative_prompt, texts);
    let scheduler = |kind: SchedulerKind| texts.scheduler(kind);
    let size =
        |generation: &Generation| generation.width.zip(generation.height).map(|(width, height)| text::shape(&[width, height]));
    let of_both = |key: &str, a: Option<String>, b: Option<String>| instead(key, a?, b?, texts);
    let share = |share: Option<f32>| format_number(share.unwrap_or(0.0));
    let count = |steps: Option<usize>| steps.map(|steps| steps.to_string());
    [
        negative.map(|what| texts.say_with("change-negative", &[("what", what)])),
        instead("change-seed", a.seed.to_string(), b.seed.to_string(), texts),
        of_both("change-scheduler", a.scheduler.map(scheduler), b.scheduler.map(scheduler)),
        of_both("change-steps", count(a.num_inference_steps), count(b.num_inference_steps)),
        instead("change-eta", share(a.eta), share(b.eta), texts),
        instead("change-rescale", share(a.guidance_rescale), share(b.guidance_rescale), texts),
        of_both("change-size", size(a), size(b)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn instead(key: &str, a: String, b: String, texts: &Texts) -> Option<String> {
    (a != b).then(|| texts.say_with(key, &[("a", a), ("b", b)]))
}

/// Which words are others; `None` where at most the space between them is.
fn reworded(a: &str, b: &str, texts: &Texts) -> Option<String> {
    let (mut from, mut to) = cards::difference(a, b);
    if from == to {
        // Only a comma differs.
        ([_, from, _], [_, to, _]) = (cards::apart(a, b), cards::apart(b, a));
    }
    let key = match (from.is_empty(), to.is_empty()) {
        (true, true) => return None,
        (true, false) => "change-word-added",
        (false, true) => "change-word-left-out",
        (false, false) => "change-words",
    };
    Some(texts.say_with(key, &[("a", from), ("b", to)]))
}

/// A word of a prompt, put together from its pieces.
fn spelt(tokens: &Tokens, word: usize) -> String {
    let pieces = tokens.slots.iter().filter(|token| token.word == Some(word));
    pieces.map(|token| text::piece(&token.piece)).collect()
}
