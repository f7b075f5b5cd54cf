//! A sketch: flat figures in the colours of the hall, drawn into one mesh.

use std::f32::consts::TAU;

use bevy::prelude::*;

use crate::mesh::coloured_mesh;

/// Flat figures that face +z, in metres. What is drawn after [`Sketch::forward`] lies a little in front of what was drawn before.
#[derive(Clone, Debug, Default)]
pub struct Sketch {
    positions: Vec<Vec3>,
    colours: Vec<[f32; 4]>,
    indices: Vec<u32>,
    z: f32,
}

impl Sketch {
    pub fn forward(&mut self) -> &mut Self {
        self.z += 0.003;
        self
    }

    /// A convex figure.
    pub fn figure(&mut self, corners: &[Vec2], colour: Srgba) {
        let first = self.positions.len() as u32;
        self.positions.extend(corners.iter().map(|corner| corner.extend(self.z)));
        self.colours.extend(corners.iter().map(|_| LinearRgba::from(colour).to_f32_array()));
        self.indices.extend((2..corners.len() as u32).flat_map(|corner| [first, first + corner - 1, first + corner]));
    }

    pub fn rectangle(&mut self, area: Rect, colour: Srgba) {
        let (min, max) = (area.min, area.max);
        self.figure(&[min, Vec2::new(max.x, min.y), max, Vec2::new(min.x, max.y)], colour);
    }

    pub fn square(&mut self, middle: Vec2, half_side: f32, colour: Srgba) {
        self.rectangle(Rect::from_center_half_size(middle, Vec2::splat(half_side)), colour);
    }

    pub fn line(&mut self, from: Vec2, to: Vec2, width: f32, colour: Srgba) {
        let Some(ahead) = (to - from).try_normalize() else { return };
        let aside = ahead.perp() * width / 2.0;
        self.figure(&[from - aside, to - aside, to + aside, from + aside], colour);
    }

    /// Lines from point to point.
    pub fn lines(&mut self, points: &[Vec2], width: f32, colour: Srgba) {
        for ends in points.windows(2) {
            self.line(ends[0], ends[1], width, colour);
        }
    }

    /// The border of a rectangle.
    pub fn outline(&mut self, area: Rect, width: f32, colour: Srgba) {
        let (min, max) = (area.min, area.max);
        let corners = [min, Vec2::new(max.x, min.y), max, Vec2::new(min.x, max.y), min];
        self.lines(&corners, width, colour);
    }

    pub fn disc(&mut self, middle: Vec2, radius: f32, colour: Srgba) {
        const CORNERS: usize = 48;
        let corner = |corner: usize| middle + Vec2::from_angle(corner as f32 / CORNERS as f32 * TAU) * radius;
        self.figure(&std::array::from_fn::<_, CORNERS, _>(corner), colour);
    }

    pub fn diamond(&mut self, middle: Vec2, radius: f32, colour: Srgba) {
        self.figure(&[Vec2::X, Vec2::Y, Vec2::NEG_X, Vec2::NEG_Y].map(|corner| middle + corner * radius), colour);
    }

    /// Ends in a point at `to`.
    pub fn arrow(&mut self, from: Vec2, to: Vec2, width: f32, colour: Srgba) {
        let Some(ahead) = (to - from).try_normalize() else { return };
        let head = (7.0 * width).min(from.distance(to));
        let neck = to - ahead * head;
        let aside = ahead.perp() * head * 0.36;
        self.line(from, neck, width, colour);
        self.figure(&[neck - aside, to, neck + aside], colour);
    }

    pub fn mesh(self) -> Mesh {
        coloured_mesh(self.positions, Vec3::Z, self.colours, self.indices)
    }
}
