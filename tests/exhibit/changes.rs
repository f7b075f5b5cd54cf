//! Twin tracks differ in one thing, and the hall says which.

use bridge::{Branch, Generation, Intervention, SchedulerKind, Site, SiteScale, Token, Tokens, WordWeight};
use exhibit::change::{Change, WhatIf, difference};
use exhibit::nodes::arcs;
use exhibit::nodes::tokens::Slot;
use exhibit::text::Texts;

fn resolved() -> Generation {
    Generation {
        seed: 7,
        num_inference_steps: Some(20),
        guidance_scale: Some(3.0),
        scheduler: Some(SchedulerKind::Ddim),
        width: Some(64),
        height: Some(64),
        ..Generation::of("a red boat")
    }
}

/// The tokens of `a red boat`, of which the last word is cut in two.
fn tokens() -> Tokens {
    let token = |piece: &str, word: Option<usize>| Token { id: 0, piece: piece.into(), word };
    let slots = [("", None), ("a</w>", Some(0)), ("red</w>", Some(1)), ("bo", Some(2)), ("at</w>", Some(2)), ("", None)];
    Tokens { slots: slots.map(|(piece, word)| token(piece, word)).to_vec(), truncated: Vec::new() }
}

fn site() -> Site {
    "unet.up.1.skip.0".parse().unwrap()
}

fn say(a: &Generation, b: &Generation) -> Vec<String> {
    difference(a, b, &tokens(), &Texts::english())
}

/// What is said of a change from the first step, and from the 12th.
fn check(change: Change, at_once: &str, later: &str) {
    let a = resolved();
    for (from_step, expected) in [(0, at_once), (11, later)] {
        let b = WhatIf { change: change.clone(), from_step }.applied_to(&a);
        assert_eq!(say(&a, &b), [expected]);
        let parts_from = if at_once == later { 0 } else { from_step };
        assert_eq!(b.parts_from(&a), Some(parts_from), "{change:?}");
    }
}

#[test]
fn a_change_is_one_sentence() {
    let always = |change: Change, sentence: &str| check(change, sentence, sentence);
    always(Change::NegativePrompt("blurry".into()), "negative prompt: “blurry” added");
    always(Change::Seed(8), "seed 8 instead of 7");
    always(Change::Scheduler(SchedulerKind::Euler), "scheduler Euler instead of DDIM");
    always(Change::Steps(10), "10 steps instead of 20");
}

#[test]
fn a_change_from_a_later_step_says_so() {
    let branches = |change: Change, sentence: &str| check(change, sentence, &format!("{sentence}, from step 12 on"));
    branches(Change::Prompt("a blue boat".into()), "“blue” instead of “red”");
    branches(Change::Guidance(9.0), "guidance 9 instead of 3");
    branches(Change::SwitchedOff(site()), "without unet.up.1.skip.0");
    branches(Change::WordWeight { word: 1, weight: 0.5 }, "the word “red” counts 0.5 times");
    branches(Change::WordWeight { word: 2, weight: 2.0 }, "the word “boat” counts 2 times");
}

#[test]
fn words_are_added_and_left_out() {
    for (prompt, expected) in [
        ("a red boat, at night", "“boat, at night” instead of “boat”"),
        ("a boat", "“red” left out"),
        ("a small red boat", "“small” added"),
        ("a red boat,", "“boat,” instead of “boat”"),
    ] {
        let what_if = WhatIf { change: Change::Prompt(prompt.into()), from_step: 0 };
        assert_eq!(say(&resolved(), &what_if.applied_to(&resolved())), [expected]);
    }
}

#[test]
fn the_same_run_has_no_difference() {
    assert!(say(&resolved(), &resolved()).is_empty());
    let spaced = Generation { prompt: "a  red boat".into(), ..resolved() };
    assert!(say(&resolved(), &spaced).is_empty());
}

#[test]
fn every_thing_that_differs_has_its_sentence() {
    let scaled = |site: &str, scale| vec![SiteScale { site: site.parse().unwrap(), scale }];
    let (weights, scales) = (|weight| vec![WordWeight { word: 1, weight }], |scale| scaled("unet.mid", scale));
    let intervention = Intervention { switched_off: vec![site()], scaled: scales(2.0), word_weights: weights(2.0) };
    let a = Generation { intervention, ..resolved() };
    let weighed = Intervention { switched_off: Vec::new(), scaled: scales(0.5), word_weights: weights(0.5) };
    let branch = Branch { step: 3, guidance_scale: Some(1.0), ..Branch::default() };
    let b = Generation { intervention: weighed, width: Some(128), seed: 9, branch: Some(branch), ..resolved() };
    let expected = [
        "with unet.up.1.skip.0 again",
        "unet.mid counts 0.5 times instead of 2",
        "the word “red” counts 0.5 times instead of 2",
        "guidance 1 instead of 3, from step 4 on",
        "seed 9 instead of 7",
        "128 × 64 pixels instead of 64 × 64",
    ];
    assert_eq!(say(&a, &b), expected);
}

#[test]
fn a_change_at_a_branch_keeps_the_branch() {
    let branch = Branch { step: 5, guidance_scale: Some(9.0), ..Branch::default() };
    let a = Generation { branch: Some(branch), ..resolved() };
    let b = WhatIf { change: Change::SwitchedOff(site()), from_step: 11 }.applied_to(&a);
    assert_eq!(say(&a, &b), ["without unet.up.1.skip.0, from step 6 on"]);
}

#[test]
fn arcs_show_start_words_and_end() {
    let words = |count: usize| {
        let slots = [Slot::Start].into_iter().chain(std::iter::repeat_n(Slot::Piece, count)).chain([Slot::End, Slot::Padding]);
        slots.collect::<Vec<_>>()
    };
    assert_eq!(arcs::shown_slots(&words(2)), [0, 1, 2, 3]);
    let many = arcs::shown_slots(&words(40));
    assert_eq!((many.len(), many.first(), many.last()), (16, Some(&0), Some(&41)));
}
