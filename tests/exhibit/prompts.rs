//! The panel “Words”: cards, wheel and keyboard with a pad, and what is painted.

use bevy::prelude::*;
use bridge::{Branch, Generation, Intervention, ModelShape, WordWeight};
use exhibit::input::Intent;
use exhibit::panels::Panels;
use exhibit::panels::prompts::{Asked, Page, PromptDesk};
use exhibit::text::Texts;
use exhibit::words::{Cards, Choice, Key, Ring, Take, Wheel};

use crate::models;

const PRESENT: &str = "a red owl on the sea at dawn";

fn desk(shape: &ModelShape) -> PromptDesk {
    let mut desk = PromptDesk::default();
    desk.begin(shape, PRESENT);
    desk
}

/// At a page of the built-in model's desk.
fn at(page: Page) -> PromptDesk {
    let mut desk = desk(&models::built_in());
    while desk.page != page {
        assert_eq!(desk.feed(Intent::NextStop), None);
    }
    desk
}

fn alone(prompt: &str) -> Option<Asked> {
    Some(Asked { prompt: prompt.into(), beside: None, seed: None })
}

/// Moves that ask for nothing.
fn moved(desk: &mut PromptDesk, moves: &[Intent]) {
    for intent in moves {
        assert_eq!(desk.feed(*intent), None, "{intent:?}");
    }
}

#[test]
fn a_card_is_taken_whole_or_in_half_with_its_seed() {
    let card = Cards::builtin().unwrap().cards[0].clone();
    let check = |take: Take, prompt: &str, beside: Option<&str>| {
        let mut desk = at(Page::Cards);
        desk.choice.take = take;
        let asked = Asked { prompt: prompt.into(), beside: beside.map(String::from), seed: Some(card.seed) };
        assert_eq!(desk.feed(Intent::Choose), Some(asked));
    };
    check(Take::Both, &card.a, Some(&card.b));
    check(Take::A, &card.a, None);
    check(Take::B, &card.b, None);
}

#[test]
fn steps_go_along_a_card_and_the_dial_goes_down_the_cards() {
    let mut desk = at(Page::Cards);
    moved(&mut desk, &[Intent::Dial(-2), Intent::StepForward]);
    assert_eq!(desk.choice, Choice { card: 2, take: Take::A });
    moved(&mut desk, &[Intent::Dial(1), Intent::StepBack]);
    assert_eq!(desk.choice, Choice { card: 1, take: Take::Both });
}

#[test]
fn steps_turn_the_ring_and_the_dial_turns_its_word() {
    let mut desk = at(Page::Wheel);
    let mut wheel = Wheel::of(PRESENT);
    assert_eq!(desk.wheel, wheel);
    moved(&mut desk, &[Intent::StepBack, Intent::Dial(-1)]);
    wheel.take_ring(Ring::Colour);
    wheel.turn(1);
    assert_eq!(desk.wheel, wheel);
    assert_eq!(desk.feed(Intent::Choose), alone(&wheel.sentence()));
}

#[test]
fn the_stick_points_at_a_word_on_the_wheel_only() {
    let walk = Intent::Walk { direction: Vec3::new(0.0, 1.0, -1.0), fast: false };
    let mut desk = at(Page::Wheel);
    let mut wheel = desk.wheel;
    moved(&mut desk, &[walk]);
    wheel.point(Vec2::NEG_Y);
    assert_ne!(wheel.sentence(), PRESENT);
    assert_eq!(desk.wheel, wheel);
    for page in [Page::Cards, Page::Keyboard] {
        let mut desk = at(page);
        let before = desk.clone();
        moved(&mut desk, &[walk]);
        assert_eq!(desk, before);
    }
}

#[test]
fn the_keyboard_goes_on_with_the_prompt_and_done_paints_it() {
    let mut desk = at(Page::Keyboard);
    assert_eq!((desk.keyboard.text(), desk.keyboard.key()), (PRESENT, Key::Letter('q')));
    moved(&mut desk, &[Intent::StepForward, Intent::Choose]);
    assert_eq!(desk.keyboard.text(), format!("{PRESENT}w"));
    while desk.keyboard.key() != Key::Backspace {
        moved(&mut desk, &[Intent::StepForward]);
        if desk.keyboard.key() == Key::Letter('q') {
            moved(&mut desk, &[Intent::Dial(2)]);
        }
    }
    moved(&mut desk, &[Intent::Choose, Intent::StepForward]);
    assert_eq!(desk.keyboard.key(), Key::Done);
    assert_eq!(desk.feed(Intent::Choose), alone(PRESENT));
}

#[test]
fn pages_go_round_and_the_wheel_is_for_who_speaks_the_painters_grammar() {
    let check = |shape: &ModelShape, pages: &[Page]| {
        let mut desk = desk(shape);
        assert_eq!(desk.pages(), pages);
        for page in pages.iter().cycle().skip(1).take(pages.len()) {
            moved(&mut desk, &[Intent::NextStop]);
            assert_eq!(desk.page, *page);
        }
        moved(&mut desk, &[Intent::PreviousStop]);
        assert_eq!(Some(&desk.page), pages.last());
    };
    check(&models::built_in(), &[Page::Cards, Page::Wheel, Page::Keyboard]);
    check(&models::sd_1_5(), &[Page::Cards, Page::Keyboard]);
}

#[test]
fn a_desk_that_is_opened_again_has_the_new_prompt_and_the_old_place() {
    let mut desk = at(Page::Wheel);
    desk.choice = Choice { card: 3, take: Take::B };
    desk.begin(&models::built_in(), "two boats\nat night");
    assert_eq!((desk.page, desk.choice), (Page::Wheel, Choice { card: 3, take: Take::B }));
    assert_eq!((desk.wheel, desk.keyboard.text()), (Wheel::of("two boats at night"), "two boats at night"));
    // Another model has no wheel.
    desk.begin(&models::sd_1_5(), PRESENT);
    assert_eq!(desk.page, Page::Cards);
}

#[test]
fn other_words_are_painted_without_a_hand_in_the_machine() {
    let present = Generation { seed: 5, num_inference_steps: Some(12), guidance_scale: Some(4.0), ..Generation::of(PRESENT) };
    let changed = Generation {
        intervention: Intervention { word_weights: vec![WordWeight { word: 1, weight: 2.0 }], ..default() },
        branch: Some(Branch { step: 3, guidance_scale: Some(1.0), ..default() }),
        ..present.clone()
    };
    let of = |prompt: &str, seed: u64| Generation { prompt: prompt.into(), seed, ..present.clone() };
    assert_eq!(alone("a fox").unwrap().applied_to(&changed), (of("a fox", 5), None));
    let both = Asked { prompt: "a fox".into(), beside: Some("an owl".into()), seed: Some(7) };
    assert_eq!(both.applied_to(&changed), (of("a fox", 7), Some(of("an owl", 7))));
}

#[test]
fn the_panel_takes_the_hand_from_the_hall() {
    assert!(Panels { words: true, ..default() }.in_hand());
    assert!(!Panels::default().in_hand());
}

#[test]
fn every_page_has_its_name() {
    for page in [Page::Cards, Page::Wheel, Page::Keyboard] {
        assert!(Texts::english().knows(page.key()), "{page:?}");
    }
}
