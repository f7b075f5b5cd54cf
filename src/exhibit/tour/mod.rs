//! The tour: what the guide calls out, and the time that the hall plays to.

pub mod route;
pub mod score;
pub mod time;

use bevy::log::error;
use bevy::prelude::*;
use bridge::{Generation, RunId};

pub use self::route::{Route, Routes};
pub use self::score::{Moment, Score};
pub use self::time::TourTime;
use crate::HallSystems;
use crate::input::Intent;
use crate::nodes::Hall;
use crate::panels::Panels;
use crate::settings::HallSettings;
use crate::state::{Lanes, PaintBeside};
use crate::stop::Stop;

pub(crate) fn plugin(app: &mut App) {
    let (routes, problems) = Routes::read();
    for problem in problems {
        error!("{problem}");
    }
    app.init_resource::<TourTime>()
        .init_resource::<Guide>()
        .init_resource::<Route>()
        .insert_resource(routes)
        .add_systems(Update, (take_route, open_the_doors, lead).chain().in_set(HallSystems::Tour).in_set(GuideSystems))
        .add_systems(Update, (act.after(GuideSystems), keep_time).in_set(HallSystems::Tour));
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
    /// Which of the tour's visits to that stop it is, if the tour goes there.
    place: usize,
    /// Where the visitor was before looking at the map of the hall.
    before_map: Option<(Stop, usize)>,
    /// The station or gate that the visitor looks at, also when he has walked up to it: what he turns is turned there.
    pub faced: Option<Stop>,
}

impl Guide {
    /// Calls a stop: the camera sets out for it.
    pub fn call(&mut self, stop: Stop) {
        *self = Self { at: self.at, called: Some(stop), last: Some(stop), place: 0, before_map: None, faced: self.faced };
    }

    /// The place on the tour where the visitor is or is going.
    pub fn on_tour(&self, route: &Route) -> Option<usize> {
        self.place_of(self.at?, route)
    }

    fn place_of(&self, stop: Stop, route: &Route) -> Option<usize> {
        let is_it = |place: &usize| route.stops.get(*place).is_some_and(|other| other.stop == stop);
        Some(self.place).filter(is_it).or_else(|| route.stops.iter().position(|other| other.stop == stop))
    }

    /// The stop that has been called and not yet been set out for.
    pub(crate) fn called_out(&mut self) -> Option<Stop> {
        self.called.take()
    }
}

/// Takes the chosen tour through the hall that stands.
fn take_route(routes: Res<Routes>, hall: Option<Res<Hall>>, mut route: ResMut<Route>) {
    let Some(hall) = hall.filter(|hall| hall.is_changed() || routes.is_changed()) else { return };
    *route = routes.all.get(routes.chosen).cloned().unwrap_or_default().through(&hall.shape);
}

/// A visitor begins where a link leads, or with the view over the hall.
fn open_the_doors(hall: Option<Res<Hall>>, settings: Res<HallSettings>, mut guide: ResMut<Guide>) {
    if let Some(hall) = hall.filter(|hall| hall.is_changed()) {
        // A link may name a block that this model lacks.
        let stop = settings.stop.filter(|stop| Stop::all(&hall.shape).contains(stop));
        guide.call(stop.unwrap_or(Stop::Hall));
    }
}

fn lead(
    mut intents: MessageReader<Intent>,
    (hall, panels): (Option<Res<Hall>>, Res<Panels>),
    route: Res<Route>,
    mut routes: ResMut<Routes>,
    mut guide: ResMut<Guide>,
) {
    if hall.is_none() {
        return;
    }
    for intent in intents.read() {
        let forward = match intent {
            // Where all is in view one turns to another tour.
            Intent::Dial(notches) if guide.faced == Some(Stop::Hall) && !panels.in_hand() => {
                routes.turn(*notches);
                continue;
            }
            // There they turn its pages.
            Intent::NextStop | Intent::PreviousStop if panels.words => continue,
            Intent::NextStop => true,
            Intent::PreviousStop => false,
            // The map of the hall is the view over it; from there it leads back.
            Intent::Map => {
                let back = guide.before_map.take().filter(|_| guide.at == Some(Stop::Hall));
                let from = guide.at.map(|stop| (stop, guide.place));
                guide.call(back.map_or(Stop::Hall, |(stop, _)| stop));
                guide.place = back.map_or(0, |(_, place)| place);
                guide.before_map = if back.is_some() { None } else { from };
                continue;
            }
            _ => continue,
        };
        if guide.at.is_none() && guide.called.is_none() && guide.last.is_some() {
            // Who has walked away comes back to where the tour was left.
            guide.called = guide.last;
            continue;
        }
        let here = guide.last.and_then(|stop| guide.place_of(stop, &route));
        if let Some(place) = route.neighbour(here, forward) {
            guide.call(route.stops[place].stop);
            guide.place = place;
        }
    }
}

/// Shows a second run where the tour does, and takes it away again. What visitors put beside the first run themselves stays.
fn act(
    route: Res<Route>,
    guide: Res<Guide>,
    lanes: Lanes,
    mut wishes: MessageWriter<PaintBeside>,
    mut done: Local<Option<(RunId, usize)>>,
    mut own: Local<Option<Generation>>,
) {
    if route.is_changed() {
        *done = None;
    }
    if guide.called.is_some() {
        return;
    }
    let run = lanes.a();
    let (Some(place), Some(started)) = (guide.on_tour(&route), &run.started) else { return };
    if *done == Some((run.id, place)) {
        return;
    }
    *done = Some((run.id, place));
    let beside = lanes.pair().map(|pair| &pair.generation);
    match route.acting(place) {
        Some(mut what_if) => {
            // A shorter run begins to differ at its last step.
            what_if.from_step = what_if.from_step.min(run.step_count().saturating_sub(1));
            let wanted = what_if.applied_to(&started.generation);
            if beside != Some(&wanted) {
                wishes.write(PaintBeside(Some(wanted.clone())));
            }
            *own = Some(wanted);
        }
        None if own.is_some() && beside == own.as_ref() => {
            *own = None;
            wishes.write(PaintBeside(None));
        }
        None => {}
    }
}

fn keep_time(
    mut intents: MessageReader<Intent>,
    hall: Option<Res<Hall>>,
    lanes: Lanes,
    clock: Res<Time>,
    panels: Res<Panels>,
    mut time: ResMut<TourTime>,
) {
    let Some(hall) = hall else { return };
    let score = hall.score(lanes.a());
    let until = lanes.computed_until(&score, &hall.shape);
    for intent in intents.read() {
        match intent {
            Intent::PlayPause => time.toggle(&score),
            // There they turn the row in hand.
            Intent::StepForward | Intent::StepBack if panels.in_hand() => {}
            Intent::StepForward => time.step_forward(&score, until),
            Intent::StepBack => time.step_back(&score),
            Intent::Speed => time.next_speed(),
            _ => {}
        }
    }
    time.pass(clock.delta_secs(), until);
}
