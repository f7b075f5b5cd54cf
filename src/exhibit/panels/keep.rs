//! “Keep the picture”: a code that carries its link, and a button that saves it.

use std::path::PathBuf;

use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, Align2, ColorImage, RichText, TextureHandle, TextureOptions};
use bridge::Array;

use super::Panels;
use super::hints::{Position, button_picture};
use super::style::{BODY, HEADING, SMALL, colour, panel, semi_bold};
use crate::HallSettings;
use crate::input::{Intent, LastDevice};
use crate::keep::{CodeError, Modules, Print, PrintError, keep, modules, to_link, visit, words};
use crate::nodes::Hall;
use crate::state::Lanes;
use crate::text::Texts;
use crate::theme;
use crate::tour::Guide;

const WIDTH: f32 = 560.0;
/// Least side of the code, in pixels on a screen of 1080 lines.
const CODE: f32 = 400.0;
const BUTTON: egui::Vec2 = egui::vec2(180.0, 54.0);

/// What is offered for one link, and what has come of it.
pub(super) struct Offer {
    link: String,
    code: Result<Modules, CodeError>,
    /// The code, and the pixels per point that it was drawn for.
    texture: Option<(f32, TextureHandle)>,
    saved: Option<Result<PathBuf, PrintError>>,
}

/// South saves; East, which closes, is seen by all panels together.
pub(super) fn show(
    mut contexts: EguiContexts,
    hall: Option<Res<Hall>>,
    lanes: Lanes,
    guide: Res<Guide>,
    settings: Res<HallSettings>,
    (texts, device): (Res<Texts>, Res<LastDevice>),
    mut intents: MessageReader<Intent>,
    mut panels: ResMut<Panels>,
    mut offer: Local<Option<Offer>>,
    mut was_open: Local<bool>,
) -> Result {
    // The press that opens the panel does not save yet.
    let chosen = intents.read().filter(|intent| **intent == Intent::Choose).count() > 0 && *was_open;
    *was_open = panels.keep;
    if !panels.keep {
        return Ok(());
    }
    let run = lanes.a();
    let painted = run.started.as_ref().filter(|_| run.picture.is_some());
    let visit = visit(&lanes, &guide).filter(|_| painted.is_some());
    match visit.map(|visit| to_link(&visit, &settings.link_base)) {
        Some(link) if offer.as_ref().is_some_and(|offer| offer.link == link) => {}
        link => *offer = link.map(Offer::of),
    }
    let (mut save, mut close) = (chosen && !panels.leaving, false);
    egui::Area::new("keep".into()).anchor(Align2::LEFT_TOP, [40.0, 40.0]).show(contexts.ctx_mut()?, |ui| {
        panel(ui, WIDTH, |ui| {
            ui.label(RichText::new(texts.say("keep-title")).font(semi_bold(HEADING)));
            match &mut *offer {
                Some(offer) => offer.show_code(ui, &texts),
                None => {
                    ui.label(texts.say("keep-none-yet"));
                }
            }
            ui.horizontal(|ui| {
                let hint = |ui: &mut egui::Ui, position: Position| {
                    if *device == LastDevice::Gamepad {
                        button_picture(ui, position);
                    }
                };
                if let Some(offer) = &*offer {
                    hint(ui, Position::South);
                    let name = RichText::new(texts.say("keep-save")).font(semi_bold(BODY)).color(colour(theme::VOID));
                    let button = egui::Button::new(name).fill(colour(theme::LATENT)).min_size(BUTTON);
                    save |= ui.add_enabled(!offer.is_saved(), button).clicked();
                }
                hint(ui, Position::East);
                close = ui.add(egui::Button::new(texts.say("keep-close")).min_size(BUTTON)).clicked();
            });
            if let Some(offer) = &*offer {
                offer.say_outcome(ui, &texts);
            }
        });
    });
    if save
        && let (Some(offer), Some(started), Some(hall)) = (&mut *offer, painted, hall)
        && !offer.is_saved()
    {
        let words = words(&started.generation, &hall.shape.name, &offer.link);
        offer.saved = Some(keep(&settings.pictures, &print(&run.picture_numbers, words)));
    }
    if close {
        panels.keep = false;
    }
    Ok(())
}

/// picture: [3, height, width] in 0..1
fn print(picture: &Array, words: Vec<(String, String)>) -> Print {
    let [height, width] = match picture.shape[..] {
        [3, height, width] => [height as u32, width as u32],
        _ => [0, 0],
    };
    let byte = |value: &f32| (value.clamp(0.0, 1.0) * 255.0).round() as u8;
    let pixels = picture.row(0).iter().zip(picture.row(1)).zip(picture.row(2));
    let rgb = pixels.flat_map(|((red, green), blue)| [red, green, blue].map(byte)).collect();
    Print { width, height, rgb, words }
}

impl Offer {
    fn of(link: String) -> Self {
        Self { code: modules(&link), link, texture: None, saved: None }
    }

    fn is_saved(&self) -> bool {
        matches!(self.saved, Some(Ok(_)))
    }

    /// The code and what it is for, or why there is none.
    fn show_code(&mut self, ui: &mut egui::Ui, texts: &Texts) {
        let modules = match &self.code {
            Ok(modules) => modules,
            Err(CodeError::TooLong { bytes, most }) => {
                let bytes = [("bytes", bytes.to_string()), ("most", most.to_string())];
                ui.label(texts.say_with("keep-too-long", &bytes));
                return;
            }
        };
        // A module is a whole number of the screen's pixels wide, so that its edges are sharp.
        let pixels_per_point = ui.ctx().pixels_per_point();
        if self.texture.as_ref().is_none_or(|(drawn_for, _)| *drawn_for != pixels_per_point) {
            let side = modules.picture(1).side as f32;
            let picture = modules.picture((CODE * pixels_per_point / side).ceil() as usize);
            let image = ColorImage::from_rgba_unmultiplied([picture.side; 2], &picture.rgba);
            self.texture = Some((pixels_per_point, ui.ctx().load_texture("the code", image, TextureOptions::NEAREST)));
        }
        if let Some((_, texture)) = &self.texture {
            let size = texture.size_vec2() / pixels_per_point;
            ui.add(egui::Image::new((texture.id(), size)).fit_to_exact_size(size));
        }
        ui.label(RichText::new(texts.say("keep-link")).size(SMALL));
    }

    /// Where the picture was saved, or why it was not.
    fn say_outcome(&self, ui: &mut egui::Ui, texts: &Texts) {
        let (sentence, ink) = match &self.saved {
            Some(Ok(path)) => (texts.say_with("keep-saved", &[("path", path.display().to_string())]), theme::INK),
            Some(Err(why)) => (texts.say_with("keep-not-saved", &[("why", why.to_string())]), theme::ALARM),
            None => return,
        };
        ui.label(RichText::new(sentence).size(SMALL).color(colour(ink)));
    }
}
