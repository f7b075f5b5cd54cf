//! Cross-attention: where the picture attends to each piece of the prompt, and which pieces count at a place of it.

use bevy::prelude::*;
use bevy_rich_text3d::{Text3d, Text3dStyling};
use bridge::{Array, Block, ModelShape, Part, Site, Token};

use super::Hall;
use super::label::{Lettering, format_number};
use super::plane::{DataPlane, Stand, frame_part};
use super::shown::Source;
use super::spotlight::Named;
use super::workshop::Workshop;
use crate::HallSystems;
use crate::input::Intent;
use crate::panels::Panels;
use crate::state::{Lane, Lanes, Run, RunBegan};
use crate::stop::Stop;
use crate::text::{self, Texts};
use crate::theme;
use crate::tour::Guide;
use crate::tour::score::{Moment, Score};
use crate::tour::time::TourTime;
use crate::track::place::Place;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Attending>()
        .add_systems(Update, attend.in_set(HallSystems::Tour).run_if(resource_exists::<Hall>))
        .add_systems(
            Update,
            (lay_words.run_if(on_message::<RunBegan>), (show_maps, mark_word, weigh_words, set_signs, write_captions))
                .chain()
                .in_set(HallSystems::Animate)
                .run_if(resource_exists::<Hall>),
        );
}

/// What the visitor aims at.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub struct Attending {
    /// The slot of the word in hand.
    pub slot: usize,
    /// A block and which of its transformers; `None` is the mean over all layers and heads.
    pub layer: Option<(Block, usize)>,
    /// Of a layer that has kept its heads, the head in hand, counted on beyond the last; `None` is the first.
    pub head: Option<usize>,
    /// A place in the picture, 0..1 from the left and from the top.
    pub place: Option<[f32; 2]>,
}

impl Attending {
    /// So many words on, and round. `pieces`: slots, as from [`pieces`].
    pub fn next_word(&mut self, pieces: &[usize], notches: i32) {
        let at = pieces.iter().position(|&slot| slot == self.slot);
        let next = at.map_or(0, |at| (at as i64 + i64::from(notches)).rem_euclid(pieces.len() as i64) as usize);
        if let Some(&slot) = pieces.get(next) {
            self.slot = slot;
        }
    }

    /// The mean of all, then each of the layers, and round. Every round shows the next head: one button leads to all of them.
    pub fn next_layer(&mut self, layers: &[(Block, usize)]) {
        let at = self.layer.and_then(|layer| layers.iter().position(|&other| other == layer));
        self.layer = layers.get(at.map_or(0, |at| at + 1)).copied();
        if self.layer.is_none() {
            self.head = Some(self.head.unwrap_or(0) + 1);
        }
    }

    /// The next of a layer's heads, and round.
    pub fn next_head(&mut self, heads: usize) {
        self.head = self.shown_head(heads).map(|head| (head + 1) % heads);
    }

    /// The head on show of a layer that has kept so many; `None` where only their mean was kept.
    pub fn shown_head(&self, heads: usize) -> Option<usize> {
        (heads > 1).then(|| self.head.unwrap_or(0) % heads)
    }

    /// The map of a slot in the layer and head in hand.
    pub fn source(&self, slot: usize, tokens: usize, heads: usize) -> Source {
        match self.layer {
            None => Source::WordMap(slot),
            Some((block, layer)) => Source::LayerMap { block, layer, map: self.shown_head(heads).unwrap_or(0) * tokens + slot },
        }
    }

    /// How many heads the layer in hand has kept: of [heads · tokens, height, width]; 1 where it is their mean.
    fn heads(&self, run: &Run, tokens: usize) -> usize {
        let maps = self.layer.and_then(|(block, layer)| run.features(0, Site::Unet(block, Part::CrossAttention(layer))));
        maps.map_or(1, |maps| maps.size()[0] / tokens.max(1)).max(1)
    }
}

/// The slots that hold a piece of a word.
pub fn pieces(tokens: &[Token]) -> Vec<usize> {
    tokens.iter().enumerate().filter(|(_, token)| token.word.is_some()).map(|(slot, _)| slot).collect()
}

/// All layers with cross-attention, in the order of computation: a block and which of its transformers.
pub fn layers(shape: &ModelShape) -> Vec<(Block, usize)> {
    shape.blocks.iter().flat_map(|block| (0..block.transformers).map(move |layer| (block.block, layer))).collect()
}

/// Of the attention that these slots get at a place, the share of each: they sum to 1, or are 0 where none gets any.
///
/// `maps`: [tokens, height, width]; `place`: 0..1 from the left and from the top.
pub fn shares(maps: &Array, slots: &[usize], place: [f32; 2]) -> Vec<f32> {
    let [_, height, width] = maps.shape[..] else { return Vec::new() };
    let cell = |at: f32, cells: usize| ((at * cells as f32) as usize).min(cells.saturating_sub(1));
    let index = cell(place[1], height) * width + cell(place[0], width);
    let weights: Vec<f32> = slots.iter().map(|&slot| maps.row(slot).get(index).copied().unwrap_or(0.0)).collect();
    let sum: f32 = weights.iter().sum();
    weights.iter().map(|weight| if sum > 0.0 { weight / sum } else { 0.0 }).collect()
}

/// The middle of the cell where a slot gets most attention, 0..1 from the left and from the top.
///
/// `maps`: [tokens, height, width]
pub fn strongest_place(maps: &Array, slot: usize) -> Option<[f32; 2]> {
    let [_, height, width] = maps.shape[..] else { return None };
    let (index, _) = maps.row(slot).iter().enumerate().max_by(|(_, one), (_, other)| one.total_cmp(other))?;
    Some([((index % width) as f32 + 0.5) / width as f32, ((index / width) as f32 + 0.5) / height as f32])
}

/// Where a ray meets the picture of a square plane from the front, 0..1 from the left and from the top; on its frame the nearest
/// place. `hall_from_plane`: from a square of 1 × 1 around the origin; `frame`: as from [`frame_part`].
pub fn place_hit(hall_from_plane: &GlobalTransform, frame: f32, ray: Ray3d) -> Option<[f32; 2]> {
    let plane_from_hall = hall_from_plane.affine().inverse();
    let (eye, ahead) = (plane_from_hall.transform_point3(ray.origin), plane_from_hall.transform_vector3(*ray.direction));
    if eye.z <= 0.0 || ahead.z >= 0.0 {
        return None;
    }
    let hit = eye - ahead * (eye.z / ahead.z);
    let inside = |at: f32| ((at - frame) / (1.0 - 2.0 * frame)).clamp(0.0, 1.0);
    (hit.x.abs() <= 0.5 && hit.y.abs() <= 0.5).then(|| [inside(hit.x + 0.5), inside(0.5 - hit.y)])
}

/// The reverse of [`place_hit`]: a little in front of a plane.
fn on_plane(place: [f32; 2], frame: f32) -> Vec3 {
    let [across, down] = place.map(|at| frame + at * (1.0 - 2.0 * frame));
    Vec3::new(across - 0.5, 0.5 - down, 0.03)
}

/// Width and height of the large planes, and of the small ones.
const LARGE: f32 = 2.45;
const SMALL: f32 = 0.82;
/// The words on show: how many, in how many columns, and from one to the next.
const MOST: usize = 12;
const COLUMNS: usize = 4;
const PITCH: Vec2 = Vec2::new(1.0, 1.24);
/// The top of the first row of words.
const TOP: f32 = 4.42;
/// Of a bar for a word's share: its height. Two runs have half of it each.
const SHARE: f32 = 0.06;

/// The words that hang at the station: slot and piece.
#[derive(Component, Default)]
struct WordWall(Vec<(usize, String)>);

/// Everything that belongs to one of them.
#[derive(Component)]
struct Tile;

/// Shows the map of this slot, or of the word in hand.
#[derive(Component)]
struct MapPlane(Option<usize>);

/// What can be aimed at.
#[derive(Component, Clone, Copy)]
enum Target {
    Word(usize),
    Picture,
}

/// The bar above the word in hand, and the type below each; of a slot.
#[derive(Component)]
struct Mark(usize);

#[derive(Component)]
struct WordType(usize);

/// What a share of 1 would be, and the share of a slot on it, in A or B.
#[derive(Component)]
struct Whole;

#[derive(Component)]
struct Share(usize, Lane);

/// A sign on a large plane.
#[derive(Component, Clone, Copy, PartialEq)]
enum Sign {
    /// A cross at the place aimed at.
    Place,
    /// A frame where the word in hand gets most attention in a lane's run.
    Strongest(Lane),
}

/// A line that says what is on show.
#[derive(Component, Clone, Copy, PartialEq)]
enum Caption {
    Imagined,
    Word,
    Maps,
    Shares,
    More,
}

pub(super) fn build(workshop: &mut Workshop, root: Entity, place: &Place, hall: &Hall) {
    // Of the weights of its largest layers: pixels by tokens.
    let listening = hall.shape.blocks.iter().filter(|block| block.transformers > 0);
    let pixels = listening.map(|block| block.input[1] * block.input[2]).max();
    let shape = pixels.map_or_else(String::new, |pixels| text::shape(&[pixels, hall.shape.tokens]));
    workshop.heading(root, place, theme::TEXT, &shape);
    workshop.commands.entity(root).insert(WordWall::default());
    let left = -place.size.x / 2.0 + 0.1;
    let body = Lettering::body(place.type_metres(25.0));
    let planes =
        [(Source::PredOriginalSample, theme::PICTURE, Caption::Imagined), (Source::WordMap(0), theme::TEXT, Caption::Word)];
    for (column, (source, colour, caption)) in planes.into_iter().enumerate() {
        let x = left + LARGE / 2.0 + column as f32 * (LARGE + 0.1);
        let of_lanes = workshop.plane(root, source, Vec2::splat(LARGE), colour, Transform::from_xyz(x, 3.0, 0.0));
        for (plane, lane) in of_lanes.into_iter().zip(Lane::ALL) {
            workshop.commands.entity(plane).insert(Target::Picture);
            if caption == Caption::Word {
                workshop.commands.entity(plane).insert((MapPlane(None), Named::new("attention.maps")));
            } else if lane != Lane::Difference {
                put_sign(workshop, plane, Sign::Strongest(lane));
            }
            put_sign(workshop, plane, Sign::Place);
        }
        let lettering = body.coloured(colour).within(LARGE);
        write(workshop, root, caption, lettering, Vec3::new(x, 1.68, 0.05));
    }
    let shown = body.within(2.0 * LARGE + 0.1).from_left();
    write(workshop, root, Caption::Maps, shown, Vec3::new(left, 0.80, 0.05));
    let words_left = words_left(place);
    let small = Lettering::body(place.type_metres(22.0)).within(COLUMNS as f32 * PITCH.x).from_left();
    write(workshop, root, Caption::Shares, small, Vec3::new(words_left, 0.68, 0.05));
    write(workshop, root, Caption::More, small, Vec3::new(words_left, 0.23, 0.05));
}

fn words_left(place: &Place) -> f32 {
    place.size.x / 2.0 - 0.1 - COLUMNS as f32 * PITCH.x
}

fn write(workshop: &mut Workshop, root: Entity, caption: Caption, lettering: Lettering, at: Vec3) {
    let label = workshop.label(root, "", lettering, Transform::from_translation(at));
    workshop.commands.entity(label).insert(caption);
}

/// In the measures of the plane, of which it is a part. Light strokes stand on wider dark ones: they are seen on any picture.
fn put_sign(workshop: &mut Workshop, plane: Entity, sign: Sign) {
    let (long, far) = (0.09, 0.045);
    let (across, upright) = (Vec2::new(long, 0.0), Vec2::new(0.0, long));
    let (colour, strokes) = match sign {
        Sign::Place => (theme::INK, vec![(across, Vec2::ZERO), (upright, Vec2::ZERO)]),
        Sign::Strongest(_) => {
            let (x, y) = (Vec2::X * far, Vec2::Y * far);
            (theme::TEXT, vec![(across, y), (across, -y), (upright, x), (upright, -x)])
        }
    };
    let sign = workshop.commands.spawn((sign, Transform::default(), Visibility::Hidden, ChildOf(plane))).id();
    for (length, middle) in strokes {
        for (thick, deep, colour) in [(0.026, 0.01, theme::VOID), (0.012, 0.03, colour)] {
            workshop.bar(sign, (length + Vec2::splat(thick)).extend(deep), middle.extend(0.0), colour);
        }
    }
}

/// The visitor turns to another word or layer, or aims at something.
fn attend(
    mut intents: MessageReader<Intent>,
    mut attending: ResMut<Attending>,
    (guide, panels): (Res<Guide>, Res<Panels>),
    hall: Res<Hall>,
    run: Res<Run>,
    cameras: Query<(&Camera, &GlobalTransform), With<Camera3d>>,
    targets: Query<(&Target, &Stand, &GlobalTransform, &Visibility)>,
) {
    let Ok((camera, eye)) = cameras.single() else { return };
    let is_called = guide.at == Some(Stop::Attention);
    let is_faced = hall.layout.station(Stop::Attention).is_faced(eye.translation(), *eye.forward());
    // On a panel one chooses something else.
    let is_covered = panels.in_hand();
    for intent in intents.read().filter(|_| !is_covered) {
        let ray = match intent {
            Intent::Dial(notches) if guide.faced == Some(Stop::Attention) => {
                let slots = run.started.as_ref().map(|started| pieces(&started.tokens.slots)).unwrap_or_default();
                attending.next_word(&slots, *notches);
                continue;
            }
            Intent::Choose if is_called => {
                attending.next_layer(&layers(&hall.shape));
                continue;
            }
            // Who walks about aims with the middle of the view.
            Intent::Choose if is_faced => Some(Ray3d::new(eye.translation(), eye.forward())),
            Intent::Tap(at) if is_faced => camera.viewport_to_world(eye, *at).ok(),
            _ => None,
        };
        let Some(ray) = ray else { continue };
        let mut seen = targets.iter().filter(|(.., visibility)| **visibility != Visibility::Hidden);
        let hit = |plane: &GlobalTransform, stand: &Stand| place_hit(plane, frame_part(stand.size.y), ray);
        match seen.find_map(|(target, stand, plane, _)| Some((*target, hit(plane, stand)?))) {
            // Once more on the word in hand.
            Some((Target::Word(slot), _)) if slot == attending.slot => {
                let heads = attending.heads(&run, hall.shape.tokens);
                attending.next_head(heads);
            }
            Some((Target::Word(slot), _)) => attending.slot = slot,
            Some((Target::Picture, place)) => attending.place = Some(place),
            None => {}
        }
    }
}

/// The piece that tells most about a prompt: what the picture is of, where it says so as the painter does, or else the longest.
/// `slots`: as from [`pieces`].
pub fn telling(prompt: &str, tokens: &[Token], slots: &[usize]) -> Option<usize> {
    let subject = painter::parse(prompt).and_then(|said| said.subject).map(|subject| subject.word());
    let piece = |slot: &usize| text::piece(&tokens[*slot].piece);
    let of_subject = slots.iter().find(|slot| Some(piece(slot)) == subject);
    let longest = || slots.iter().rev().max_by_key(|slot| piece(slot).chars().count());
    of_subject.or_else(longest).copied()
}

/// Hangs up the words of a run, if they are others than those that hang there.
fn lay_words(
    mut workshop: Workshop,
    mut attending: ResMut<Attending>,
    run: Res<Run>,
    hall: Res<Hall>,
    mut walls: Query<(Entity, &mut WordWall)>,
    old: Query<Entity, With<Tile>>,
) {
    let Some(started) = &run.started else { return };
    let tokens = &started.tokens.slots;
    let slots = pieces(tokens);
    if !slots.contains(&attending.slot) {
        attending.slot = telling(&started.generation.prompt, tokens, &slots).unwrap_or(0);
    }
    if attending.layer.is_some_and(|layer| !layers(&hall.shape).contains(&layer)) {
        attending.layer = None;
    }
    let words: Vec<(usize, String)> =
        slots.iter().take(MOST).map(|&slot| (slot, text::piece(&tokens[slot].piece).to_string())).collect();
    let place = hall.layout.station(Stop::Attention);
    for (root, mut wall) in &mut walls {
        if wall.0 == words {
            continue;
        }
        for tile in &old {
            workshop.commands.entity(tile).despawn();
        }
        for (index, (slot, word)) in words.iter().enumerate() {
            let x = words_left(place) + PITCH.x * ((index % COLUMNS) as f32 + 0.5);
            let top = TOP - PITCH.y * (index / COLUMNS) as f32;
            hang_word(&mut workshop, root, *slot, word, Vec3::new(x, top, 0.0), place);
        }
        wall.0.clone_from(&words);
    }
}

/// `at`: the middle of its upper edge.
fn hang_word(workshop: &mut Workshop, root: Entity, slot: usize, word: &str, at: Vec3, place: &Place) {
    let tile = workshop.commands.spawn((Tile, Transform::default(), Visibility::default(), ChildOf(root))).id();
    let below = |metres: f32| at - Vec3::Y * metres;
    let mark = workshop.bar(tile, Vec3::new(SMALL, 0.04, 0.04), below(0.03), theme::TEXT);
    workshop.commands.entity(mark).insert((Mark(slot), Visibility::Hidden));
    let middle = Transform::from_translation(below(0.08 + SMALL / 2.0));
    for plane in workshop.plane(tile, Source::WordMap(slot), Vec2::splat(SMALL), theme::TEXT, middle) {
        workshop.commands.entity(plane).insert((MapPlane(Some(slot)), Target::Word(slot), Named::new("attention.maps")));
    }
    // A long piece is set smaller so that it keeps off its neighbours.
    let metres = place.type_metres(22.0) * (10.0 / word.chars().count().max(10) as f32);
    let label = workshop.label(tile, word, Lettering::body(metres), Transform::from_translation(below(0.93).with_z(0.05)));
    workshop.commands.entity(label).insert(WordType(slot));
    let whole = workshop.bar(tile, Vec3::new(SMALL, SHARE, 0.01), below(1.18), theme::EDGE);
    workshop.commands.entity(whole).insert((Whole, Visibility::Hidden));
    for (lane, colour) in [(Lane::A, theme::TEXT), (Lane::B, theme::TRACK_B)] {
        let share = workshop.bar(whole, Vec3::new(1.0, SHARE, 0.03), Vec3::ZERO, colour);
        workshop.commands.entity(share).insert((Share(slot, lane), Visibility::Hidden));
    }
}

fn show_maps(mut planes: Query<(&MapPlane, &mut DataPlane)>, attending: Res<Attending>, run: Res<Run>, hall: Res<Hall>) {
    let tokens = hall.shape.tokens;
    let heads = attending.heads(&run, tokens);
    for (map, mut plane) in &mut planes {
        let source = attending.source(map.0.unwrap_or(attending.slot), tokens, heads);
        if plane.source != source {
            plane.source = source;
        }
    }
}

fn mark_word(
    attending: Res<Attending>,
    mut marks: Query<(&Mark, &mut Visibility)>,
    mut types: Query<(&WordType, &mut Text3dStyling)>,
) {
    for (mark, mut visibility) in &mut marks {
        visibility.set_if_neq(seen_if(mark.0 == attending.slot));
    }
    for (word, mut styling) in &mut types {
        let colour = if word.0 == attending.slot { theme::INK } else { theme::INK_SOFT };
        if styling.color != colour {
            styling.color = colour;
        }
    }
}

fn seen_if(wanted: bool) -> Visibility {
    if wanted { Visibility::Inherited } else { Visibility::Hidden }
}

/// The mean maps of the step on show of a run, [tokens, height, width]. `score`: of A.
fn shown_maps<'a>(run: &'a Run, score: &Score, moment: Moment) -> Option<&'a Array> {
    let step = Source::WordMap(0).shown(run, score, moment)?.step;
    run.steps.get(step).map(|step| &step.numbers.word_maps)
}

/// The share of a slot among the words of a run, at the place aimed at; 0 where no word's piece is in it. `score`: of A.
fn share(attending: &Attending, run: &Run, slot: usize, score: &Score, moment: Moment) -> Option<f32> {
    let (place, started, maps) = (attending.place?, run.started.as_ref()?, shown_maps(run, score, moment)?);
    let slots = pieces(&started.tokens.slots);
    let shares = shares(maps, &slots, place);
    Some(slots.iter().position(|&other| other == slot).and_then(|at| shares.get(at)).copied().unwrap_or(0.0))
}

fn weigh_words(
    attending: Res<Attending>,
    lanes: Lanes,
    hall: Res<Hall>,
    time: Res<TourTime>,
    mut wholes: Query<&mut Visibility, With<Whole>>,
    mut bars: Query<(&Share, &mut Transform, &mut Visibility), Without<Whole>>,
) {
    let score = hall.score(lanes.a());
    let moment = score.moment(time.micros);
    let is_aimed = attending.place.is_some() && shown_maps(lanes.a(), &score, moment).is_some();
    for mut visibility in &mut wholes {
        visibility.set_if_neq(seen_if(is_aimed));
    }
    // A's share lies above B's.
    let (high, up) = if lanes.pair().is_some() { (0.5, SHARE / 4.0) } else { (1.0, 0.0) };
    for (&Share(slot, lane), mut transform, mut visibility) in &mut bars {
        let share = lanes.run(lane).and_then(|run| share(&attending, run, slot, &score, moment));
        visibility.set_if_neq(seen_if(share.is_some()));
        let Some(share) = share else { continue };
        let middle = Vec3::new((share - 1.0) / 2.0 * SMALL, if lane == Lane::A { up } else { -up }, 0.0);
        let size = Vec3::new((share * SMALL).max(1e-3), high, 1.0);
        transform.set_if_neq(Transform::from_translation(middle).with_scale(size));
    }
}

fn set_signs(
    attending: Res<Attending>,
    lanes: Lanes,
    hall: Res<Hall>,
    time: Res<TourTime>,
    planes: Query<&Stand>,
    mut signs: Query<(&Sign, &ChildOf, &mut Transform, &mut Visibility)>,
) {
    let score = hall.score(lanes.a());
    let moment = score.moment(time.micros);
    let strongest = |lane: Lane| {
        // Of a single layer there are no numbers on the CPU.
        let run = lanes.run(lane).filter(|_| attending.layer.is_none())?;
        strongest_place(shown_maps(run, &score, moment)?, attending.slot)
    };
    for (sign, plane, mut transform, mut visibility) in &mut signs {
        let place = match sign {
            Sign::Place => attending.place,
            Sign::Strongest(lane) => strongest(*lane),
        };
        visibility.set_if_neq(seen_if(place.is_some()));
        if let (Some(place), Ok(stand)) = (place, planes.get(plane.parent())) {
            transform.set_if_neq(Transform::from_translation(on_plane(place, frame_part(stand.size.y))));
        }
    }
}

fn write_captions(
    mut captions: Query<(&Caption, &mut Text3d)>,
    attending: Res<Attending>,
    texts: Res<Texts>,
    lanes: Lanes,
    hall: Res<Hall>,
    time: Res<TourTime>,
) {
    for (caption, mut label) in &mut captions {
        let words = caption.words(&attending, &texts, &lanes, &hall, &time);
        if label.get_single() != Some(words.as_str()) {
            *label = Text3d::new(words);
        }
    }
}

impl Caption {
    /// What the line says; empty where there is nothing to say.
    fn words(self, attending: &Attending, texts: &Texts, lanes: &Lanes, hall: &Hall, time: &TourTime) -> String {
        let (run, b) = (lanes.a(), lanes.run(Lane::B));
        let Some(started) = &run.started else { return String::new() };
        let tokens = &started.tokens.slots;
        let heads = attending.heads(run, hall.shape.tokens);
        let score = hall.score(run);
        let moment = score.moment(time.micros);
        let source = attending.source(attending.slot, hall.shape.tokens, heads);
        let step_of = |run: &Run| {
            let step = source.shown(run, &score, moment)?.step + 1;
            Some(texts.say_with("line-step", &[("step", step.to_string()), ("steps", run.step_count().to_string())]))
        };
        let step = of_both(run, b, step_of);
        let word_of = |run: &Run| match run.started.as_ref()?.tokens.slots.get(attending.slot) {
            Some(token) if token.word.is_some() => Some(text::piece(&token.piece).to_string()),
            _ => Some(texts.say("token-start")),
        };
        let word = of_both(run, b, word_of).unwrap_or_default();
        let share_of = |run: &Run| share(attending, run, attending.slot, &score, moment);
        match self {
            Self::Imagined if step.is_some() && attending.layer.is_none() => {
                texts.say_with("attention-imagined-framed", &[("word", word)])
            }
            Self::Imagined => texts.say("attention-imagined"),
            Self::Word => texts.say_with("attention-word", &[("word", word)]),
            Self::Maps => step.map_or_else(String::new, |step| {
                let maps = attending.maps_in_words(texts, heads);
                texts.say_with("attention-shown", &[("maps", maps), ("step", step)])
            }),
            Self::Shares if attending.place.is_some() => match share_of(run).zip(b.and_then(share_of)) {
                Some((a, b)) => {
                    let percent = |share: f32| format_number((share * 100.0).round());
                    let difference = percent(b - a).replace('-', "−");
                    let shares = [("a", percent(a)), ("b", percent(b)), ("difference", difference)];
                    texts.say_with("attention-shares-both", &[&shares[..], &[("word", word)][..]].concat())
                }
                None => texts.say("attention-shares"),
            },
            Self::Shares => texts.say("attention-aim"),
            Self::More => match pieces(tokens).len().saturating_sub(MOST) {
                0 => String::new(),
                more => texts.say_with("attention-more", &[("count", more.to_string())]),
            },
        }
    }
}

/// What is said of A, and of B where that is something else.
fn of_both(a: &Run, b: Option<&Run>, of: impl Fn(&Run) -> Option<String>) -> Option<String> {
    let of_a = of(a)?;
    match b.and_then(of) {
        Some(of_b) if of_b != of_a => Some(format!("● {of_a} / ■ {of_b}")),
        _ => Some(of_a),
    }
}

impl Attending {
    /// Which layer and head is on show.
    fn maps_in_words(&self, texts: &Texts, heads: usize) -> String {
        let Some((block, layer)) = self.layer else { return texts.say("attention-averaged") };
        let layer = ("layer", Site::Unet(block, Part::Attention(layer)).to_string());
        match self.shown_head(heads) {
            Some(head) => {
                texts.say_with("attention-head", &[layer, ("head", (head + 1).to_string()), ("heads", heads.to_string())])
            }
            None => texts.say_with("attention-heads", &[layer]),
        }
    }
}
