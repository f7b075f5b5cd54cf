//! Tests of `painter`.
#![allow(clippy::unwrap_used)]

mod arrangements;
mod captions;
mod colours;
mod paintings;
mod sheets;
