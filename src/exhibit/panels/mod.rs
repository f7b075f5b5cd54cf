//! The panels: what lies flat on the screen, in front of the hall.

mod caption;
mod cards;
mod choices;
pub mod fade;
mod keep;
pub mod prompts;
pub mod what_if;

mod hints;
mod ring;
mod style;
mod timeline;
mod words;

use bevy::app::AppExit;
use bevy::prelude::*;
use bevy_egui::{EguiPlugin, EguiPreUpdateSet, EguiPrimaryContextPass};
use bridge::RunId;

pub use self::caption::Caption;
use crate::HallSystems;
use crate::flow::ride::Riding;
use crate::input::Intent;
use crate::input::keyboard::MouseLook;
use crate::state::Lanes;
use crate::stop::Stop;
use crate::tour::Guide;

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins(EguiPlugin::default())
        .init_resource::<Panels>()
        .init_resource::<Caption>()
        .init_resource::<choices::Draft>()
        .init_resource::<what_if::Desk>()
        .init_resource::<prompts::PromptDesk>()
        .add_systems(Update, (turn_pages, what_if::work, prompts::work, give_back_pointer).chain().in_set(HallSystems::Tour))
        .add_systems(Update, choices::steer.in_set(HallSystems::Tour))
        .add_systems(PreUpdate, style::dress.after(EguiPreUpdateSet::InitContexts).before(EguiPreUpdateSet::BeginPass))
        .add_systems(
            EguiPrimaryContextPass,
            (
                style::fit_screen,
                fade::show,
                // What a choice opens has begun when it is first seen.
                prompts::show,
                choices::show,
                what_if::show,
                keep::show,
                caption::show,
                timeline::show,
                hints::show_touch_buttons,
                ring::show,
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
    /// The panel “What if?”.
    pub what_if: bool,
    /// The panel “Words”.
    pub words: bool,
    /// The question whether to leave.
    pub leaving: bool,
    /// The run whose failure the visitor has read and put away.
    pub read: Option<RunId>,
    /// Nothing is asked and nothing hinted at: for pictures of the hall.
    pub still: bool,
    /// The panel “Keep the picture”.
    pub keep: bool,
}

impl Panels {
    /// The same with nothing open.
    fn closed(&self) -> Self {
        Self { choices: false, what_if: false, words: false, leaving: false, keep: false, ..self.clone() }
    }

    /// Whether choosing, turning and stepping mean a panel, and nothing in the hall.
    pub fn in_hand(&self) -> bool {
        self.choices || self.what_if || self.words || self.keep || self.leaving
    }
}

/// Opens and closes panels as the visitor wants.
fn turn_pages(
    mut intents: MessageReader<Intent>,
    (lanes, guide, riding): (Lanes, Res<Guide>, Res<Riding>),
    mut panels: ResMut<Panels>,
    mut desk: ResMut<what_if::Desk>,
    mut exit: MessageWriter<AppExit>,
) {
    for intent in intents.read() {
        match intent {
            Intent::Menu => {
                desk.stop_typing();
                *panels = Panels { choices: !panels.choices, ..panels.closed() };
            }
            Intent::Twin => {
                desk.stop_typing();
                // Before the first run has begun there is nothing to be otherwise.
                let opens = !panels.what_if && lanes.a().started.is_some();
                *panels = Panels { what_if: opens, ..panels.closed() };
            }
            Intent::Choose if panels.leaving => {
                exit.write(AppExit::Success);
            }
            Intent::Choose if guide.at == Some(Stop::Picture) && !panels.in_hand() => panels.keep = true,
            Intent::Back if panels.leaving => panels.leaving = false,
            Intent::Back if panels.what_if => panels.what_if = desk.stop_typing(),
            Intent::Back if panels.words => panels.words = false,
            Intent::Back if panels.keep => panels.keep = false,
            Intent::Back if panels.choices => panels.choices = false,
            Intent::Back if lanes.failed(panels.read).is_some() => panels.read = lanes.failed(panels.read).map(|run| run.id),
            // Who rides along gets off.
            Intent::Back if riding.0 => {}
            Intent::Back => panels.leaving = true,
            _ => {}
        }
    }
}

/// The pointer belongs to the panel that is open.
fn give_back_pointer(panels: Res<Panels>, mut look: ResMut<MouseLook>) {
    if panels.in_hand() {
        look.set_if_neq(MouseLook::default());
    }
}
