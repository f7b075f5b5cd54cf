//! The map: what is compared, and what is reckoned of it.

use bridge::{Array, Report, RunId, RunStarted, StartNumbers, StepDenoised, StepNumbers};
use exhibit::nodes::map::course::{Compared, Course};
use exhibit::state::Run;
use exhibit::text::Texts;

use crate::runs;

const LATENT: Compared = Compared::Latent;
const IMAGINED: Compared = Compared::PredOriginalSample;
const PREDICTION: Compared = Compared::NoisePred;

/// Latent, x̂₀ and prediction of a step, of two numbers each.
type Step = [[f32; 2]; 3];

const A: [Step; 2] = [[[3.0, 4.0], [3.0, 0.0], [0.0, 2.0]], [[0.0, 2.0], [0.0, 4.0], [0.0, 1.0]]];
/// Beside A its latents part and meet again, x̂₀ parts in the second step, and the predictions begin as opposites.
const B: [Step; 2] = [[[3.0, 0.0], [3.0, 0.0], [0.0, -2.0]], [[0.0, 2.0], [4.0, 0.0], [0.0, 1.0]]];

fn array(values: [f32; 2]) -> Array {
    Array::new(vec![2, 1, 1], values.to_vec())
}

/// A run of so many steps that begins with a latent of 4, 0 and has made the first of them.
fn run(id: u64, steps: usize, made: &[Step]) -> Run {
    let mut run = Run::default();
    run.id = RunId(id);
    let numbers = StartNumbers { noise: array([4.0, 0.0]), ..StartNumbers::default() };
    let started = RunStarted { numbers, ..runs::started(steps) };
    run.take(Report::RunStarted { run: RunId(id), started });
    for (index, &[latent, pred_original_sample, noise_pred]) in made.iter().enumerate() {
        let numbers = StepNumbers {
            latent: array(latent),
            pred_original_sample: array(pred_original_sample),
            noise_pred: array(noise_pred),
            ..StepNumbers::default()
        };
        run.take(Report::StepDenoised { run: RunId(id), step: StepDenoised { numbers, ..runs::step(index) } });
    }
    run
}

fn alone(compared: Compared) -> Course {
    let mut course = Course::default();
    course.follow(compared, &run(1, 2, &A), None);
    course
}

fn both(compared: Compared) -> Course {
    let mut course = Course::default();
    course.follow(compared, &run(1, 2, &A), Some(&run(2, 2, &B)));
    course
}

/// Values with their places.
fn check(values: impl Iterator<Item = (usize, f32)>, expected: &[(usize, f32)]) {
    let values: Vec<(usize, f32)> = values.collect();
    let is_close = |(one, other): (&(usize, f32), &(usize, f32))| one.0 == other.0 && (one.1 - other.1).abs() < 1e-5;
    assert!(values.len() == expected.len() && values.iter().zip(expected).all(is_close), "{values:?} is not {expected:?}");
}

#[test]
fn turning_leads_through_the_tensors_and_round() {
    assert_eq!(Compared::default(), LATENT);
    assert_eq!([1, 2, 3, 4].map(|notches| LATENT.turned(notches)), [IMAGINED, PREDICTION, LATENT, IMAGINED]);
    assert_eq!([-1, -3, -4].map(|notches| LATENT.turned(notches)), [PREDICTION, LATENT, PREDICTION]);
    assert_eq!(Compared::ALL.map(|compared| compared.turned(i32::MAX - 1)), Compared::ALL, "a whole number of rounds");
}

#[test]
fn only_the_latent_is_there_before_the_first_step() {
    let run = run(1, 2, &A);
    assert_eq!(LATENT.at(&run, 0), Some(&array([4.0, 0.0])));
    assert_eq!([IMAGINED, PREDICTION].map(|compared| compared.at(&run, 0)), [None, None]);
    for (tensor, compared) in Compared::ALL.into_iter().enumerate() {
        assert_eq!(compared.at(&run, 1), Some(&array(A[0][tensor])));
        assert_eq!(compared.at(&run, 3), None, "what has not been made");
        assert!(compared.at(&run, compared.first_place()).is_some());
    }
    assert_eq!(LATENT.at(&Run::default(), 0), None);
}

#[test]
fn a_path_has_a_dot_for_every_tensor_that_has_been_reached() {
    let places =
        |compared: Compared, made: usize| both(compared).path(1, made).iter().map(|(place, _)| *place).collect::<Vec<_>>();
    assert_eq!([0, 1, 2].map(|made| places(LATENT, made)), [vec![0], vec![0, 1], vec![0, 1, 2]]);
    for compared in [IMAGINED, PREDICTION] {
        assert_eq!([0, 1, 2].map(|made| places(compared, made)), [vec![], vec![1], vec![1, 2]]);
    }
    assert!(alone(LATENT).path(1, 2).is_empty(), "there is no B");
}

#[test]
fn paths_keep_the_distances_of_their_tensors() {
    for (tensor, compared) in Compared::ALL.into_iter().enumerate() {
        let course = both(compared);
        let ends = [0, 1].map(|lane| course.path(lane, 1).last().map(|(_, point)| *point).unwrap());
        let [x, y] = [0, 1].map(|axis| A[0][tensor][axis] - B[0][tensor][axis]);
        let drawn = (ends[0][0] - ends[1][0]).hypot(ends[0][1] - ends[1][1]);
        assert!((drawn - x.hypot(y)).abs() < 1e-4, "{compared:?}: {drawn}");
    }
}

#[test]
fn a_latent_alone_is_measured_from_what_is_imagined_and_the_others_from_the_step_before() {
    check(alone(LATENT).away.until(2), &[(1, 4.0 / 3.0), (2, 0.5)]);
    check(alone(IMAGINED).away.until(2), &[(2, 5.0 / 3.0)]);
    check(alone(PREDICTION).away.until(2), &[(2, 0.5)]);
    check(alone(LATENT).away.until(0), &[]);
    check(alone(PREDICTION).away.until(1), &[]);
    check(alone(LATENT).distances.until(2), &[]);
}

#[test]
fn distances_and_cosines_are_those_of_the_tensor_on_show() {
    check(both(LATENT).distances.until(2), &[(0, 0.0), (1, 0.8), (2, 0.0)]);
    check(both(LATENT).cosines.until(2), &[(0, 1.0), (1, 0.6), (2, 1.0)]);
    check(both(IMAGINED).distances.until(2), &[(1, 0.0), (2, 2f32.sqrt())]);
    check(both(IMAGINED).cosines.until(2), &[(1, 1.0), (2, 0.0)]);
    check(both(PREDICTION).distances.until(2), &[(1, 2.0), (2, 0.0)]);
    check(both(PREDICTION).cosines.until(2), &[(1, -1.0), (2, 1.0)]);
    check(both(LATENT).distances.until(0), &[(0, 0.0)]);
    check(both(PREDICTION).distances.until(0), &[]);
}

#[test]
fn every_tensor_parts_at_its_own_step() {
    let parted = |compared: Compared| [0, 1, 2].map(|made| both(compared).parted(made));
    assert_eq!(parted(LATENT), [None, Some(1), None], "they meet again");
    assert_eq!(parted(IMAGINED), [None, None, Some(2)]);
    assert_eq!(parted(PREDICTION), [None, Some(PREDICTION.first_place()), None]);
}

#[test]
fn runs_of_different_lengths_are_compared_where_they_are_as_far_on() {
    let step = |number: u8| [[f32::from(number) + 5.0, 1.0], [f32::from(number), 0.0], [0.0, f32::from(number)]];
    let (a, b) = (run(1, 2, &[step(2), step(4)]), run(2, 4, &[1, 2, 3, 4].map(step)));
    for compared in Compared::ALL {
        let mut course = Course::default();
        course.follow(compared, &a, Some(&b));
        let expected = [(0, 0.0), (1, 0.0), (2, 0.0)];
        check(course.distances.until(2), &expected[compared.first_place()..]);
    }
}

#[test]
fn what_comes_step_by_step_is_as_what_comes_at_once() {
    for compared in Compared::ALL {
        let mut course = Course::default();
        for made in 0..=2 {
            course.follow(compared, &run(1, 2, &A[..made]), Some(&run(2, 2, &B[..made])));
        }
        check_same(&course, &both(compared));
    }
}

#[test]
fn another_tensor_or_another_run_is_reckoned_anew() {
    let mut course = Course::default();
    for compared in [PREDICTION, LATENT, IMAGINED, LATENT] {
        course.follow(compared, &run(1, 2, &A), Some(&run(2, 2, &B)));
        check_same(&course, &both(compared));
    }
    course.follow(LATENT, &run(1, 2, &A), None);
    check_same(&course, &alone(LATENT));
}

fn check_same(one: &Course, other: &Course) {
    assert_eq!((&one.away, &one.distances, &one.cosines), (&other.away, &other.distances, &other.cosines));
    for lane in [0, 1] {
        let (one, other) = (one.path(lane, 2), other.path(lane, 2));
        // Sums are taken in another order.
        let is_close = |(one, other): (&(usize, [f32; 2]), &(usize, [f32; 2]))| {
            one.0 == other.0 && one.1.iter().zip(other.1).all(|(one, other)| (one - other).abs() < 1e-4)
        };
        assert!(one.len() == other.len() && one.iter().zip(&other).all(is_close), "{one:?} is not {other:?}");
    }
}

#[test]
fn titles_and_sentences_name_the_tensor_on_show() {
    let texts = Texts::english();
    let values = ["step", "before", "percent", "value"].map(|name| (name, "5".to_string()));
    let say = |key: &str, compared: Compared| {
        texts.say_with(key, &[&values[..], &[("tensor", compared.name().to_string())][..]].concat())
    };
    let titles = ["map-tensor", "map-note", "map-distance", "map-cosine", "map-away"];
    let sentences = ["map-parted", "map-never-together", "map-together", "map-away-now"];
    for key in titles.into_iter().chain(sentences) {
        for (compared, name) in [(LATENT, "latent"), (IMAGINED, "x̂₀"), (PREDICTION, "prediction")] {
            let said = say(key, compared);
            assert!(said.contains(name) && !said.contains(['{', '$']), "{key}: {said}");
        }
    }
    assert!(say("map-never-together", LATENT).contains("from the noise on their latents differ"));
    assert!(say("map-away-to-come", IMAGINED).contains("second step"));
    assert!(texts.knows("turn-compared"));
}
