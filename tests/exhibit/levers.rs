//! What is turned at a station.

use bridge::{Generation, SchedulerKind};
use exhibit::Stop;
use exhibit::change::Change;
use exhibit::lever::{MOST_GUIDANCE, at_station, turned};

#[test]
fn a_seed_goes_up_and_down_and_not_below_zero() {
    assert_eq!(turned(&Change::Seed(7), 3), Change::Seed(10));
    assert_eq!(turned(&Change::Seed(2), -5), Change::Seed(0));
}

#[test]
fn guidance_is_turned_by_halves_within_its_slot() {
    assert_eq!(turned(&Change::Guidance(3.0), -3), Change::Guidance(1.5));
    assert_eq!(turned(&Change::Guidance(0.5), -3), Change::Guidance(0.0));
    assert_eq!(turned(&Change::Guidance(19.0), 9), Change::Guidance(MOST_GUIDANCE));
}

#[test]
fn schedulers_go_round() {
    let mut seen = Vec::new();
    let mut at = Change::Scheduler(SchedulerKind::ALL[0]);
    for _ in SchedulerKind::ALL {
        seen.push(at.clone());
        at = turned(&at, 1);
    }
    assert_eq!(at, seen[0]);
    assert_eq!(seen, SchedulerKind::ALL.map(Change::Scheduler));
    assert_eq!(turned(&seen[0], -1), *seen.last().unwrap());
}

#[test]
fn a_lever_stands_where_the_run_was_asked_to() {
    let generation =
        Generation { seed: 4, guidance_scale: Some(6.5), scheduler: Some(SchedulerKind::Euler), ..Generation::of("a boat") };
    assert_eq!(at_station(Stop::Noise, &generation), Some(Change::Seed(4)));
    assert_eq!(at_station(Stop::Guidance, &generation), Some(Change::Guidance(6.5)));
    assert_eq!(at_station(Stop::Scheduler, &generation), Some(Change::Scheduler(SchedulerKind::Euler)));
    assert_eq!(at_station(Stop::Tokens, &generation), None);
}
