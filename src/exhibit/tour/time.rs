//! Tour time: the time that the animation of the hall follows. It can be paused, stepped and scrubbed.

use bevy::prelude::*;

use super::score::{LAP_MICROS, Moment, Score};
use crate::stop::Stop;

/// Whole microseconds, so that going back undoes going forward exactly.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct TourTime {
    pub micros: i64,
    pub playing: bool,
    /// Tour seconds per second.
    pub speed: f32,
}

/// The speeds on offer. At the highest a lap takes 0.75 s: below three changes a second.
pub const SPEEDS: [f32; 5] = [0.25, 0.5, 1.0, 2.0, 4.0];

impl Default for TourTime {
    fn default() -> Self {
        Self { micros: 0, playing: true, speed: 1.0 }
    }
}

impl TourTime {
    /// Lets time pass, up to what has been computed.
    ///
    /// `until`: the tour time up to which there is something to show, in microseconds.
    pub fn pass(&mut self, seconds: f32, until: i64) {
        if self.playing && self.micros < until {
            let passed = (f64::from(seconds) * f64::from(self.speed) * 1e6).round() as i64;
            self.micros = (self.micros + passed).min(until);
        }
    }

    /// Starts or stops the clock; at the end it starts again from the beginning.
    pub fn toggle(&mut self, score: &Score) {
        self.playing = !self.playing || self.micros >= score.end();
        if self.playing && self.micros >= score.end() {
            self.micros = 0;
        }
    }

    /// One whole step on, at once; the clock stands still afterwards. Nothing happens where the step is not computed yet.
    pub fn step_forward(&mut self, score: &Score, until: i64) {
        let goal = match score.moment(self.micros) {
            Moment::Prologue(_) => score.at(Stop::Scheduler, 0),
            Moment::Lap { step, .. } if step + 1 < score.steps => self.micros + LAP_MICROS,
            _ => score.end(),
        };
        if goal <= until {
            self.micros = goal;
        }
        self.playing = false;
    }

    /// One whole step back, at once; the clock stands still afterwards.
    pub fn step_back(&mut self, score: &Score) {
        self.micros = match score.moment(self.micros) {
            Moment::Lap { step, .. } if step > 0 => self.micros - LAP_MICROS,
            Moment::Epilogue(_) if score.steps > 0 => score.at(Stop::Scheduler, score.steps - 1),
            _ => 0,
        };
        self.playing = false;
    }

    /// Goes to any time that has been computed.
    pub fn scrub(&mut self, micros: i64, until: i64) {
        self.micros = micros.clamp(0, until.max(0));
    }

    /// The next speed on offer.
    pub fn next_speed(&mut self) {
        let place = SPEEDS.iter().position(|&speed| speed > self.speed).unwrap_or(0);
        self.speed = SPEEDS[place];
    }
}
