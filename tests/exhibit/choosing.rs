//! Choosing words: cards, wheel and keyboard.

use std::collections::BTreeSet;

use bevy::prelude::Vec2;
use exhibit::text::Texts;
use exhibit::words::cards::difference;
use exhibit::words::keyboard::{COLUMNS, LONGEST, rows};
use exhibit::words::{Card, Cards, Choice, Key, Keyboard, Ring, Take, Typed, Wheel};
use painter::{Partial, PartialCompanion};

use crate::models;

fn both() -> [Cards; 2] {
    [Cards::builtin().unwrap(), Cards::stable_diffusion().unwrap()]
}

fn prompts(cards: &Cards) -> impl Iterator<Item = &str> {
    cards.cards.iter().flat_map(|card| [card.a.as_str(), card.b.as_str()])
}

/// Attributes about which two captions say different things.
fn differences(a: &Partial, b: &Partial) -> usize {
    let companions = match (a.companion, b.companion) {
        (Some(PartialCompanion { relation, subject, colour }), Some(other)) => {
            [relation != other.relation, subject != other.subject, colour != other.colour]
        }
        (one, other) => [one != other, false, false],
    };
    let own = [
        a.subject != b.subject,
        a.colour != b.colour,
        a.place != b.place,
        a.sky != b.sky,
        a.medium != b.medium,
        a.weather != b.weather,
        a.count != b.count,
        a.size != b.size,
        a.side != b.side,
    ];
    own.into_iter().chain(companions).filter(|&differs| differs).count()
}

#[test]
fn there_are_twelve_cards_of_each_kind_and_none_twice() {
    for cards in both() {
        assert!(cards.cards.len() >= 12);
        let pairs: BTreeSet<_> = cards.cards.iter().map(|Card { a, b, .. }| (a.min(b), a.max(b))).collect();
        assert_eq!(pairs.len(), cards.cards.len());
        let prompts: BTreeSet<&str> = prompts(&cards).collect();
        assert_eq!(prompts.len(), 2 * cards.cards.len());
    }
}

#[test]
fn the_prompts_of_a_card_differ_in_one_phrase() {
    for Card { a, b, .. } in both().iter().flat_map(|cards| &cards.cards) {
        let (own_a, own_b) = difference(a, b);
        assert_ne!(own_a, own_b, "{a}");
        assert!([&own_a, &own_b].iter().all(|own| own.split(' ').count() <= 6), "{own_a} | {own_b}");
    }
    for Card { a, b, .. } in &Cards::builtin().unwrap().cards {
        assert_eq!(differences(&painter::parse(a).unwrap(), &painter::parse(b).unwrap()), 1, "{a} | {b}");
    }
}

#[test]
fn the_difference_is_what_is_left_between_front_and_back() {
    let check = |a: &str, b: &str, expected: (&str, &str)| {
        assert_eq!(difference(a, b), (expected.0.to_string(), expected.1.to_string()));
    };
    check("a red boat at dawn", "a blue boat at dawn", ("red", "blue"));
    check("a boat", "a large boat", ("", "large"));
    check("a very old tree", "a very very very old tree", ("", "very very"));
    check("a fox in the snow, pastel", "a fox on the beach, pastel", ("in the snow", "on the beach"));
    check("a boat", "a boat", ("", ""));
    check("", "a boat", ("", "a boat"));
}

#[test]
fn the_built_in_model_knows_every_word_of_its_cards() {
    let vocabulary: BTreeSet<String> = painter::vocabulary().into_iter().collect();
    for prompt in prompts(&Cards::builtin().unwrap()) {
        for word in prompt.split_whitespace() {
            assert!(vocabulary.contains(word), "“{word}” in “{prompt}”");
        }
        // Nothing is passed over: what is understood says it again.
        assert_eq!(Wheel::of(prompt).sentence(), prompt);
    }
}

#[test]
fn a_word_is_repeated_on_a_card_of_stable_diffusion() {
    assert!(prompts(&Cards::stable_diffusion().unwrap()).any(|prompt| prompt.contains("very very very")));
}

#[test]
fn cards_suit_the_context_of_the_model() {
    let [builtin, stable_diffusion] = both();
    assert_eq!(Cards::suited_to(&models::built_in()), Ok(builtin));
    assert_eq!(Cards::suited_to(&models::sd_1_5()), Ok(stable_diffusion));
}

#[test]
fn choosing_goes_round_the_cards() {
    let cards = Cards::builtin().unwrap();
    let first = Choice::default();
    let last = Choice { card: cards.cards.len() - 1, take: Take::Both };
    assert_eq!(first.moved_by(0, -1, &cards), last);
    assert_eq!(last.moved_by(1, 1, &cards), Choice { card: 0, take: Take::A });
    assert_eq!(first.moved_by(-1, 0, &cards).take, Take::B);
}

/// Every wheel that one turn of one ring leads to.
fn turned_once(wheel: Wheel) -> Vec<Wheel> {
    let turns = |ring: Ring| {
        let mut at_ring = wheel;
        at_ring.take_ring(ring);
        (0..at_ring.words().len() as i32).map(move |by| {
            let mut turned = at_ring;
            turned.turn(by);
            turned
        })
    };
    wheel.rings().into_iter().flat_map(turns).collect()
}

#[test]
fn the_wheel_says_what_is_parsed_back_to_the_same_scene() {
    let starts = prompts(&Cards::builtin().unwrap()).map(Wheel::of).collect::<Vec<_>>();
    for start in starts.into_iter().chain([Wheel::of("an owl"), Wheel::of("two boats over there"), Wheel::of("hello")]) {
        for wheel in turned_once(start) {
            let sentence = wheel.sentence();
            assert_eq!(painter::parse(&sentence), Some(*wheel.said()), "{sentence}");
            assert_eq!(Wheel::of(&sentence).sentence(), sentence);
        }
    }
    // Two turns from a scene with everything in it.
    let start = Wheel::of("a mosaic of a red owl above an orange fox in the snow at dawn in the fog");
    for wheel in turned_once(start).into_iter().flat_map(turned_once) {
        let sentence = wheel.sentence();
        assert_eq!(painter::parse(&sentence), Some(*wheel.said()), "{sentence}");
    }
}

#[test]
fn the_wheel_reaches_every_word_of_every_ring() {
    let prompts = ["an oil painting of a red owl on the sea at dawn", "a red owl left of a blue fox at night"];
    let mut turned_rings = BTreeSet::new();
    for prompt in prompts {
        let start = Wheel::of(prompt);
        for ring in start.rings() {
            let mut wheel = start;
            wheel.take_ring(ring);
            assert_eq!(wheel.ring(), ring);
            turned_rings.insert(ring.name());
            let words = wheel.words();
            let mut reached = BTreeSet::new();
            for _ in 0..words.len() {
                wheel.turn(1);
                assert_eq!(wheel.word(ring), wheel.words()[wheel.chosen()]);
                reached.insert(wheel.word(ring));
            }
            assert_eq!(reached, words.into_iter().collect::<BTreeSet<_>>(), "{ring:?}");
        }
    }
    assert_eq!(turned_rings, Ring::ALL.map(Ring::name).into_iter().collect::<BTreeSet<_>>());
}

#[test]
fn a_ring_has_all_words_of_the_painter_and_nothing_where_nothing_need_be_said() {
    let check = |ring: Ring, count: usize, may_be_unsaid: bool| {
        let mut wheel = Wheel::of("a red owl left of a blue fox");
        wheel.take_ring(ring);
        let words = wheel.words();
        assert_eq!(words.len(), count + usize::from(may_be_unsaid), "{ring:?}");
        assert_eq!(words[0].is_empty(), may_be_unsaid, "{ring:?}");
    };
    check(Ring::Medium, painter::Medium::ALL.len(), true);
    check(Ring::Place, painter::Place::ALL.len(), true);
    check(Ring::Sky, painter::Sky::ALL.len(), true);
    check(Ring::Colour, painter::Colour::ALL.len(), true);
    check(Ring::Subject, painter::Subject::ALL.len(), false);
    check(Ring::Relation, painter::Relation::ALL.len(), true);
    check(Ring::CompanionSubject, painter::Subject::ALL.len() - 1, false);
    check(Ring::CompanionColour, painter::Colour::ALL.len() - 1, false);
    check(Ring::Count, painter::Count::ALL.len() - 1, true);
}

#[test]
fn rings_are_turned_in_the_order_of_the_sentence_and_round() {
    let mut wheel = Wheel::of("a red owl");
    let mut seen = vec![];
    for _ in wheel.rings() {
        wheel.turn_ring(1);
        seen.push(wheel.ring());
    }
    assert_eq!(wheel.ring(), Ring::Subject);
    seen.rotate_right(wheel.rings().iter().position(|&ring| ring == Ring::Subject).unwrap() + 1);
    assert_eq!(seen, wheel.rings());
    assert!(!seen.contains(&Ring::CompanionSubject));
}

#[test]
fn a_second_subject_comes_as_a_companion_only() {
    let mut wheel = Wheel::of("two red owls on the sea");
    wheel.take_ring(Ring::Relation);
    wheel.turn(1);
    let said = *wheel.said();
    let companion = said.companion.unwrap();
    assert_eq!((said.count, said.subject), (None, Some(painter::Subject::Owl)));
    assert!(Some(companion.subject) != said.subject && companion.colour != said.colour);
    // The subject that is chosen twice changes places.
    let other = companion.subject;
    wheel.take_ring(Ring::Subject);
    while wheel.word(Ring::Subject) != other.word() {
        wheel.turn(1);
    }
    assert_eq!(wheel.word(Ring::CompanionSubject), painter::Subject::ALL[previous(other)].word());
    wheel.take_ring(Ring::Count);
    wheel.turn(1);
    assert_eq!((wheel.said().count, wheel.said().companion), (Some(painter::Count::Two), None));
}

/// The place before a subject's.
fn previous(subject: painter::Subject) -> usize {
    let count = painter::Subject::ALL.len();
    (painter::Subject::ALL.iter().position(|&other| other == subject).unwrap() + count - 1) % count
}

#[test]
fn a_stick_points_at_every_word_and_at_rest_at_none() {
    let mut wheel = Wheel::of("a red owl at night");
    for ring in [Ring::Subject, Ring::Sky, Ring::Count] {
        wheel.take_ring(ring);
        let words = wheel.words();
        for (place, word) in words.iter().enumerate() {
            let clockwise = std::f32::consts::TAU * place as f32 / words.len() as f32;
            wheel.point(Vec2::new(clockwise.sin(), clockwise.cos()));
            assert_eq!(wheel.word(ring), *word);
            wheel.point(Vec2::new(0.1, -0.2));
            assert_eq!(wheel.word(ring), *word);
        }
    }
}

#[test]
fn the_chosen_word_stands_in_the_middle_of_its_neighbours() {
    for wheel in turned_once(Wheel::of("a red owl left of a blue fox")) {
        let around = wheel.around();
        assert_eq!(around.len() % 2, 1);
        assert_eq!(around[around.len() / 2], wheel.word(wheel.ring()));
        assert_eq!(around.iter().collect::<BTreeSet<_>>().len(), around.len());
    }
}

/// Goes to a key and presses it, as with a stick and one button.
fn press(keyboard: &mut Keyboard, key: Key) -> Option<Typed> {
    for _ in 0..rows().len() {
        for _ in 0..COLUMNS {
            if keyboard.key() == key {
                return keyboard.press();
            }
            keyboard.move_by(1, 0);
        }
        keyboard.move_by(0, 1);
    }
    panic!("{key:?} is not reached")
}

#[test]
fn a_prompt_is_typed_with_moves_and_presses_alone() {
    let mut keyboard = Keyboard::of("");
    for letter in "a red boat".chars() {
        let key = if letter == ' ' { Key::Space } else { Key::Letter(letter) };
        assert_eq!(press(&mut keyboard, key), Some(Typed::Written(letter)));
    }
    assert_eq!(keyboard.text(), "a red boat");
    assert_eq!(press(&mut keyboard, Key::Done), Some(Typed::Done));
}

#[test]
fn every_key_is_reached_and_rows_are_equally_wide() {
    for key in rows().into_iter().flatten() {
        let mut by_moves = Keyboard::of("boat");
        let mut by_finger = by_moves.clone();
        assert_eq!(press(&mut by_moves, key), by_finger.touch(key), "{key:?}");
        assert_eq!((by_moves.text(), by_moves.at_caret()), (by_finger.text(), by_finger.at_caret()));
    }
    for row in rows() {
        assert_eq!(row.iter().map(|key| key.width()).sum::<usize>(), COLUMNS);
    }
}

#[test]
fn moves_wrap_around() {
    let mut keyboard = Keyboard::of("");
    assert_eq!(keyboard.key(), Key::Letter('q'));
    keyboard.move_by(-1, 0);
    assert_eq!(keyboard.key(), Key::Letter('p'));
    keyboard.move_by(1, 0);
    keyboard.move_by(0, -2);
    assert_eq!(keyboard.key(), Key::Shift);
    keyboard.move_by(-1, 0);
    assert_eq!(keyboard.key(), Key::Done);
    keyboard.move_by(0, 1);
    assert_eq!(keyboard.key(), Key::Letter('9'));
    // Past a wide key the hand comes out where it went in.
    let mut keyboard = Keyboard::of("");
    keyboard.move_by(4, 0);
    for _ in 0..rows().len() {
        keyboard.move_by(0, 1);
    }
    assert_eq!(keyboard.key(), Key::Letter('t'));
}

#[test]
fn text_is_edited_at_the_caret() {
    let mut keyboard = Keyboard::of("a café");
    assert_eq!(keyboard.touch(Key::Left), None);
    assert_eq!(keyboard.at_caret(), ("a caf", "é"));
    assert_eq!(keyboard.touch(Key::Backspace), Some(Typed::Erased('f')));
    keyboard.touch(Key::Shift);
    assert_eq!(keyboard.touch(Key::Letter('n')), Some(Typed::Written('N')));
    assert_eq!(keyboard.touch(Key::Letter('d')), Some(Typed::Written('d')));
    keyboard.touch(Key::Right);
    keyboard.touch(Key::Right);
    assert_eq!(keyboard.at_caret(), ("a caNdé", ""));
    assert_eq!(Keyboard::of("").touch(Key::Backspace), None);
}

#[test]
fn a_prompt_has_five_hundred_letters_at_most() {
    let mut keyboard = Keyboard::of(&"é".repeat(LONGEST + 20));
    assert_eq!(keyboard.text().chars().count(), 500);
    assert_eq!(keyboard.touch(Key::Letter('a')), None);
    keyboard.touch(Key::Backspace);
    assert_eq!(keyboard.touch(Key::Letter('a')), Some(Typed::Written('a')));
    assert_eq!(keyboard.write('\n'), None);
}

#[test]
fn every_ring_has_its_words() {
    for ring in Ring::ALL {
        assert!(Texts::english().knows(&format!("words-ring-{}", ring.name())), "{ring:?}");
    }
}
