//! Numbers beside things: arrows, histogram, dial, and the lines with formulas.

use std::f32::consts::TAU;

use bevy::math::Vec2;
use bridge::{
    Array, Block, Generation, Report, RunId, RunStarted, SchedulerKind, StartNumbers, StepDenoised, StepNumbers, TensorImage,
    Token, Tokens,
};
use exhibit::Stop;
use exhibit::analysis::norm;
use exhibit::nodes::arrows::{LEAST_SEEN, Predictions, scale};
use exhibit::nodes::histogram::{BINS, Histogram, REACH, normal_density};
use exhibit::nodes::label::{Line, format_number};
use exhibit::nodes::noise::dial_radians;
use exhibit::state::Run;
use exhibit::text::Texts;
use exhibit::tour::Moment;

use crate::models;
use crate::runs;

/// Numbers between −1 and 1 that look random and are always the same.
fn vector(seed: u32, length: usize) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1u32 << 23) as f32 - 1.0
    };
    (0..length).map(|_| next()).collect()
}

fn guided(uncond: &[f32], text: &[f32], scale: f32) -> Vec<f32> {
    uncond.iter().zip(text).map(|(uncond, text)| uncond + scale * (text - uncond)).collect()
}

fn minus(one: &[f32], other: &[f32]) -> Vec<f32> {
    one.iter().zip(other).map(|(one, other)| one - other).collect()
}

/// The angle between two vectors of any length, in degrees.
fn angle(one: &[f32], other: &[f32]) -> f32 {
    let dot: f32 = one.iter().zip(other).map(|(one, other)| one * other).sum();
    (dot / norm(one) / norm(other)).clamp(-1.0, 1.0).acos().to_degrees()
}

fn check_near(one: f32, other: f32) {
    assert!((one - other).abs() <= 1e-3 * other.abs().max(1.0), "{one} is not {other}");
}

#[test]
fn arrows_have_the_lengths_and_angles_of_the_vectors() {
    for seed in 0..20 {
        let (uncond, change) = (vector(seed, 1024), vector(seed + 100, 1024));
        let text: Vec<f32> = uncond.iter().zip(&change).map(|(value, change)| value + 0.2 * change).collect();
        let guided = guided(&uncond, &text, 7.5);
        let plane = Predictions::of(&uncond, &text, &guided);
        for (arrow, vector) in [(plane.uncond, &uncond), (plane.text, &text), (plane.guided, &guided)] {
            check_near(arrow.length(), norm(vector));
        }
        check_near(plane.difference().length(), norm(&minus(&text, &uncond)));
        check_near((plane.guided - plane.text).length(), norm(&minus(&guided, &text)));
        check_near(plane.angle_degrees(), angle(&uncond, &text));
        check_near(plane.uncond.angle_to(plane.guided).to_degrees(), angle(&uncond, &guided));
        assert!(plane.uncond.y.abs() < 1e-3 && plane.text.y >= 0.0);
    }
}

#[test]
fn without_guidance_the_three_arrows_are_one() {
    let vector = vector(3, 1024);
    let plane = Predictions::of(&vector, &vector, &vector);
    assert_eq!(plane.difference(), Vec2::ZERO);
    assert_eq!((plane.guided, plane.angle_degrees()), (plane.uncond, 0.0));
    assert_eq!(plane.magnification(1.0, Vec2::ONE), None);
    let nothing = Predictions::of(&[0.0; 4], &[0.0; 4], &[0.0; 4]);
    assert_eq!((nothing.uncond, nothing.text, nothing.guided), (Vec2::ZERO, Vec2::ZERO, Vec2::ZERO));
}

#[test]
fn all_arrows_fit_into_the_drawing_at_one_scale() {
    let size = Vec2::new(3.0, 1.5);
    let of = |uncond: Vec2, text: Vec2| Predictions { uncond, text, guided: uncond + 5.0 * (text - uncond) };
    let all = [of(Vec2::new(32.0, 0.0), Vec2::new(31.0, 4.0)), of(Vec2::new(20.0, 0.0), Vec2::new(12.0, 1.0))];
    let scale = scale(&all, size);
    for predictions in all {
        let points = [Vec2::ZERO, predictions.uncond, predictions.text, predictions.guided];
        let span = points.into_iter().reduce(Vec2::max).unwrap() - points.into_iter().reduce(Vec2::min).unwrap();
        assert!((span * scale).cmple(size + 1e-4).all());
    }
}

#[test]
fn a_difference_too_small_to_be_seen_is_magnified_by_a_round_factor() {
    let uncond = Vec2::new(32.0, 0.0);
    let text = Vec2::new(32.01, 0.02);
    let predictions = Predictions { uncond, text, guided: uncond + 3.0 * (text - uncond) };
    let (drawing, inset) = (Vec2::new(3.0, 1.5), Vec2::splat(1.0));
    let scale = scale(&[predictions], drawing);
    assert!(predictions.difference().length() * scale < LEAST_SEEN * drawing.x);
    let factor = predictions.magnification(scale, inset).unwrap();
    let extent = (predictions.guided - uncond) * scale * factor;
    assert!(extent.max_element() <= 1.0 && extent.max_element() > 0.35, "{extent}");
    assert!(["1", "2", "5"].contains(&factor.to_string().trim_end_matches('0')), "{factor}");
}

#[test]
fn a_histogram_counts_every_value_in_standard_deviations() {
    let histogram = Histogram::of(&[-2.0, 2.0, -2.0, 2.0]);
    assert_eq!((histogram.mean, histogram.deviation, histogram.total), (0.0, 2.0, 4));
    // A standard deviation from zero.
    let bin = |deviations: f32| ((deviations + REACH) / (2.0 * REACH) * BINS as f32) as usize;
    assert_eq!((histogram.counts[bin(-1.0)], histogram.counts[bin(1.0)]), (2, 2));
    assert_eq!(histogram.counts.iter().sum::<usize>(), 4);
    let constant = Histogram::of(&[0.0; 5]);
    assert_eq!((constant.deviation, constant.counts[BINS / 2]), (0.0, 5));
    assert_eq!(Histogram::of(&[]).total, 0);
}

#[test]
fn what_lies_beyond_four_standard_deviations_has_no_bar() {
    let mut values = [0.01, -0.01].repeat(500);
    values.push(100.0);
    let histogram = Histogram::of(&values);
    assert_eq!((histogram.total, histogram.counts.iter().sum::<usize>()), (1001, 1000));
}

#[test]
fn bars_of_normal_noise_follow_the_density() {
    // Sums of twelve uniform numbers are nearly normal.
    let uniform = vector(7, 12 * 100_000);
    let values: Vec<f32> = uniform.chunks(12).map(|chunk| chunk.iter().sum::<f32>() * 0.5).collect();
    let histogram = Histogram::of(&values);
    for bin in 0..BINS {
        let middle = (bin as f32 + 0.5) / BINS as f32 * 2.0 * REACH - REACH;
        let (found, expected) = (histogram.density(bin), normal_density(middle));
        assert!((found - expected).abs() < 0.03, "{middle}: {found} instead of {expected}");
    }
    check_near(normal_density(0.0), 1.0 / TAU.sqrt());
}

#[test]
fn a_seed_turns_the_dial_by_fifteen_degrees() {
    let degrees = |seed: u64| dial_radians(seed).to_degrees();
    check_near(degrees(0), 0.0);
    check_near(degrees(1), 15.0);
    check_near(degrees(23), 345.0);
    check_near(degrees(25), 15.0);
    assert!((0.0..360.0).contains(&degrees(u64::MAX)));
}

#[test]
fn numbers_are_written_with_two_decimals_at_most() {
    let written = [1.0, 0.128, -2.5, -0.001, f32::INFINITY].map(format_number);
    assert_eq!(written, ["1", "0.13", "-2.5", "0", "∞"]);
}

fn latent(value: f32) -> Array {
    Array::new(vec![4, 2, 2], vec![value; 16])
}

/// A run of three steps; step `n` leaves a latent of length 4 · (2 − n) and takes n tenths of a second.
fn run(scheduler: SchedulerKind, guidance_scale: f32, seed: u64) -> Run {
    let token = |word: Option<usize>| Token { id: 0, piece: String::new(), word };
    let started = RunStarted {
        generation: Generation { seed, scheduler: Some(scheduler), ..Generation::of("a boat") },
        tokens: Tokens { slots: [None, Some(0), Some(1), None, None].map(token).into(), truncated: Vec::new() },
        timesteps: vec![999.0, 666.0, 333.0],
        sigmas: vec![f32::INFINITY, 4.0 / 3.0, 0.75, 0.0],
        guidance_scale,
        numbers: StartNumbers {
            noise: latent(3.0),
            prompt_embeds: Array::new(vec![5, 4], vec![0.5; 20]),
            text_attention: Array::default(),
        },
        ..runs::started(3)
    };
    let mut run = Run::default();
    run.take(Report::RunStarted { run: RunId(0), started });
    for index in 0..3 {
        let numbers = StepNumbers { latent: latent(2.0 - index as f32), ..StepNumbers::default() };
        let step = StepDenoised { guidance_scale, seconds: 0.1 * index as f32, numbers, ..runs::step(index) };
        run.take(Report::StepDenoised { run: RunId(0), step });
    }
    let picture = TensorImage::from_values([3, 16, 16], vec![0.0; 768]);
    run.take(Report::PictureDecoded { run: RunId(0), picture, numbers: Array::default(), seconds: 1.5 });
    run
}

fn words(line: Line, run: &Run, moment: Moment) -> String {
    line.words(&Texts::english(), &models::built_in(), run, moment)
}

const STATIONS: [Stop; 8] = [
    Stop::Tokens,
    Stop::TextEncoder,
    Stop::Noise,
    Stop::Unet,
    Stop::Block(Block::Down(0)),
    Stop::Guidance,
    Stop::Scheduler,
    Stop::Decoder,
];

#[test]
fn every_station_has_numbers_to_inspect_and_none_before_the_run() {
    let moments = [Moment::Prologue(0.5), Moment::Lap { step: 1, phase: 0.5 }, Moment::Epilogue(1.0)];
    for kind in SchedulerKind::ALL {
        let run = run(kind, 3.0, 7);
        for stop in STATIONS {
            let said = words(Line::Inspect(stop), &run, Moment::Epilogue(1.0));
            assert!(!said.is_empty() && !said.starts_with("line-"), "{stop}: {said}");
            for moment in moments {
                assert_eq!(words(Line::Inspect(stop), &Run::default(), moment), "");
            }
        }
    }
}

#[test]
fn inspected_lines_have_the_runs_own_numbers() {
    let run = run(SchedulerKind::Ddim, 3.0, 7);
    let inspect = |stop: Stop| words(Line::Inspect(stop), &run, Moment::Lap { step: 1, phase: 0.9 });
    assert_eq!(inspect(Stop::Tokens), "5 slots = start + pieces (2) + end + padding (1)");
    assert_eq!(inspect(Stop::TextEncoder), "prompt_embeds: 5 × 4 · mean ‖token vector‖ = 1");
    assert_eq!(inspect(Stop::Noise), "latent: 4 × 2 × 2 = 16 numbers, drawn with seed 7 · ‖latent‖ = 12");
    assert!(inspect(Stop::Unet).contains("timestep 666") && inspect(Stop::Unet).contains("0.10 s"));
    assert!(inspect(Stop::Guidance).contains("noise_pred_uncond + 3 ×"));
    assert!(inspect(Stop::Decoder).starts_with("latent 4 × 2 × 2 → picture 3 × 128 × 128 · 64 ×"));
    assert!(inspect(Stop::Block(Block::Mid)).contains("timestep 666"));
}

#[test]
fn the_schedulers_formula_has_the_values_of_the_step() {
    let said = |kind: SchedulerKind, step: usize, phase: f32| {
        words(Line::Inspect(Stop::Scheduler), &run(kind, 3.0, 7), Moment::Lap { step, phase })
    };
    // σ = 0.75 is ᾱ = 0.64.
    assert!(said(SchedulerKind::Ddim, 1, 0.9).ends_with("= 0.8 · x̂₀ + 0.6 · ε"));
    assert!(said(SchedulerKind::Ddim, 2, 0.9).ends_with("= 1 · x̂₀ + 0 · ε"));
    assert!(said(SchedulerKind::Euler, 1, 0.9).contains("(0.75 − 1.33)"));
    assert!(said(SchedulerKind::Pndm, 1, 0.9).contains("multistep"));
    assert!(said(SchedulerKind::Ddim, 0, 0.9).starts_with("‖latent‖: 12 before, 8 after\n"));
    assert!(said(SchedulerKind::Ddim, 1, 0.9).starts_with("‖latent‖: 8 before, 4 after\n"));
    // Before the scheduler's turn there is no latent after the step.
    assert!(said(SchedulerKind::Ddim, 1, 0.5).starts_with("‖latent‖ = 8\n"));
}

#[test]
fn guidance_is_said_with_its_scale_and_that_it_is_off() {
    let said = |scale: f32| words(Line::GuidanceScale, &run(SchedulerKind::Ddim, scale, 7), Moment::Epilogue(1.0));
    assert_eq!(said(3.0), "guided = without + 3 × (with − without) · 4 × 2 × 2");
    assert!(said(1.0).contains("off"));
}

#[test]
fn of_two_runs_a_line_says_both_where_they_differ() {
    let (a, b) = (run(SchedulerKind::Ddim, 3.0, 7), run(SchedulerKind::Ddim, 3.0, 8));
    let (texts, shape, moment) = (Texts::english(), models::built_in(), Moment::Lap { step: 0, phase: 0.1 });
    let both = |line: Line| line.words_of_both(&texts, &shape, &a, Some(&b), moment);
    assert_eq!(both(Line::Seed), "● seed 7\n■ seed 8");
    assert_eq!(both(Line::Stair), "step 1 of 3 · timestep 999 · σ = ∞");
    assert_eq!(Line::Seed.words_of_both(&texts, &shape, &a, None, moment), "seed 7");
}
