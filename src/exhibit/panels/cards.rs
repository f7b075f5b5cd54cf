//! The cards in the middle of the screen: the model is loading, something went wrong, leave or stay.

use bevy::app::AppExit;
use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, Align2, RichText};

use super::Panels;
use super::style::{BODY, HEADING, aside, card, colour, semi_bold};
use crate::state::{Lanes, Model};
use crate::text::Texts;
use crate::theme;

const WIDTH: f32 = 760.0;

fn middle(context: &egui::Context, name: &str, content: impl FnOnce(&mut egui::Ui)) {
    let width = WIDTH.min(context.content_rect().width() - 120.0);
    egui::Area::new(name.to_string().into()).anchor(Align2::CENTER_CENTER, [0.0, 0.0]).show(context, |ui| {
        card(ui).show(ui, |ui| {
            ui.set_width(width);
            content(ui);
        });
    });
}

pub(super) fn show_loading(mut contexts: EguiContexts, model: Res<Model>, texts: Res<Texts>) -> Result {
    let (what, fraction) = match &*model {
        Model::Absent => (String::new(), 0.0),
        Model::Loading { what, fraction } => (what.clone(), *fraction),
        Model::Loaded { .. } | Model::Failed { .. } => return Ok(()),
    };
    middle(contexts.ctx_mut()?, "loading", |ui| {
        ui.label(RichText::new(texts.say("hall-name")).font(semi_bold(1.4 * HEADING)));
        ui.label(RichText::new(texts.say("loading-title")).size(BODY));
        let bar = egui::ProgressBar::new(fraction).desired_height(18.0).fill(colour(theme::LATENT));
        ui.add(bar);
        let progress = [("what", what), ("percent", format!("{:.0}", 100.0 * fraction))];
        aside(ui, texts.say_with("loading-what", &progress));
    });
    Ok(())
}

pub(super) fn show_failure(
    mut contexts: EguiContexts,
    model: Res<Model>,
    lanes: Lanes,
    texts: Res<Texts>,
    mut panels: ResMut<Panels>,
) -> Result {
    let failed = lanes.failed(panels.read);
    let message = match (&*model, failed.and_then(|run| run.failure.as_ref())) {
        (Model::Failed { message }, _) | (_, Some(message)) => message,
        _ => return Ok(()),
    };
    let can_go_on = !matches!(*model, Model::Failed { .. });
    let mut read = false;
    middle(contexts.ctx_mut()?, "failure", |ui| {
        ui.label(RichText::new(texts.say("failure-title")).font(semi_bold(HEADING)).color(colour(theme::ALARM)));
        ui.label(RichText::new(message).size(BODY));
        if can_go_on {
            read = ui.button(texts.say("failure-close")).clicked();
        }
    });
    if read {
        panels.read = failed.map(|run| run.id);
    }
    Ok(())
}

pub(super) fn show_leaving(
    mut contexts: EguiContexts,
    texts: Res<Texts>,
    mut panels: ResMut<Panels>,
    mut exit: MessageWriter<AppExit>,
) -> Result {
    if !panels.leaving {
        return Ok(());
    }
    middle(contexts.ctx_mut()?, "leaving", |ui| {
        ui.label(RichText::new(texts.say("leaving-title")).font(semi_bold(HEADING)));
        ui.horizontal(|ui| {
            if ui.button(texts.say("leaving-stay")).clicked() {
                panels.leaving = false;
            }
            if ui.button(texts.say("leaving-leave")).clicked() {
                exit.write(AppExit::Success);
            }
        });
    });
    Ok(())
}
