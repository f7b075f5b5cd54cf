//! The engine's task in a browser, and what else differs there. `worker_native.rs` has the same functions.

use std::collections::HashMap;
use std::path::Path;

use async_channel::Receiver;
use cubecl::config::CubeClRuntimeConfig;
use diffusion::{Folder, LoadError};
use wasm_bindgen_futures::js_sys::{self, ArrayBuffer, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen_futures::wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::backend::Shown;
use crate::engine::Server;

/// Without it cubecl cannot open a device in a browser.
#[cfg(feature = "bevy")]
pub const REQUIRED_FEATURES: wgpu::Features = wgpu::Features::TIMESTAMP_QUERY;

/// Files of a model in diffusers' layout, as far as the loader reads them.
const MODEL_FILES: [&str; 16] = [
    "model_index.json",
    "generation_config.json",
    "scheduler/scheduler_config.json",
    "tokenizer/vocab.json",
    "tokenizer/merges.txt",
    "tokenizer/tokenizer_config.json",
    "tokenizer/special_tokens_map.json",
    "text_encoder/config.json",
    "text_encoder/model.safetensors",
    "text_encoder/model.fp16.safetensors",
    "unet/config.json",
    "unet/diffusion_pytorch_model.safetensors",
    "unet/diffusion_pytorch_model.fp16.safetensors",
    "vae/config.json",
    "vae/diffusion_pytorch_model.safetensors",
    "vae/diffusion_pytorch_model.fp16.safetensors",
];

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

/// Fetches a model from the address of its folder. A file that is not there is left out: the loader says which one it misses.
///
/// # Errors
/// If the browser cannot fetch at all.
pub async fn open(path: &Path) -> Result<Folder, LoadError> {
    let address = path.to_string_lossy();
    let mut files = HashMap::new();
    for file in MODEL_FILES {
        // Half precision is for models that have nothing else.
        if files.contains_key(&file.replace(".fp16", "")) {
            continue;
        }
        let url = format!("{}/{file}", address.trim_end_matches('/'));
        match fetch(&url).await {
            Ok(Some(bytes)) => {
                files.insert(file.to_string(), bytes);
            }
            Ok(None) => {}
            Err(error) => return Err(LoadError::Unreadable { file: url, why: format!("the browser says {error:?}") }),
        }
    }
    let name = path.file_name().map_or_else(|| address.to_string(), |name| name.to_string_lossy().into_owned());
    Ok(Folder::in_memory(name, files))
}

/// The bytes at an address, `None` if there is nothing. What the page has put into the browser's store is taken from there.
async fn fetch(url: &str) -> Result<Option<Vec<u8>>, JsValue> {
    let global = js_sys::global();
    let response = match stored(url).await {
        Some(response) => response,
        None => promised(method(&global, "fetch")?.call1(&global, &JsValue::from_str(url))?).await?,
    };
    if Reflect::get(&response, &JsValue::from_str("ok"))?.is_falsy() {
        return Ok(None);
    }
    let buffer: ArrayBuffer = promised(method(&response, "arrayBuffer")?.call0(&response)?).await?.dyn_into()?;
    Ok(Some(Uint8Array::new(&buffer).to_vec()))
}

/// The browser's stored answer, where there is one and it lets pages have a store.
async fn stored(url: &str) -> Option<JsValue> {
    let caches = Reflect::get(&js_sys::global(), &JsValue::from_str("caches")).ok()?;
    let found = method(&caches, "match").ok()?.call1(&caches, &JsValue::from_str(url)).ok()?;
    promised(found).await.ok().filter(JsValue::is_truthy)
}

fn method(object: &JsValue, name: &str) -> Result<Function, JsValue> {
    Reflect::get(object, &JsValue::from_str(name))?.dyn_into()
}

async fn promised(value: JsValue) -> Result<JsValue, JsValue> {
    JsFuture::from(value.dyn_into::<Promise>()?).await
}

/// A browser keeps no tuning.
pub fn keep_tuning_of(_adapter: &wgpu::AdapterInfo, _config: &mut CubeClRuntimeConfig) {}
