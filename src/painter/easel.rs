//! An easel: the canvas seen from a subject's own coordinates, with shapes to fill in them.

use tiny_skia::{Path, PathBuilder};

use crate::canvas::{Canvas, Paint};
use crate::colour::Rgb;
use crate::sky::Light;

/// Where own coordinates lie in the picture. A subject is about 1 high, stands on y = 0 and its top is at y = −1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub x: f32,
    pub y: f32,
    pub scale: f32,
    /// −1 to mirror left and right, 1 not to.
    pub mirror: f32,
    /// How far the top leans right per height.
    pub lean: f32,
}

impl Frame {
    /// The whole picture: x from 0 to 1, y from 0 at the top to 1.
    pub const PICTURE: Frame = Frame { x: 0.0, y: 0.0, scale: 1.0, mirror: 1.0, lean: 0.0 };

    pub fn point(&self, (x, y): (f32, f32)) -> (f32, f32) {
        (self.x + self.mirror * self.scale * (x - self.lean * y), self.y + self.scale * y)
    }
}

pub(crate) struct Easel<'a> {
    pub canvas: &'a mut Canvas,
    pub light: &'a Light,
    pub frame: Frame,
}

impl Easel<'_> {
    /// How much light falls on a surface that faces right (1) or left (−1) in own coordinates: from −1 to 1.
    pub fn facing(&self, right: f32) -> f32 {
        (self.canvas.light[0] * right * self.frame.mirror * 1.4).clamp(-1.0, 1.0)
    }

    pub fn polygon(&mut self, corners: &[(f32, f32)], paint: Paint) {
        if let Some(path) = polygon(&self.frame, corners) {
            self.canvas.fill(&path, &paint);
        }
    }

    /// A closed curve through the points.
    pub fn smooth(&mut self, points: &[(f32, f32)], paint: Paint) {
        if let Some(path) = smooth(&self.frame, points) {
            self.canvas.fill(&path, &paint);
        }
    }

    pub fn ellipse(&mut self, centre: (f32, f32), radii: (f32, f32), paint: Paint) {
        if let Some(path) = ellipse(&self.frame, centre, radii) {
            self.canvas.fill(&path, &paint);
        }
    }

    /// A straight bar that may grow thinner from one end to the other.
    pub fn bar(&mut self, from: (f32, f32), to: (f32, f32), widths: (f32, f32), paint: Paint) {
        let (along_x, along_y) = (to.0 - from.0, to.1 - from.1);
        let length = (along_x * along_x + along_y * along_y).sqrt().max(1e-6);
        let (x, y) = (-along_y / length / 2.0, along_x / length / 2.0);
        let (thick, thin) = widths;
        let corners = [
            (from.0 + x * thick, from.1 + y * thick),
            (to.0 + x * thin, to.1 + y * thin),
            (to.0 - x * thin, to.1 - y * thin),
            (from.0 - x * thick, from.1 - y * thick),
        ];
        self.polygon(&corners, paint);
    }

    /// A shadow on the ground.
    pub fn shadow(&mut self, centre: (f32, f32), radii: (f32, f32), tint: Rgb) {
        if let Some(path) = ellipse(&self.frame, centre, radii) {
            self.canvas.shadow(&path, tint);
        }
    }

    /// Land from its upper edge, a height per x from left to right across the picture, down to the lower edge of the picture.
    pub fn land(&mut self, points: usize, edge: impl Fn(f32) -> f32, paint: Paint) {
        let mut corners = vec![(1.02, 1.02), (-0.02, 1.02)];
        corners.extend((0..=points).map(|index| {
            let x = -0.02 + 1.04 * index as f32 / points as f32;
            (x, edge(x))
        }));
        self.polygon(&corners, paint);
    }
}

fn polygon(frame: &Frame, corners: &[(f32, f32)]) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for (index, &corner) in corners.iter().enumerate() {
        let (x, y) = frame.point(corner);
        if index == 0 { builder.move_to(x, y) } else { builder.line_to(x, y) }
    }
    builder.close();
    builder.finish()
}

/// A closed Catmull-Rom curve as cubic Béziers.
fn smooth(frame: &Frame, points: &[(f32, f32)]) -> Option<Path> {
    let count = points.len();
    let at = |index: usize| frame.point(points[index % count]);
    let mut builder = PathBuilder::new();
    let (x, y) = at(0);
    builder.move_to(x, y);
    for index in 0..count {
        let (before, from, to, after) = (at(index + count - 1), at(index), at(index + 1), at(index + 2));
        builder.cubic_to(
            from.0 + (to.0 - before.0) / 6.0,
            from.1 + (to.1 - before.1) / 6.0,
            to.0 - (after.0 - from.0) / 6.0,
            to.1 - (after.1 - from.1) / 6.0,
            to.0,
            to.1,
        );
    }
    builder.close();
    builder.finish()
}

fn ellipse(frame: &Frame, centre: (f32, f32), radii: (f32, f32)) -> Option<Path> {
    // Handle length that makes four cubics closest to a circle.
    const KAPPA: f32 = 0.552_284_8;
    let mut builder = PathBuilder::new();
    let at = |x: f32, y: f32| frame.point((centre.0 + x * radii.0, centre.1 + y * radii.1));
    let start = at(1.0, 0.0);
    builder.move_to(start.0, start.1);
    for (x, y) in [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)] {
        // A quarter turn takes (x, y) to (−y, x).
        let (first, second, end) = (at(x - KAPPA * y, y + KAPPA * x), at(KAPPA * x - y, KAPPA * y + x), at(-y, x));
        builder.cubic_to(first.0, first.1, second.0, second.1, end.0, end.1);
    }
    builder.close();
    builder.finish()
}
