//! A route: the stops of a guided tour with their captions, read from `assets/tour`.

use std::fmt;

use bevy::prelude::*;
use bridge::ModelShape;
use serde::Deserialize;

use crate::stop::Stop;

const TWO_MINUTES: &str = include_str!("../../../assets/tour/two_minutes.ron");

/// What a curator writes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    stops: Vec<WrittenStop>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenStop {
    /// The name of a stop.
    stop: String,
    /// The name of the sentence in `assets/text`.
    caption: String,
}

/// The stops of a tour in their order.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Route {
    pub stops: Vec<RouteStop>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct RouteStop {
    pub stop: Stop,
    /// The name of the sentence in `assets/text`.
    pub caption: String,
}

/// The tour file cannot be used.
#[derive(Clone, Debug, PartialEq)]
pub enum RouteError {
    Unreadable { why: String },
    UnknownStop { stop: String },
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Unreadable { why } => write!(f, "assets/tour/two_minutes.ron cannot be read: {why}"),
            Self::UnknownStop { stop } => {
                write!(f, "assets/tour/two_minutes.ron goes to “{stop}”, which is no stop: an example of one is unet.mid")
            }
        }
    }
}

impl std::error::Error for RouteError {}

impl Route {
    /// The tour of two minutes.
    pub fn two_minutes() -> Result<Self, RouteError> {
        let written: Written = ron::from_str(TWO_MINUTES).map_err(|why| RouteError::Unreadable { why: why.to_string() })?;
        let stop = |written: WrittenStop| {
            let stop = written.stop.parse().map_err(|_| RouteError::UnknownStop { stop: written.stop })?;
            Ok(RouteStop { stop, caption: written.caption })
        };
        Ok(Self { stops: written.stops.into_iter().map(stop).collect::<Result<_, _>>()? })
    }

    /// The tour through the hall of this model: without the stops that it does not have.
    pub fn through(mut self, shape: &ModelShape) -> Self {
        let all = Stop::all(shape);
        self.stops.retain(|route_stop| all.contains(&route_stop.stop));
        self
    }

    /// The caption of a stop: the tour's, or for a stop off the tour the one of its kind.
    pub fn caption(&self, stop: Stop) -> String {
        let on_tour = self.stops.iter().find(|route_stop| route_stop.stop == stop);
        on_tour.map_or_else(|| format!("caption-{}", stop.kind()), |route_stop| route_stop.caption.clone())
    }

    /// The stop after (or before) this one; off the tour the first (or last).
    pub fn neighbour(&self, stop: Option<Stop>, forward: bool) -> Option<Stop> {
        let here = stop.and_then(|stop| self.stops.iter().position(|other| other.stop == stop));
        let last = self.stops.len().checked_sub(1)?;
        let place = match (here, forward) {
            (Some(here), true) => (here + 1).min(last),
            (Some(here), false) => here.saturating_sub(1),
            (None, true) => 0,
            (None, false) => last,
        };
        Some(self.stops[place].stop)
    }
}
