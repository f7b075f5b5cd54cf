//! Tests of `exhibit`: what can be known of the hall without looking at it, and that it can be pictured.

#![allow(clippy::unwrap_used)]

mod analysis;
mod attending;
mod captions;
mod changes;
mod choosing;
mod framing;
mod hands;
mod keeping;
mod labels;
mod levers;
mod mapping;
mod models;
mod numbers;
mod pictures;
mod placement;
mod prompts;
mod riding;
mod run;
mod runs;
mod touches;
mod tour_time;
mod touring;
mod twins;
mod virtual_pad;
mod visit;
mod words;
