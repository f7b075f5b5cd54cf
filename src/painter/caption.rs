//! A caption: the words for a scene, and the way back from words to what they say about one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use rand::Rng;
use rand_pcg::Pcg32;

use crate::scene::{Colour, Companion, Count, Medium, Place, Relation, Scene, Side, Size, Sky, Subject, Weather};

/// A sentence has at most so many words; only [`full_sentence`] may need a few more.
const LONGEST: usize = 20;

/// The canonical caption, which names the five main attributes and whatever is unusual: `a watercolour of a red boat on the sea at
/// sunset`.
pub fn full_sentence(scene: &Scene) -> String {
    let told = Partial::from(*scene);
    let relation = scene.companion.map_or("", |companion| relations(companion.relation)[0]);
    let thing = thing(&told, scene.subject, true, relation);
    let side = told.side.map(|side| sides(side)[0]);
    let rest = [side, Some(scene.place.phrase()), Some(scene.sky.phrase()), scene.weather.phrase()];
    let said: Vec<&str> = [scene.medium.phrase(), "of", &thing].into_iter().chain(rest.into_iter().flatten()).collect();
    said.join(" ")
}

/// One of many ways to say a scene, chosen by `variant`; 0 is [`full_sentence`].
///
/// The subject is always named; each other attribute is left out now and then, so that a model learns what a word means by itself.
pub fn sentence(scene: &Scene, variant: u64) -> String {
    if variant == 0 {
        return full_sentence(scene);
    }
    let mut rng = Pcg32::new(variant, 0xca97);
    let mut told = some_of(scene, &mut rng);
    let in_keywords = rng.random_bool(0.25);
    loop {
        let said = if in_keywords { keywords(&told, scene.subject, &mut rng) } else { prose(&told, scene.subject, &mut rng) };
        if said.split(' ').count() <= LONGEST {
            return said;
        }
        match rng.random_range(0..3u32) {
            0 => told.place = None,
            1 => told.sky = None,
            _ => told.medium = None,
        }
    }
}

/// What a sentence tells of a scene.
fn some_of(scene: &Scene, rng: &mut Pcg32) -> Partial {
    let all = Partial::from(*scene);
    let mut told = |probability: f64| rng.random_bool(probability);
    let colour = all.colour.filter(|_| told(0.88));
    Partial {
        subject: all.subject,
        colour,
        place: all.place.filter(|_| told(0.80)),
        sky: all.sky.filter(|_| told(0.80)),
        medium: all.medium.filter(|_| told(0.80)),
        weather: all.weather.filter(|_| told(0.90)),
        count: all.count.filter(|_| told(0.90)),
        size: all.size.filter(|_| told(0.90)),
        side: all.side.filter(|_| told(0.90)),
        // A single colour between two things might be taken for the other's.
        companion: all
            .companion
            .filter(|_| told(0.90))
            .map(|companion| PartialCompanion { colour: companion.colour.filter(|_| colour.is_some()), ..companion }),
    }
}

/// The ways to say how the subject stands to its companion.
fn relations(relation: Relation) -> [&'static str; 2] {
    match relation {
        Relation::LeftOf => ["left of", "to the left of"],
        Relation::RightOf => ["right of", "to the right of"],
        Relation::InFrontOf => ["in front of", "before"],
        Relation::Above => ["above", "over"],
    }
}

/// The ways to say where in the picture the subject stands.
fn sides(side: Side) -> [&'static str; 2] {
    match side {
        Side::Middle => ["in the middle", "in the middle"],
        Side::Left => ["on the left", "on the left side"],
        Side::Right => ["on the right", "on the right side"],
    }
}

fn either(ways: [&'static str; 2], rng: &mut Pcg32) -> &'static str {
    ways[usize::from(rng.random_bool(0.5))]
}

/// The word for several of a subject.
fn plural(word: &str) -> String {
    match word {
        "fish" => word.to_string(),
        _ if word.ends_with('y') => format!("{}ies", word.trim_end_matches('y')),
        _ if ["s", "x", "ch", "sh"].iter().any(|end| word.ends_with(end)) => format!("{word}es"),
        _ => format!("{word}s"),
    }
}

/// Puts "a" or "an" before a noun.
fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// The subject with what is told of its count, size and colour, and its companion, with articles or without.
fn thing(told: &Partial, subject: Subject, articles: bool, relation: &str) -> String {
    let article = |noun: String| if articles { with_article(&noun) } else { noun };
    let noun = |size: Option<&str>, colour: Option<Colour>, word: &str| {
        size.into_iter().chain(colour.map(Colour::word)).chain([word]).collect::<Vec<_>>().join(" ")
    };
    let size = told.size.map(Size::word);
    let subject = match told.count {
        None | Some(Count::One) => article(noun(size, told.colour, subject.word())),
        Some(several) => format!("{} {}", several.word(), noun(size, told.colour, &plural(subject.word()))),
    };
    match told.companion {
        None => subject,
        Some(other) => format!("{subject} {relation} {}", article(noun(None, other.colour, other.subject.word()))),
    }
}

/// The subject, with articles or without, and with one of the words for its relation.
fn any_thing(told: &Partial, subject: Subject, articles: bool, rng: &mut Pcg32) -> String {
    let relation = told.companion.map_or("", |companion| either(relations(companion.relation), rng));
    thing(told, subject, articles, relation)
}

/// `red boat, sea, sunset, watercolour`, the subject first and the rest in any order.
fn keywords(told: &Partial, subject: Subject, rng: &mut Pcg32) -> String {
    let mut words = vec![any_thing(told, subject, false, rng)];
    let side = told.side.map(|side| either(sides(side), rng));
    let rest = [told.place.map(place_keyword), told.sky.map(Sky::word), told.medium.map(Medium::word), side];
    let rest = rest.into_iter().chain([told.weather.map(Weather::word)]).flatten();
    words.extend(rest.map(str::to_string));
    for last in (2..words.len()).rev() {
        words.swap(last, rng.random_range(1..=last as u32) as usize);
    }
    words.join(", ")
}

/// The place by itself. The moon alone would be the one in the sky.
fn place_keyword(place: Place) -> &'static str {
    if place == Place::Moon { place.phrase() } else { place.word() }
}

/// A sentence that opens with the medium, the hour, the weather, the place, the side or the subject.
fn prose(told: &Partial, subject: Subject, rng: &mut Pcg32) -> String {
    let thing = any_thing(told, subject, true, rng);
    let place = told.place.map(Place::phrase);
    let sky = told.sky.map(Sky::phrase);
    let thing = Some(thing.as_str());
    let parts = match rng.random_range(0..6u32) {
        0 => [sky, thing, place],
        1 => [place, thing, sky],
        2 => [thing, sky, place],
        _ => [thing, place, sky],
    };
    let mut parts: Vec<&str> = parts.into_iter().flatten().collect();
    if let Some(side) = told.side {
        // Next to the subject, after it or now and then before it.
        let at = parts.iter().position(|&part| Some(part) == thing).unwrap_or(0);
        parts.insert(at + usize::from(rng.random_bool(0.7)), either(sides(side), rng));
    }
    if let Some(weather) = told.weather.and_then(Weather::phrase) {
        let places = parts.len() as u32;
        let at = if rng.random_bool(0.5) { places } else { rng.random_range(0..=places) };
        parts.insert(at as usize, weather);
    }
    // "of" needs the subject next to it.
    let last = rng.random_range(0..3u32) == 0 || parts.first().copied() != thing;
    let said = parts.join(" ");
    match told.medium.map(Medium::phrase) {
        Some(medium) if last => format!("{said}, {medium}"),
        Some(medium) => format!("{medium} of {said}"),
        None if last => said,
        None => format!("a picture of {said}"),
    }
}

/// What a caption says: `None` where it is silent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Partial {
    pub subject: Option<Subject>,
    pub colour: Option<Colour>,
    pub place: Option<Place>,
    pub sky: Option<Sky>,
    pub medium: Option<Medium>,
    pub weather: Option<Weather>,
    pub count: Option<Count>,
    pub size: Option<Size>,
    pub side: Option<Side>,
    pub companion: Option<PartialCompanion>,
}

/// What a caption says of a companion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PartialCompanion {
    pub relation: Relation,
    pub subject: Subject,
    pub colour: Option<Colour>,
}

impl PartialCompanion {
    fn matches(&self, other: &Companion) -> bool {
        let Companion { relation, subject, colour } = *other;
        self.relation == relation && self.subject == subject && self.colour.is_none_or(|said| said == colour)
    }
}

impl Partial {
    /// Whether the scene has everything that was said.
    pub fn matches(&self, scene: &Scene) -> bool {
        self.subject.is_none_or(|subject| subject == scene.subject)
            && self.colour.is_none_or(|colour| colour == scene.colour)
            && self.place.is_none_or(|place| place == scene.place)
            && self.sky.is_none_or(|sky| sky == scene.sky)
            && self.medium.is_none_or(|medium| medium == scene.medium)
            && self.weather.is_none_or(|weather| weather == scene.weather)
            && self.count.is_none_or(|count| count == scene.count)
            && self.size.is_none_or(|size| size == scene.size)
            && self.side.is_none_or(|side| side == scene.side)
            && self.companion.is_none_or(|said| scene.companion.is_some_and(|companion| said.matches(&companion)))
    }

    /// The scene, if its five main attributes were said, and the colour of a companion. What else was not said is as usual.
    pub fn scene(&self) -> Option<Scene> {
        let companion = match self.companion {
            Some(PartialCompanion { relation, subject, colour }) => Some(Companion { relation, subject, colour: colour? }),
            None => None,
        };
        let plain = Scene::plain(self.subject?, self.colour?, self.place?, self.sky?, self.medium?);
        Some(Scene {
            weather: self.weather.unwrap_or(plain.weather),
            count: self.count.unwrap_or(plain.count),
            size: self.size.unwrap_or(plain.size),
            side: self.side.unwrap_or(plain.side),
            companion,
            ..plain
        })
    }
}

/// As [`full_sentence`] says it: silent about what is as usual.
impl From<Scene> for Partial {
    fn from(scene: Scene) -> Partial {
        let Scene { subject, colour, place, sky, medium, weather, count, size, side, companion } = scene;
        Partial {
            subject: Some(subject),
            colour: Some(colour),
            place: Some(place),
            sky: Some(sky),
            medium: Some(medium),
            weather: (weather != Weather::Clear).then_some(weather),
            count: (count != Count::One).then_some(count),
            size: (size != Size::Usual).then_some(size),
            side: (side != Side::Middle).then_some(side),
            companion: companion.map(|Companion { relation, subject, colour }| PartialCompanion {
                relation,
                subject,
                colour: Some(colour),
            }),
        }
    }
}

/// Reads what a caption says about a scene. `None` if it says nothing known, or two different things about one attribute.
///
/// Words are recognised wherever they stand, many near synonyms among them; all others are passed over. After "left of", "in front
/// of" and the like, the next thing that is named is the companion, with its colour.
pub fn parse(caption: &str) -> Option<Partial> {
    let heard = hear(caption);
    let mut said = Partial::default();
    // A relation whose companion is yet to be named, and the companion's colour.
    let mut relation = None;
    let mut colour = None;
    for (index, &meaning) in heard.iter().enumerate() {
        let agrees = match meaning {
            Meaning::Nothing => true,
            Meaning::Subject(subject) => match relation.take() {
                Some(relation) => say(&mut said.companion, PartialCompanion { relation, subject, colour: colour.take() }),
                None => say(&mut said.subject, subject),
            },
            Meaning::Colour(own) => say(if relation.is_some() { &mut colour } else { &mut said.colour }, own),
            Meaning::Relation(found) if names_thing(&heard[index + 1..]) => say(&mut relation, found),
            Meaning::Relation(Relation::LeftOf) => say(&mut said.side, Side::Left),
            Meaning::Relation(Relation::RightOf) => say(&mut said.side, Side::Right),
            Meaning::Relation(_) => true,
            // A companion comes alone and in its usual size.
            Meaning::Count(_) | Meaning::Size(_) if relation.is_some() => true,
            Meaning::Count(count) => say(&mut said.count, count),
            Meaning::Size(size) => say(&mut said.size, size),
            Meaning::Place(place) => say(&mut said.place, place),
            Meaning::Sky(sky) => say(&mut said.sky, sky),
            Meaning::Medium(medium) => say(&mut said.medium, medium),
            Meaning::Weather(weather) => say(&mut said.weather, weather),
            Meaning::Side(side) => say(&mut said.side, side),
        };
        if !agrees {
            return None;
        }
    }
    (said != Partial::default()).then_some(said)
}

/// Notes what was said. False if something else had been said before.
fn say<T: Copy + PartialEq>(slot: &mut Option<T>, heard: T) -> bool {
    *slot.get_or_insert(heard) == heard
}

/// Whether a thing is what is named next.
fn names_thing(heard: &[Meaning]) -> bool {
    let next = heard.iter().find(|meaning| !matches!(meaning, Meaning::Colour(_) | Meaning::Count(_) | Meaning::Size(_)));
    matches!(next, Some(Meaning::Subject(_)))
}

/// What a word or a phrase says by itself.
#[derive(Clone, Copy)]
enum Meaning {
    Nothing,
    Subject(Subject),
    Colour(Colour),
    Place(Place),
    Sky(Sky),
    Medium(Medium),
    Weather(Weather),
    Count(Count),
    Size(Size),
    Side(Side),
    Relation(Relation),
}

/// The meanings of a caption's words in their order, the longest phrases first. A phrase ends where a clause does.
fn hear(caption: &str) -> Vec<Meaning> {
    let lower = caption.to_lowercase();
    let mut heard = vec![];
    for clause in lower.split([',', ';', ':', '.', '!', '?']) {
        let words: Vec<&str> = clause.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let mut rest = words.as_slice();
        while !rest.is_empty() {
            let known = |length| meaning(&rest[..length].join(" ")).map(|known| (length, known));
            let (length, meaning) = (1..=rest.len().min(3)).rev().find_map(known).unwrap_or((1, Meaning::Nothing));
            heard.push(meaning);
            rest = &rest[length..];
        }
    }
    heard.retain(|meaning| !matches!(meaning, Meaning::Nothing));
    heard
}

/// What a phrase says; of subjects also their plurals.
fn meaning(phrase: &str) -> Option<Meaning> {
    let thing = |word: &str| LEXICON.get(word).copied().filter(|meaning| matches!(meaning, Meaning::Subject(_)));
    LEXICON
        .get(phrase)
        .copied()
        .or_else(|| thing(phrase.strip_suffix('s')?))
        .or_else(|| thing(phrase.strip_suffix("es")?))
        .or_else(|| thing(&format!("{}y", phrase.strip_suffix("ies")?)))
}

/// Every word and phrase that says something, the words of captions and near synonyms.
static LEXICON: LazyLock<BTreeMap<&'static str, Meaning>> = LazyLock::new(|| {
    let mut lexicon = BTreeMap::new();
    lexicon.extend(Subject::ALL.iter().map(|&subject| (subject.word(), Meaning::Subject(subject))));
    lexicon.extend(Colour::ALL.iter().map(|&colour| (colour.word(), Meaning::Colour(colour))));
    lexicon.extend(Place::ALL.iter().map(|&place| (place_keyword(place), Meaning::Place(place))));
    lexicon.extend(Sky::ALL.iter().map(|&sky| (sky.word(), Meaning::Sky(sky))));
    lexicon.extend(Medium::ALL.iter().map(|&medium| (medium.word(), Meaning::Medium(medium))));
    lexicon.extend(Weather::ALL.iter().map(|&weather| (weather.word(), Meaning::Weather(weather))));
    lexicon.extend(Count::ALL.iter().map(|&count| (count.word(), Meaning::Count(count))));
    lexicon.extend([Size::Small, Size::Large].map(|size| (size.word(), Meaning::Size(size))));
    lexicon.extend(Side::ALL.iter().map(|&side| (side.word(), Meaning::Side(side))));
    lexicon.extend(Relation::ALL.iter().map(|&relation| (relation.word(), Meaning::Relation(relation))));
    let mut learn = |meaning: Meaning, phrases: &'static str| {
        lexicon.extend(phrases.split(", ").map(|phrase| (phrase, meaning)));
    };

    learn(Meaning::Subject(Subject::Boat), "sailboat, sail boat, sailing boat, ship, sailing ship, yacht, dinghy");
    learn(Meaning::Subject(Subject::Cottage), "house, hut, cabin");
    learn(Meaning::Subject(Subject::Lighthouse), "light house");
    learn(Meaning::Subject(Subject::Balloon), "hot air balloon, air balloon");
    learn(Meaning::Subject(Subject::Tree), "oak, oak tree");
    learn(Meaning::Subject(Subject::Cat), "kitten, kitty");
    learn(Meaning::Subject(Subject::Mushroom), "toadstool");
    learn(Meaning::Subject(Subject::Rocket), "spaceship, space ship, spacecraft");
    learn(Meaning::Subject(Subject::Windmill), "wind mill, mill");
    learn(Meaning::Subject(Subject::Castle), "fortress");
    learn(Meaning::Subject(Subject::Church), "chapel, cathedral");
    learn(Meaning::Subject(Subject::Pine), "pine tree, fir, fir tree, spruce, spruce tree, conifer");
    learn(Meaning::Subject(Subject::Palm), "palm tree");
    learn(Meaning::Subject(Subject::Cactus), "cacti");
    learn(Meaning::Subject(Subject::Train), "steam train, steam engine, steam locomotive, locomotive");
    learn(Meaning::Subject(Subject::Car), "automobile");
    learn(Meaning::Subject(Subject::Bus), "double decker, double decker bus");
    learn(Meaning::Subject(Subject::Aeroplane), "airplane, plane, aircraft");
    learn(Meaning::Subject(Subject::Airship), "air ship, zeppelin, blimp");
    learn(Meaning::Subject(Subject::Steamship), "steam ship, steamer, steamboat, steam boat");
    learn(Meaning::Subject(Subject::Submarine), "u boat");
    learn(Meaning::Subject(Subject::Fish), "goldfish");
    learn(Meaning::Subject(Subject::Duck), "duckling");
    learn(Meaning::Subject(Subject::Turtle), "sea turtle, tortoise");
    learn(Meaning::Subject(Subject::Dog), "puppy");
    learn(Meaning::Subject(Subject::Horse), "pony");
    learn(Meaning::Subject(Subject::Rabbit), "bunny, bunny rabbit, hare");

    learn(Meaning::Colour(Colour::Red), "crimson, scarlet");
    learn(Meaning::Colour(Colour::Turquoise), "teal, cyan");
    learn(Meaning::Colour(Colour::Purple), "violet");

    learn(Meaning::Place(Place::Sea), "ocean");
    learn(Meaning::Place(Place::Meadow), "meadows");
    learn(Meaning::Place(Place::Snow), "snowy");
    learn(Meaning::Place(Place::Mountains), "mountain");
    learn(Meaning::Place(Place::Forest), "forests, woods, woodland, pine forest");
    learn(Meaning::Place(Place::Beach), "seashore, seaside, sea shore");
    learn(Meaning::Place(Place::Lavender), "lavender, lavender fields");

    learn(Meaning::Sky(Sky::Dawn), "sunrise, daybreak");
    learn(Meaning::Sky(Sky::Noon), "midday");
    learn(Meaning::Sky(Sky::Sunset), "dusk, sundown");
    learn(Meaning::Sky(Sky::Night), "midnight, nighttime");
    learn(
        Meaning::Sky(Sky::Overcast),
        "gray clouds, grey cloud, gray cloud, clouds, cloudy, overcast, grey sky, gray sky, grey skies, gray skies",
    );
    learn(Meaning::Sky(Sky::Storm), "stormy, thunderstorm, thunder, lightning, storm clouds");
    learn(Meaning::Sky(Sky::Aurora), "northern light, aurora, aurora borealis, polar lights");

    learn(Meaning::Medium(Medium::Watercolour), "watercolours, watercolor, watercolors, water colour, water color");
    learn(Meaning::Medium(Medium::Oil), "oil, oils");
    learn(Meaning::Medium(Medium::PixelArt), "pixel, pixels");
    learn(Meaning::Medium(Medium::PaperCutout), "paper, cutout, cut out, paper cut out, collage, paper collage");
    learn(Meaning::Medium(Medium::Pointillism), "pointillist");
    learn(Meaning::Medium(Medium::Woodblock), "woodblock, wood block, woodcut");
    learn(Meaning::Medium(Medium::StainedGlass), "stained");
    learn(Meaning::Medium(Medium::Ink), "ink, black ink");
    learn(Meaning::Medium(Medium::Pastel), "pastels, oil pastel, oil pastels");
    learn(Meaning::Medium(Medium::Mosaic), "mosaics");
    learn(Meaning::Nothing, "on paper");

    learn(Meaning::Weather(Weather::Rain), "raining, rains, rainy");
    learn(Meaning::Weather(Weather::Snowfall), "snowfall, snowing, snows, snow falling, snowflakes, snowstorm, snow storm");
    learn(Meaning::Weather(Weather::Fog), "foggy, mist, misty");

    learn(Meaning::Count(Count::One), "single, 1");
    learn(Meaning::Count(Count::Two), "2");
    learn(Meaning::Count(Count::Three), "3");
    learn(Meaning::Size(Size::Small), "little, tiny");
    learn(Meaning::Size(Size::Large), "big, huge, giant");
    learn(Meaning::Side(Side::Middle), "centre, center");
    learn(Meaning::Relation(Relation::InFrontOf), "before");
    learn(Meaning::Relation(Relation::Above), "over");
    lexicon
});

/// Every word that [`sentence`] can say, in alphabetical order.
pub fn vocabulary() -> Vec<String> {
    let mut words: BTreeSet<String> = BTreeSet::new();
    let mut learn = |phrase: &str| words.extend(phrase.split(' ').map(str::to_string));
    learn("a picture of an");
    for subject in Subject::ALL {
        learn(subject.word());
        learn(&plural(subject.word()));
    }
    Colour::ALL.iter().for_each(|colour| learn(colour.word()));
    Place::ALL.iter().for_each(|place| learn(place.phrase()));
    Sky::ALL.iter().for_each(|sky| learn(sky.phrase()));
    Medium::ALL.iter().for_each(|medium| learn(medium.phrase()));
    Weather::ALL.iter().filter_map(|weather| weather.phrase()).for_each(&mut learn);
    [Count::Two, Count::Three].into_iter().for_each(|count| learn(count.word()));
    [Size::Small, Size::Large].into_iter().for_each(|size| learn(size.word()));
    [Side::Left, Side::Right].into_iter().flat_map(sides).for_each(&mut learn);
    Relation::ALL.iter().flat_map(|&relation| relations(relation)).for_each(&mut learn);
    words.into_iter().collect()
}
