//! Tests of `exhibit`: what can be known of the hall without looking at it, and that it can be pictured.

#![allow(clippy::unwrap_used)]

mod captions;
mod framing;
mod hands;
mod models;
mod pictures;
mod placement;
mod run;
mod tour_time;
mod words;
