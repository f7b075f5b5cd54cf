//! A route: the stops of a guided tour with their captions, read from `assets/tour`.

use std::fmt;

use bevy::prelude::*;
use bridge::ModelShape;
use serde::Deserialize;

use crate::change::{Change, WhatIf};
use crate::nodes::spotlight;
use crate::stop::Stop;
use crate::text::Texts;

const TWO_MINUTES: &str = include_str!("../../../assets/tour/two_minutes.ron");
const TEN_MINUTES: &str = include_str!("../../../assets/tour/ten_minutes.ron");

/// What a curator writes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// The name of the tour's name in `assets/text`.
    name: String,
    stops: Vec<WrittenStop>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenStop {
    /// The name of a stop.
    stop: String,
    /// The name of the sentence in `assets/text`.
    #[serde(default)]
    caption: String,
    /// The sentence itself, instead of one from there.
    #[serde(default)]
    text: Option<String>,
    /// What the caption points at, in the order of its ‹marked› words.
    lights: Vec<String>,
    #[serde(default)]
    act: Option<Act>,
}

/// What happens to the second run at a stop.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// B stands beside A, from here to the next act.
    WhatIf {
        change: Change,
        /// Counted from 0.
        #[serde(default)]
        from_step: usize,
    },
    /// A stands alone again.
    Alone,
}

/// All tours that could be read.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Routes {
    pub all: Vec<Route>,
    /// The one that is walked.
    pub chosen: usize,
}

/// The tour that is walked, through the hall that stands.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Route {
    /// The name of its name in `assets/text`.
    pub name: String,
    /// In their order; a stop may be visited more than once.
    pub stops: Vec<RouteStop>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct RouteStop {
    pub stop: Stop,
    /// The name of the sentence in `assets/text`.
    pub caption: String,
    /// What a curator has written in its place.
    pub text: Option<String>,
    /// What the caption points at, in the order of its ‹marked› words.
    pub lights: Vec<String>,
    pub act: Option<Act>,
}

/// The tour file cannot be used.
#[derive(Clone, Debug, PartialEq)]
pub enum RouteError {
    Unreadable { file: &'static str, why: String },
    UnknownStop { file: &'static str, stop: String },
    UnknownLight { file: &'static str, stop: String, light: String },
    NoCaption { file: &'static str, stop: String },
    Empty { file: &'static str },
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Unreadable { file, why } => write!(f, "assets/tour/{file} cannot be read: {why}"),
            Self::UnknownStop { file, stop } => write!(
                f,
                "assets/tour/{file} goes to “{stop}”, which is no stop: choose one of hall, words, tokens, text_encoder, noise, unet, \
                 unet.down.0 (and so on), unet.mid, unet.up.0 (and so on), attention, guidance, scheduler, time_wall, decoder, \
                 picture, map"
            ),
            Self::UnknownLight { file, stop, light } => {
                let names: Vec<&str> = spotlight::NAMES.iter().map(|(name, _)| *name).collect();
                let names = names.join(", ");
                write!(
                    f,
                    "assets/tour/{file} points at “{light}” at the stop {stop}, which is no thing in the hall: choose a block such as \
                     unet.down.0, or one of {names}"
                )
            }
            Self::NoCaption { file, stop } => write!(
                f,
                "assets/tour/{file} says nothing at the stop {stop}: write text: Some(\"…\"), or the name of a sentence of \
                 assets/text as its caption"
            ),
            Self::Empty { file } => write!(
                f,
                "assets/tour/{file} has no stops: write one, (stop: \"unet.mid\", caption: \"caption-unet-mid\", lights: [])"
            ),
        }
    }
}

impl std::error::Error for RouteError {}

impl Routes {
    /// So many tours on, and round.
    pub fn turn(&mut self, notches: i32) {
        let tours = self.all.len().max(1) as i64;
        self.chosen = (self.chosen as i64 + i64::from(notches)).rem_euclid(tours) as usize;
    }

    /// All tours, and what is wrong with those that cannot be walked.
    ///
    /// A file in `assets/tour`, where the program is started or lies, goes before the tour that is built in, unless it is wrong.
    pub fn read() -> (Self, Vec<RouteError>) {
        let (mut all, mut problems) = (Vec::new(), Vec::new());
        for (file, built_in) in [("two_minutes.ron", Route::two_minutes()), ("ten_minutes.ron", Route::ten_minutes())] {
            let route = match curators(file).map(|written| Route::read(file, &written)) {
                Some(Err(problem)) => {
                    problems.push(problem);
                    built_in
                }
                Some(route) => route,
                None => built_in,
            };
            match route {
                Ok(route) => all.push(route),
                Err(problem) => problems.push(problem),
            }
        }
        (Self { all, chosen: 0 }, problems)
    }
}

/// What a curator has put in place of a tour.
#[cfg(not(target_family = "wasm"))]
fn curators(file: &str) -> Option<String> {
    let beside = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.to_path_buf()));
    let folders = [Some(std::path::PathBuf::new()), beside];
    folders.into_iter().flatten().find_map(|folder| std::fs::read_to_string(folder.join("assets/tour").join(file)).ok())
}

/// A browser has no files.
#[cfg(target_family = "wasm")]
fn curators(_file: &str) -> Option<String> {
    None
}

impl RouteStop {
    /// What is said there, with ‹marks›.
    pub fn says(&self, texts: &Texts) -> String {
        self.text.clone().unwrap_or_else(|| texts.say(&self.caption))
    }
}

impl Route {
    /// The tour of two minutes.
    pub fn two_minutes() -> Result<Self, RouteError> {
        Self::read("two_minutes.ron", TWO_MINUTES)
    }

    /// The tour of ten minutes: inside the UNet, with a second run beside the first.
    pub fn ten_minutes() -> Result<Self, RouteError> {
        Self::read("ten_minutes.ron", TEN_MINUTES)
    }

    /// Reads what a curator has written.
    ///
    /// # Errors
    /// If it is no tour, or names a stop or a thing that there is not.
    pub fn read(file: &'static str, written: &str) -> Result<Self, RouteError> {
        let written: Written = ron::from_str(written).map_err(|why| RouteError::Unreadable { file, why: why.to_string() })?;
        let stop = |WrittenStop { stop, caption, text, lights, act }: WrittenStop| {
            if let Some(light) = lights.iter().find(|light| spotlight::colour(light).is_none()) {
                return Err(RouteError::UnknownLight { file, stop, light: light.clone() });
            }
            if caption.is_empty() && text.is_none() {
                return Err(RouteError::NoCaption { file, stop });
            }
            match stop.parse() {
                Ok(stop) => Ok(RouteStop { stop, caption, text, lights, act }),
                Err(_) => Err(RouteError::UnknownStop { file, stop }),
            }
        };
        let stops: Vec<RouteStop> = written.stops.into_iter().map(stop).collect::<Result<_, _>>()?;
        if stops.is_empty() { Err(RouteError::Empty { file }) } else { Ok(Self { name: written.name, stops }) }
    }

    /// The tour through the hall of this model: without the stops that it does not have, and without those that switch off a part
    /// that it does not have.
    pub fn through(mut self, shape: &ModelShape) -> Self {
        let all = Stop::all(shape);
        let can_do = |act: &Option<Act>| match act {
            Some(Act::WhatIf { change: Change::SwitchedOff(site), .. }) => shape.can_switch_off(*site),
            _ => true,
        };
        self.stops.retain(|route_stop| all.contains(&route_stop.stop) && can_do(&route_stop.act));
        self
    }

    /// The place after (or before) this one; off the tour the first (or last).
    pub fn neighbour(&self, place: Option<usize>, forward: bool) -> Option<usize> {
        let last = self.stops.len().checked_sub(1)?;
        Some(match (place, forward) {
            (Some(here), true) => (here + 1).min(last),
            (Some(here), false) => here.saturating_sub(1),
            (None, true) => 0,
            (None, false) => last,
        })
    }

    /// What B is at a place of the tour: what the last act there or before has made of it.
    pub fn acting(&self, place: usize) -> Option<WhatIf> {
        let until = (place + 1).min(self.stops.len());
        match self.stops[..until].iter().rev().find_map(|stop| stop.act.as_ref())? {
            Act::WhatIf { change, from_step } => Some(WhatIf { change: change.clone(), from_step: *from_step }),
            Act::Alone => None,
        }
    }
}

/// A caption in pieces, and whether a piece points at something: its words are written between ‹ and ›.
pub fn pointed(caption: &str) -> Vec<(String, bool)> {
    let mut pieces = Vec::new();
    let mut points = false;
    for piece in caption.split_inclusive(['‹', '›']) {
        let words = piece.trim_end_matches(['‹', '›']);
        if !words.is_empty() {
            pieces.push((words.to_string(), points));
        }
        points = piece.ends_with('‹');
    }
    pieces
}
