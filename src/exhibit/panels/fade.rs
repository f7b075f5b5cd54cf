//! The dark that a calm visitor passes through from one stop to the next.

use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{CornerRadius, Id, LayerId, Order};

use super::style::colour;
use crate::camera::FlyCameraState;
use crate::theme;

pub(super) fn show(mut contexts: EguiContexts, cameras: Query<&FlyCameraState>) -> Result {
    let darkness = cameras.iter().filter_map(|state| state.flight).map(|flight| flight.darkness()).fold(0.0, f32::max);
    if darkness > 0.0 {
        let context = contexts.ctx_mut()?;
        let painter = context.layer_painter(LayerId::new(Order::Background, Id::new("fade")));
        painter.rect_filled(context.content_rect(), CornerRadius::ZERO, colour(theme::VOID.with_alpha(darkness)));
    }
    Ok(())
}
