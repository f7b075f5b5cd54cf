//! The engine's task in a browser, and what else differs there. `worker_native.rs` has the same functions.

use async_channel::Receiver;
use cubecl::config::CubeClRuntimeConfig;
use wasm_bindgen_futures::js_sys::{self, Promise, Reflect};
use wasm_bindgen_futures::wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::backend::Shown;
use crate::engine::Server;
use crate::model_web::method;
pub use crate::model_web::open;

/// Without it cubecl cannot open a device in a browser.
#[cfg(feature = "bevy")]
pub const REQUIRED_FEATURES: wgpu::Features = wgpu::Features::TIMESTAMP_QUERY;

/// Between two looks whether the page is seen again.
const GLANCE_MILLIS: i32 = 250;

/// Lets the server work between the browser's other tasks.
pub fn start<B: Shown>(mut server: Server<B>) {
    spawn_local(async move { server.serve().await });
}

/// A browser's page has one thread.
pub fn leave_a_core() {}

/// Seconds since some moment.
pub fn now() -> f64 {
    js_sys::Date::now() / 1000.0
}

/// Waits for a message that comes when the GPU is done: the browser sends it by itself.
pub async fn wait_for(is_done: Receiver<()>, _device: &wgpu::Device) {
    // An error means that the device is gone and nobody will ever send.
    let _ = is_done.recv().await;
    while_hidden().await;
}

/// Lets the browser draw and listen.
pub async fn give_way() {
    sleep(0).await;
    while_hidden().await;
}

/// A page that nobody looks at does not compute.
async fn while_hidden() {
    let is_hidden = || {
        let document = Reflect::get(&js_sys::global(), &JsValue::from_str("document")).ok()?;
        Reflect::get(&document, &JsValue::from_str("hidden")).ok()?.as_bool()
    };
    while is_hidden() == Some(true) {
        sleep(GLANCE_MILLIS).await;
    }
}

async fn sleep(millis: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        if let Ok(set_timeout) = method(&js_sys::global(), "setTimeout") {
            // The timer cannot fail; if it did, the task would only wait for the next one.
            let _ = set_timeout.call2(&JsValue::NULL, &resolve, &JsValue::from(millis));
        }
    });
    let _ = JsFuture::from(promise).await;
}

/// A browser keeps no tuning, and no log.
pub fn configure_files(_adapter: &wgpu::AdapterInfo, _config: &mut CubeClRuntimeConfig) {}
