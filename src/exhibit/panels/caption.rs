//! The caption: one or two sentences about the stop that the visitor is at.

use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::text::{LayoutJob, TextFormat};
use bevy_egui::egui::{self, Align, Align2, FontId, Layout, RichText, Stroke};

use super::style::{BODY, HEADING, SMALL, aside, card, colour, semi_bold};
use super::{Panels, hints, timeline};
use crate::change;
use crate::flow::ride::Riding;
use crate::input::{Intent, LastDevice, OneStick};
use crate::lever::InHand;
use crate::nodes::{Hall, spotlight};
use crate::state::Lanes;
use crate::stop::Stop;
use crate::text::Texts;
use crate::theme;
use crate::tour::route::pointed;
use crate::tour::{Guide, Route};

/// Lines are no longer than can be read comfortably.
const WIDTH: f32 = 1120.0;

/// What is said at the stop, without marks.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Caption {
    pub heading: String,
    pub text: String,
}

pub(super) fn show(
    mut contexts: EguiContexts,
    hall: Option<Res<Hall>>,
    (guide, riding): (Res<Guide>, Res<Riding>),
    route: Res<Route>,
    texts: Res<Texts>,
    device: Res<LastDevice>,
    one_stick: Res<OneStick>,
    panels: Res<Panels>,
    (in_hand, lanes): (Res<InHand>, Lanes),
    mut said: ResMut<Caption>,
    mut intents: MessageWriter<Intent>,
) -> Result {
    let is_covered = panels.choices || panels.what_if || panels.words || panels.keep;
    if hall.is_none() || is_covered || (guide.at.is_none() && !riding.0) {
        return Ok(());
    }
    let place = guide.on_tour(&route);
    let kind = guide.at.map_or("ride", Stop::kind);
    let (caption, lights) = match place.map(|place| &route.stops[place]) {
        Some(on_tour) => (on_tour.says(&texts), on_tour.lights.as_slice()),
        None => (texts.say(&format!("caption-{kind}")), &[][..]),
    };
    let heading = texts.say(&format!("station-{kind}"));
    let text = pointed(&caption).into_iter().map(|(words, _)| words).collect();
    said.set_if_neq(Caption { heading: heading.clone(), text });
    let turns = guide.at.filter(|_| !panels.still).and_then(|stop| match stop {
        Stop::Hall => Some(texts.say(&route.name)),
        stop => in_hand.says(stop, &lanes, &texts).or_else(|| Some(texts.say(turned_at(stop)?))),
    });
    // What stands beside A is said wherever one looks at both.
    let both = lanes.a().started.as_ref().zip(lanes.pair().and_then(|pair| pair.b.started.as_ref()));
    let difference = both.map(|(a, b)| {
        let what = change::difference(&a.generation, &b.generation, &a.tokens, &texts).join(" · ");
        texts.say_with("change-above-tracks", &[("what", what)])
    });
    let chosen = guide.at.and_then(chosen_at).filter(|_| !panels.still);
    let context = contexts.ctx_mut()?;
    let room = context.content_rect().width() - 80.0;
    egui::Area::new("caption".into()).anchor(Align2::CENTER_BOTTOM, [0.0, -timeline::HEIGHT - 22.0]).show(context, |ui| {
        card(ui).show(ui, |ui| {
            ui.set_width(WIDTH.min(room));
            ui.spacing_mut().item_spacing.y = 6.0;
            ui.horizontal(|ui| {
                ui.label(RichText::new(heading).font(semi_bold(HEADING)));
                if let Some(place) = place {
                    let place = [("stop", (place + 1).to_string()), ("stops", route.stops.len().to_string())];
                    aside(ui, texts.say_with("tour-place", &place));
                }
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    if let Some(notches) = turns.and_then(|what| dial(ui, &what, *device)) {
                        intents.write(Intent::Dial(notches));
                    }
                    if chosen.is_some_and(|key| ui.button(RichText::new(texts.say(key)).size(SMALL)).clicked()) {
                        intents.write(Intent::Choose);
                    }
                });
            });
            if let Some(difference) = &difference {
                ui.label(RichText::new(difference).size(SMALL).color(colour(theme::GUIDANCE)));
            }
            ui.label(sentence(&caption, lights, ui.available_width()));
            if !panels.still {
                hints::show_hint(ui, &texts, *device, one_stick.on);
            }
        });
    });
    Ok(())
}

/// What there is to turn at a stop that has no lever: the key of its name.
fn turned_at(stop: Stop) -> Option<&'static str> {
    match stop {
        Stop::TextEncoder => Some("turn-layer"),
        Stop::Block(_) => Some("turn-channel"),
        Stop::Attention => Some("turn-word"),
        Stop::Decoder => Some("turn-step"),
        Stop::Map => Some("turn-compared"),
        _ => None,
    }
}

/// What a stop does when something is chosen there: the key of its name, for the button that a finger needs.
fn chosen_at(stop: Stop) -> Option<&'static str> {
    match stop {
        Stop::Hall => Some("turn-ride"),
        Stop::Words => Some("choices-words"),
        Stop::Picture => Some("choices-keep"),
        Stop::Attention => Some("turn-layer"),
        Stop::TimeWall | Stop::Map => None,
        _ => Some("turn-inspect"),
    }
}

/// Two buttons with the name of what they turn between them, laid from right to left; by how many notches it is turned.
fn dial(ui: &mut egui::Ui, what: &str, device: LastDevice) -> Option<i32> {
    let (on, back) = match device {
        LastDevice::Gamepad => ("⬆", "⬇"),
        LastDevice::Keyboard | LastDevice::Touch => ("+", "−"),
    };
    let button = |ui: &mut egui::Ui, sign: &str| {
        ui.add(egui::Button::new(RichText::new(sign).size(SMALL)).min_size(egui::vec2(44.0, 32.0))).clicked()
    };
    let on = button(ui, on);
    aside(ui, what);
    let back = button(ui, back);
    (on != back).then_some(if on { 1 } else { -1 })
}

/// A caption whose ‹marked› words have the colours of what they point at, and a line below.
fn sentence(caption: &str, lights: &[String], width: f32) -> LayoutJob {
    let mut lights = lights.iter();
    let mut job = LayoutJob::default();
    job.wrap.max_width = width;
    for (words, points) in pointed(caption) {
        let format = if points {
            let meaning = lights.next().and_then(|light| spotlight::colour(light)).unwrap_or(theme::INK);
            let underline = Stroke::new(2.0, colour(meaning));
            TextFormat { underline, ..TextFormat::simple(semi_bold(BODY), colour(meaning)) }
        } else {
            TextFormat::simple(FontId::proportional(BODY), colour(theme::INK))
        };
        job.append(&words, 0.0, format);
    }
    job
}
