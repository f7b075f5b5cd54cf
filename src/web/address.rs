//! The address: it always opens what is on show, and whoever changes it is taken there.

use std::cell::RefCell;

use bevy::prelude::*;
use bridge::RunId;
use exhibit::Stop;
use exhibit::keep::{from_link, to_link, visit};
use exhibit::nodes::Hall;
use exhibit::state::{Lane, Lanes, Paint, PaintBeside};
use exhibit::tour::Guide;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::JsValue;

pub fn plugin(app: &mut App) {
    app.add_systems(Startup, listen).add_systems(PreUpdate, follow).add_systems(Last, write);
}

/// The page's address, as far as it is the same for all visits.
pub fn of_page() -> String {
    let address = web_sys::window().and_then(|window| window.location().href().ok()).unwrap_or_default();
    address.split('#').next().unwrap_or_default().to_string()
}

thread_local! {
    /// What the visitor has put behind `#`, until the hall goes there.
    static WRITTEN: RefCell<Option<String>> = const { RefCell::new(None) };
}

fn listen() {
    let Some(window) = web_sys::window() else { return };
    let note = Closure::<dyn Fn()>::new(|| {
        let fragment = web_sys::window().and_then(|window| window.location().hash().ok());
        WRITTEN.with(|written| *written.borrow_mut() = fragment);
    });
    if window.add_event_listener_with_callback("hashchange", note.as_ref().unchecked_ref()).is_ok() {
        // It listens for as long as the page is open.
        note.forget();
    }
}

fn follow(
    hall: Option<Res<Hall>>,
    mut guide: ResMut<Guide>,
    (mut wishes, mut wishes_beside): (MessageWriter<Paint>, MessageWriter<PaintBeside>),
) {
    let Some(hall) = hall else { return };
    let Some(fragment) = WRITTEN.with(|written| written.borrow_mut().take()) else { return };
    let visit = match from_link(&fragment) {
        Ok(visit) => visit,
        Err(error) => {
            warn!("{error}");
            return;
        }
    };
    wishes.write(Paint(crate::with_words(visit.generation)));
    if visit.beside.is_some() {
        wishes_beside.write(PaintBeside(visit.beside));
    }
    if let Some(stop) = visit.stop.filter(|stop| Stop::all(&hall.shape).contains(stop)) {
        guide.call(stop);
    }
}

/// What the address depends on: which runs are on show, whether they have begun, and where the visitor is.
type OnShow = ([Option<(RunId, bool)>; 2], Option<Stop>);

/// Browsers take a new address only so often: it is written once what it depends on has stayed the same for so long.
const SETTLED_SECS: f32 = 1.0;

fn write(lanes: Lanes, guide: Res<Guide>, time: Res<Time<Real>>, mut last: Local<(Option<OnShow>, f32)>) {
    let begun = |lane| lanes.run(lane).map(|run| (run.id, run.started.is_some()));
    let now = Some(([Lane::A, Lane::B].map(begun), guide.at));
    let (seen, secs) = &mut *last;
    if *seen != now {
        (*seen, *secs) = (now, 0.0);
        return;
    }
    let before = *secs;
    *secs += time.delta_secs();
    if before > SETTLED_SECS || *secs <= SETTLED_SECS {
        return;
    }
    let Some(visit) = visit(&lanes, &guide) else { return };
    let history = web_sys::window().and_then(|window| window.history().ok());
    let written = history.map(|history| history.replace_state_with_url(&JsValue::NULL, "", Some(&to_link(&visit, ""))));
    if let Some(Err(why)) = written {
        debug!("the address cannot be written: {why:?}");
    }
}
