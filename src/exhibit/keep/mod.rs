//! Keeping the picture: as a PNG that says how it was made, and as a link that opens the same run again.

mod code;
#[cfg_attr(not(target_family = "wasm"), path = "folder_native.rs")]
#[cfg_attr(target_family = "wasm", path = "folder_web.rs")]
mod folder;
mod link;
mod print;

pub use self::code::{CodeError, CodePicture, Modules, modules};
pub use self::folder::keep;
pub use self::link::{LinkError, Visit, from_link, to_link, visit};
pub use self::print::{Print, PrintError, png, words};
