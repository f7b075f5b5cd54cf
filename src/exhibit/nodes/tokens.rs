//! Tokens: the pieces that the tokenizer cuts the prompt into, each in its slot with its number.

use bevy::prelude::*;
use bevy_rich_text3d::{SegmentSize, SegmentStyle, Text3d, Text3dSegment, Text3dStyling};
use bridge::{Token, Tokens};

use super::Hall;
use super::label::{Lettering, Line, Seen, inspect_line};
use super::workshop::{Kit, Workshop};
use crate::HallSystems;
use crate::building::stone;
use crate::state::{Lanes, RunBegan};
use crate::stop::Stop;
use crate::text::{self, Texts};
use crate::theme;
use crate::tour::score::{Moment, Turn};
use crate::tour::time::TourTime;
use crate::track::place::{Place, TILE_PITCH, token_grid};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<TileMeshes>().add_systems(
        Update,
        ((fill_tiles, frame_tiles, drop_words).run_if(on_message::<RunBegan>), fall)
            .chain()
            .in_set(HallSystems::Animate)
            .run_if(resource_exists::<Hall>),
    );
}

/// What a slot of the context holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    Start,
    /// A piece of a word.
    Piece,
    End,
    Padding,
}

/// What each slot holds: a start, pieces of words, an end, and padding behind it.
pub fn slots(tokens: &[Token]) -> Vec<Slot> {
    let end = tokens.iter().rposition(|token| token.word.is_some()).map_or(1, |last| last + 1);
    let slot = |(place, token): (usize, &Token)| match place {
        _ if token.word.is_some() => Slot::Piece,
        0 => Slot::Start,
        place if place == end => Slot::End,
        _ => Slot::Padding,
    };
    tokens.iter().enumerate().map(slot).collect()
}

/// The tile of a slot, and the type on it.
#[derive(Component)]
struct Tile(usize);

#[derive(Component)]
struct TileType(usize);

/// Around a tile in which two runs differ.
#[derive(Component)]
struct TileFrame;

/// Says of two runs what stands where on a tile.
#[derive(Component)]
struct Legend;

/// Where words that find no slot fall to.
#[derive(Component)]
struct Floor {
    width: f32,
    /// Of the type on them.
    metres: f32,
    /// From where they fall.
    board_bottom: f32,
}

/// A word that found no slot, or what is said of such words.
#[derive(Component)]
struct Dropped;

/// Falls from the board to the floor, as the `place`-th.
#[derive(Component)]
struct Falls {
    place: usize,
    from: Transform,
    to: Transform,
}

/// A tile for each kind of slot.
#[derive(Resource)]
struct TileMeshes {
    piece: Handle<Mesh>,
    mark: Handle<Mesh>,
    padding: Handle<Mesh>,
    frame: Handle<Mesh>,
}

const TILE: Vec3 = Vec3::new(TILE_PITCH.x - 0.08, TILE_PITCH.y - 0.08, 0.06);
/// As many words are seen to fall.
const FALLING_WORDS: usize = 8;

impl FromWorld for TileMeshes {
    fn from_world(world: &mut World) -> Self {
        let mut meshes = world.resource_mut::<Assets<Mesh>>();
        let mut tile = |colour: Srgba| meshes.add(stone::block(TILE, colour));
        Self {
            piece: tile(theme::dimmed(theme::TEXT, 0.30)),
            mark: tile(theme::dimmed(theme::NOISE, 0.28)),
            padding: tile(theme::dimmed(theme::STONE, 0.8)),
            // Its edge is seen around the tile before it.
            frame: meshes.add(stone::glow(Vec3::new(TILE.x + 0.07, TILE.y + 0.07, 0.02), theme::GUIDANCE)),
        }
    }
}

pub(super) fn build(workshop: &mut Workshop, root: Entity, place: &Place, hall: &Hall) {
    workshop.heading(root, place, theme::TEXT, &text::shape(&[hall.shape.tokens]));
    let [columns, rows] = token_grid(hall.shape.tokens);
    let board_bottom = 0.9;
    let top = board_bottom + rows as f32 * TILE_PITCH.y;
    for slot in 0..hall.shape.tokens {
        let (column, row) = (slot % columns, slot / columns);
        let x = (column as f32 - (columns as f32 - 1.0) / 2.0) * TILE_PITCH.x;
        let middle = Vec3::new(x, top - (row as f32 + 0.5) * TILE_PITCH.y, 0.0);
        let tile = workshop.thing(root, stone::block(TILE, theme::STONE), Transform::from_translation(middle));
        workshop.commands.entity(tile).insert(Tile(slot));
        workshop.name([tile], "tokens.tiles");
        let lettering = Lettering::title(TYPE_METRES).in_middle().within(TILE.x - 0.06);
        let label = workshop.label(root, "", lettering, Transform::from_translation(middle + Vec3::Z * 0.04));
        workshop.commands.entity(label).insert(TileType(slot));
    }
    let metres = place.type_metres(22.0);
    let right = place.size.x / 2.0 - 0.3;
    let legend = workshop.label(root, "", Lettering::body(metres).from_right(), Transform::from_xyz(right, 0.8, 0.05));
    workshop.commands.entity(legend).insert(Legend);
    workshop.commands.entity(root).insert(Floor { width: place.size.x - 0.5, metres, board_bottom });
    inspect_line(workshop, root, place, Line::Inspect(Stop::Tokens));
}

/// Of type on a tile with a short piece.
const TYPE_METRES: f32 = 0.2;
/// Letters that have room on a tile at this size.
const TILE_LETTERS: f32 = 7.0;
/// A token's number is so much smaller than its piece.
const NUMBER_SIZE: f32 = 0.7;

/// What stands on a tile: the piece, its number, its colour.
type Written = (String, String, Srgba);

fn written(tokens: &[Token], slots: &[Slot], place: usize, texts: &Texts) -> Option<Written> {
    let (slot, token) = (slots.get(place)?, tokens.get(place)?);
    let (name, colour) = match slot {
        Slot::Piece => (text::piece(&token.piece).to_string(), theme::TEXT),
        Slot::Start => (texts.say("token-start"), theme::INK_SOFT),
        Slot::End => (texts.say("token-end"), theme::INK_SOFT),
        Slot::Padding => (texts.say("token-padding"), theme::dimmed(theme::INK_SOFT, 0.35)),
    };
    Some((name, token.id.to_string(), colour))
}

/// The tokens of both runs, B's only if there is a second run.
fn tokens_of<'l>(lanes: &'l Lanes) -> Option<(&'l Tokens, Option<&'l Tokens>)> {
    let a = &lanes.a().started.as_ref()?.tokens;
    let b = lanes.pair().and_then(|pair| pair.b.started.as_ref()).map(|started| &started.tokens);
    Some((a, b))
}

/// Whether the runs have different tokens in a slot.
fn differs(a: &Tokens, b: Option<&Tokens>, place: usize) -> bool {
    let id = |tokens: &Tokens| tokens.slots.get(place).map(|token| token.id);
    b.is_some_and(|b| id(a) != id(b))
}

fn fill_tiles(
    lanes: Lanes,
    texts: Res<Texts>,
    meshes: Res<TileMeshes>,
    mut tiles: Query<(&Tile, &mut Mesh3d)>,
    mut types: Query<(&TileType, &mut Text3d, &mut Text3dStyling)>,
    mut legends: Query<&mut Text3d, (With<Legend>, Without<TileType>)>,
) {
    let Some((a, b)) = tokens_of(&lanes) else { return };
    let (a_slots, b_slots) = (slots(&a.slots), b.map(|b| slots(&b.slots)).unwrap_or_default());
    for (tile, mut mesh) in &mut tiles {
        mesh.0 = match (a_slots.get(tile.0), b_slots.get(tile.0)) {
            (Some(Slot::Piece), _) | (_, Some(Slot::Piece)) => meshes.piece.clone(),
            (Some(Slot::Start | Slot::End), _) | (_, Some(Slot::End)) => meshes.mark.clone(),
            _ => meshes.padding.clone(),
        };
    }
    let small = || SegmentStyle { size: Some(SegmentSize::Multiply(NUMBER_SIZE)), ..default() };
    for (tile, mut words, mut styling) in &mut types {
        let Some((name, number, colour)) = written(&a.slots, &a_slots, tile.0, &texts) else { continue };
        let of_b = b.filter(|_| differs(a, b, tile.0)).and_then(|b| written(&b.slots, &b_slots, tile.0, &texts));
        let (segments, letters) = match of_b {
            None => {
                let letters = name.chars().count() as f32;
                (vec![(format!("{name}\n"), SegmentStyle::default()), (number, small())], letters)
            }
            Some((other, other_number, _)) => {
                let letters = |name: &str, number: &str| name.chars().count() as f32 + NUMBER_SIZE * (1 + number.len()) as f32;
                let most = letters(&name, &number).max(letters(&other, &other_number));
                let of = |lane: Srgba, style: SegmentStyle| SegmentStyle { fill_color: Some(lane), ..style };
                let segments = vec![
                    (format!("{name} "), of(theme::TRACK_A, SegmentStyle::default())),
                    (format!("{number}\n"), of(theme::TRACK_A, small())),
                    (format!("{other} "), of(theme::TRACK_B, SegmentStyle::default())),
                    (other_number, of(theme::TRACK_B, small())),
                ];
                (segments, most)
            }
        };
        styling.color = colour;
        // A long piece is set smaller so that it stays on its tile.
        styling.world_scale = Some(Vec2::splat(TYPE_METRES * TILE_LETTERS / letters.max(TILE_LETTERS)));
        let segments = segments.into_iter().map(|(words, style)| (Text3dSegment::String(words), style)).collect();
        *words = Text3d { segments };
    }
    for mut legend in &mut legends {
        *legend = Text3d::new(if b.is_some() { texts.say("tiles-both") } else { String::new() });
    }
}

/// Frames the tiles in which the runs differ.
fn frame_tiles(
    mut commands: Commands,
    lanes: Lanes,
    kit: Res<Kit>,
    meshes: Res<TileMeshes>,
    tiles: Query<(Entity, &Tile)>,
    old: Query<Entity, With<TileFrame>>,
) {
    for frame in &old {
        commands.entity(frame).despawn();
    }
    let Some((a, b)) = tokens_of(&lanes) else { return };
    for (entity, tile) in &tiles {
        if differs(a, b, tile.0) {
            let (mesh, material) = (Mesh3d(meshes.frame.clone()), MeshMaterial3d(kit.matte.clone()));
            commands.spawn((TileFrame, mesh, material, Transform::from_xyz(0.0, 0.0, -0.03), ChildOf(entity)));
        }
    }
}

/// Lays out the words that found no slot in front of the board, one beside the other.
fn drop_words(mut workshop: Workshop, lanes: Lanes, floors: Query<(Entity, &Floor)>, old: Query<Entity, With<Dropped>>) {
    for dropped in &old {
        workshop.commands.entity(dropped).despawn();
    }
    let Some((a, b)) = tokens_of(&lanes) else { return };
    let words: Vec<String> = match b.filter(|b| b.truncated != a.truncated) {
        None => a.truncated.clone(),
        Some(b) => marked("●", &a.truncated).chain(marked("■", &b.truncated)).collect(),
    };
    if words.is_empty() {
        return;
    }
    for (root, floor) in &floors {
        let (left, pitch) = (-floor.width / 2.0, floor.width / (FALLING_WORDS + 1) as f32);
        let lettering = Lettering::body(floor.metres).from_left();
        let about = workshop.texts.say("fallen-words");
        let about = workshop.label(root, about, lettering, Transform::from_xyz(left, 0.8, 0.05));
        workshop.commands.entity(about).insert(Dropped);
        let size = Vec3::new(pitch - 0.08, 0.46, 0.05);
        for (place, word) in words.iter().take(FALLING_WORDS).enumerate() {
            let x = left + (place as f32 + 0.5) * pitch;
            // Leant back, and each turned a little to another side.
            let lying = Quat::from_rotation_z(if place % 2 == 0 { 0.07 } else { -0.05 }) * Quat::from_rotation_x(-0.9);
            let to = Transform::from_xyz(x, 0.19, 0.5).with_rotation(lying);
            let from = Transform::from_xyz(x, floor.board_bottom + 0.3, 0.2);
            let tile = workshop.thing(root, stone::block(size, theme::dimmed(theme::TEXT, 0.22)), to);
            workshop.commands.entity(tile).insert((Dropped, Falls { place, from, to }));
            // A letter is a little more than half as wide as it is high.
            let room = (size.x - 0.06) / (0.58 * word.chars().count().max(1) as f32);
            let seen = Seen::within(90.0 * floor.metres);
            let lettering = Lettering::title(floor.metres.min(room)).coloured(theme::TEXT).in_middle().seen(seen);
            workshop.label(tile, word.clone(), lettering, Transform::from_xyz(0.0, 0.0, 0.04));
        }
        let more = words.len().saturating_sub(FALLING_WORDS);
        if more > 0 {
            let more = workshop.texts.say_with("fallen-more", &[("words", more.to_string())]);
            let x = left + (FALLING_WORDS as f32 + 0.5) * pitch;
            let lettering = Lettering::body(floor.metres).in_middle().within(pitch);
            let more = workshop.label(root, more, lettering, Transform::from_xyz(x, 0.25, 0.6));
            workshop.commands.entity(more).insert(Dropped);
        }
    }
}

fn marked<'w>(mark: &'w str, words: &'w [String]) -> impl Iterator<Item = String> + 'w {
    words.iter().map(move |word| format!("{mark} {word}"))
}

/// Lets the words fall one after the other when the tokens have their turn.
fn fall(mut words: Query<(&Falls, &mut Transform)>, hall: Res<Hall>, lanes: Lanes, time: Res<TourTime>) {
    const LASTS: f32 = 0.08;
    const LATER: f32 = 0.015;
    let score = hall.score(lanes.a());
    let (Turn::Prologue(turn), moment) = (score.turn(Stop::Tokens), score.moment(time.micros)) else { return };
    for (falls, mut transform) in &mut words {
        let part = match moment {
            Moment::Prologue(part) => ((part - turn - LATER * falls.place as f32) / LASTS).clamp(0.0, 1.0),
            _ => 1.0,
        };
        // What falls is the faster the longer it has fallen.
        let fallen = part * part;
        let wanted = Transform {
            translation: falls.from.translation.lerp(falls.to.translation, fallen),
            rotation: falls.from.rotation.slerp(falls.to.rotation, fallen),
            scale: Vec3::ONE,
        };
        transform.set_if_neq(wanted);
    }
}
