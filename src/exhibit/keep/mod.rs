//! Keeping the picture: as a PNG that says how it was made, and as a link that opens the same run again.

mod link;
mod print;
// A browser has no folders: it takes the bytes of `png` as a download.
mod code;
#[cfg(not(target_family = "wasm"))]
mod folder;

pub use self::code::{CodeError, CodePicture, Modules, modules};
#[cfg(not(target_family = "wasm"))]
pub use self::folder::keep;
pub use self::link::{LinkError, Visit, from_link, to_link};
pub use self::print::{Print, PrintError, png, words};
