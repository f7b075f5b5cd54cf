//! The dark of a calm visitor: passed through from one stop to the next, and at the edges of the eye while walking.

use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{CornerRadius, Id, LayerId, Mesh, Order, Rect, Shape, pos2};

use super::style::colour;
use crate::camera::{Comfort, FlyCamera, FlyCameraState};
use crate::theme;

pub(super) fn show(mut contexts: EguiContexts, comfort: Res<Comfort>, cameras: Query<(&FlyCamera, &FlyCameraState)>) -> Result {
    let darkness = cameras.iter().filter_map(|(_, state)| state.flight).map(|flight| flight.darkness()).fold(0.0, f32::max);
    let haste = cameras.iter().map(|(camera, state)| state.haste(camera)).fold(0.0, f32::max);
    let at_edges = if comfort.calm { haste } else { 0.0 };
    if darkness <= 0.0 && at_edges <= 0.0 {
        return Ok(());
    }
    let context = contexts.ctx_mut()?;
    let painter = context.layer_painter(LayerId::new(Order::Background, Id::new("fade")));
    if darkness > 0.0 {
        painter.rect_filled(context.content_rect(), CornerRadius::ZERO, colour(theme::VOID.with_alpha(darkness)));
    }
    if at_edges > 0.0 {
        painter.add(Shape::mesh(vignette(context.content_rect(), at_edges)));
    }
    Ok(())
}

/// A ring that is dark at the corners of a screen and clear where one looks: the less moves at the edges, the less one sways.
/// `strength`: 0..1
pub fn vignette(screen: Rect, strength: f32) -> Mesh {
    const SIDES: u32 = 48;
    /// Of the way from the middle to the edge.
    const CLEAR: f32 = 0.55;
    // The ellipse through the corners.
    const CORNERS: f32 = std::f32::consts::SQRT_2;

    let mut ring = Mesh::default();
    for side in 0..=SIDES {
        let (sine, cosine) = (std::f32::consts::TAU * side as f32 / SIDES as f32).sin_cos();
        for (radius, alpha) in [(CLEAR, 0.0), (CORNERS * 1.01, strength.clamp(0.0, 1.0))] {
            let half = screen.size() / 2.0 * radius;
            let at = pos2(screen.center().x + half.x * cosine, screen.center().y + half.y * sine);
            ring.colored_vertex(at, colour(theme::VOID.with_alpha(alpha)));
        }
        if side > 0 {
            let last = 2 * side;
            ring.add_triangle(last - 2, last - 1, last);
            ring.add_triangle(last - 1, last, last + 1);
        }
    }
    ring
}
