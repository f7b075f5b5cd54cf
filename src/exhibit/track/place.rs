//! A place: where a station stands and how large it is. All of it follows from the shape of the model.

use std::f32::consts::TAU;

use bevy::prelude::*;
use bridge::{Block, BlockShape, ModelShape};

use crate::camera::framing;
use crate::stop::Stop;

/// A box on the floor of the hall. Lengths in metres.
///
/// In a place, x runs along the track, y up, and z towards the visitor; its origin is the middle of its floor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub stop: Stop,
    pub centre: Vec3,
    /// About the vertical; at 0 the station faces +z.
    pub yaw_radians: f32,
    /// Width, height, depth.
    pub size: Vec3,
}

impl Place {
    pub fn hall_from_place(&self) -> Transform {
        Transform::from_translation(self.centre).with_rotation(Quat::from_rotation_y(self.yaw_radians))
    }

    /// The corners in the hall.
    pub fn corners(&self) -> [Vec3; 8] {
        let hall_from_place = self.hall_from_place();
        std::array::from_fn(|corner| {
            let side = |bit: usize| if corner >> bit & 1 == 0 { -0.5 } else { 0.5 };
            hall_from_place.transform_point(self.size * Vec3::new(side(0), side(1) + 0.5, side(2)))
        })
    }

    /// Whether a visitor stands in front of it, turned towards it and near enough to read.
    ///
    /// `eye`: where the visitor is; `ahead`: where he looks; both in the hall.
    pub fn is_faced(&self, eye: Vec3, ahead: Vec3) -> bool {
        let hall_from_place = self.hall_from_place();
        let there = hall_from_place.compute_affine().inverse().transform_point3(eye);
        let towards = -ahead.dot(hall_from_place.rotation * Vec3::Z);
        let before = there.x.abs() < self.size.x / 2.0 + 2.5 && there.z > 0.0 && there.z < 1.6 * self.reading_metres();
        before && towards > 0.75
    }

    /// How far a visitor stands from it.
    pub fn reading_metres(&self) -> f32 {
        reading_metres(self.size.x, self.size.y, self.size.z)
    }

    /// Size of type that is so many pixels high on a screen of 1080 lines, read from where the visitor stands. In metres.
    pub fn type_metres(&self, pixels: f32) -> f32 {
        pixels / 1080.0 * framing::HEIGHT_AT_ONE_METRE * self.reading_metres()
    }
}

/// A block of the UNet: a gate on a plinth.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    pub shape: BlockShape,
    /// What a visitor sees of it: from its label to above its plane.
    pub place: Place,
    /// In the UNet's place: the middle of its feature plane.
    pub plane_centre: Vec3,
    /// Width and height of its feature plane.
    pub plane_metres: f32,
}

/// Where everything stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// In the order of computation.
    pub stations: Vec<Place>,
    /// In the order of computation.
    pub gates: Vec<Gate>,
    /// In the UNet's place: where the latent enters and where the prediction leaves; middles of planes.
    pub entrance: Vec3,
    pub exit: Vec3,
    /// Width and height of the planes there.
    pub door_metres: f32,
    /// The wings and the back, from left to right: middle of the row on the floor, its yaw and its width.
    pub rows: [Row; 3],
}

/// Stations side by side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    pub centre: Vec3,
    pub yaw_radians: f32,
    pub width: f32,
}

impl Layout {
    pub fn place(&self, stop: Stop) -> Option<&Place> {
        let gates = self.gates.iter().map(|gate| &gate.place);
        self.stations.iter().chain(gates).find(|place| place.stop == stop)
    }

    /// The station or gate that a visitor stands in front of, the nearest.
    ///
    /// `eye`: where the visitor is; `ahead`: where he looks; both in the hall.
    pub fn faced(&self, eye: Vec3, ahead: Vec3) -> Option<Stop> {
        let places = self.gates.iter().map(|gate| &gate.place).chain(&self.stations).filter(|place| place.is_faced(eye, ahead));
        places.min_by(|one, other| one.centre.distance(eye).total_cmp(&other.centre.distance(eye))).map(|place| place.stop)
    }

    /// A station that every hall has.
    pub fn station(&self, stop: Stop) -> &Place {
        self.stations.iter().find(|place| place.stop == stop).unwrap_or(&self.stations[0])
    }

    /// A point near `eye` that is before the walls of the hall and above its floor.
    pub fn inside(&self, eye: Vec3) -> Vec3 {
        const ROUNDS: usize = 40;
        let mut inside = eye.clamp(Vec3::new(-OUTSIDE, 0.0, -OUTSIDE), Vec3::splat(OUTSIDE));
        // Pushed away from one wall, one may be behind the next.
        for row in self.rows.iter().cycle().take(ROUNDS * self.rows.len()) {
            let facing = Quat::from_rotation_y(row.yaw_radians) * Vec3::Z;
            let before = (inside - row.centre).dot(facing) + WALL_BEHIND - ARM;
            inside += facing * (-before).max(0.0);
        }
        inside
    }

    /// From the UNet's place into the hall.
    pub fn hall_from_unet(&self) -> Transform {
        self.station(Stop::Unet).hall_from_place()
    }
}

/// How the wings stand to the back of the hall.
const WING_RADIANS: f32 = TAU * 64.0 / 360.0;
/// From the middle of a row to the wall behind it.
pub const WALL_BEHIND: f32 = 4.6;
/// How near to a wall a visitor can get.
const ARM: f32 = 1.4;
/// How far from the middle of the hall a visitor can walk.
const OUTSIDE: f32 = 150.0;
const GAP: f32 = 1.5;
const CORNER: f32 = 3.0;

/// From one gate of the UNet to the next.
pub const GATE_PITCH: f32 = 3.3;
/// From one level of the UNet to the next.
const LEVEL: f32 = 2.25;
/// Below the planes of the lowest level.
const BASE: f32 = 1.6;
/// Above the planes: room for the skip connections.
const BRIDGES: f32 = 2.6;
/// On a screen of 1080 lines, what the heading of a station takes.
const HEADING_PIXELS: f32 = 150.0;

/// Where everything stands in the hall of a model. The track is a horseshoe that opens towards the visitor:
/// words on the left wing, the loop across the back, the picture on the right wing.
pub fn place(shape: &ModelShape) -> Layout {
    let unet = Unet::of(shape);
    let left =
        [(Stop::Words, words()), (Stop::Tokens, tokens(shape.tokens)), (Stop::TextEncoder, text_encoder(shape.text_layers))];
    let back = [
        (Stop::Noise, Vec3::new(8.8, 5.0, 2.6)),
        (Stop::Attention, Vec3::new(9.4, 4.4, 1.8)),
        (Stop::Unet, unet.size),
        (Stop::Guidance, Vec3::new(12.6, 5.8, 2.0)),
    ];
    let right = [
        (Stop::Scheduler, Vec3::new(9.4, 6.0, 2.6)),
        (Stop::TimeWall, Vec3::new(8.6, 5.0, 1.6)),
        (Stop::Decoder, decoder(shape.decoder.len())),
        (Stop::Picture, Vec3::new(5.8, 5.5, 2.0)),
        (Stop::Map, Vec3::new(8.6, 5.0, 1.6)),
    ];
    let back_width = width(&back);
    let corner = |side: f32| Vec3::new(side * (back_width / 2.0 + 0.4 * CORNER), 0.0, 0.0);
    let rows = [
        row(corner(-1.0), WING_RADIANS, -1.0, width(&left)),
        Row { centre: Vec3::ZERO, yaw_radians: 0.0, width: back_width },
        row(corner(1.0), -WING_RADIANS, 1.0, width(&right)),
    ];
    let stations: Vec<Place> =
        [&left[..], &back[..], &right[..]].iter().zip(&rows).flat_map(|(stations, row)| line_up(stations, row)).collect();
    let unet_place = stations.iter().find(|place| place.stop == Stop::Unet).copied();
    let hall_from_unet = unet_place.map_or(Transform::IDENTITY, |place| place.hall_from_place());
    let gates = unet.gates(shape, &hall_from_unet);
    Layout { stations, gates, entrance: unet.door(-1), exit: unet.door(unet.blocks as isize), door_metres: DOOR_METRES, rows }
}

/// Of a station that stands by itself: how far a visitor stands from a box of this size.
fn reading_metres(width: f32, height: f32, depth: f32) -> f32 {
    (width / framing::WIDTH_IN_VIEW).max(height / framing::HEIGHT_IN_VIEW) + depth / 2.0
}

/// The height of a station with its heading, of which the type is as large as the distance asks for.
fn with_heading(content: Vec3) -> Vec3 {
    let heading = HEADING_PIXELS / 1080.0 * framing::HEIGHT_AT_ONE_METRE;
    let high = content.y / (framing::HEIGHT_IN_VIEW - heading);
    let metres = (content.x / framing::WIDTH_IN_VIEW).max(high) + content.z / 2.0;
    content.with_y(content.y + heading * metres)
}

fn words() -> Vec3 {
    Vec3::new(5.8, 3.4, 2.4)
}

/// Columns and rows of the tiles.
pub fn token_grid(tokens: usize) -> [usize; 2] {
    let columns = ((tokens as f32 * 1.3).sqrt().ceil() as usize).clamp(4, 10);
    [columns, tokens.div_ceil(columns)]
}

/// From one tile to the next: across and down.
pub const TILE_PITCH: Vec2 = Vec2::new(0.92, 0.66);

fn tokens(tokens: usize) -> Vec3 {
    let [columns, rows] = token_grid(tokens);
    Vec3::new(columns as f32 * TILE_PITCH.x + 0.8, rows as f32 * TILE_PITCH.y + 1.4, 1.6)
}

/// From one layer's plate to the next: few layers stand wider apart than many.
pub fn plate_pitch(layers: usize) -> f32 {
    (4.4 / layers.max(1) as f32).clamp(0.42, 1.3)
}

/// Of the text encoder's station, what its plates and their sheet take from left to right.
pub fn plates_metres(layers: usize) -> f32 {
    layers as f32 * plate_pitch(layers) + 4.4
}

fn text_encoder(layers: usize) -> Vec3 {
    // The plates with their sheet, and the board of arcs, which is the wider the further away it is read from.
    let width = 1.5 * plates_metres(layers) + 1.0;
    Vec3::new(width, (0.3 * width).max(3.8), 2.4)
}

/// Widths and heights of the decoder's planes: the latent and its stages, growing towards the picture.
pub fn stage_metres(stages: usize) -> Vec<f32> {
    (0..=stages).map(|stage| 1.0 + 1.15 * stage as f32 / stages.max(1) as f32).collect()
}

/// Between two of the decoder's planes.
pub const STAGE_GAP: f32 = 0.22;

/// Width and height of the decoder's two planes for what is decoded by hand.
pub const BENCH_METRES: f32 = 2.15;
/// Between the decoder's last stage and them.
pub const BENCH_GAP: f32 = 0.7;

fn decoder(stages: usize) -> Vec3 {
    let planes: f32 = stage_metres(stages).iter().map(|side| side + STAGE_GAP).sum();
    Vec3::new(planes + BENCH_GAP + 2.0 * BENCH_METRES + STAGE_GAP + 0.8, 3.8, 2.4)
}

fn width(stations: &[(Stop, Vec3)]) -> f32 {
    stations.iter().map(|(_, size)| size.x).sum::<f32>() + GAP * (stations.len() - 1) as f32
}

/// A wing that goes out from a corner.
fn row(corner: Vec3, yaw_radians: f32, side: f32, width: f32) -> Row {
    let outward = Quat::from_rotation_y(yaw_radians) * Vec3::X * side;
    Row { centre: corner + outward * (0.6 * CORNER + width / 2.0), yaw_radians, width }
}

fn line_up(stations: &[(Stop, Vec3)], row: &Row) -> Vec<Place> {
    let along = Quat::from_rotation_y(row.yaw_radians) * Vec3::X;
    let mut x = -row.width / 2.0;
    let place = |&(stop, content): &(Stop, Vec3)| {
        let size = if stop == Stop::Unet { content } else { with_heading(content) };
        let centre = row.centre + along * (x + size.x / 2.0);
        x += size.x + GAP;
        Place { stop, centre, yaw_radians: row.yaw_radians, size }
    };
    stations.iter().map(place).collect()
}

/// Width and height of the planes at the UNet's doors.
const DOOR_METRES: f32 = 2.7;

/// The measures of the UNet's building.
struct Unet {
    blocks: usize,
    /// The level of the doors.
    top: usize,
    size: Vec3,
}

impl Unet {
    fn of(shape: &ModelShape) -> Self {
        let blocks = shape.blocks.len();
        let top = shape.blocks.iter().map(|block| level(shape, block.block)).max().unwrap_or(0);
        let width = (blocks + 2) as f32 * GATE_PITCH + 0.6;
        let height = BASE + top as f32 * LEVEL + DOOR_METRES + BRIDGES;
        Self { blocks, top, size: with_heading(Vec3::new(width, height, 4.0)) }
    }

    /// In its place: where block `place` of the row stands, counted from 0; the doors are at −1 and behind the last.
    fn x(&self, place: isize) -> f32 {
        (place as f32 - (self.blocks as f32 - 1.0) / 2.0) * GATE_PITCH
    }

    fn door(&self, place: isize) -> Vec3 {
        Vec3::new(self.x(place), BASE + self.top as f32 * LEVEL + DOOR_METRES / 2.0, 0.0)
    }

    fn gates(&self, shape: &ModelShape, hall_from_unet: &Transform) -> Vec<Gate> {
        let gate = |(index, block): (usize, &BlockShape)| {
            let plane_metres = plane_metres(block.output, shape.latent);
            let bottom = BASE + level(shape, block.block) as f32 * LEVEL;
            let plane_centre = Vec3::new(self.x(index as isize), bottom + plane_metres / 2.0, 0.0);
            let place = Place {
                stop: Stop::Block(block.block),
                centre: hall_from_unet.transform_point(plane_centre.with_y(bottom - LABEL)),
                // As the back of the hall, where the UNet stands.
                yaw_radians: 0.0,
                size: Vec3::new(GATE_PITCH - 0.2, LABEL + plane_metres + 0.5, 1.6),
            };
            Gate { shape: block.clone(), place, plane_centre, plane_metres }
        };
        shape.blocks.iter().enumerate().map(gate).collect()
    }
}

/// Of a gate's plinth, the part that bears its label.
pub const LABEL: f32 = 1.1;

/// How high a block stands in the U: the middle (or, where there is none, the innermost blocks) lowest.
fn level(shape: &ModelShape, block: Block) -> usize {
    let downs = shape.blocks.iter().filter(|block| matches!(block.block, Block::Down(_))).count();
    let above_mid = usize::from(shape.blocks.iter().any(|block| block.block == Block::Mid));
    match block {
        Block::Down(index) => downs - 1 - index + above_mid,
        Block::Mid => 0,
        Block::Up(index) => index + above_mid,
    }
}

/// A plane shrinks with the feature maps it shows, though more slowly, so that the smallest can still be read.
fn plane_metres(features: [usize; 3], latent: [usize; 3]) -> f32 {
    let shrunk = features[1] as f32 / latent[1].max(1) as f32;
    2.8 * shrunk.clamp(0.05, 1.0).powf(0.25)
}
