//! A chart: lines and marks on axes that stand upright in the hall, drawn into one mesh.

use std::f32::consts::TAU;

use bevy::asset::RenderAssetUsages;
use bevy::mesh::{Indices, PrimitiveTopology};
use bevy::prelude::*;

use crate::theme;

/// Where on a wall values belong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axes {
    /// In metres.
    pub area: Rect,
    /// The values at the left and the right end.
    pub x: [f32; 2],
    /// The values at the lower and the upper end.
    pub y: [f32; 2],
}

impl Axes {
    /// Axes of one scale that have all points inside.
    pub fn around(area: Rect, points: &[[f32; 2]]) -> Self {
        /// Of the area, what the points take.
        const FILLED: f32 = 0.92;
        let ends = |axis: usize| {
            let values = points.iter().map(|point| point[axis]);
            let least = values.clone().fold(f32::MAX, f32::min);
            let most = values.fold(f32::MIN, f32::max);
            if least > most { (0.0, 0.0) } else { ((least + most) / 2.0, most - least) }
        };
        let ((x, width), (y, height)) = (ends(0), ends(1));
        // Values for a metre.
        let scale = (width / area.width()).max(height / area.height()) / FILLED;
        let half = area.half_size() * if scale > 0.0 { scale } else { 1.0 };
        Self { area, x: [x - half.x, x + half.x], y: [y - half.y, y + half.y] }
    }

    /// Where on the wall a pair of values stands.
    pub fn at(&self, [x, y]: [f32; 2]) -> Vec2 {
        let part = |value: f32, [low, high]: [f32; 2]| if high > low { (value - low) / (high - low) } else { 0.5 };
        self.area.min + self.area.size() * Vec2::new(part(x, self.x), part(y, self.y))
    }
}

/// Round numbers from low to high, at most so many, which are two or more.
pub fn ticks(low: f32, high: f32, most: usize) -> Vec<f32> {
    let rough = (high - low) / (most.max(2) - 1) as f32;
    if !rough.is_finite() || rough <= 0.0 {
        return Vec::new();
    }
    let power = 10f32.powi(rough.log10().floor() as i32);
    let pitches = [1.0, 2.0, 5.0, 10.0].map(|number| number * power);
    let pitch = pitches.into_iter().find(|pitch| *pitch >= rough * 0.9999).unwrap_or(pitches[3]);
    let (first, last) = ((low / pitch - 1e-3).ceil() as i64, (high / pitch + 1e-3).floor() as i64);
    (first..=last).map(|number| number as f32 * pitch).collect()
}

/// Shapes of light, all in metres.
#[derive(Clone, Debug, Default)]
pub struct Drawing {
    positions: Vec<Vec3>,
    colours: Vec<[f32; 4]>,
    indices: Vec<u32>,
    depth: f32,
}

impl Drawing {
    /// What comes next lies before what is there.
    pub fn come_forward(&mut self) {
        self.depth += 0.004;
    }

    /// From point to point.
    pub fn line(&mut self, points: &[Vec2], width: f32, colour: Srgba) {
        for ends in points.windows(2) {
            let aside = (ends[1] - ends[0]).perp().normalize_or_zero() * width / 2.0;
            self.polygon(&[ends[0] - aside, ends[1] - aside, ends[1] + aside, ends[0] + aside], colour);
        }
        for &joint in points {
            self.round(joint, width / 2.0, 8, colour);
        }
    }

    pub fn disc(&mut self, middle: Vec2, radius: f32, colour: Srgba) {
        self.round(middle, radius, 20, colour);
    }

    pub fn square(&mut self, middle: Vec2, half_side: f32, colour: Srgba) {
        let corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];
        self.polygon(&corners.map(|(x, y)| middle + half_side * Vec2::new(x, y)), colour);
    }

    /// The left and the lower edge of an area.
    pub fn axes(&mut self, area: Rect) {
        let corners = [Vec2::new(area.min.x, area.max.y), area.min, Vec2::new(area.max.x, area.min.y)];
        self.line(&corners, 0.022, theme::EDGE);
    }

    /// It faces +z.
    pub fn mesh(self) -> Mesh {
        let (normals, uvs) = (vec![[0.0, 0.0, 1.0]; self.positions.len()], vec![[0.5, 0.5]; self.positions.len()]);
        Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::default())
            .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, self.positions)
            .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, normals)
            .with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, uvs)
            .with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, self.colours)
            .with_inserted_indices(Indices::U32(self.indices))
    }

    fn round(&mut self, middle: Vec2, radius: f32, sides: usize, colour: Srgba) {
        let corner = |side: usize| middle + radius * Vec2::from_angle(side as f32 / sides as f32 * TAU);
        self.polygon(&(0..sides).map(corner).collect::<Vec<_>>(), colour);
    }

    /// A convex one.
    fn polygon(&mut self, corners: &[Vec2], colour: Srgba) {
        let first = self.positions.len() as u32;
        for &corner in corners {
            self.positions.push(corner.extend(self.depth));
            self.colours.push(LinearRgba::from(colour).to_f32_array());
        }
        for corner in 2..corners.len() as u32 {
            self.indices.extend([first, first + corner - 1, first + corner]);
        }
    }
}
