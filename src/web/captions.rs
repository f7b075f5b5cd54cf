//! Captions, once more, where screen readers find them.

use bevy::prelude::*;
use exhibit::panels::Caption;

/// The page's element that screen readers watch.
const REGION: &str = "caption";

pub fn plugin(app: &mut App) {
    app.add_systems(Last, say.run_if(resource_changed::<Caption>));
}

fn say(caption: Res<Caption>) {
    let region = web_sys::window().and_then(|window| window.document()?.get_element_by_id(REGION));
    if let Some(region) = region {
        region.set_text_content(Some(&format!("{}. {}", caption.heading, caption.text)));
    }
}
