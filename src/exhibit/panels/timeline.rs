//! The timeline: play, pause, whole steps, any time, and the speed.

use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, Align2, Color32, CornerRadius, RichText, Sense, Stroke, StrokeKind};

use super::Panels;
use super::style::{SMALL, card, colour, field};
use crate::nodes::Hall;
use crate::nodes::label::format_number;
use crate::state::{Lanes, Run};
use crate::text::Texts;
use crate::theme;
use crate::tour::score::{LAP_MICROS, PROLOGUE_MICROS};
use crate::tour::{Moment, Score, TourTime};

/// What it takes of the screen's foot.
pub(super) const HEIGHT: f32 = 92.0;
const WIDTH: f32 = 1120.0;

pub(super) fn show(
    mut contexts: EguiContexts,
    hall: Option<Res<Hall>>,
    lanes: Lanes,
    texts: Res<Texts>,
    panels: Res<Panels>,
    mut time: ResMut<TourTime>,
) -> Result {
    let Some(hall) = hall else { return Ok(()) };
    let context = contexts.ctx_mut()?;
    let run = lanes.a();
    let score = hall.score(run);
    let until = lanes.computed_until(&score, &hall.shape);
    let room = context.content_rect().width() - 80.0;
    egui::Area::new("timeline".into()).anchor(Align2::CENTER_BOTTOM, [0.0, -16.0]).show(context, |ui| {
        card(ui).inner_margin(egui::Margin::symmetric(16, 10)).show(ui, |ui| {
            ui.set_width((WIDTH + 24.0).min(room));
            ui.horizontal(|ui| {
                let now = &mut *time;
                if button(ui, Glyph::Back, &texts.say("timeline-back")) {
                    now.step_back(&score);
                }
                let (glyph, name) = if now.playing { (Glyph::Pause, "timeline-pause") } else { (Glyph::Play, "timeline-play") };
                if button(ui, glyph, &texts.say(name)) {
                    now.toggle(&score);
                }
                if button(ui, Glyph::Forward, &texts.say("timeline-forward")) {
                    now.step_forward(&score, until);
                }
                let words = where_it_is(&texts, run, &score, now.micros);
                let speed = texts.say_with("timeline-speed", &[("speed", format_number(now.speed))]);
                let right = if panels.still { 275.0 } else { 396.0 };
                let width = (ui.available_width() - right).max(120.0);
                if let Some(micros) = bar(ui, &score, now.micros, until, width) {
                    now.scrub(micros, until);
                    now.playing = false;
                }
                ui.label(RichText::new(words).size(SMALL));
                if !panels.still {
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        if ui.button(RichText::new(speed).size(SMALL)).on_hover_text(texts.say("timeline-faster")).clicked() {
                            now.next_speed();
                        }
                    });
                }
            });
        });
    });
    Ok(())
}

/// In words: before the steps, which step, or after them.
fn where_it_is(texts: &Texts, run: &Run, score: &Score, micros: i64) -> String {
    match score.moment(micros) {
        _ if run.started.is_none() => texts.say("timeline-waiting"),
        Moment::Prologue(_) => texts.say("timeline-prologue"),
        Moment::Epilogue(_) => texts.say("timeline-epilogue"),
        Moment::Lap { step, .. } => {
            texts.say_with("line-step", &[("step", (step + 1).to_string()), ("steps", score.steps.to_string())])
        }
    }
}

/// The whole run, with a mark at every step; returns the time that the visitor drags to, in microseconds.
fn bar(ui: &mut egui::Ui, score: &Score, micros: i64, until: i64, width: f32) -> Option<i64> {
    let (rect, response) = ui.allocate_exact_size(egui::vec2(width, 44.0), Sense::click_and_drag());
    let end = score.end().max(1) as f32;
    let x = |micros: i64| rect.left() + rect.width() * (micros as f32 / end).clamp(0.0, 1.0);
    let track = egui::Rect::from_center_size(rect.center(), egui::vec2(rect.width(), 10.0));
    let painter = ui.painter();
    let round = CornerRadius::same(5);
    painter.rect_filled(track, round, field(ui));
    painter.rect_filled(track.with_max_x(x(until)), round, colour(theme::dimmed(theme::LATENT, 0.35)));
    painter.rect_filled(track.with_max_x(x(micros)), round, colour(theme::LATENT));
    for step in 0..=score.steps {
        let at = x(PROLOGUE_MICROS + step as i64 * LAP_MICROS);
        painter.vline(at, track.y_range(), Stroke::new(1.0, colour(theme::VOID)));
    }
    let knob = egui::Rect::from_center_size(egui::pos2(x(micros), rect.center().y), egui::vec2(12.0, 30.0));
    painter.rect(knob, round, colour(theme::INK), Stroke::new(2.0, colour(theme::VOID)), StrokeKind::Outside);
    let pointer = response.interact_pointer_pos().filter(|_| response.clicked() || response.dragged())?;
    Some((f64::from((pointer.x - rect.left()) / rect.width()) * f64::from(end)) as i64)
}

/// Drawn, not written: no font has them all.
#[derive(Clone, Copy)]
enum Glyph {
    Play,
    Pause,
    Forward,
    Back,
}

fn button(ui: &mut egui::Ui, glyph: Glyph, name: &str) -> bool {
    let (rect, response) = ui.allocate_exact_size(egui::vec2(48.0, 44.0), Sense::click());
    let style = ui.style().interact(&response);
    ui.painter().rect(rect, style.corner_radius, style.bg_fill, style.bg_stroke, StrokeKind::Inside);
    let at = |x: f32, y: f32| rect.center() + egui::vec2(x, y);
    let ink = colour(theme::INK);
    let triangle = |tip: f32, foot: f32| {
        egui::Shape::convex_polygon(
            vec![at(tip, 0.0), at(foot, -11.0), at(foot, 11.0)],
            ink,
            Stroke::new(0.0, Color32::TRANSPARENT),
        )
    };
    let post = |x: f32| {
        egui::Shape::rect_filled(egui::Rect::from_center_size(at(x, 0.0), egui::vec2(5.0, 22.0)), CornerRadius::ZERO, ink)
    };
    let shapes = match glyph {
        Glyph::Play => vec![triangle(10.0, -8.0)],
        Glyph::Pause => vec![post(-6.0), post(6.0)],
        Glyph::Forward => vec![triangle(5.0, -11.0), post(9.0)],
        Glyph::Back => vec![triangle(-5.0, 11.0), post(-9.0)],
    };
    ui.painter().extend(shapes);
    response.on_hover_text(name).clicked()
}
