//! What a step does: the average, the schedule, the loss, and the same continuation after an interruption.

use burn::tensor::module::avg_pool2d;
use burn::tensor::{Tensor, TensorData};
use diffusion::vae::AutoencoderKl;
use trainer::adamw::AdamW;
use trainer::autoencoder::{AutoencoderLesson, loss, normalise};
use trainer::average;
use trainer::checkpoint::Checkpoint;
use trainer::config::Config;
use trainer::critic::{Critic, hinge};
use trainer::data::{Stream, picture, pictures_to_tensor, scene, tensor_to_pictures};
use trainer::decoder::{DecoderLesson, Judged};
use trainer::denoiser::{Mixture, weight};
use trainer::models::new_autoencoder;
use trainer::parameters::{gather, gather_gradients, scatter};
use trainer::stage::{Learner, Lesson, learning_rate};

use crate::{Cpu, Learning, folder, tiny};

#[test]
fn the_average_follows_the_weights_faster_at_first() {
    let mut row = [0.0, 1.0];
    // (1 + 0) / (10 + 0) of the old stays.
    average::update(&mut row, &[1.0, 1.0], 0.9, 0);
    assert!((row[0] - 0.9).abs() < 1e-6 && row[1] == 1.0);
    // Much later the decay itself.
    average::update(&mut row, &[0.0, 0.0], 0.9, 1_000_000);
    assert!((row[0] - 0.81).abs() < 1e-6 && (row[1] - 0.9).abs() < 1e-6);
}

#[test]
fn the_first_step_of_adamw_is_the_learning_rate_long() {
    let mut learning = tiny().denoiser.learning;
    learning.weight_decay = 0.0;
    let (mut optimizer, mut weights) = (AdamW::new(2), [1.0, 1.0]);
    let norm = optimizer.step(&mut weights, &[30.0, -40.0], &learning, 0.01);
    assert!((norm - 50.0).abs() < 1e-9);
    assert!((weights[0] - 0.99).abs() < 1e-6 && (weights[1] - 1.01).abs() < 1e-6, "{weights:?}");
}

#[test]
fn a_gradient_that_is_not_finite_changes_nothing() {
    let (mut optimizer, mut weights) = (AdamW::new(1), [1.0]);
    optimizer.step(&mut weights, &[f32::NAN], &tiny().denoiser.learning, 0.01);
    assert_eq!((weights, optimizer.updates, optimizer.moment_1[0]), ([1.0], 0, 0.0));
}

#[test]
fn the_learning_rate_rises_and_falls_to_zero() {
    let learning = tiny().denoiser.learning;
    let rate = |step| learning_rate(&learning, step, 0.0) / learning.learning_rate;
    assert!((rate(0) - 0.5).abs() < 1e-9);
    assert!((rate(3) - 0.5).abs() < 1e-9, "half a cosine in the middle");
    assert!(rate(6).abs() < 1e-9);
    // Time counts as well: half of the hour is over.
    assert!((learning_rate(&learning, 2, 1800.0) / learning.learning_rate - 0.5).abs() < 1e-9);
}

#[test]
fn loss_weights_follow_min_snr() {
    // SNR 1, below γ: 1 / 2. SNR 99, above: 5 / 100. SNR 0: the floor.
    assert!((weight(0.5, 5.0, 0.01) - 0.5).abs() < 1e-12);
    assert!((weight(0.99, 5.0, 0.01) - 0.05).abs() < 1e-9);
    assert_eq!(weight(0.0, 5.0, 0.01), 0.01);
}

#[test]
fn a_mixture_is_taken_apart_again() {
    let device = Default::default();
    let of = |index| trainer::data::noise::<Cpu>(1, Stream::DenoiserNoise, index, [3, 4, 2, 2], &device);
    let (latents, noise) = (of(1), of(2));
    // All but no noise, half of each, and noise alone.
    let levels = Mixture::<Cpu>::new([0.9991, 0.5, 0.0].into_iter(), &device);
    let (noisy, v) = (levels.noisy(latents.clone(), noise.clone()), levels.v(latents.clone(), noise.clone()));
    let close = |a: Tensor<Cpu, 4>, b: Tensor<Cpu, 4>| (a - b).abs().max().into_scalar() < 1e-5;
    assert!(close(levels.original(noisy.clone(), v.clone()), latents));
    assert!(close(levels.noise(noisy.clone(), v), noise.clone()));
    assert!(close(noisy.narrow(0, 2, 1), noise.narrow(0, 2, 1)), "without signal the sample is the noise");
}

#[test]
fn pictures_survive_the_way_through_a_tensor() {
    let original = picture(1, 7, &scene(1, 7), 32);
    let tensor = pictures_to_tensor::<Cpu>(std::slice::from_ref(&original), &Default::default());
    assert_eq!(tensor_to_pictures(tensor), [original]);
}

/// Steps `from..to` of the autoencoder's lesson.
fn learn(learner: &mut Learner<Learning, AutoencoderKl<Learning>>, from: u64, to: u64) -> Vec<f32> {
    let config = tiny();
    let mut lesson = AutoencoderLesson::<Learning>::new(&config, &Default::default());
    lesson.begin(from);
    let mut losses = Vec::new();
    for step in from..to {
        let loss = lesson.loss(&learner.model, step).unwrap().total;
        losses.push(loss.clone().into_scalar());
        let norm = learner.learn(loss, &config.autoencoder.learning);
        assert!(norm.is_finite() && norm > 0.0);
    }
    losses
}

#[test]
fn an_interrupted_run_goes_on_as_if_it_had_not_stopped() {
    let path = folder("resume").join("autoencoder.safetensors");
    let fresh = || new_autoencoder::<Learning>(&tiny(), &Default::default()).unwrap();
    let mut learner = Learner::new(fresh());
    learn(&mut learner, 0, 3);
    learner.checkpoint("tiny".into()).write(&path).unwrap();
    learn(&mut learner, 3, 6);

    let mut resumed = Learner::resume(fresh(), Checkpoint::read(&path).unwrap().unwrap()).unwrap();
    learn(&mut resumed, 3, 6);
    let (straight, resumed) = (learner.checkpoint("tiny".into()), resumed.checkpoint("tiny".into()));
    assert_eq!(straight.step, 6);
    assert!(straight == resumed, "the resumed run went another way");
}

#[test]
fn the_autoencoder_gets_better_at_the_same_pictures() {
    let mut config = tiny().autoencoder;
    config.learning.steps = Some(25);
    let device = Default::default();
    let pictures: Vec<_> = (0..4).map(|index| picture(1, index, &scene(1, index), 32)).collect();
    let images = pictures_to_tensor::<Learning>(&pictures, &device);
    let noise = Tensor::zeros([4, 4, 8, 8], &device);
    let mut learner = Learner::new(new_autoencoder::<Learning>(&tiny(), &device).unwrap());
    let mut losses = Vec::new();
    for _ in 0..25 {
        let loss = loss(&learner.model, images.clone(), noise.clone(), &config).total;
        losses.push(loss.clone().into_scalar());
        learner.learn(loss, &config.learning);
    }
    assert!(losses[24] < 0.9 * losses[0], "{losses:?}");
}

/// The gradient of the decoder's lesson at step 1, of the autoencoder's parameters and of the critic's.
fn gradient_beside_a_critic(change: impl FnOnce(&mut Config, &mut Judged<Learning>)) -> (Vec<f32>, Vec<f32>) {
    let (mut config, device) = (tiny(), Default::default());
    let finished = new_autoencoder::<Cpu>(&config, &device).unwrap();
    let mut model = Judged::<Learning>::new(&finished, &config, &device).unwrap();
    change(&mut config, &mut model);
    let mut lesson = DecoderLesson::<Learning>::new(&config, finished, "tiny".into(), &device);
    lesson.begin(1);
    let loss = lesson.loss(&model, 1).unwrap().total;
    let mut row = Vec::new();
    gather_gradients(&model, &mut loss.backward(), &mut row);
    let critic = row.split_off(gather(&model.autoencoder).len());
    (row, critic)
}

#[test]
fn decoder_and_critic_each_learn_their_own_lesson() {
    let without_say = |config: &mut Config| (config.decoder.feature_weight, config.decoder.adversarial_weight) = (0.0, 0.0);
    let (heeding, critic) = gradient_beside_a_critic(|_, _| {});
    let (heedless, same_critic) = gradient_beside_a_critic(|config, _| without_say(config));
    assert!(heeding != heedless, "the decoder hears the critic");
    assert!(
        critic == same_critic && critic.iter().any(|&value| value != 0.0),
        "what the decoder is asked teaches the critic nothing"
    );
    let (unmoved, _) = gradient_beside_a_critic(|config, model| {
        without_say(config);
        let weights = gather(&model.critic).iter().map(|weight| -2.0 * weight).collect::<Vec<_>>();
        model.critic = scatter(model.critic.clone(), &weights);
    });
    assert!(unmoved == heedless, "the critic's own lesson does not reach the decoder");
}

#[test]
fn a_critic_learns_to_tell_two_kinds_of_pictures() {
    let device = Default::default();
    let learning = trainer::config::Learning { learning_rate: 3e-3, steps: Some(40), ..tiny().decoder.learning };
    let pictures: Vec<_> = (0..4).map(|index| picture(1, index, &scene(1, index), 32)).collect();
    let painted = pictures_to_tensor::<Learning>(&pictures, &device);
    let blurred = avg_pool2d(painted.clone(), [5, 5], [1, 1], [2, 2], true, false);
    let mut learner = Learner::new(Critic::<Learning>::new(&[8, 8], &device));
    let mut losses = Vec::new();
    for _ in 0..40 {
        let loss = hinge(learner.model.judge(painted.clone()).verdict, learner.model.judge(blurred.clone()).verdict);
        losses.push(loss.clone().into_scalar());
        learner.learn(loss, &learning);
    }
    assert!(losses[39] < 0.8 * losses[0], "{losses:?}");
}

#[test]
fn normalised_latents_have_mean_0_and_deviation_1_and_the_same_pictures() {
    let (config, device) = (tiny(), Default::default());
    let model = new_autoencoder::<Cpu>(&config, &device).unwrap();
    let pictures: Vec<_> =
        ((1u64 << 40) + 100..(1 << 40) + 132).map(|index| picture(config.seed, index, &scene(config.seed, index), 32)).collect();
    let images = pictures_to_tensor::<Cpu>(&pictures, &device);
    let before = model.encode(images.clone());
    let redrawn = model.decode(before.mean.clone());

    let model = normalise(model, &config, &device);
    let after = model.encode(images);
    let close = |a: Tensor<Cpu, 4>, b: Tensor<Cpu, 4>| (a - b).abs().max().into_scalar() < 1e-3;
    assert!(close(model.decode(after.mean.clone()), redrawn));
    let latents = after.mean.clone().swap_dims(0, 1).reshape([4, 32 * 64]);
    let ones = Tensor::<Cpu, 2>::from_data(TensorData::new(vec![1f32; 4], [4, 1]), &device);
    assert!((latents.clone().mean_dim(1)).abs().max().into_scalar() < 1e-3);
    assert!((latents.var(1) - ones).abs().max().into_scalar() < 1e-2);
    // The posterior's spread is measured in the new unit: relative to the mean it stays.
    let scale = |mean: Tensor<Cpu, 4>| mean.clone().var(0).mean().into_scalar();
    assert!(scale(before.mean) > 0.0 && after.logvar.abs().max().into_scalar() < 30.0);
}
