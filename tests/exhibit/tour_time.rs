//! Time in the hall: it can be stopped, stepped and scrubbed.

use bridge::Block;
use exhibit::Stop;
use exhibit::tour::score::{LAP_MICROS, PROLOGUE_MICROS};
use exhibit::tour::{Moment, Score, TourTime};

use crate::models;

fn score() -> Score {
    Score::new(&models::built_in(), 20)
}

#[test]
fn a_paused_hall_stands_still() {
    let mut time = TourTime { micros: 12_345_678, playing: false, speed: 4.0 };
    time.pass(10.0, score().end());
    assert_eq!(time.micros, 12_345_678);
}

#[test]
fn time_waits_for_what_is_not_computed_yet() {
    let score = score();
    let until = score.computed_until(3, 0);
    let mut time = TourTime::default();
    time.pass(1000.0, until);
    assert_eq!(score.moment(time.micros), Moment::Lap { step: 3, phase: 0.0 });
    assert!(score.computed_until(3, 2) > until && score.computed_until(3, 2) < score.computed_until(4, 0));
}

#[test]
fn speed_is_tour_seconds_a_second() {
    let mut time = TourTime { speed: 2.0, ..TourTime::default() };
    time.pass(1.5, i64::MAX);
    assert_eq!(time.micros, 3_000_000);
}

#[test]
fn a_step_back_undoes_a_step_forward_exactly() {
    let score = score();
    for micros in [PROLOGUE_MICROS, PROLOGUE_MICROS + 1, PROLOGUE_MICROS + 7 * LAP_MICROS + 1_234_567] {
        let mut time = TourTime { micros, ..TourTime::default() };
        time.step_forward(&score, score.end());
        assert_eq!(time.micros, micros + LAP_MICROS);
        time.step_back(&score);
        assert_eq!(time.micros, micros);
        assert!(!time.playing);
    }
}

#[test]
fn stepping_goes_from_the_first_step_to_the_picture_and_back() {
    let score = score();
    let mut time = TourTime::default();
    for step in 0..20 {
        time.step_forward(&score, score.end());
        assert!(matches!(score.moment(time.micros), Moment::Lap { step: at, .. } if at == step));
    }
    time.step_forward(&score, score.end());
    assert_eq!(time.micros, score.end());
    for step in (0..20).rev() {
        time.step_back(&score);
        assert!(matches!(score.moment(time.micros), Moment::Lap { step: at, .. } if at == step));
    }
    time.step_back(&score);
    assert_eq!(time.micros, 0);
}

#[test]
fn a_step_that_is_not_computed_is_not_taken() {
    let score = score();
    let mut time = TourTime { micros: score.at(Stop::Scheduler, 4), ..TourTime::default() };
    let before = time.micros;
    time.step_forward(&score, score.computed_until(5, 0));
    assert_eq!(time.micros, before);
}

#[test]
fn scrubbing_reaches_any_computed_time_and_no_other() {
    let mut time = TourTime::default();
    time.scrub(5_000_000, 9_000_000);
    assert_eq!(time.micros, 5_000_000);
    time.scrub(50_000_000, 9_000_000);
    assert_eq!(time.micros, 9_000_000);
    time.scrub(-3, 9_000_000);
    assert_eq!(time.micros, 0);
}

#[test]
fn play_at_the_end_begins_again() {
    let score = score();
    let mut time = TourTime { micros: score.end(), playing: true, speed: 1.0 };
    time.toggle(&score);
    assert_eq!((time.micros, time.playing), (0, true));
    time.toggle(&score);
    assert!(!time.playing);
}

#[test]
fn stops_of_the_loop_have_their_turn_in_the_order_of_computation() {
    let score = score();
    let order = [
        Stop::Block(Block::Down(0)),
        Stop::Block(Block::Down(2)),
        Stop::Block(Block::Mid),
        Stop::Block(Block::Up(2)),
        Stop::Guidance,
        Stop::Scheduler,
    ];
    let times = order.map(|stop| score.at(stop, 5));
    assert!(times.is_sorted());
    assert!(times.iter().all(|&micros| matches!(score.moment(micros), Moment::Lap { step: 5, .. })));
}

#[test]
fn pictures_are_taken_at_the_step_that_was_asked_for() {
    let score = score();
    for stop in Stop::all(&models::built_in()) {
        let moment = score.moment(score.pictured_at(stop, Some(8)));
        assert!(matches!(moment, Moment::Lap { step: 8, .. }), "{stop}: {moment:?}");
    }
    assert_eq!(score.pictured_at(Stop::Picture, None), score.end());
}
