//! A browser has no folders: a print goes to the visitor's downloads. `folder_native.rs` has the same function.

use std::path::{Path, PathBuf};

use wasm_bindgen::{JsCast, JsValue};
use web_sys::js_sys::{Array, Uint8Array};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

use super::print::{Print, PrintError, file_stem, png};

/// Offers `latentarium-<seed>-<prompt>.png` as a download, and says its name. The browser itself never overwrites one.
///
/// # Errors
/// What [`png()`] refuses, and a page that may not offer downloads.
pub fn keep(_folder: &Path, print: &Print) -> Result<PathBuf, PrintError> {
    let name = PathBuf::from(format!("{}.png", file_stem(print)));
    let bytes = png(print)?;
    offer(&name.to_string_lossy(), &bytes).map_err(|why| PrintError::Write { path: name.clone(), why: format!("{why:?}") })?;
    Ok(name)
}

fn offer(name: &str, bytes: &[u8]) -> Result<(), JsValue> {
    let document = web_sys::window().and_then(|window| window.document()).ok_or("there is no page")?;
    let kind = BlobPropertyBag::new();
    kind.set_type("image/png");
    let blob = Blob::new_with_u8_array_sequence_and_options(&Array::of1(&Uint8Array::from(bytes)), &kind)?;
    let address = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = document.create_element("a")?.dyn_into().map_err(|_| "an <a> is no link here")?;
    link.set_href(&address);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&address)
}
