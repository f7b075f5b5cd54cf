//! Captions: from a scene to words and back.

use std::collections::BTreeSet;

use painter::{Colour, Medium, Partial, Place, Scene, Sky, Subject, full_sentence, parse, sentence, vocabulary};

const BOAT: Scene =
    Scene { subject: Subject::Boat, colour: Colour::Red, place: Place::Sea, sky: Sky::Sunset, medium: Medium::Watercolour };

#[test]
fn every_scene_comes_once() {
    let scenes: BTreeSet<String> = Scene::all().map(|scene| format!("{scene:?}")).collect();
    assert_eq!(scenes.len(), Scene::COUNT);
    assert_eq!(Scene::all().count(), Scene::COUNT);
}

#[test]
fn the_full_sentence_reads_as_english() {
    assert_eq!(full_sentence(&BOAT), "a watercolour of a red boat on the sea at sunset");
    let cat = Scene { subject: Subject::Cat, colour: Colour::Orange, place: Place::Snow, sky: Sky::Night, medium: Medium::Oil };
    assert_eq!(full_sentence(&cat), "an oil painting of an orange cat in the snow at night");
}

#[test]
fn every_full_sentence_reads_back_as_its_scene() {
    for scene in Scene::all() {
        let said = parse(&full_sentence(&scene)).unwrap();
        assert_eq!(said.scene(), Some(scene), "{}", full_sentence(&scene));
        assert_eq!(said, Partial::from(scene));
    }
}

#[test]
fn every_sentence_says_only_what_is_true_and_names_the_subject() {
    for (index, scene) in Scene::all().enumerate() {
        for variant in 0..8 {
            let caption = sentence(&scene, variant * 7919 + index as u64);
            let said = parse(&caption).unwrap();
            assert!(said.matches(&scene), "{caption}");
            assert_eq!(said.subject, Some(scene.subject), "{caption}");
        }
    }
}

#[test]
fn a_sentence_recovers_every_attribute_whose_word_it_contains() {
    for scene in Scene::all().step_by(7) {
        for variant in 0..20 {
            let caption = sentence(&scene, variant);
            let said = parse(&caption).unwrap();
            assert_eq!(said.colour.is_some(), caption.contains(scene.colour.word()), "{caption}");
            assert_eq!(said.place.is_some(), caption.contains(scene.place.word()), "{caption}");
            assert_eq!(said.sky.is_some(), caption.contains(scene.sky.word()), "{caption}");
            assert_eq!(said.medium.is_some(), caption.contains(scene.medium.word()), "{caption}");
        }
    }
}

#[test]
fn sentences_leave_things_out_and_change_their_order() {
    let captions: BTreeSet<String> = (0..400).map(|variant| sentence(&BOAT, variant)).collect();
    assert!(captions.len() > 60, "only {} ways to say it", captions.len());
    for expected in ["red boat, sea, sunset, watercolour", "a red boat at sunset", "at sunset a red boat on the sea"] {
        assert!(captions.contains(expected), "never said: {expected}");
    }
    assert_eq!(sentence(&BOAT, 0), full_sentence(&BOAT));
    assert_eq!(sentence(&BOAT, 5), sentence(&BOAT, 5));
}

#[test]
fn sentences_are_short_and_in_lower_case() {
    for scene in Scene::all().step_by(3) {
        for variant in 0..12 {
            let caption = sentence(&scene, variant);
            assert!(caption.split_whitespace().count() <= 14, "{caption}");
            assert_eq!(caption, caption.to_lowercase());
        }
    }
}

#[test]
fn the_vocabulary_is_exactly_what_sentences_say() {
    let mut said = BTreeSet::new();
    for scene in Scene::all() {
        for variant in 0..16 {
            said.extend(sentence(&scene, variant).split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_string));
        }
    }
    assert_eq!(said.into_iter().collect::<Vec<_>>(), vocabulary());
}

#[test]
fn free_words_are_understood_as_far_as_they_go() {
    let check = |caption: &str, expected: Partial| assert_eq!(parse(caption), Some(expected), "{caption}");
    check("Night!", Partial { sky: Some(Sky::Night), ..Partial::default() });
    check(
        "My HOUSE, in watercolor",
        Partial { subject: Some(Subject::Cottage), medium: Some(Medium::Watercolour), ..Partial::default() },
    );
    check(
        "a paper cut-out of a blue whale",
        Partial {
            subject: Some(Subject::Whale),
            colour: Some(Colour::Blue),
            medium: Some(Medium::PaperCutout),
            ..Partial::default()
        },
    );
}

#[test]
fn words_that_say_nothing_or_contradict_each_other_are_not_a_scene() {
    assert_eq!(parse(""), None);
    assert_eq!(parse("an unknown thing of no colour"), None);
    assert_eq!(parse("a red blue boat"), None);
    assert_eq!(parse("a boat at noon at night"), None);
}

#[test]
fn a_partial_matches_scenes_by_what_it_says() {
    let red = Partial { colour: Some(Colour::Red), ..Partial::default() };
    assert!(red.matches(&BOAT));
    assert!(Partial::default().matches(&BOAT));
    assert!(!red.matches(&Scene { colour: Colour::Blue, ..BOAT }));
    assert!(!Partial::from(BOAT).matches(&Scene { medium: Medium::Oil, ..BOAT }));
    assert_eq!(Scene::all().filter(|scene| red.matches(scene)).count(), Scene::COUNT / Colour::ALL.len());
}
