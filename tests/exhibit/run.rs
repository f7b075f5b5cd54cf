//! What the hall shows of a run, as its reports come in.

use bridge::{Array, Block, FeatureColours, Part, Report, RunId, RunStarted, SchedulerKind, Site, StepDenoised, TensorImage};
use exhibit::nodes::shown::Source;
use exhibit::state::Run;
use exhibit::tour::{Moment, Score};

use crate::models;
use crate::runs::{self, tensor};

fn first(image: &TensorImage) -> f32 {
    image.values().unwrap()[0]
}

fn started(steps: usize) -> Report {
    Report::RunStarted { run: RunId(0), started: RunStarted { prompt_embeds: tensor(-1.0), ..runs::started(steps) } }
}

/// Step `index` leaves a latent of `index + 1`.
fn step(index: usize) -> Report {
    let value = index as f32;
    let step = StepDenoised {
        noise_pred_difference: tensor(0.25),
        noise_pred_uncond: tensor(value),
        noise_pred_text: tensor(value + 0.25),
        noise_pred: tensor(value + 0.5),
        pred_original_sample: tensor(value),
        latent: tensor(value + 1.0),
        ..runs::step(index)
    };
    Report::StepDenoised { run: RunId(0), step }
}

fn run_of(steps: usize, done: usize) -> (Run, Score) {
    let mut run = Run::default();
    run.take(started(steps));
    for index in 0..done {
        for block in models::built_in().blocks {
            let site = Site::Unet(block.block, Part::Output);
            run.take(Report::FeaturesObserved { run: RunId(0), step: index, site, features: tensor(10.0 * index as f32) });
        }
        run.take(step(index));
    }
    (run, Score::new(&models::built_in(), steps))
}

#[test]
fn what_has_not_been_reported_stays_dark() {
    let run = Run::default();
    let score = Score::new(&models::built_in(), 0);
    for source in [Source::Noise, Source::LatentIn, Source::NoisePred, Source::Picture, Source::Block(Block::Mid)] {
        for moment in [Moment::Prologue(1.0), Moment::Lap { step: 3, phase: 0.99 }, Moment::Epilogue(1.0)] {
            assert!(source.shown(&run, &score, moment).is_none(), "{source:?} at {moment:?}");
            assert!(source.carried(&run, &score, moment).is_none(), "{source:?} at {moment:?}");
        }
    }
}

#[test]
fn news_of_another_run_is_dropped() {
    let (mut run, _) = run_of(3, 1);
    run.take(Report::PictureDecoded { run: RunId(7), picture: tensor(0.0), numbers: Array::default(), seconds: 1.0 });
    run.take(Report::Failed { run: Some(RunId(7)), message: "another".into() });
    assert!(run.picture.is_none() && run.failure.is_none());
}

#[test]
fn a_plane_changes_from_step_to_step_by_a_fade() {
    let (run, score) = run_of(5, 5);
    let at = |phase: f32| Source::LatentAfter.shown(&run, &score, Moment::Lap { step: 3, phase }).unwrap();
    let before = at(0.1);
    assert_eq!((first(&before.to), before.step), (3.0, 2));
    let between = at(0.88);
    assert_eq!((first(&between.from), first(&between.to)), (3.0, 4.0));
    assert!((0.4..0.6).contains(&between.mix));
    assert_eq!(at(0.999).mix, 1.0);
}

#[test]
fn in_the_first_lap_a_plane_lights_up_when_its_turn_comes() {
    let (run, score) = run_of(5, 1);
    let shown = |phase: f32| Source::Block(Block::Mid).shown(&run, &score, Moment::Lap { step: 0, phase });
    assert!(shown(0.1).is_none());
    assert!((0.0..1.0).contains(&shown(0.35).unwrap().light));
    assert_eq!(shown(0.6).unwrap().light, 1.0);
}

#[test]
fn the_latent_that_enters_is_the_noise_and_then_what_the_step_before_left() {
    let (run, score) = run_of(5, 5);
    let carried = |step: usize| first(&Source::LatentIn.carried(&run, &score, Moment::Lap { step, phase: 0.06 }).unwrap().to);
    assert_eq!([carried(0), carried(1), carried(4)], [0.0, 1.0, 4.0]);
}

#[test]
fn latents_of_euler_are_shown_in_the_range_they_spread_over() {
    let range = |scheduler: Option<SchedulerKind>, source: Source, step: usize| {
        let mut run = Run::default();
        let mut started = RunStarted { sigmas: vec![14.0, 3.0, 1.0, 0.0], ..runs::started(3) };
        started.generation.scheduler = scheduler;
        run.take(Report::RunStarted { run: RunId(0), started });
        source.look(&tensor(0.0), &run, step).range
    };
    for source in [Source::Noise, Source::NoiseChannel(1), Source::LatentIn, Source::LatentAfter] {
        assert_eq!(range(Some(SchedulerKind::Ddim), source, 1), 3.0);
    }
    let euler = Some(SchedulerKind::Euler);
    assert_eq!(range(euler, Source::Noise, 0), 3.0 * 197f32.sqrt());
    assert_eq!(range(euler, Source::LatentIn, 1), 3.0 * 10f32.sqrt());
    assert_eq!(range(euler, Source::LatentAfter, 2), 3.0);
    let of_another_step = Source::StepLatent(7);
    assert_eq!(range(euler, of_another_step, 0), 3.0 * 10f32.sqrt(), "a run of another length has its own step");
    assert_eq!(range(euler, Source::NoisePred, 0), 3.0);
}

#[test]
fn the_difference_is_what_the_prompt_changes() {
    let (run, score) = run_of(2, 2);
    let shown = Source::NoisePredDifference.shown(&run, &score, Moment::Lap { step: 1, phase: 0.99 }).unwrap();
    assert_eq!(first(&shown.to), 0.25);
}

#[test]
fn a_run_plays_as_far_as_it_is_computed() {
    let shape = models::built_in();
    let (mut run, score) = run_of(4, 2);
    assert_eq!(run.computed_until(&score, &shape), score.computed_until(2, 0));
    let site = Site::Unet(Block::Down(0), Part::Output);
    run.take(Report::FeaturesObserved { run: RunId(0), step: 2, site, features: tensor(1.0) });
    assert_eq!(run.computed_until(&score, &shape), score.computed_until(2, 1));
    let (mut run, score) = run_of(4, 4);
    assert!(run.computed_until(&score, &shape) < score.end());
    run.take(Report::PictureDecoded { run: RunId(0), picture: tensor(0.0), numbers: Array::default(), seconds: 1.0 });
    assert_eq!(run.computed_until(&score, &shape), score.end());
}

#[test]
fn leaves_of_a_block_go_round() {
    use exhibit::nodes::leaf::Leaf;
    let turned = |notches: i32| Leaf::Channels.turned(notches, 3);
    assert_eq!([1, 2, 3, 4].map(turned), [Leaf::Colours, Leaf::Channel(0), Leaf::Channel(1), Leaf::Channel(2)]);
    assert_eq!(turned(5), Leaf::Channels);
    assert_eq!(turned(-1), Leaf::Channel(2));
    assert_eq!(Leaf::Channel(2).turned(-2, 3), Leaf::Channel(0));
}

#[test]
fn a_blocks_colours_wait_for_the_whole_step() {
    let (mut run, score) = run_of(3, 2);
    let (block, site) = (Block::Down(0), Site::Unet(Block::Down(0), Part::Output));
    let colours = |step: usize| {
        let colours = TensorImage::from_values([3, 2, 2], vec![0.1 * step as f32; 12]);
        let colours = FeatureColours { colours, shares: [0.5, 0.2, 0.1], channels: 4 };
        Report::FeaturesInColour { run: RunId(0), step, site, colours }
    };
    run.take(colours(1));
    run.take(colours(2));
    let source = Source::BlockColours(block);
    let at = |step: usize| source.shown(&run, &score, Moment::Lap { step, phase: 0.99 });
    assert!(at(0).is_none(), "what was not reported stays dark");
    let lit = at(1).map(|shown| (first(&shown.from), first(&shown.to), shown.light, shown.step));
    assert_eq!(lit, Some((0.1, 0.1, 1.0, 1)), "with nothing to fade from they light up by themselves");
    assert_eq!(at(2).map(|shown| (first(&shown.from), first(&shown.to), shown.step)), Some((0.1, 0.2, 2)));
    assert_eq!(run.colours(2, site).map(|colours| colours.shares), Some([0.5, 0.2, 0.1]));
}
