//! Captions: from a scene to words and back.

use std::collections::{BTreeSet, HashSet};

use painter::{
    Colour, Companion, Count, Medium, Partial, Place, Relation, Scene, Side, Size, Sky, Subject, Weather, full_sentence, parse,
    sentence, vocabulary,
};
use rand::SeedableRng;
use rand_pcg::Pcg32;

const BOAT: Scene = Scene {
    subject: Subject::Boat,
    colour: Colour::Red,
    place: Place::Sea,
    sky: Sky::Sunset,
    medium: Medium::Watercolour,
    weather: Weather::Clear,
    count: Count::One,
    size: Size::Usual,
    side: Side::Middle,
    companion: None,
};

/// Scenes as a model meets them, the unusual among them.
fn samples(number: usize) -> Vec<Scene> {
    let mut rng = Pcg32::seed_from_u64(11);
    (0..number).map(|_| Scene::sample(&mut rng)).collect()
}

fn beside(scene: Scene, relation: Relation, colour: Colour, subject: Subject) -> Scene {
    Scene { companion: Some(Companion { relation, subject, colour }), ..scene }
}

#[test]
fn every_scene_comes_once() {
    let scenes: HashSet<Scene> = Scene::all().collect();
    assert_eq!(scenes.len(), Scene::COUNT);
    assert_eq!(Scene::all().count(), Scene::COUNT);
}

#[test]
fn the_full_sentence_reads_as_english() {
    let check = |scene: Scene, expected: &str| assert_eq!(full_sentence(&scene), expected);
    check(BOAT, "a watercolour of a red boat on the sea at sunset");
    let cat = Scene::plain(Subject::Cat, Colour::Orange, Place::Snow, Sky::Night, Medium::Oil);
    check(cat, "an oil painting of an orange cat in the snow at night");
    let cats = Scene { count: Count::Two, weather: Weather::Rain, ..cat };
    let cats = Scene { colour: Colour::Blue, place: Place::Meadow, sky: Sky::Noon, medium: Medium::Mosaic, ..cats };
    check(cats, "a mosaic of two blue cats in a meadow at noon in the rain");
    let owl = Scene::plain(Subject::Owl, Colour::White, Place::Forest, Sky::Night, Medium::Pastel);
    check(Scene { size: Size::Large, ..owl }, "a pastel of a large white owl in a forest at night");
    let pine = Scene::plain(Subject::Pine, Colour::Green, Place::Snow, Sky::Dawn, Medium::Ink);
    check(Scene { side: Side::Left, ..pine }, "an ink drawing of a green pine on the left in the snow at dawn");
    let boat = Scene { sky: Sky::Noon, medium: Medium::Woodblock, ..BOAT };
    check(
        beside(boat, Relation::InFrontOf, Colour::White, Subject::Lighthouse),
        "a woodblock print of a red boat in front of a white lighthouse on the sea at noon",
    );
    let bird = Scene::plain(Subject::Bird, Colour::Black, Place::City, Sky::Rainbow, Medium::StainedGlass);
    check(
        beside(bird, Relation::Above, Colour::Pink, Subject::Castle),
        "stained glass of a black bird above a pink castle in the city under a rainbow",
    );
    let bus = Scene::plain(Subject::Bus, Colour::Red, Place::Lavender, Sky::Aurora, Medium::PixelArt);
    check(
        beside(bus, Relation::RightOf, Colour::Orange, Subject::Elephant),
        "pixel art of a red bus right of an orange elephant in a lavender field under the northern lights",
    );
}

#[test]
fn several_are_named_in_the_plural() {
    let plurals = [
        (Subject::Fox, "foxes"),
        (Subject::Bus, "buses"),
        (Subject::Church, "churches"),
        (Subject::Fish, "fish"),
        (Subject::Butterfly, "butterflies"),
        (Subject::Cactus, "cactuses"),
        (Subject::Aeroplane, "aeroplanes"),
        (Subject::Tree, "trees"),
    ];
    for (subject, plural) in plurals {
        let scene = Scene { subject, count: Count::Three, ..BOAT };
        assert_eq!(full_sentence(&scene), format!("a watercolour of three red {plural} on the sea at sunset"));
    }
}

#[test]
fn an_article_fits_the_word_after_it() {
    let vowel = |word: &str| word.starts_with(['a', 'e', 'i', 'o', 'u']);
    for (index, scene) in samples(5000).iter().enumerate() {
        for variant in [0, index as u64 * 3 + 1, index as u64 * 3 + 2] {
            let caption = sentence(scene, variant);
            let words: Vec<&str> = caption.split(' ').collect();
            for pair in words.windows(2) {
                assert!(pair[0] != "a" || !vowel(pair[1]), "{caption}");
                assert!(pair[0] != "an" || vowel(pair[1]), "{caption}");
            }
            assert!(!["a", "an", "the", "of"].contains(words.last().unwrap()), "{caption}");
        }
    }
}

#[test]
fn every_full_sentence_reads_back_as_its_scene() {
    for scene in Scene::all().step_by(17).chain(samples(5000)) {
        let caption = full_sentence(&scene);
        let said = parse(&caption).unwrap_or_else(|| panic!("not understood: {caption}"));
        assert_eq!(said, Partial::from(scene), "{caption}");
        assert_eq!(said.scene(), Some(scene), "{caption}");
    }
}

#[test]
fn every_sentence_says_only_what_is_true_and_names_the_subject() {
    for (index, scene) in Scene::all().step_by(101).chain(samples(5000)).enumerate() {
        for variant in 0..8 {
            let caption = sentence(&scene, variant * 7919 + index as u64);
            let said = parse(&caption).unwrap_or_else(|| panic!("not understood: {caption}"));
            assert!(said.matches(&scene), "{caption}");
            assert_eq!(said.subject, Some(scene.subject), "{caption}");
        }
    }
}

#[test]
fn a_sentence_recovers_every_attribute_whose_word_it_contains() {
    for scene in Scene::all().step_by(211) {
        for variant in 0..12 {
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
fn sentences_mostly_tell_what_is_unusual() {
    let (mut told, mut left_out) = ([0; 5], [0; 5]);
    for (index, scene) in samples(5000).iter().enumerate() {
        let all = Partial::from(*scene);
        for variant in 0..6 {
            let caption = sentence(scene, 1 + variant + 6 * index as u64);
            let said = parse(&caption).unwrap();
            let words: Vec<&str> = caption.split([' ', ',']).collect();
            let mut count = |number: usize, unusual: bool, is_told: bool, phrase: &str| {
                let word = phrase.split(' ').next().unwrap();
                assert_eq!(is_told, unusual && words.contains(&word), "{caption}");
                told[number] += i32::from(is_told);
                left_out[number] += i32::from(unusual && !is_told);
            };
            count(0, all.weather.is_some(), said.weather.is_some(), scene.weather.word());
            count(1, all.count.is_some(), said.count.is_some(), scene.count.word());
            count(2, all.size.is_some(), said.size.is_some(), scene.size.word());
            count(3, all.side.is_some(), said.side.is_some(), scene.side.word());
            let other = scene.companion.map_or("", |companion| companion.subject.word());
            count(4, all.companion.is_some(), said.companion.is_some(), other);
            if let Some(companion) = said.companion {
                assert_eq!(companion.colour.is_some(), said.colour.is_some(), "{caption}");
            }
        }
    }
    for (told, left_out) in told.into_iter().zip(left_out) {
        let share = f64::from(told) / f64::from(told + left_out);
        assert!((0.87..0.93).contains(&share), "told in {share} of all sentences");
    }
}

#[test]
fn sentences_leave_things_out_and_change_their_order() {
    let said = |scene: Scene| (0..600).map(|variant| sentence(&scene, variant)).collect::<BTreeSet<String>>();
    let check = |captions: &BTreeSet<String>, expected: &[&str]| {
        assert!(captions.len() > 60, "only {} ways to say it", captions.len());
        for &expected in expected {
            assert!(captions.contains(expected), "never said: {expected}");
        }
    };
    check(&said(BOAT), &["red boat, sea, sunset, watercolour", "a red boat at sunset", "at sunset a red boat on the sea"]);
    let pair = said(beside(BOAT, Relation::LeftOf, Colour::White, Subject::Owl));
    for part in ["a red boat to the left of a white owl", "a red boat left of a white owl", "red boat left of white owl, "] {
        assert!(pair.iter().any(|caption| caption.contains(part)), "never said: {part}");
    }
    let left = said(Scene { side: Side::Left, weather: Weather::Fog, ..BOAT });
    for part in ["on the left a red boat", "a red boat on the left side", "in the fog a ", "fog, sea", ", on the left"] {
        assert!(left.iter().any(|caption| caption.contains(part)), "never said: {part}");
    }
    assert_eq!(sentence(&BOAT, 0), full_sentence(&BOAT));
    assert_eq!(sentence(&BOAT, 5), sentence(&BOAT, 5));
}

#[test]
fn sentences_are_short_and_in_lower_case() {
    for (index, scene) in samples(5000).iter().enumerate() {
        for variant in 0..8 {
            let caption = sentence(scene, index as u64 * 8 + variant);
            // The full sentence leaves nothing out.
            let most = if index as u64 * 8 + variant == 0 { 24 } else { 20 };
            assert!(caption.split_whitespace().count() <= most, "{caption}");
            assert_eq!(caption, caption.to_lowercase());
        }
        assert!(full_sentence(scene).split_whitespace().count() <= 24);
    }
}

#[test]
fn the_vocabulary_is_exactly_what_sentences_say() {
    let mut said = BTreeSet::new();
    for (index, scene) in samples(20_000).iter().enumerate() {
        for variant in [0, 1 + 2 * index as u64, 2 + 2 * index as u64] {
            said.extend(sentence(scene, variant).split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_string));
        }
    }
    assert_eq!(said.into_iter().collect::<Vec<_>>(), vocabulary());
}

#[test]
fn free_words_are_understood_as_far_as_they_go() {
    let check = |caption: &str, expected: Partial| assert_eq!(parse(caption), Some(expected), "{caption}");
    let silent = Partial::default();
    check("Night!", Partial { sky: Some(Sky::Night), ..silent });
    let house = Partial { subject: Some(Subject::Cottage), ..silent };
    check("My HOUSE, in watercolor", Partial { medium: Some(Medium::Watercolour), ..house });
    let whale = Partial { subject: Some(Subject::Whale), colour: Some(Colour::Blue), ..silent };
    check("a paper cut-out of a blue whale", Partial { medium: Some(Medium::PaperCutout), ..whale });
    check("a lonely whale, blue, in falling snow", Partial { weather: Some(Weather::Snowfall), ..whale });
    check("a whale in the snow, blue", Partial { place: Some(Place::Snow), ..whale });
    check("it is snowing; a blue whale on a snowy plain", {
        Partial { weather: Some(Weather::Snowfall), place: Some(Place::Snow), ..whale }
    });
    check("two tiny blue whales", Partial { count: Some(Count::Two), size: Some(Size::Small), ..whale });
    check("a single blue whale in the centre", Partial { count: Some(Count::One), side: Some(Side::Middle), ..whale });
    check("a huge blue whale on the right", Partial { size: Some(Size::Large), side: Some(Side::Right), ..whale });
    check("a blue whale to the left of the picture", Partial { side: Some(Side::Left), ..whale });
    check("a blue whale before dawn", Partial { sky: Some(Sky::Dawn), ..whale });
    check("a blue whale over the ocean", Partial { place: Some(Place::Sea), ..whale });
    check("a blue whale under a rainbow on a rainy day", {
        Partial { sky: Some(Sky::Rainbow), weather: Some(Weather::Rain), ..whale }
    });
    check("a blue whale under the moon", whale);
    check("blue whale, snow, storm", Partial { place: Some(Place::Snow), sky: Some(Sky::Storm), ..whale });
    check("a blue whale on the moon", Partial { place: Some(Place::Moon), ..whale });
    check("a blue whale in ink on paper", Partial { medium: Some(Medium::Ink), ..whale });
}

#[test]
fn near_synonyms_and_plurals_name_the_same_subject() {
    let names = [
        ("sailboat", Subject::Boat),
        ("ships", Subject::Boat),
        ("hot-air balloon", Subject::Balloon),
        ("palm trees", Subject::Palm),
        ("pine tree", Subject::Pine),
        ("spruce", Subject::Pine),
        ("firs", Subject::Pine),
        ("steam engine", Subject::Train),
        ("locomotives", Subject::Train),
        ("automobile", Subject::Car),
        ("double-decker", Subject::Bus),
        ("buses", Subject::Bus),
        ("airplane", Subject::Aeroplane),
        ("planes", Subject::Aeroplane),
        ("zeppelin", Subject::Airship),
        ("steamer", Subject::Steamship),
        ("bunnies", Subject::Rabbit),
        ("puppies", Subject::Dog),
        ("kittens", Subject::Cat),
        ("foxes", Subject::Fox),
        ("butterflies", Subject::Butterfly),
        ("cacti", Subject::Cactus),
        ("churches", Subject::Church),
        ("sea turtle", Subject::Turtle),
        ("light house", Subject::Lighthouse),
    ];
    for (name, subject) in names {
        let expected = Partial { subject: Some(subject), ..Partial::default() };
        assert_eq!(parse(&format!("my {name}")), Some(expected), "{name}");
    }
}

#[test]
fn near_synonyms_name_the_same_colour_place_sky_and_weather() {
    let check = |phrase: &str, expected: Partial| assert_eq!(parse(phrase), Some(expected), "{phrase}");
    let colours = [("teal", Colour::Turquoise), ("cyan", Colour::Turquoise), ("violet", Colour::Purple)];
    colours.into_iter().for_each(|(word, colour)| check(word, Partial { colour: Some(colour), ..Partial::default() }));
    let places = [("in a field of lavender", Place::Lavender), ("a mountain", Place::Mountains), ("in the woods", Place::Forest)];
    places.into_iter().for_each(|(word, place)| check(word, Partial { place: Some(place), ..Partial::default() }));
    let skies = [
        ("at sunrise", Sky::Dawn),
        ("at midday", Sky::Noon),
        ("gray clouds", Sky::Overcast),
        ("overcast", Sky::Overcast),
        ("cloudy", Sky::Overcast),
        ("a thunderstorm with lightning", Sky::Storm),
        ("aurora", Sky::Aurora),
        ("rainbow", Sky::Rainbow),
    ];
    skies.into_iter().for_each(|(word, sky)| check(word, Partial { sky: Some(sky), ..Partial::default() }));
    let weathers = [
        ("raining", Weather::Rain),
        ("rainy", Weather::Rain),
        ("snowfall", Weather::Snowfall),
        ("foggy", Weather::Fog),
        ("in the mist", Weather::Fog),
    ];
    weathers.into_iter().for_each(|(word, weather)| check(word, Partial { weather: Some(weather), ..Partial::default() }));
}

#[test]
fn a_relation_tells_the_subject_from_its_companion() {
    let check = |caption: &str, relation: Relation| {
        let said = parse(caption).unwrap_or_else(|| panic!("not understood: {caption}"));
        assert_eq!((said.subject, said.colour), (Some(Subject::Bird), Some(Colour::Black)), "{caption}");
        let scene = beside(BOAT, relation, Colour::Pink, Subject::Castle);
        assert_eq!(said.companion, Partial::from(scene).companion, "{caption}");
    };
    check("a black bird above a pink castle", Relation::Above);
    check("At noon, a black bird flies over a large pink castle.", Relation::Above);
    check("over a pink castle, a black bird", Relation::Above);
    check("black bird to the left of pink castle, mosaic", Relation::LeftOf);
    check("the black bird on the right of the pink castle", Relation::RightOf);
    check("a black bird before a pink castle at sunset", Relation::InFrontOf);
    check("a black bird in front of one pink castle", Relation::InFrontOf);
    let said = parse("a bird above a castle").unwrap();
    assert_eq!(said.companion.unwrap().colour, None);
    assert_eq!(parse("a mosaic of a red bird above a castle in the city at noon").unwrap().scene(), None);
}

#[test]
fn words_that_say_nothing_or_contradict_each_other_are_not_a_scene() {
    assert_eq!(parse(""), None);
    assert_eq!(parse("an unknown thing of no colour"), None);
    assert_eq!(parse("a red blue boat"), None);
    assert_eq!(parse("a boat at noon at night"), None);
    assert_eq!(parse("a boat and a castle"), None);
    assert_eq!(parse("two or three boats"), None);
    assert_eq!(parse("a boat left of a castle right of a church"), None);
    assert_eq!(parse("rain and fog"), None);
}

#[test]
fn a_partial_matches_scenes_by_what_it_says() {
    let red = Partial { colour: Some(Colour::Red), ..Partial::default() };
    assert!(red.matches(&BOAT));
    assert!(Partial::default().matches(&BOAT));
    assert!(!red.matches(&Scene { colour: Colour::Blue, ..BOAT }));
    assert!(!Partial::from(BOAT).matches(&Scene { medium: Medium::Oil, ..BOAT }));
    assert_eq!(Scene::all().filter(|scene| red.matches(scene)).count(), Scene::COUNT / Colour::ALL.len());
    let pair = beside(BOAT, Relation::LeftOf, Colour::White, Subject::Owl);
    let unusual = [
        Scene { weather: Weather::Fog, ..BOAT },
        Scene { count: Count::Two, ..BOAT },
        Scene { size: Size::Large, ..BOAT },
        Scene { side: Side::Right, ..BOAT },
        pair,
    ];
    for scene in unusual {
        assert!(Partial::from(scene).matches(&scene), "{scene:?}");
        assert!(!Partial::from(scene).matches(&BOAT), "{scene:?}");
        assert!(Partial::from(BOAT).matches(&scene), "silence rules nothing out: {scene:?}");
    }
    assert!(!Partial::from(pair).matches(&beside(BOAT, Relation::RightOf, Colour::White, Subject::Owl)));
    assert!(!Partial::from(pair).matches(&beside(BOAT, Relation::LeftOf, Colour::Pink, Subject::Owl)));
    assert!(!Partial::from(pair).matches(&beside(BOAT, Relation::LeftOf, Colour::White, Subject::Fox)));
}
