//! News for the page: events named `latentarium` on its window, each with a line of JSON.

use bevy::app::AppExit;
use bevy::prelude::*;
use exhibit::Stop;
use exhibit::state::{Model, Run};
use exhibit::tour::Guide;
use serde::Serialize;
use wasm_bindgen::JsValue;
use web_sys::{CustomEvent, CustomEventInit};

pub fn plugin(app: &mut App) {
    app.add_systems(Last, (tell_of_model, tell_of_stop, tell_of_run, tell_of_end));
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum News<'a> {
    /// `fraction`: 0..1
    Loading {
        what: &'a str,
        fraction: f32,
    },
    Ready {
        device: &'a str,
    },
    Failed {
        message: &'a str,
    },
    Stop {
        stop: String,
    },
    Step {
        step: usize,
        steps: usize,
    },
    Painted {
        seconds: f32,
    },
    /// The graphics device.
    Lost,
    /// The visitor.
    Left,
}

fn tell(news: &News) {
    let Ok(text) = serde_json::to_string(news) else { return };
    let init = CustomEventInit::new();
    init.set_detail(&JsValue::from_str(&text));
    let event = CustomEvent::new_with_event_init_dict("latentarium", &init);
    if let (Some(window), Ok(event)) = (web_sys::window(), event) {
        // False says that a listener has prevented the default, of which there is none.
        let _ = window.dispatch_event(&event);
    }
}

fn tell_of_model(model: Res<Model>) {
    if !model.is_changed() {
        return;
    }
    match &*model {
        Model::Absent => {}
        Model::Loading { what, fraction } => tell(&News::Loading { what, fraction: *fraction }),
        Model::Loaded { device, .. } => tell(&News::Ready { device }),
        Model::Failed { message } => tell(&News::Failed { message }),
    }
}

fn tell_of_stop(guide: Res<Guide>, mut told: Local<Option<Stop>>) {
    if *told != guide.at {
        *told = guide.at;
        if let Some(stop) = guide.at {
            tell(&News::Stop { stop: stop.to_string() });
        }
    }
}

fn tell_of_run(run: Res<Run>, mut told: Local<(bridge::RunId, usize, bool)>) {
    if told.0 != run.id {
        *told = (run.id, 0, false);
    }
    let (_, steps, painted) = &mut *told;
    if run.steps.len() > *steps {
        *steps = run.steps.len();
        tell(&News::Step { step: *steps, steps: run.step_count() });
    }
    if run.picture.is_some() && !*painted {
        *painted = true;
        tell(&News::Painted { seconds: run.seconds });
    }
}

fn tell_of_end(mut exits: MessageReader<AppExit>) {
    for exit in exits.read() {
        tell(if exit.is_error() { &News::Lost } else { &News::Left });
    }
}
