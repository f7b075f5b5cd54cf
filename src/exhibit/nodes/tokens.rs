//! Tokens: the pieces that the tokenizer cuts the prompt into, each in its slot with its number.

use bevy::prelude::*;
use bevy_rich_text3d::{SegmentSize, SegmentStyle, Text3d, Text3dSegment, Text3dStyling};
use bridge::Token;

use super::Hall;
use super::label::Lettering;
use super::workshop::Workshop;
use crate::HallSystems;
use crate::building::stone;
use crate::state::{Run, RunBegan};
use crate::text::{self, Texts};
use crate::theme;
use crate::track::place::{Place, TILE_PITCH, token_grid};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<TileMeshes>()
        .add_systems(Update, (fill_tiles, drop_words).in_set(HallSystems::Animate).run_if(on_message::<RunBegan>));
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

/// The words that found no slot.
#[derive(Component)]
struct Dropped;

/// A tile for each kind of slot.
#[derive(Resource)]
struct TileMeshes {
    piece: Handle<Mesh>,
    mark: Handle<Mesh>,
    padding: Handle<Mesh>,
}

impl FromWorld for TileMeshes {
    fn from_world(world: &mut World) -> Self {
        let size = (TILE_PITCH - 0.08).extend(0.06);
        let mut meshes = world.resource_mut::<Assets<Mesh>>();
        let mut tile = |colour: Srgba| meshes.add(stone::block(size, colour));
        Self {
            piece: tile(theme::dimmed(theme::TEXT, 0.30)),
            mark: tile(theme::dimmed(theme::NOISE, 0.28)),
            padding: tile(theme::dimmed(theme::STONE, 0.8)),
        }
    }
}

pub(super) fn build(workshop: &mut Workshop, root: Entity, place: &Place, hall: &Hall) {
    workshop.heading(root, place, theme::TEXT, &text::shape(&[hall.shape.tokens]));
    let [columns, rows] = token_grid(hall.shape.tokens);
    let size = (TILE_PITCH - 0.08).extend(0.06);
    let top = 0.9 + rows as f32 * TILE_PITCH.y;
    for slot in 0..hall.shape.tokens {
        let (column, row) = (slot % columns, slot / columns);
        let x = (column as f32 - (columns as f32 - 1.0) / 2.0) * TILE_PITCH.x;
        let middle = Vec3::new(x, top - (row as f32 + 0.5) * TILE_PITCH.y, 0.0);
        let tile = workshop.thing(root, stone::block(size, theme::STONE), Transform::from_translation(middle));
        workshop.commands.entity(tile).insert(Tile(slot));
        let lettering = Lettering::title(0.2).in_middle().within(size.x - 0.06);
        let label = workshop.label(root, "", lettering, Transform::from_translation(middle + Vec3::Z * 0.04));
        workshop.commands.entity(label).insert(TileType(slot));
    }
    let lettering = Lettering::body(place.type_metres(26.0)).from_left().within(place.size.x - 0.4);
    let dropped = workshop.label(root, "", lettering, Transform::from_xyz(-place.size.x / 2.0 + 0.3, 0.72, 0.1));
    workshop.commands.entity(dropped).insert(Dropped);
}

fn fill_tiles(
    run: Res<Run>,
    texts: Res<Texts>,
    meshes: Res<TileMeshes>,
    mut tiles: Query<(&Tile, &mut Mesh3d)>,
    mut types: Query<(&TileType, &mut Text3d, &mut Text3dStyling)>,
) {
    let Some(started) = &run.started else { return };
    let slots = slots(&started.tokens.slots);
    for (tile, mut mesh) in &mut tiles {
        mesh.0 = match slots.get(tile.0) {
            Some(Slot::Piece) => meshes.piece.clone(),
            Some(Slot::Start | Slot::End) => meshes.mark.clone(),
            _ => meshes.padding.clone(),
        };
    }
    for (tile, mut words, mut styling) in &mut types {
        let (Some(slot), Some(token)) = (slots.get(tile.0), started.tokens.slots.get(tile.0)) else { continue };
        let (name, colour) = match slot {
            Slot::Piece => (text::piece(&token.piece).to_string(), theme::TEXT),
            Slot::Start => (texts.say("token-start"), theme::INK_SOFT),
            Slot::End => (texts.say("token-end"), theme::INK_SOFT),
            Slot::Padding => (texts.say("token-padding"), theme::dimmed(theme::INK_SOFT, 0.35)),
        };
        styling.color = colour;
        // A long piece is set smaller so that it stays on its tile.
        styling.world_scale = Some(Vec2::splat(0.2 * (7.0 / name.chars().count().max(7) as f32)));
        let small = SegmentStyle { size: Some(SegmentSize::Multiply(0.7)), ..default() };
        *words = Text3d {
            segments: vec![
                (Text3dSegment::String(format!("{name}\n")), SegmentStyle::default()),
                (Text3dSegment::String(token.id.to_string()), small),
            ],
        };
    }
}

fn drop_words(run: Res<Run>, texts: Res<Texts>, mut labels: Query<&mut Text3d, With<Dropped>>) {
    let Some(started) = &run.started else { return };
    let truncated = &started.tokens.truncated;
    for mut label in &mut labels {
        *label = Text3d::new(match truncated.is_empty() {
            true => String::new(),
            false => texts.say_with("token-truncated", &[("words", truncated.join(" "))]),
        });
    }
}
