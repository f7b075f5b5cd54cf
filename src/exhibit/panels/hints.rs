//! Hints: what the visitor's hands can do, in the terms of the device that spoke last.

use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, Align2, RichText, Sense, Stroke};

use super::Panels;
use super::style::{SMALL, aside, card, colour};
use crate::input::one_stick::Action;
use crate::input::{Intent, LastDevice};
use crate::text::Texts;
use crate::theme;

pub(super) fn hint_key(device: LastDevice, one_stick: bool) -> &'static str {
    match device {
        _ if one_stick => "hint-one-stick",
        LastDevice::Keyboard => "hint-keyboard",
        LastDevice::Gamepad => "hint-gamepad",
        LastDevice::Touch => "hint-touch",
    }
}

/// Where one of a pad's four buttons is: their letters differ from maker to maker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    North,
    East,
    South,
    West,
}

/// How a sentence names the buttons, and the private-use signs at which their pictures are put in.
const PICTURES: [(&str, char, Position); 4] = [
    ("north", '\u{e000}', Position::North),
    ("east", '\u{e001}', Position::East),
    ("south", '\u{e002}', Position::South),
    ("west", '\u{e003}', Position::West),
];

/// One line, or as many as it takes.
pub(super) fn show_hint(ui: &mut egui::Ui, texts: &Texts, device: LastDevice, one_stick: bool) {
    let signs = PICTURES.map(|(name, sign, _)| (name, sign.to_string()));
    let sentence = texts.say_with(hint_key(device, one_stick), &signs);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for piece in sentence.split_inclusive(is_sign) {
            let words = piece.trim_end_matches(is_sign);
            if !words.is_empty() {
                aside(ui, words);
            }
            if let Some((_, _, position)) = PICTURES.iter().find(|(_, sign, _)| piece.ends_with(*sign)) {
                button_picture(ui, *position);
            }
        }
    });
}

fn is_sign(letter: char) -> bool {
    PICTURES.iter().any(|(_, sign, _)| *sign == letter)
}

/// A diamond of four buttons, one of them filled.
pub(super) fn button_picture(ui: &mut egui::Ui, position: Position) {
    const SIDE: f32 = 1.35 * SMALL;
    let (rect, _) = ui.allocate_exact_size(egui::Vec2::splat(SIDE), Sense::hover());
    let places =
        [(Position::North, 0.0, -1.0), (Position::East, 1.0, 0.0), (Position::South, 0.0, 1.0), (Position::West, -1.0, 0.0)];
    for (place, x, y) in places {
        let at = rect.center() + egui::vec2(x, y) * (0.31 * SIDE);
        if place == position {
            ui.painter().circle_filled(at, 0.18 * SIDE, colour(theme::INK));
        } else {
            ui.painter().circle_stroke(at, 0.13 * SIDE, Stroke::new(1.5, ui.visuals().weak_text_color()));
        }
    }
}

/// The buttons that a finger needs and no other device does.
pub(super) fn show_touch_buttons(
    mut contexts: EguiContexts,
    device: Res<LastDevice>,
    texts: Res<Texts>,
    panels: Res<Panels>,
    mut intents: MessageWriter<Intent>,
) -> Result {
    if *device != LastDevice::Touch || panels.still {
        return Ok(());
    }
    egui::Area::new("touch-buttons".into()).anchor(Align2::RIGHT_TOP, [-24.0, 24.0]).show(contexts.ctx_mut()?, |ui| {
        card(ui).inner_margin(egui::Margin::same(12)).show(ui, |ui| {
            ui.horizontal(|ui| {
                for action in [Action::Back, Action::Twin, Action::Map, Action::Menu] {
                    let button = egui::Button::new(RichText::new(texts.say(action.key())).size(SMALL));
                    if ui.add(button.min_size(egui::vec2(96.0, 64.0))).clicked() {
                        intents.write_batch(action.intent());
                    }
                }
            });
        });
    });
    Ok(())
}
