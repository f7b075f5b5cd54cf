//! Arcs: the self-attention of one layer of the text encoder. Each token is joined to those it looks at; with a second run the board
//! also says how alike the two runs' vectors are.

use std::f32::consts::PI;

use bevy::prelude::*;
use bridge::{Array, ModelShape, RunStarted};

use super::Hall;
use super::label::{Lettering, Seen};
use super::text_encoder::{LayerInHand, content_top, mark_plate};
use super::tokens::{Slot, slots};
use super::workshop::Workshop;
use crate::HallSystems;
use crate::analysis::cosine;
use crate::mesh::coloured_mesh;
use crate::state::{Lanes, RunBegan};
use crate::stop::Stop;
use crate::text::{self, Texts};
use crate::theme;
use crate::track::place::{Place, plates_metres};

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        Update,
        draw.in_set(HallSystems::Animate)
            .run_if(resource_exists::<Hall>)
            .run_if(resource_changed::<LayerInHand>.or_eager(on_message::<RunBegan>)),
    );
}

/// On the station that has the board.
#[derive(Component)]
struct Board;

/// What is drawn anew for another layer or run.
#[derive(Component)]
struct Drawn;

/// As many tokens stand on the board.
const MOST_TOKENS: usize = 16;
/// Weaker attention is not drawn.
const LEAST_WEIGHT: f32 = 0.02;
/// How the pieces are written: upwards, towards their place in the row.
const SLANT_RADIANS: f32 = PI / 3.0;
/// A piece with more letters is set smaller.
const SLANT_LETTERS: f32 = 10.0;
const BOTTOM: f32 = 0.15;

/// Where the board is in its station: its middle, and its width.
fn board(place: &Place, shape: &ModelShape) -> (f32, f32) {
    let width = place.size.x - plates_metres(shape.text_layers);
    (place.size.x / 2.0 - width / 2.0, width - 0.1)
}

pub(super) fn build(workshop: &mut Workshop, root: Entity, place: &Place, shape: &ModelShape) {
    let (x, width) = board(place, shape);
    let height = content_top(place) - 0.1;
    workshop.stone(root, Vec3::new(width, height, 0.08), Vec3::new(x, height / 2.0, -0.1));
    workshop.commands.entity(root).insert(Board);
}

/// The slots that are shown: start, words and end; of too many words the first.
pub fn shown_slots(slots: &[Slot]) -> Vec<usize> {
    let mut shown: Vec<usize> = (0..slots.len()).filter(|&place| slots[place] != Slot::Padding).collect();
    if shown.len() > MOST_TOKENS {
        shown.drain(MOST_TOKENS - 1..shown.len() - 1);
    }
    shown
}

fn draw(
    mut workshop: Workshop,
    hall: Res<Hall>,
    lanes: Lanes,
    in_hand: Res<LayerInHand>,
    boards: Query<Entity, With<Board>>,
    old: Query<Entity, With<Drawn>>,
) {
    for drawn in &old {
        workshop.commands.entity(drawn).despawn();
    }
    let Some(a) = &lanes.a().started else { return };
    let b = lanes.pair().and_then(|pair| pair.b.started.as_ref());
    let (shape, place) = (&hall.shape, hall.layout.station(Stop::TextEncoder));
    let layer = in_hand.0.min(shape.text_layers.saturating_sub(1));
    for root in &boards {
        let mark = mark_plate(&mut workshop, root, place, shape, layer);
        let on_board = (Drawn, Transform::default(), Visibility::default(), ChildOf(root));
        let sheet = workshop.commands.spawn(on_board).id();
        workshop.commands.entity(mark).insert(Drawn);
        let layers = [("layer", (layer + 1).to_string()), ("layers", shape.text_layers.to_string())];
        let title = workshop.texts.say_with("arcs-title", &layers);
        Diagram::new(place, shape, a, b).draw(&mut workshop, sheet, title, layer);
    }
}

/// The measures of the board and what stands on it, from top to bottom: a title, the arcs, the row of tokens, with a second run
/// the cosines, and a line that explains.
struct Diagram<'r> {
    a: &'r RunStarted,
    b: Option<&'r RunStarted>,
    slots: Vec<Slot>,
    /// Those on the board.
    shown: Vec<usize>,
    /// Of the board's middle.
    x: f32,
    width: f32,
    top: f32,
    /// The size of type.
    metres: f32,
    /// Where the row begins, how high it stands, and from one token to the next.
    row: Vec2,
    pitch: f32,
}

impl<'r> Diagram<'r> {
    fn new(place: &Place, shape: &ModelShape, a: &'r RunStarted, b: Option<&'r RunStarted>) -> Self {
        let (x, width) = board(place, shape);
        let metres = place.type_metres(22.0);
        let slots = slots(&a.tokens.slots);
        let shown = shown_slots(&slots);
        // The first piece hangs out to the left.
        let left = x - width / 2.0 + 3.0 * metres;
        let right = x + width / 2.0 - 0.7 * metres;
        let pieces = SLANT_LETTERS * 0.55 * metres * SLANT_RADIANS.sin() + metres;
        let foot = if b.is_some() { cosines_top(metres) } else { BOTTOM + 1.5 * metres };
        Self {
            a,
            b,
            slots,
            x,
            width,
            top: content_top(place) - 0.2,
            metres,
            row: Vec2::new(left, foot + pieces),
            pitch: (right - left) / (shown.len().max(2) - 1) as f32,
            shown,
        }
    }

    fn node(&self, column: usize) -> Vec3 {
        Vec3::new(self.row.x + column as f32 * self.pitch, self.row.y, 0.0)
    }

    fn draw(&self, workshop: &mut Workshop, root: Entity, title: String, layer: usize) {
        let at = Transform::from_xyz(self.x, self.top, 0.02);
        workshop.label(root, title, Lettering::title(self.metres).within(self.width), at);
        let about = workshop.texts.say(if self.b.is_some() { "arcs-cosine" } else { "arcs-about" });
        let at = Transform::from_xyz(self.x, BOTTOM + 1.25 * self.metres, 0.02);
        workshop.label(root, about, Lettering::body(self.metres).within(self.width), at);
        for (column, &slot) in self.shown.iter().enumerate() {
            self.write_piece(workshop, root, column, slot);
            if let Some(b) = self.b {
                self.compare(workshop, root, column, slot, &b.numbers.prompt_embeds);
            }
        }
        self.draw_attention(workshop, root, layer);
    }

    fn write_piece(&self, workshop: &mut Workshop, root: Entity, column: usize, slot: usize) {
        let mut words = piece(self.a, &self.slots, slot, &workshop.texts);
        if let Some(b) = self.b {
            let other = piece(b, &slots(&b.tokens.slots), slot, &workshop.texts);
            if other != words {
                words = format!("{words} / {other}");
            }
        }
        let shrunk = SLANT_LETTERS / (words.chars().count() as f32).max(SLANT_LETTERS);
        let colour = if self.slots.get(slot) == Some(&Slot::Piece) { theme::TEXT } else { theme::INK_SOFT };
        let lettering =
            Lettering::body(self.metres * shrunk).from_right().coloured(colour).seen(Seen::within(90.0 * self.metres));
        let slanted = Quat::from_rotation_z(SLANT_RADIANS);
        // The text's upper right corner is put where its line ends under the middle of the node.
        let corner = self.node(column) + slanted * Vec3::new(0.0, 0.65 * lettering.metres, 0.0);
        let at = Transform::from_translation(corner + Vec3::new(0.0, -0.6 * self.metres, 0.02));
        workshop.label(root, words, lettering, at.with_rotation(slanted));
    }

    /// A bar and a number for how alike the vectors of a slot are. `of_b`: [tokens, hidden].
    fn compare(&self, workshop: &mut Workshop, root: Entity, column: usize, slot: usize, of_b: &Array) {
        let (a, b) = (self.a.numbers.prompt_embeds.row(slot), of_b.row(slot));
        if a.is_empty() || a.len() != b.len() {
            return;
        }
        let cosine = cosine(a, b);
        let x = self.node(column).x;
        let bottom = BOTTOM + 1.5 * self.metres;
        let number = format!("{cosine:.2}").replace('-', "−");
        let upwards = Quat::from_rotation_z(PI / 2.0);
        let at = Transform::from_xyz(x, bottom + 0.5 * NUMBER_LONG * self.metres, 0.02).with_rotation(upwards);
        workshop.label(root, number, Lettering::body(self.metres).in_middle().coloured(theme::INK), at);
        let height = (BAR_HIGH * self.metres * cosine).max(0.01);
        let foot = bottom + NUMBER_LONG * self.metres;
        let size = Vec3::new(0.5 * self.pitch.min(2.0 * self.metres), height, 0.03);
        workshop.bar(root, size, Vec3::new(x, foot + height / 2.0, 0.0), theme::GUIDANCE);
    }

    fn draw_attention(&self, workshop: &mut Workshop, root: Entity, layer: usize) {
        let attention = &self.a.numbers.text_attention;
        let [_, tokens, _] = attention.shape[..] else { return };
        let of_layer = attention.row(layer);
        let weight = |from: usize, to: usize| {
            let weight = of_layer.get(self.shown[from] * tokens + self.shown[to]).copied().unwrap_or(0.0);
            Some(weight).filter(|weight| *weight > LEAST_WEIGHT)
        };
        let widest = (self.shown.len().max(2) - 1) as f32;
        let most_rise = self.top - 2.0 * self.metres - self.row.y;
        let mut arcs = Ribbons::default();
        for from in 0..self.shown.len() {
            if let Some(weight) = weight(from, from) {
                let side = self.metres * (0.15 + 0.6 * weight);
                workshop.bar(root, Vec3::new(side, side, 0.03), self.node(from), lit(weight));
            }
            for to in (0..self.shown.len()).filter(|&to| to != from) {
                let Some(weight) = weight(from, to) else { continue };
                let rise = most_rise * (from.abs_diff(to) as f32 / widest).powf(0.7);
                // The stronger lie before the weaker.
                let before = Vec3::Z * 0.05 * weight;
                let thickness = self.metres * (0.06 + 0.45 * weight);
                arcs.add(self.node(from) + before, self.node(to) + before, rise, thickness, lit(weight));
            }
        }
        if !arcs.indices.is_empty() {
            workshop.thing(root, arcs.mesh(), Transform::default());
        }
    }
}

/// Lengths in sizes of type: a cosine that is written upwards, and the bar of a cosine of 1.
const NUMBER_LONG: f32 = 2.6;
const BAR_HIGH: f32 = 1.8;

/// Above the cosines.
fn cosines_top(metres: f32) -> f32 {
    BOTTOM + (1.5 + NUMBER_LONG + BAR_HIGH + 0.4) * metres
}

/// The colour of attention of this weight, 0..1.
fn lit(weight: f32) -> Srgba {
    theme::dimmed(theme::TEXT, 0.25 + 0.75 * weight)
}

/// What a slot holds, as it is written on the board.
fn piece(started: &RunStarted, slots: &[Slot], slot: usize, texts: &Texts) -> String {
    match (slots.get(slot), started.tokens.slots.get(slot)) {
        (Some(Slot::Piece), Some(token)) => text::piece(&token.piece).to_string(),
        (Some(Slot::Start), _) => texts.say("token-start"),
        (Some(Slot::End), _) => texts.say("token-end"),
        _ => texts.say("token-padding"),
    }
}

/// Flat arcs that face +z, in one mesh.
#[derive(Default)]
struct Ribbons {
    positions: Vec<Vec3>,
    colours: Vec<[f32; 4]>,
    indices: Vec<u32>,
}

impl Ribbons {
    /// Half an ellipse from one point up and down to another of the same height.
    fn add(&mut self, from: Vec3, to: Vec3, rise: f32, thickness: f32, colour: Srgba) {
        const PIECES: u32 = 32;
        let (middle, half) = ((from + to) / 2.0, (to.x - from.x).abs() / 2.0);
        let colour = LinearRgba::from(colour).to_f32_array();
        let first = self.positions.len() as u32;
        for piece in 0..=PIECES {
            let (sine, cosine) = (PI * piece as f32 / PIECES as f32).sin_cos();
            let point = middle + Vec3::new(half * cosine, rise * sine, 0.0);
            let outward = Vec3::new(rise * cosine, half * sine, 0.0).normalize_or(Vec3::Y) * thickness / 2.0;
            self.positions.extend([point - outward, point + outward]);
            self.colours.extend([colour; 2]);
        }
        for piece in 0..PIECES {
            let corner = first + 2 * piece;
            self.indices.extend([corner, corner + 1, corner + 3, corner, corner + 3, corner + 2]);
        }
    }

    fn mesh(self) -> Mesh {
        coloured_mesh(self.positions, Vec3::Z, self.colours, self.indices)
    }
}
