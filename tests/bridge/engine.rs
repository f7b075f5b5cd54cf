//! What the engine reports, on the CPU.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use bridge::{
    Cpu, CpuPace, Engine, Generation, Report, Request, RunId, RunStarted, SchedulerKind, Site, StepDenoised, TensorImage,
};
use diffusion::Pace;

/// A model that diffusers made at random, with everything small.
pub fn tiny_model() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/diffusion/golden/tiny-sd1")
}

pub fn generation(prompt: &str, steps: usize) -> Generation {
    Generation {
        num_inference_steps: Some(steps),
        guidance_scale: Some(5.0),
        scheduler: Some(SchedulerKind::Ddim),
        ..Generation::of(prompt)
    }
}

/// The next report; a test that waits for longer than a minute has failed.
pub fn next(engine: &Engine) -> Report {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(report) = engine.try_receive() {
            return report;
        }
        assert!(Instant::now() < deadline, "no report for a minute");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Reports up to and including the first one that is `last`.
pub fn until(engine: &Engine, last: impl Fn(&Report) -> bool) -> Vec<Report> {
    let mut reports = vec![next(engine)];
    while !last(&reports[reports.len() - 1]) {
        reports.push(next(engine));
    }
    reports
}

fn is_end(report: &Report) -> bool {
    matches!(report, Report::PictureDecoded { .. } | Report::Failed { .. })
}

fn start(pace: impl Pace + Send + 'static) -> Engine {
    let engine = Engine::start::<Cpu>(Default::default(), "a test's CPU".into(), pace);
    engine.ask(Request::Load(tiny_model()));
    let reports = until(&engine, |report| !matches!(report, Report::ModelLoading { .. }));
    let Some(Report::ModelLoaded { shape, device }) = reports.last() else { panic!("{reports:?}") };
    assert_eq!((shape.name.as_str(), device.as_str()), ("tiny-sd1", "a test's CPU"));
    assert!(reports.len() > 3, "loading is reported as it goes on: {reports:?}");
    engine
}

fn run(engine: &Engine, number: u64, generation: Generation) -> Vec<Report> {
    engine.ask(Request::Generate { run: RunId(number), generation });
    until(engine, is_end)
}

fn values(image: &TensorImage) -> &[f32] {
    let values = image.values().unwrap();
    assert!(values.iter().all(|value| value.is_finite()));
    values
}

#[test]
fn a_run_is_reported_in_order() {
    let reports = run(&start(CpuPace), 7, generation("a red circle", 3));
    assert!(reports.iter().all(|report| report.run() == Some(RunId(7))), "{reports:?}");

    let Report::RunStarted { started, .. } = &reports[0] else { panic!("{:?}", reports[0]) };
    check_started(started);

    let steps: Vec<&StepDenoised> = reports
        .iter()
        .filter_map(|report| if let Report::StepDenoised { step, .. } = report { Some(step) } else { None })
        .collect();
    assert_eq!(steps.iter().map(|step| step.index).collect::<Vec<_>>(), [0, 1, 2]);
    for step in &steps {
        assert_eq!((step.timestep, step.sigma), (started.timesteps[step.index], started.sigmas[step.index]));
        assert_eq!(step.next_sigma, started.sigmas[step.index + 1]);
        assert!(step.seconds > 0.0);
        for tensor in [&step.noise_pred_uncond, &step.noise_pred_text, &step.noise_pred, &step.pred_original_sample, &step.latent]
        {
            assert_eq!(tensor.size(), [4, 8, 8]);
            values(tensor);
        }
        let predictions = values(&step.noise_pred_text).iter().zip(values(&step.noise_pred_uncond));
        for ((text, uncond), difference) in predictions.zip(values(&step.noise_pred_difference)) {
            assert_eq!(*difference, text - uncond);
        }
        assert_eq!(step.preview.as_ref().unwrap().size(), [3, 32, 32]);
    }

    let Some(Report::PictureDecoded { picture, seconds, .. }) = reports.last() else { panic!("{:?}", reports.last()) };
    assert_eq!(picture.size(), [3, 32, 32]);
    assert!(values(picture).iter().all(|value| (0.0..=1.0).contains(value)));
    assert!(*seconds >= steps.iter().map(|step| step.seconds).sum::<f32>());
}

fn check_started(started: &RunStarted) {
    let generation = &started.generation;
    assert_eq!((generation.width, generation.height, generation.guidance_scale), (Some(32), Some(32), Some(5.0)));
    assert_eq!((started.timesteps.len(), started.sigmas.len(), started.guidance_scale), (3, 4, 5.0));
    let tokens = started.tokens.slots.len();
    assert_eq!(started.prompt_embeds.size()[..2], [1, tokens]);
    assert_eq!(started.noise.size(), [4, 8, 8]);
}

#[test]
fn features_come_between_the_start_and_their_step() {
    let engine = Engine::start::<Cpu>(Default::default(), "a test's CPU".into(), CpuPace);
    engine.ask(Request::Load(tiny_model()));
    let loaded = until(&engine, |report| matches!(report, Report::ModelLoaded { .. }));
    let Some(Report::ModelLoaded { shape, .. }) = loaded.last() else { panic!() };
    let reports = run(&engine, 1, generation("a red circle", 2));

    let mut denoised = 0;
    let mut seen = Vec::new();
    for report in &reports {
        match report {
            Report::FeaturesObserved { step, site, features, .. } => {
                let belongs_to = match site {
                    Site::TextLayer(_) => 0,
                    Site::DecoderMid | Site::DecoderUp(_) => 1,
                    _ => denoised,
                };
                assert_eq!(*step, belongs_to, "{site}");
                values(features);
                seen.push((*step, *site, features.size()));
            }
            Report::StepDenoised { .. } => denoised += 1,
            _ => {}
        }
    }
    for layer in 0..shape.text_layers {
        assert!(seen.contains(&(0, Site::TextLayer(layer), [1, shape.tokens, shape.hidden_size])), "layer {layer}");
    }
    for step in 0..2 {
        for block in &shape.blocks {
            let site = Site::Unet(block.block, bridge::Part::Output);
            let [channels, height, width] = block.output;
            assert!(seen.contains(&(step, site, [channels, height, width])), "{site} in step {step}");
        }
        assert!(seen.iter().any(|(seen_in, site, _)| (*seen_in, *site) == (step, Site::ConvIn)));
    }
    assert!(seen.iter().any(|(_, site, _)| *site == Site::DecoderMid));
}

#[test]
fn the_same_generation_gives_the_same_picture() {
    let engine = start(CpuPace);
    let picture = |reports: Vec<Report>| match reports.last() {
        Some(Report::PictureDecoded { picture, .. }) => values(picture).to_vec(),
        other => panic!("{other:?}"),
    };
    let first = picture(run(&engine, 1, generation("a red circle", 2)));
    let second = picture(run(&engine, 2, generation("a red circle", 2)));
    let other = picture(run(&engine, 3, Generation { seed: 1, ..generation("a red circle", 2) }));
    assert_eq!(first, second);
    assert_ne!(first, other);
}

#[test]
fn a_later_generation_replaces_an_earlier_one() {
    let engine = start(CpuPace);
    engine.ask(Request::Generate { run: RunId(1), generation: generation("a red circle", 900) });
    until(&engine, |report| matches!(report, Report::StepDenoised { .. }));
    let reports = run(&engine, 2, generation("a blue square", 1));
    let Some(Report::PictureDecoded { run: RunId(2), .. }) = reports.last() else { panic!("{:?}", reports.last()) };
    let steps_of_the_first = reports.iter().filter(|report| matches!(report, Report::StepDenoised { run: RunId(1), .. })).count();
    assert!(steps_of_the_first < 100, "{steps_of_the_first} more steps of the run that was replaced");
}

#[test]
fn stopping_gives_up_the_run() {
    let engine = start(CpuPace);
    engine.ask(Request::Generate { run: RunId(1), generation: generation("a red circle", 900) });
    until(&engine, |report| matches!(report, Report::StepDenoised { .. }));
    engine.ask(Request::Stop);
    // Nothing more is heard of the first run once the second has started.
    thread::sleep(Duration::from_millis(300));
    let reports = run(&engine, 2, generation("a blue square", 1));
    let started = reports.iter().position(|report| matches!(report, Report::RunStarted { run: RunId(2), .. })).unwrap();
    assert!(reports[started..].iter().all(|report| report.run() == Some(RunId(2))));
    assert!(!reports.iter().any(|report| matches!(report, Report::PictureDecoded { run: RunId(1), .. })));
}

#[test]
fn a_missing_folder_is_named_and_the_model_kept() {
    let engine = start(CpuPace);
    engine.ask(Request::Load("/no/such/model".into()));
    let Report::Failed { run: None, message } = next(&engine) else { panic!() };
    assert!(message.contains("/no/such/model"), "{message}");
    let reports = run(&engine, 1, generation("a red circle", 1));
    assert!(matches!(reports.last(), Some(Report::PictureDecoded { .. })), "{reports:?}");
}

#[test]
fn nothing_is_generated_without_a_model() {
    let engine = Engine::start::<Cpu>(Default::default(), "a test's CPU".into(), CpuPace);
    engine.ask(Request::Generate { run: RunId(4), generation: generation("a red circle", 1) });
    let Report::Failed { run: Some(RunId(4)), message } = next(&engine) else { panic!() };
    assert_eq!(message, "no model is loaded: load a model folder before generating");
}

#[test]
fn an_impossible_generation_fails_with_its_run() {
    let engine = start(CpuPace);
    let reports = run(&engine, 5, Generation { width: Some(7), ..generation("a red circle", 1) });
    let [Report::Failed { run: Some(RunId(5)), message }] = &reports[..] else { panic!("{reports:?}") };
    assert!(message.contains("width 7"), "{message}");
}

/// Breaks down once.
struct Stumble(Arc<AtomicBool>);

impl Pace for Stumble {
    async fn pause(&self) {
        assert!(!self.0.swap(false, Ordering::Relaxed), "the pace stumbles");
    }
}

#[test]
fn a_panic_is_reported_and_survived() {
    let stumbles = Arc::new(AtomicBool::new(false));
    let engine = start(Stumble(stumbles.clone()));
    stumbles.store(true, Ordering::Relaxed);
    let reports = run(&engine, 1, generation("a red circle", 1));
    let Some(Report::Failed { run: Some(RunId(1)), message }) = reports.last() else { panic!("{reports:?}") };
    assert!(message.contains("the pace stumbles"), "{message}");
    let reports = run(&engine, 2, generation("a red circle", 1));
    assert!(matches!(reports.last(), Some(Report::PictureDecoded { run: RunId(2), .. })), "{:?}", reports.last());
}

fn steps_of(reports: &[Report], run: RunId) -> Vec<&StepDenoised> {
    let step = |report| match report {
        &Report::StepDenoised { run: of, ref step } if of == run => Some(step),
        _ => None,
    };
    reports.iter().filter_map(step).collect()
}

/// Runs `a` as run 1 and, once its first step is done, `b` as run 2 beside it, with 3 for the difference.
fn run_beside(a: Generation, b: Generation) -> Vec<Report> {
    let engine = start(CpuPace);
    engine.ask(Request::Generate { run: RunId(1), generation: a });
    let mut reports = until(&engine, |report| matches!(report, Report::StepDenoised { .. }));
    engine.ask(Request::Beside { run: RunId(2), difference: RunId(3), generation: b });
    let is_last = |report: &Report| matches!(report, Report::PictureDecoded { run: RunId(3), .. } | Report::Failed { .. });
    reports.extend(until(&engine, is_last));
    reports
}

#[test]
fn numbers_come_with_every_step() {
    let reports = run(&start(CpuPace), 1, generation("a red circle", 2));
    let Report::RunStarted { started, .. } = &reports[0] else { panic!("{:?}", reports[0]) };
    let tokens = started.tokens.slots.len();
    assert_eq!(*started.numbers.noise.values, *values(&started.noise));
    assert_eq!(*started.numbers.prompt_embeds.values, *values(&started.prompt_embeds));
    assert_eq!(started.numbers.text_attention.shape[1..], [tokens, tokens]);
    for row in started.numbers.text_attention.values.chunks(tokens) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-4, "a token shares out its whole attention");
    }
    for step in steps_of(&reports, RunId(1)) {
        assert_eq!(*step.numbers.latent.values, *values(&step.latent));
        assert_eq!(*step.numbers.noise_pred.values, *values(&step.noise_pred));
        let maps = &step.numbers.word_maps;
        assert_eq!(maps.shape, [tokens, 8, 8]);
        for place in 0..64 {
            let sum: f32 = (0..tokens).map(|token| maps.row(token)[place]).sum();
            assert!((sum - 1.0).abs() < 1e-3, "the attention of a place is shared out among all tokens, not {sum}");
        }
    }
}

#[test]
fn a_second_run_stands_beside_the_first_with_their_difference() {
    let b = Generation { seed: 1, ..generation("a red circle", 3) };
    let reports = run_beside(generation("a red circle", 3), b.clone());
    let alone = run(&start(CpuPace), 9, b);
    let [first, second, difference] = [1, 2, 3].map(|run| steps_of(&reports, RunId(run)));
    assert_eq!([first.len(), second.len(), difference.len()], [3, 3, 3]);
    for (beside, alone) in second.iter().zip(steps_of(&alone, RunId(9))) {
        assert_eq!(values(&beside.latent), values(&alone.latent), "a run is the same beside another one");
    }
    for ((a, b), difference) in first.iter().zip(&second).zip(&difference) {
        for ((a, b), more) in values(&a.latent).iter().zip(values(&b.latent)).zip(values(&difference.latent)) {
            assert_eq!(*more, b - a);
        }
        assert_eq!(difference.numbers.latent, b.numbers.latent.minus(&a.numbers.latent));
    }
    let place = |run: u64, index: usize| {
        reports
            .iter()
            .position(|report| matches!(report, Report::StepDenoised { run: of, step } if of.0 == run && step.index == index))
    };
    assert!(place(1, 1) < place(2, 1) && place(2, 1) < place(1, 2), "both get on in step");
    let features = |run: u64| {
        let of_run = |report: &&Report| matches!(report, Report::FeaturesObserved { run: of, .. } if of.0 == run);
        reports.iter().filter(of_run).count()
    };
    assert!(features(3) >= features(2) * 2 / 3, "{} features of the difference, {} of the second run", features(3), features(2));
}

#[test]
fn steps_that_two_runs_share_are_computed_once() {
    let stem = generation("a red circle", 4);
    let branch = bridge::Branch { step: 2, guidance_scale: Some(1.0), ..Default::default() };
    let reports = run_beside(stem.clone(), Generation { branch: Some(branch), ..stem });
    let [first, second] = [1, 2].map(|run| steps_of(&reports, RunId(run)));
    for index in 0..4 {
        let is_same = values(&first[index].latent) == values(&second[index].latent);
        assert_eq!(is_same, index < 2, "step {index}");
        assert_eq!(first[index].seconds == second[index].seconds, index < 2, "a shared step took its time once");
    }
    assert_eq!(second[2].guidance_scale, 1.0);
}

#[test]
fn a_run_that_cannot_be_leaves_the_first_alone() {
    let engine = start(CpuPace);
    engine.ask(Request::Generate { run: RunId(1), generation: generation("a red circle", 2) });
    engine.ask(Request::Beside { run: RunId(2), difference: RunId(3), generation: generation("a red circle", 0) });
    let reports = until(&engine, |report| matches!(report, Report::PictureDecoded { .. }));
    assert!(reports.iter().any(|report| matches!(report, Report::Failed { run: Some(RunId(2)), .. })), "{reports:?}");
    assert!(matches!(reports.last(), Some(Report::PictureDecoded { run: RunId(1), .. })));
}

/// Rows of numbers of each channel, less their mean.
fn centred(features: &TensorImage) -> Vec<Vec<f64>> {
    let [channels, height, width] = features.size();
    let places = height * width;
    let channel =
        |channel: usize| values(features)[channel * places..(channel + 1) * places].iter().map(|&value| f64::from(value));
    let mean = |index: usize| channel(index).sum::<f64>() / places as f64;
    (0..channels).map(|index| channel(index).map(|value| value - mean(index)).collect()).collect()
}

fn inner(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

#[test]
fn colours_show_the_principal_components_of_features() {
    let engine = start(CpuPace);
    engine.ask(Request::Colours(true));
    let reports = run(&engine, 1, generation("a red circle", 2));
    let mut checked = 0;
    for report in &reports {
        let Report::FeaturesInColour { step, site, colours, .. } = report else { continue };
        let features = reports.iter().find_map(|report| match report {
            Report::FeaturesObserved { step: of, site: at, features, .. } if (of, at) == (step, site) => Some(features),
            _ => None,
        });
        let features = centred(features.unwrap());
        let shown = centred(&colours.colours);
        assert!(values(&colours.colours).iter().all(|value| (0.0..=1.0).contains(value)));
        let shares = colours.shares;
        assert!(shares[0] >= shares[1] && shares[1] >= shares[2] && shares.iter().sum::<f32>() <= 1.001, "{site}: {shares:?}");
        // A principal component is an eigenvector of the places' inner products: G·c = λ·c, with λ its share of the trace. Colours are
        // cut off beyond two deviations, so this holds nearly.
        let trace: f64 = features.iter().map(|channel| inner(channel, channel)).sum();
        let first = &shown[0];
        let mapped: Vec<f64> =
            (0..first.len()).map(|place| features.iter().map(|channel| channel[place] * inner(channel, first)).sum()).collect();
        let eigenvalue = inner(&mapped, first) / inner(first, first);
        let cosine = inner(&mapped, first) / (inner(&mapped, &mapped) * inner(first, first)).sqrt();
        assert!(cosine > 0.97, "{site} in step {step}: {cosine}");
        assert!((eigenvalue / trace - f64::from(shares[0])).abs() < 0.05, "{site}: {} against {shares:?}", eigenvalue / trace);
        checked += 1;
    }
    assert!(checked >= 6, "{checked} maps were coloured");
}

fn colours_of(reports: &[Report], run: RunId) -> HashMap<(usize, Site), &[f32]> {
    let colours = |report| match report {
        &Report::FeaturesInColour { run: of, step, site, ref colours } if of == run => {
            Some(((step, site), values(&colours.colours)))
        }
        _ => None,
    };
    reports.iter().filter_map(colours).collect()
}

#[test]
fn colours_come_while_they_are_asked_for_and_then_of_all_that_is_kept() {
    let (a, b) = (generation("a red circle", 3), generation("a blue circle", 3));
    let engine = start(CpuPace);
    engine.ask(Request::Colours(true));
    engine.ask(Request::Generate { run: RunId(1), generation: a.clone() });
    engine.ask(Request::Beside { run: RunId(2), difference: RunId(3), generation: b.clone() });
    let asked_before = until(&engine, |report| matches!(report, Report::PictureDecoded { run: RunId(3), .. }));
    let expected = [1, 2, 3].map(|run| colours_of(&asked_before, RunId(run)));
    assert!(expected.iter().all(|colours| !colours.is_empty() && colours.len() == expected[0].len()));

    engine.ask(Request::Colours(false));
    engine.ask(Request::Generate { run: RunId(1), generation: a });
    engine.ask(Request::Beside { run: RunId(2), difference: RunId(3), generation: b });
    let mut reports = until(&engine, |report| matches!(report, Report::PictureDecoded { run: RunId(3), .. }));
    assert!([1, 2, 3].iter().all(|&run| colours_of(&reports, RunId(run)).is_empty()));
    engine.ask(Request::Colours(true));
    while [1, 2, 3].iter().any(|&run| colours_of(&reports, RunId(run)).len() < expected[0].len()) {
        reports.push(next(&engine));
    }
    assert_eq!([1, 2, 3].map(|run| colours_of(&reports, RunId(run))), expected);
}

#[test]
fn any_step_is_decoded_and_any_number_of_its_latent_poked() {
    let engine = start(CpuPace);
    let reports = run(&engine, 1, generation("a red circle", 2));
    let Some(Report::PictureDecoded { picture, .. }) = reports.last() else { panic!() };
    let decode = |step: usize, poke: Option<bridge::Poke>| {
        engine.ask(Request::Decode { run: RunId(1), step, poke });
        until(&engine, |report| matches!(report, Report::LatentDecoded { .. } | Report::Failed { .. })).pop().unwrap()
    };
    let Report::LatentDecoded { decoded: last, .. } = decode(1, None) else { panic!() };
    assert_eq!(values(&last.picture), values(picture), "the last latent is the picture's");
    assert!(last.moved.is_none());
    let Report::LatentDecoded { decoded: earlier, .. } = decode(0, None) else { panic!() };
    assert_ne!(values(&earlier.picture), values(picture));

    let poke = bridge::Poke { channel: 2, row: 3, column: 5, amount: 2.0 };
    let Report::LatentDecoded { decoded: poked, .. } = decode(1, Some(poke)) else { panic!() };
    assert_eq!((poked.step, poked.poke), (1, Some(poke)));
    let moved = poked.moved_numbers;
    assert_eq!(moved.shape, [1, 32, 32]);
    let (poked, as_it_was) = (values(&poked.picture), values(picture));
    for (pixel, moved) in moved.values.iter().enumerate() {
        let of_channel = |channel: usize| (poked[channel * 1024 + pixel] - as_it_was[channel * 1024 + pixel]).abs();
        assert!((moved - (of_channel(0) + of_channel(1) + of_channel(2)) / 3.0).abs() < 1e-6, "pixel {pixel}");
    }
    assert!(moved.values.iter().any(|&moved| moved > 0.0));

    let outside = bridge::Poke { row: 8, ..poke };
    assert!(matches!(decode(1, Some(outside)), Report::Failed { message, .. } if message.contains("outside")));
    assert!(matches!(decode(2, None), Report::Failed { message, .. } if message.contains("step 2 is not done yet")));
}

#[test]
fn what_two_runs_decode_to_has_a_difference() {
    let engine = start(CpuPace);
    engine.ask(Request::Generate { run: RunId(1), generation: generation("a red circle", 1) });
    let b = Generation { seed: 1, ..generation("a red circle", 1) };
    engine.ask(Request::Beside { run: RunId(2), difference: RunId(3), generation: b });
    let mut pictures = until(&engine, |report| matches!(report, Report::PictureDecoded { run: RunId(3), .. }));
    pictures.retain(|report| matches!(report, Report::PictureDecoded { .. }));
    let poke = bridge::Poke { channel: 0, row: 4, column: 4, amount: 1.0 };
    for run in [1, 2, 3] {
        engine.ask(Request::Decode { run: RunId(run), step: 0, poke: Some(poke) });
    }
    let decoded = [1, 2, 3].map(|run| {
        let reports = until(&engine, |report| matches!(report, Report::LatentDecoded { .. }));
        let Some(Report::LatentDecoded { run: of, decoded }) = reports.into_iter().last() else { panic!() };
        assert_eq!(of, RunId(run), "in the order of asking");
        decoded
    });
    let [a, b, difference] = decoded.each_ref().map(|decoded| values(&decoded.picture));
    for ((a, b), difference) in a.iter().zip(b).zip(difference) {
        assert!(((a - b).abs() - difference).abs() < 1e-6);
    }
    assert!(difference.iter().any(|&difference| difference > 0.0));
}

#[test]
fn a_second_run_that_is_the_first_ends_in_the_same_picture() {
    let reports = run_beside(generation("a red circle", 2), generation("a red circle", 2));
    let picture = |run: u64| {
        reports.iter().find_map(|report| match report {
            Report::PictureDecoded { run: of, picture, .. } if of.0 == run => Some(picture),
            _ => None,
        })
    };
    assert_eq!(values(picture(1).unwrap()), values(picture(2).unwrap()));
    assert!(values(picture(3).unwrap()).iter().all(|&value| value == 0.0));
}

#[test]
fn runs_of_different_lengths_are_compared_where_they_are_as_far_on() {
    for (steps_of_a, steps_of_b) in [(4, 2), (2, 4), (3, 4)] {
        let reports = run_beside(generation("a red circle", steps_of_a), generation("a red circle", steps_of_b));
        let [a, b, difference] = [1, 2, 3].map(|run| steps_of(&reports, RunId(run)));
        assert_eq!((a.len(), b.len(), difference.len()), (steps_of_a, steps_of_b, steps_of_b), "A of {steps_of_a}");
        for (index, (b, difference)) in b.iter().zip(&difference).enumerate() {
            let like = ((index + 1) * steps_of_a / steps_of_b).max(1) - 1;
            let expected = b.numbers.latent.minus(&a[like].numbers.latent);
            assert_eq!(difference.numbers.latent, expected, "step {index} of {steps_of_b} against {like} of {steps_of_a}");
        }
    }
}

#[test]
fn a_run_beside_can_be_given_up_alone() {
    let engine = start(CpuPace);
    engine.ask(Request::Generate { run: RunId(1), generation: generation("a red circle", 3) });
    engine.ask(Request::Beside { run: RunId(2), difference: RunId(3), generation: generation("a blue circle", 50) });
    until(&engine, |report| matches!(report, Report::StepDenoised { run: RunId(2), .. }));
    engine.ask(Request::Alone);
    let reports = until(&engine, |report| matches!(report, Report::PictureDecoded { .. }));
    assert!(matches!(reports.last(), Some(Report::PictureDecoded { run: RunId(1), .. })));
    // Were it still there, it would go on before anything else is asked for.
    engine.ask(Request::Decode { run: RunId(1), step: 0, poke: None });
    let reports = until(&engine, |report| matches!(report, Report::LatentDecoded { .. }));
    assert!(reports.iter().all(|report| report.run() == Some(RunId(1))), "{reports:?}");
}
