//! A model in a browser: fetched from an address, or the visitor's own, which the page hands in. Of its weights only pieces are read.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::rc::Rc;

use diffusion::loader::{Reading, Source};
use diffusion::{Folder, LoadError};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_futures::js_sys::{self, ArrayBuffer, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen_futures::wasm_bindgen::{JsCast, JsValue};

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

thread_local! {
    /// What the page has handed in, by address: files by their path inside the folder.
    static BROUGHT: RefCell<HashMap<String, HashMap<String, Blob>>> = RefCell::default();
}

/// Takes in a model of the visitor's own, `Blob`s by their path inside its folder. Returns the address to load it by.
pub fn bring_model(name: &str, files: impl IntoIterator<Item = (String, JsValue)>) -> String {
    let address = format!("own:/{name}");
    let files = files.into_iter().map(|(path, blob)| (path, Blob::new(blob))).collect();
    BROUGHT.with_borrow_mut(|brought| brought.insert(address.clone(), files));
    address
}

/// Opens a model by the address of its folder. A file that is not there is left out: the loader says which one it misses.
///
/// # Errors
/// If the browser cannot fetch or read at all.
pub async fn open(path: &Path) -> Result<Folder, LoadError> {
    let address = path.to_string_lossy();
    let files = match BROUGHT.with_borrow(|brought| brought.get(&*address).cloned()) {
        Some(files) => files,
        None => fetch_all(address.trim_end_matches('/')).await?,
    };
    let (mut in_memory, mut sources) = (HashMap::new(), HashMap::<_, Rc<dyn Source>>::new());
    for (file, blob) in files {
        if file.ends_with(".json") || file.ends_with(".txt") {
            let bytes = blob.read(0..blob.size()).await.map_err(|why| LoadError::Unreadable { file: file.clone(), why })?;
            in_memory.insert(file, bytes);
        } else {
            sources.insert(file, Rc::new(blob));
        }
    }
    let name = path.file_name().map_or_else(|| address.to_string(), |name| name.to_string_lossy().into_owned());
    Ok(Folder::given(name, in_memory, sources))
}

async fn fetch_all(address: &str) -> Result<HashMap<String, Blob>, LoadError> {
    let mut files = HashMap::new();
    for file in MODEL_FILES {
        // Half precision is for models that have nothing else.
        if files.contains_key(&file.replace(".fp16", "")) {
            continue;
        }
        let url = format!("{address}/{file}");
        match fetch(&url).await {
            Ok(Some(blob)) => {
                files.insert(file.to_string(), blob);
            }
            Ok(None) => {}
            Err(error) => return Err(LoadError::Unreadable { file: url, why: in_words(&error) }),
        }
    }
    Ok(files)
}

/// What is at an address, `None` if there is nothing. What the page has put into the browser's store is taken from there.
async fn fetch(url: &str) -> Result<Option<Blob>, JsValue> {
    let global = js_sys::global();
    let response = match stored(url).await {
        Some(response) => response,
        None => promised(method(&global, "fetch")?.call1(&global, &JsValue::from_str(url))?).await?,
    };
    if Reflect::get(&response, &JsValue::from_str("ok"))?.is_falsy() {
        return Ok(None);
    }
    Ok(Some(Blob::new(promised(method(&response, "blob")?.call0(&response)?).await?)))
}

/// The browser's stored answer, where there is one and it lets pages have a store.
async fn stored(url: &str) -> Option<JsValue> {
    let caches = Reflect::get(&js_sys::global(), &JsValue::from_str("caches")).ok()?;
    let found = method(&caches, "match").ok()?.call1(&caches, &JsValue::from_str(url)).ok()?;
    promised(found).await.ok().filter(JsValue::is_truthy)
}

/// Bytes that the browser holds, in memory or on disk.
#[derive(Clone, Debug)]
struct Blob {
    blob: JsValue,
    size: u64,
}

impl Blob {
    fn new(blob: JsValue) -> Self {
        let size = Reflect::get(&blob, &JsValue::from_str("size")).ok().and_then(|size| size.as_f64());
        // What has no size has nothing to read.
        Self { blob, size: size.unwrap_or(0.0) as u64 }
    }

    async fn piece(&self, place: Range<u64>) -> Result<Vec<u8>, JsValue> {
        let (from, to) = (JsValue::from_f64(place.start as f64), JsValue::from_f64(place.end as f64));
        let piece = method(&self.blob, "slice")?.call2(&self.blob, &from, &to)?;
        let buffer: ArrayBuffer = promised(method(&piece, "arrayBuffer")?.call0(&piece)?).await?.dyn_into()?;
        Ok(Uint8Array::new(&buffer).to_vec())
    }
}

impl Source for Blob {
    fn size(&self) -> u64 {
        self.size
    }

    fn read(&self, place: Range<u64>) -> Reading<'_> {
        Box::pin(async move { self.piece(place).await.map_err(|error| in_words(&error)) })
    }
}

fn in_words(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => format!("the browser says “{}”", String::from(error.message())),
        None => format!("the browser says {error:?}"),
    }
}

pub fn method(object: &JsValue, name: &str) -> Result<Function, JsValue> {
    Reflect::get(object, &JsValue::from_str(name))?.dyn_into()
}

async fn promised(value: JsValue) -> Result<JsValue, JsValue> {
    JsFuture::from(value.dyn_into::<Promise>()?).await
}
