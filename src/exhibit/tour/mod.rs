//! The tour: what the guide calls out, and the time that the hall plays to.

pub mod route;
pub mod score;
pub mod time;

use bevy::log::error;
use bevy::prelude::*;

pub use self::route::Route;
pub use self::score::{Moment, Score};
pub use self::time::TourTime;
use crate::HallSystems;
use crate::input::Intent;
use crate::nodes::Hall;
use crate::state::Run;
use crate::stop::Stop;

pub(crate) fn plugin(app: &mut App) {
    let route = Route::two_minutes().unwrap_or_else(|problem| {
        error!("{problem}");
        Route::default()
    });
    app.init_resource::<TourTime>()
        .init_resource::<Guide>()
        .insert_resource(route)
        .add_systems(Update, (open_the_doors, lead).chain().in_set(HallSystems::Tour).in_set(GuideSystems))
        .add_systems(Update, keep_time.in_set(HallSystems::Tour));
}

/// The guide has called out its stop.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GuideSystems;

/// Who leads the visitor from stop to stop.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Guide {
    /// The stop that the visitor is at or on the way to; none off the tour.
    pub at: Option<Stop>,
    called: Option<Stop>,
    /// Where the tour goes on after the visitor has walked away.
    last: Option<Stop>,
}

impl Guide {
    /// Calls a stop: the camera sets out for it.
    pub fn call(&mut self, stop: Stop) {
        (self.called, self.last) = (Some(stop), Some(stop));
    }

    /// The stop that has been called and not yet been set out for.
    pub(crate) fn called_out(&mut self) -> Option<Stop> {
        self.called.take()
    }
}

/// A visitor begins with the view over the hall.
fn open_the_doors(hall: Option<Res<Hall>>, mut guide: ResMut<Guide>) {
    if hall.is_some_and(|hall| hall.is_changed()) {
        guide.call(Stop::Hall);
    }
}

fn lead(mut intents: MessageReader<Intent>, hall: Option<Res<Hall>>, route: Res<Route>, mut guide: ResMut<Guide>) {
    let Some(hall) = hall else { return };
    for intent in intents.read() {
        let forward = match intent {
            Intent::NextStop => true,
            Intent::PreviousStop => false,
            _ => continue,
        };
        let route = route.clone().through(&hall.shape);
        let from = guide.last;
        // Who has walked away comes back to where the tour was left.
        let back = if guide.at.is_none() && guide.called.is_none() { from } else { None };
        if let Some(stop) = back.or_else(|| route.neighbour(from, forward)) {
            guide.call(stop);
        }
    }
}

fn keep_time(
    mut intents: MessageReader<Intent>,
    hall: Option<Res<Hall>>,
    run: Res<Run>,
    clock: Res<Time>,
    mut time: ResMut<TourTime>,
) {
    let Some(hall) = hall else { return };
    let score = hall.score(&run);
    let until = run.computed_until(&score, &hall.shape);
    for intent in intents.read() {
        match intent {
            Intent::PlayPause => time.toggle(&score),
            Intent::StepForward => time.step_forward(&score, until),
            Intent::StepBack => time.step_back(&score),
            _ => {}
        }
    }
    time.pass(clock.delta_secs(), until);
}
