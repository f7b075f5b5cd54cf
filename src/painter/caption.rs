//! A caption: the words for a scene, and the way back from words to what they say about one.

use std::collections::BTreeSet;

use rand::Rng;
use rand_pcg::Pcg32;

use crate::scene::{Colour, Medium, Place, Scene, Sky, Subject};

/// The canonical caption, which names all five attributes: `a watercolour of a red boat on the sea at sunset`.
pub fn full_sentence(scene: &Scene) -> String {
    let Scene { subject, colour, place, sky, medium } = *scene;
    let (article, colour, subject) = (colour.article(), colour.word(), subject.word());
    format!("{} of {article} {colour} {subject} {} {}", medium.phrase(), place.phrase(), sky.phrase())
}

/// One of many ways to say a scene, chosen by `variant`; 0 is [`full_sentence`].
///
/// The subject is always named; each other attribute is left out now and then, so that a model learns what a word means by itself.
pub fn sentence(scene: &Scene, variant: u64) -> String {
    if variant == 0 {
        return full_sentence(scene);
    }
    let mut rng = Pcg32::new(variant, 0xca97);
    let mut told = |scene: &Scene| Partial {
        subject: Some(scene.subject),
        colour: rng.random_bool(0.88).then_some(scene.colour),
        place: rng.random_bool(0.80).then_some(scene.place),
        sky: rng.random_bool(0.80).then_some(scene.sky),
        medium: rng.random_bool(0.80).then_some(scene.medium),
    };
    let told = told(scene);
    if rng.random_bool(0.25) { keywords(&told, scene.subject, &mut rng) } else { prose(&told, scene.subject, &mut rng) }
}

/// The coloured subject without an article.
fn noun(told: &Partial, subject: Subject) -> String {
    told.colour.map_or_else(|| subject.word().to_string(), |colour| format!("{} {}", colour.word(), subject.word()))
}

/// `red boat, sea, sunset, watercolour`, the subject first and the rest in any order.
fn keywords(told: &Partial, subject: Subject, rng: &mut Pcg32) -> String {
    let mut rest: Vec<&str> =
        [told.place.map(Place::word), told.sky.map(Sky::word), told.medium.map(Medium::word)].into_iter().flatten().collect();
    for last in (1..rest.len()).rev() {
        rest.swap(last, rng.random_range(0..=last as u32) as usize);
    }
    let mut words = vec![noun(told, subject)];
    words.extend(rest.into_iter().map(str::to_string));
    words.join(", ")
}

/// A sentence that opens with the medium, the hour, the place or the subject.
fn prose(told: &Partial, subject: Subject, rng: &mut Pcg32) -> String {
    let article = told.colour.map_or("a", Colour::article);
    let thing = format!("{article} {}", noun(told, subject));
    let place = told.place.map(Place::phrase);
    let sky = told.sky.map(Sky::phrase);
    let medium = told.medium.map(Medium::phrase);
    let thing = Some(thing.as_str());
    let parts = match rng.random_range(0..6u32) {
        0 => [sky, thing, place],
        1 => [place, thing, sky],
        2 => [thing, sky, place],
        _ => [thing, place, sky],
    };
    let said = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    // "of" needs the subject next to it.
    let last = rng.random_range(0..3u32) == 0 || parts[0] != thing;
    match medium {
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
}

impl Partial {
    /// Whether the scene has everything that was said.
    pub fn matches(&self, scene: &Scene) -> bool {
        self.subject.is_none_or(|subject| subject == scene.subject)
            && self.colour.is_none_or(|colour| colour == scene.colour)
            && self.place.is_none_or(|place| place == scene.place)
            && self.sky.is_none_or(|sky| sky == scene.sky)
            && self.medium.is_none_or(|medium| medium == scene.medium)
    }

    /// The scene, if everything was said.
    pub fn scene(&self) -> Option<Scene> {
        Some(Scene { subject: self.subject?, colour: self.colour?, place: self.place?, sky: self.sky?, medium: self.medium? })
    }
}

impl From<Scene> for Partial {
    fn from(scene: Scene) -> Partial {
        let Scene { subject, colour, place, sky, medium } = scene;
        Partial { subject: Some(subject), colour: Some(colour), place: Some(place), sky: Some(sky), medium: Some(medium) }
    }
}

/// Reads what a caption says about a scene. `None` if it says nothing known, or two different things about one attribute.
///
/// Words are recognised wherever they stand, a few near synonyms among them; all others are passed over.
pub fn parse(caption: &str) -> Option<Partial> {
    let mut said = Partial::default();
    let lower = caption.to_lowercase();
    for word in lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let agrees = say(&mut said.subject, subject_of(word))
            && say(&mut said.colour, Colour::ALL.iter().copied().find(|colour| colour.word() == word))
            && say(&mut said.place, place_of(word))
            && say(&mut said.sky, sky_of(word))
            && say(&mut said.medium, medium_of(word));
        if !agrees {
            return None;
        }
    }
    (said != Partial::default()).then_some(said)
}

/// Notes what a word says. False if something else had been said before.
fn say<T: Copy + PartialEq>(slot: &mut Option<T>, heard: Option<T>) -> bool {
    let agrees = slot.is_none() || heard.is_none() || *slot == heard;
    *slot = slot.or(heard);
    agrees
}

fn subject_of(word: &str) -> Option<Subject> {
    match word {
        "sailboat" | "ship" => Some(Subject::Boat),
        "house" => Some(Subject::Cottage),
        _ => Subject::ALL.iter().copied().find(|subject| subject.word() == word),
    }
}

fn place_of(word: &str) -> Option<Place> {
    match word {
        "ocean" => Some(Place::Sea),
        "mountain" => Some(Place::Mountains),
        _ => Place::ALL.iter().copied().find(|place| place.word() == word),
    }
}

fn sky_of(word: &str) -> Option<Sky> {
    match word {
        "sunrise" => Some(Sky::Dawn),
        "midday" => Some(Sky::Noon),
        _ => Sky::ALL.iter().copied().find(|sky| sky.word() == word),
    }
}

fn medium_of(word: &str) -> Option<Medium> {
    match word {
        "watercolour" | "watercolor" => Some(Medium::Watercolour),
        "oil" => Some(Medium::Oil),
        "pixel" => Some(Medium::PixelArt),
        "paper" | "cutout" | "collage" => Some(Medium::PaperCutout),
        _ => None,
    }
}

/// Every word that [`sentence`] can say, in alphabetical order.
pub fn vocabulary() -> Vec<&'static str> {
    let mut words: BTreeSet<&'static str> = ["of", "a", "an", "picture"].into();
    let mut learn = |phrase: &'static str| words.extend(phrase.split(' '));
    Subject::ALL.iter().for_each(|subject| learn(subject.word()));
    Colour::ALL.iter().for_each(|colour| learn(colour.word()));
    Place::ALL.iter().for_each(|place| learn(place.phrase()));
    Sky::ALL.iter().for_each(|sky| learn(sky.phrase()));
    Medium::ALL.iter().for_each(|medium| [medium.phrase(), medium.word()].into_iter().for_each(&mut learn));
    words.into_iter().collect()
}
