//! The ring: every action, for one stick and one button.

use std::f32::consts::{FRAC_PI_2, TAU};

use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, Align2, FontId, Sense, Shape, Stroke};

use super::Panels;
use super::style::{BODY, SMALL, aside, card, colour, field, semi_bold};
use crate::input::one_stick::Action;
use crate::input::{OneStick, Ring};
use crate::text::Texts;
use crate::theme;

const RADIUS: f32 = 190.0;
/// From the marks to their names.
const GAP: f32 = 28.0;
/// What the names take on either side.
const NAMES: f32 = 264.0;
/// A short press shows no hold: nothing flickers.
const LEAST_HOLD: f32 = 0.3;

pub(super) fn show(
    mut contexts: EguiContexts,
    mode: Res<OneStick>,
    ring: Res<Ring>,
    texts: Res<Texts>,
    panels: Res<Panels>,
) -> Result {
    let is_held = ring.hold() > LEAST_HOLD;
    if !mode.on || panels.still || !(ring.is_open() || is_held) {
        return Ok(());
    }
    let area = egui::Area::new("ring".into()).order(egui::Order::Foreground).interactable(false);
    area.anchor(Align2::CENTER_CENTER, [0.0, -40.0]).show(contexts.ctx_mut()?, |ui| {
        if !ring.is_open() {
            let (rect, _) = ui.allocate_exact_size(egui::Vec2::splat(96.0), Sense::hover());
            arc(ui, rect.center(), 40.0, ring.hold());
            return;
        }
        card(ui).show(ui, |ui| {
            let size = egui::vec2(2.0 * (RADIUS + NAMES), 2.0 * (RADIUS + GAP + BODY));
            ui.set_width(size.x);
            let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
            draw(ui, rect.center(), &ring, &texts);
            if is_held {
                arc(ui, rect.center(), RADIUS - 44.0, ring.hold());
            }
            ui.vertical_centered(|ui| {
                aside(ui, texts.say("ring-how"));
            });
        });
    });
    Ok(())
}

fn draw(ui: &egui::Ui, centre: egui::Pos2, ring: &Ring, texts: &Texts) {
    let (painter, soft) = (ui.painter(), ui.visuals().weak_text_color());
    painter.circle_stroke(centre, RADIUS, Stroke::new(2.0, ui.visuals().window_stroke.color));
    let small = FontId::proportional(SMALL);
    for (place, action) in Action::ALL.into_iter().enumerate() {
        let out = egui::Vec2::angled(TAU * place as f32 / Action::ALL.len() as f32 - FRAC_PI_2);
        let is_lit = action == ring.lit();
        mark(ui, centre + out * RADIUS, is_lit);
        let align = match out.x {
            x if x > 0.1 => Align2::LEFT_CENTER,
            x if x < -0.1 => Align2::RIGHT_CENTER,
            _ if out.y < 0.0 => Align2::CENTER_BOTTOM,
            _ => Align2::CENTER_TOP,
        };
        let (font, ink) = if is_lit { (semi_bold(BODY), colour(theme::INK)) } else { (small.clone(), soft) };
        painter.text(centre + out * (RADIUS + GAP), align, texts.say(action.key()), font, ink);
    }
    painter.text(centre, Align2::CENTER_BOTTOM, texts.say("ring-hand"), small, soft);
    let hand = texts.say(ring.hand().key());
    painter.text(centre, Align2::CENTER_TOP, hand, FontId::proportional(BODY), colour(theme::INK));
}

/// A dot; what is lit is a large framed diamond.
fn mark(ui: &egui::Ui, at: egui::Pos2, is_lit: bool) {
    let painter = ui.painter();
    if !is_lit {
        painter.circle_filled(at, 8.0, ui.visuals().weak_text_color());
        return;
    }
    let diamond = |half: f32| [(0.0, -half), (half, 0.0), (0.0, half), (-half, 0.0)].map(|(x, y)| at + egui::vec2(x, y)).to_vec();
    painter.add(Shape::convex_polygon(diamond(13.0), colour(theme::LATENT), Stroke::NONE));
    painter.add(Shape::closed_line(diamond(21.0), Stroke::new(3.0, colour(theme::INK))));
}

/// How much of the hold is done, clockwise from the top.
fn arc(ui: &egui::Ui, centre: egui::Pos2, radius: f32, part: f32) {
    const POINTS: u8 = 48;
    let painter = ui.painter();
    painter.circle_stroke(centre, radius, Stroke::new(8.0, field(ui)));
    let at = |place: u8| centre + radius * egui::Vec2::angled(TAU * part * f32::from(place) / f32::from(POINTS) - FRAC_PI_2);
    painter.add(Shape::line((0..=POINTS).map(at).collect(), Stroke::new(8.0, colour(theme::LATENT))));
}
