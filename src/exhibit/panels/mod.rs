//! The panels: what lies flat on the screen, in front of the hall.

mod caption;
mod cards;
mod choices;
mod style;
mod timeline;

use bevy::app::AppExit;
use bevy::prelude::*;
use bevy_egui::{EguiPlugin, EguiPreUpdateSet, EguiPrimaryContextPass};

use crate::HallSystems;
use crate::input::Intent;
use crate::state::Run;

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins(EguiPlugin::default())
        .init_resource::<Panels>()
        .init_resource::<choices::Draft>()
        .add_systems(Update, turn_pages.in_set(HallSystems::Tour))
        .add_systems(PreUpdate, style::dress.after(EguiPreUpdateSet::InitContexts).before(EguiPreUpdateSet::BeginPass))
        .add_systems(
            EguiPrimaryContextPass,
            (
                style::fit_screen,
                choices::show,
                caption::show,
                timeline::show,
                cards::show_loading,
                cards::show_failure,
                cards::show_leaving,
            )
                .chain(),
        );
}

/// Which panels are open.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Panels {
    /// The panel of choices.
    pub choices: bool,
    /// The question whether to leave.
    pub leaving: bool,
    /// A failure that the visitor has read and put away.
    pub read: Option<String>,
    /// Nothing is asked and nothing hinted at: for pictures of the hall.
    pub still: bool,
}

/// Opens and closes panels as the visitor wants.
fn turn_pages(mut intents: MessageReader<Intent>, run: Res<Run>, mut panels: ResMut<Panels>, mut exit: MessageWriter<AppExit>) {
    for intent in intents.read() {
        match intent {
            Intent::Menu => panels.choices = !panels.choices,
            Intent::Choose if panels.leaving => {
                exit.write(AppExit::Success);
            }
            Intent::Back if panels.leaving => panels.leaving = false,
            Intent::Back if panels.choices => panels.choices = false,
            Intent::Back if run.failure.is_some() && run.failure != panels.read => panels.read = run.failure.clone(),
            Intent::Back => panels.leaving = true,
            _ => {}
        }
    }
}
