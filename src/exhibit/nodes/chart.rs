//! A chart: axes that stand upright in the hall, and round numbers along them.

use bevy::prelude::*;

use super::sketch::Sketch;
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

/// Draws the left and the lower edge of an area.
pub fn axes(sketch: &mut Sketch, area: Rect) {
    const WIDTH: f32 = 0.022;
    let (min, max) = (area.min, area.max);
    // The first goes on to the lower side of the second, so that the corner is filled.
    sketch.line(Vec2::new(min.x, max.y), min - Vec2::Y * WIDTH / 2.0, WIDTH, theme::EDGE);
    sketch.line(min, Vec2::new(max.x, min.y), WIDTH, theme::EDGE);
}
