//! A rail: a line through the hall that something travels along, and the mesh that shows it.

use std::f32::consts::{PI, TAU};

use bevy::prelude::*;

use crate::mesh::coloured_mesh;

/// Points in the hall, from where it begins to where it ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Rail {
    points: Vec<Vec3>,
    /// Metres from the beginning to each point.
    metres: Vec<f32>,
}

impl Rail {
    /// Straight from point to point.
    pub fn through(points: &[Vec3]) -> Self {
        let mut metres = vec![0.0; points.len()];
        for index in 1..points.len() {
            metres[index] = metres[index - 1] + points[index - 1].distance(points[index]);
        }
        Self { points: points.to_vec(), metres }
    }

    /// Round through the points: a Catmull–Rom curve.
    pub fn round(points: &[Vec3]) -> Self {
        const PIECES: usize = 14;
        let Ok(curve) = CubicCardinalSpline::new_catmull_rom(points.to_vec()).to_curve() else {
            return Self::through(points);
        };
        let pieces = (points.len() - 1) * PIECES;
        let fine: Vec<Vec3> = (0..=pieces).map(|piece| curve.position(piece as f32 / PIECES as f32)).collect();
        Self::through(&fine)
    }

    /// Up from one point and down to another: half a wave `rise` metres above the straight line.
    pub fn arch(from: Vec3, to: Vec3, rise: f32) -> Self {
        const PIECES: usize = 28;
        let point = |piece: usize| {
            let part = piece as f32 / PIECES as f32;
            from.lerp(to, part) + Vec3::Y * rise * (PI * part).sin().max(0.0).powf(0.7)
        };
        Self::through(&(0..=PIECES).map(point).collect::<Vec<_>>())
    }

    /// The same rail from one frame into another.
    pub fn moved(&self, there_from_here: &Transform) -> Self {
        Self::through(&self.points.iter().map(|&point| there_from_here.transform_point(point)).collect::<Vec<_>>())
    }

    /// The point at a part of its length, 0..1.
    pub fn at(&self, part: f32) -> Vec3 {
        let (Some(&length), Some(&first)) = (self.metres.last(), self.points.first()) else { return Vec3::ZERO };
        let metres = part.clamp(0.0, 1.0) * length;
        let next = self.metres.partition_point(|&other| other <= metres);
        match (self.points.get(next), next.checked_sub(1)) {
            (Some(&to), Some(before)) => {
                let piece = self.metres[next] - self.metres[before];
                self.points[before].lerp(to, (metres - self.metres[before]) / piece.max(1e-6))
            }
            _ => self.points.last().copied().unwrap_or(first),
        }
    }

    /// A tube around it. Its colours are as given; nothing in the hall is lit by lamps.
    pub fn tube(&self, radius: f32, colour: Srgba) -> Mesh {
        const SIDES: usize = 6;
        let (mut positions, mut indices) = (Vec::new(), Vec::new());
        for (index, &point) in self.points.iter().enumerate() {
            let before = self.points[index.saturating_sub(1)];
            let after = self.points[(index + 1).min(self.points.len() - 1)];
            let ahead = (after - before).normalize_or(Vec3::X);
            let side = ahead.any_orthonormal_vector();
            let up = ahead.cross(side);
            for corner in 0..SIDES {
                let (sine, cosine) = (corner as f32 / SIDES as f32 * TAU).sin_cos();
                positions.push(point + (side * cosine + up * sine) * radius);
            }
        }
        for ring in 1..self.points.len() {
            for corner in 0..SIDES {
                let (here, next) = (corner, (corner + 1) % SIDES);
                let (a, b) = ((ring - 1) * SIDES, ring * SIDES);
                indices.extend([a + here, b + here, b + next, a + here, b + next, a + next].map(|corner| corner as u32));
            }
        }
        plain_mesh(positions, indices, colour)
    }

    /// A flat strip along it that lies level.
    pub fn strip(&self, width: f32, colour: Srgba) -> Mesh {
        let (mut positions, mut indices) = (Vec::new(), Vec::new());
        for (index, &point) in self.points.iter().enumerate() {
            let before = self.points[index.saturating_sub(1)];
            let after = self.points[(index + 1).min(self.points.len() - 1)];
            let aside = (after - before).cross(Vec3::Y).normalize_or(Vec3::Z) * width / 2.0;
            positions.extend([point - aside, point + aside]);
        }
        for piece in 1..self.points.len() as u32 {
            let (a, b) = (2 * (piece - 1), 2 * piece);
            indices.extend([a, b, b + 1, a, b + 1, a + 1]);
        }
        plain_mesh(positions, indices, colour)
    }
}

/// A mesh of one colour.
fn plain_mesh(positions: Vec<Vec3>, indices: Vec<u32>, colour: Srgba) -> Mesh {
    let colours = vec![LinearRgba::from(colour).to_f32_array(); positions.len()];
    coloured_mesh(positions, Vec3::Y, colours, indices)
}
