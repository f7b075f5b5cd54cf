//! The caption: one or two sentences about the stop that the visitor is at.

use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, Align2, RichText};

use super::Panels;
use super::style::{BODY, HEADING, SMALL, card, colour, semi_bold};
use super::timeline;
use crate::input::LastDevice;
use crate::nodes::Hall;
use crate::text::Texts;
use crate::theme;
use crate::tour::{Guide, Route};

/// Lines are no longer than can be read comfortably.
const WIDTH: f32 = 1120.0;

pub(super) fn show(
    mut contexts: EguiContexts,
    hall: Option<Res<Hall>>,
    guide: Res<Guide>,
    route: Res<Route>,
    texts: Res<Texts>,
    device: Res<LastDevice>,
    panels: Res<Panels>,
) -> Result {
    let (Some(hall), Some(stop)) = (hall, guide.at.filter(|_| !panels.choices)) else { return Ok(()) };
    let context = contexts.ctx_mut()?;
    let room = context.content_rect().width() - 80.0;
    egui::Area::new("caption".into()).anchor(Align2::CENTER_BOTTOM, [0.0, -timeline::HEIGHT - 22.0]).show(context, |ui| {
        card().show(ui, |ui| {
            ui.set_width(WIDTH.min(room));
            ui.spacing_mut().item_spacing.y = 6.0;
            let route = route.clone().through(&hall.shape);
            ui.horizontal(|ui| {
                ui.label(RichText::new(texts.say(&format!("station-{}", stop.kind()))).font(semi_bold(HEADING)));
                if let Some(place) = route.stops.iter().position(|other| other.stop == stop) {
                    let place = [("stop", (place + 1).to_string()), ("stops", route.stops.len().to_string())];
                    ui.label(RichText::new(texts.say_with("tour-place", &place)).size(SMALL).color(colour(theme::INK_SOFT)));
                }
            });
            ui.label(RichText::new(texts.say(&route.caption(stop))).size(BODY));
            if !panels.still {
                let hint = match *device {
                    LastDevice::Keyboard => "hint-keyboard",
                    LastDevice::Gamepad => "hint-gamepad",
                };
                ui.label(RichText::new(texts.say(hint)).size(SMALL).color(colour(theme::INK_SOFT)));
            }
        });
    });
    Ok(())
}
