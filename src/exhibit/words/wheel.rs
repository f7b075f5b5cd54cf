//! The word wheel: a prompt in the painter's grammar, turned word by word with a stick and no keyboard.

use std::f32::consts::TAU;
use std::iter::once;

use bevy::prelude::Vec2;
use painter::{Colour, Count, Medium, Partial, PartialCompanion, Place, Relation, Side, Size, Sky, Subject, Weather};

use super::on_ring;

/// How far a stick is pushed when it points, of 1.
const POINTS: f32 = 0.5;
/// A word is held until the stick points so many words away: a hand trembles.
const HOLDS: f32 = 0.65;
/// Words that are seen on either side of the chosen one.
const SEEN: usize = 2;

/// What of a scene a ring turns, in the order in which the sentence says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ring {
    Medium,
    Count,
    Size,
    Colour,
    Subject,
    Relation,
    CompanionColour,
    CompanionSubject,
    Side,
    Place,
    Sky,
    Weather,
}

impl Ring {
    pub const ALL: [Self; 12] = [
        Self::Medium,
        Self::Count,
        Self::Size,
        Self::Colour,
        Self::Subject,
        Self::Relation,
        Self::CompanionColour,
        Self::CompanionSubject,
        Self::Side,
        Self::Place,
        Self::Sky,
        Self::Weather,
    ];

    /// By which texts are keyed: `companion-colour`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Medium => "medium",
            Self::Count => "count",
            Self::Size => "size",
            Self::Colour => "colour",
            Self::Subject => "subject",
            Self::Relation => "relation",
            Self::CompanionColour => "companion-colour",
            Self::CompanionSubject => "companion-subject",
            Self::Side => "side",
            Self::Place => "place",
            Self::Sky => "sky",
            Self::Weather => "weather",
        }
    }

    /// Its word of a scene; empty where nothing is said.
    fn word(self, said: &Partial) -> &'static str {
        let word = match self {
            Self::Medium => said.medium.map(Medium::word),
            Self::Count => said.count.map(Count::word),
            Self::Size => said.size.map(Size::word),
            Self::Colour => said.colour.map(Colour::word),
            Self::Subject => said.subject.map(Subject::word),
            Self::Relation => said.companion.map(|other| other.relation.word()),
            Self::CompanionColour => said.companion.and_then(|other| other.colour).map(Colour::word),
            Self::CompanionSubject => said.companion.map(|other| other.subject.word()),
            Self::Side => said.side.map(Side::word),
            Self::Place => said.place.map(Place::word),
            Self::Sky => said.sky.map(Sky::word),
            Self::Weather => said.weather.map(Weather::word),
        };
        word.unwrap_or_default()
    }
}

/// A sentence and the ring that is in hand. Every sentence that it can say is one of the painter's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wheel {
    said: Partial,
    ring: Ring,
}

impl Wheel {
    /// Begins from what the painter understands of a prompt.
    pub fn of(prompt: &str) -> Self {
        Self { said: settled(painter::parse(prompt).unwrap_or_default()), ring: Ring::Subject }
    }

    /// The attributes that the sentence says.
    pub fn said(&self) -> &Partial {
        &self.said
    }

    pub fn sentence(&self) -> String {
        sentence(&self.said)
    }

    /// The ring in hand.
    pub fn ring(&self) -> Ring {
        self.ring
    }

    /// The rings that can be turned: a companion's only where there is one.
    pub fn rings(&self) -> Vec<Ring> {
        let companion = self.said.companion;
        let turns = |ring: &Ring| match ring {
            Ring::CompanionColour => companion.is_some_and(|other| other.colour.is_some()),
            Ring::CompanionSubject => companion.is_some(),
            _ => true,
        };
        Ring::ALL.into_iter().filter(turns).collect()
    }

    /// Takes another ring in hand, if it is there.
    pub fn take_ring(&mut self, ring: Ring) {
        if self.rings().contains(&ring) {
            self.ring = ring;
        }
    }

    /// Takes the ring in hand that is `by` rings further along the sentence; after the last comes the first.
    pub fn turn_ring(&mut self, by: i32) {
        let rings = self.rings();
        let here = rings.iter().position(|&ring| ring == self.ring).unwrap_or(0);
        self.ring = rings[on_ring(here, by, rings.len())];
    }

    /// The chosen word of a ring; empty where nothing is said.
    pub fn word(&self, ring: Ring) -> &'static str {
        ring.word(&self.said)
    }

    /// The words of the ring in hand; an empty one comes first where nothing need be said.
    pub fn words(&self) -> Vec<&'static str> {
        self.scenes().iter().map(|said| self.ring.word(said)).collect()
    }

    /// The place of the chosen word among [`Wheel::words`].
    pub fn chosen(&self) -> usize {
        let chosen = self.word(self.ring);
        self.words().iter().position(|&word| word == chosen).unwrap_or(0)
    }

    /// Turns the ring in hand by so many words; after the last comes the first.
    pub fn turn(&mut self, by: i32) {
        self.choose(on_ring(self.chosen(), by, self.words().len()));
    }

    /// Chooses the word in the direction of a stick. The words stand clockwise in a circle, the first at the top.
    pub fn point(&mut self, stick: Vec2) {
        if stick.length() < POINTS {
            return;
        }
        let count = self.words().len() as f32;
        let pointed = stick.x.atan2(stick.y) / TAU * count;
        let away = (pointed - self.chosen() as f32 + count / 2.0).rem_euclid(count) - count / 2.0;
        if away.abs() > HOLDS {
            self.choose(on_ring(0, pointed.round() as i32, count as usize));
        }
    }

    /// The words next to the chosen one, which stands in the middle.
    pub fn around(&self) -> Vec<String> {
        let (words, chosen) = (self.words(), self.chosen());
        let seen = SEEN.min((words.len() - 1) / 2) as i32;
        (-seen..=seen).map(|by| words[on_ring(chosen, by, words.len())].to_string()).collect()
    }

    fn choose(&mut self, place: usize) {
        // What is chosen already changes nothing, not even what it would not go together with.
        if place != self.chosen() {
            self.said = self.scenes()[place];
        }
    }

    /// What would be said with each word of the ring in hand.
    fn scenes(&self) -> Vec<Partial> {
        let said = self.said;
        // Of count, size, side and companion the painter's grammar says one.
        let alone = Partial { count: None, size: None, side: None, companion: None, ..said };
        let beside = |companion: Option<PartialCompanion>| Partial { companion, ..said };
        let scenes: Vec<Partial> = match self.ring {
            Ring::Medium => or_nothing(Medium::ALL).map(|medium| Partial { medium, ..said }).collect(),
            Ring::Place => or_nothing(Place::ALL).map(|place| Partial { place, ..said }).collect(),
            Ring::Sky => or_nothing(Sky::ALL).map(|sky| Partial { sky, ..said }).collect(),
            Ring::Weather => or_nothing(&Weather::ALL[1..]).map(|weather| Partial { weather, ..said }).collect(),
            Ring::Count => or_nothing(&Count::ALL[1..]).map(|count| Partial { count, ..alone }).collect(),
            Ring::Size => or_nothing(&Size::ALL[1..]).map(|size| Partial { size, ..alone }).collect(),
            Ring::Side => or_nothing(&Side::ALL[1..]).map(|side| Partial { side, ..alone }).collect(),
            Ring::Colour => or_nothing(Colour::ALL).map(|colour| recoloured(said, colour)).collect(),
            Ring::Subject => Subject::ALL.iter().map(|&subject| replaced(said, subject)).collect(),
            Ring::Relation => {
                let subject = said.subject.unwrap_or(FIRST);
                let new = PartialCompanion { relation: Relation::LeftOf, subject: opposite(Subject::ALL, subject), colour: None };
                let companion = said.companion.unwrap_or(new);
                or_nothing(Relation::ALL)
                    .filter(|relation| subject.flies() || *relation != Some(Relation::Above))
                    .map(|relation| relation.map(|relation| PartialCompanion { relation, ..companion }))
                    .map(|companion| Partial { companion, ..alone })
                    .collect()
            }
            Ring::CompanionColour => (Colour::ALL.iter().copied().map(Some))
                .filter(|&colour| colour != said.colour)
                .map(|colour| beside(said.companion.map(|companion| PartialCompanion { colour, ..companion })))
                .collect(),
            Ring::CompanionSubject => (Subject::ALL.iter().copied())
                .filter(|&subject| Some(subject) != said.subject)
                .map(|subject| beside(said.companion.map(|companion| PartialCompanion { subject, ..companion })))
                .collect(),
        };
        scenes.into_iter().map(settled).collect()
    }
}

/// The subject of a prompt that names none.
const FIRST: Subject = Subject::Boat;

/// Nothing, and then every value.
fn or_nothing<T: Copy>(values: &[T]) -> impl Iterator<Item = Option<T>> {
    once(None).chain(values.iter().copied().map(Some))
}

/// The value that is half a ring away: it is certain to be another.
fn opposite<T: Copy + PartialEq>(values: &[T], value: T) -> T {
    let place = values.iter().position(|&other| other == value).unwrap_or(0);
    values[(place + values.len() / 2) % values.len()]
}

/// The subject in another colour. A companion of that colour takes the subject's in exchange.
fn recoloured(said: Partial, colour: Option<Colour>) -> Partial {
    let companion = said.companion.map(|companion| {
        let other = if companion.colour == colour { said.colour } else { companion.colour };
        PartialCompanion { colour: colour.and(other), ..companion }
    });
    Partial { colour, companion, ..said }
}

/// Another subject. A companion that was it becomes the old one in exchange.
fn replaced(said: Partial, subject: Subject) -> Partial {
    let companion = said.companion.map(|companion| {
        let other = if companion.subject == subject { said.subject.unwrap_or(FIRST) } else { companion.subject };
        PartialCompanion { subject: other, ..companion }
    });
    Partial { subject: Some(subject), companion, ..said }
}

/// What was said, made to keep the rules of the painter's scenes: see [`painter::Scene`].
fn settled(said: Partial) -> Partial {
    let subject = said.subject.unwrap_or(FIRST);
    let companion = said.companion.map(|mut companion| {
        if companion.subject == subject {
            companion.subject = opposite(Subject::ALL, subject);
        }
        if companion.relation == Relation::Above && !subject.flies() {
            companion.relation = Relation::InFrontOf;
        }
        // Both have a colour or neither: a single one might be taken for the other's.
        if companion.colour.is_none() || companion.colour == said.colour {
            companion.colour = said.colour.map(|colour| opposite(Colour::ALL, colour));
        }
        companion
    });
    let colour = said.colour.or(companion.and_then(|companion| companion.colour).map(|colour| opposite(Colour::ALL, colour)));
    // What is as usual goes without saying, and one thing at most is unusual.
    let count = said.count.filter(|&count| count != Count::One && companion.is_none());
    let size = said.size.filter(|&size| size != Size::Usual && companion.is_none() && count.is_none());
    let side = said.side.filter(|&side| side != Side::Middle && companion.is_none() && count.is_none() && size.is_none());
    let weather = said.weather.filter(|&weather| weather != Weather::Clear);
    Partial { subject: Some(subject), colour, companion, count, size, side, weather, ..said }
}

/// The painter's full sentence, in which stand-ins for what is not said are struck out again.
fn sentence(said: &Partial) -> String {
    // A colour whose article is the subject's own: "an orange owl" leaves "an owl".
    let stand_in = |subject: Subject| {
        if subject.word().starts_with(['a', 'e', 'i', 'o', 'u']) { Colour::Orange } else { Colour::Red }
    };
    let coloured = |companion: PartialCompanion| {
        let colour = companion.colour.or(Some(stand_in(companion.subject)));
        PartialCompanion { colour, ..companion }
    };
    let whole = Partial {
        medium: said.medium.or(Some(Medium::Oil)),
        colour: said.colour.or(said.subject.map(stand_in)),
        place: said.place.or(Some(Place::Sea)),
        sky: said.sky.or(Some(Sky::Noon)),
        companion: said.companion.map(coloured),
        ..*said
    };
    let Some(scene) = whole.scene() else { return String::new() };
    let mut sentence = painter::full_sentence(&scene);
    let mut strike = |phrase: String| sentence = sentence.replacen(&phrase, "", 1);
    if said.medium.is_none() {
        strike(format!("{} of ", scene.medium.phrase()));
    }
    if said.colour.is_none() {
        strike(format!(" {}", scene.colour.word()));
    }
    if let (Some(PartialCompanion { colour: None, .. }), Some(companion)) = (said.companion, scene.companion) {
        strike(format!(" {}", companion.colour.word()));
    }
    if said.place.is_none() {
        strike(format!(" {}", scene.place.phrase()));
    }
    if said.sky.is_none() {
        strike(format!(" {}", scene.sky.phrase()));
    }
    sentence
}
