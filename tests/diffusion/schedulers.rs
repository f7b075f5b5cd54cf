//! The schedulers against diffusers: schedules, and chains of steps whose model outputs are plain noise.

use burn::tensor::{Tensor, TensorData};
use burn_flex::Flex;
use diffusion::SchedulerKind;
use diffusion::schedulers::{NoiseSchedule, PredictionType, Scheduler, SchedulerConfig, SchedulerStep, TimestepSpacing};
use safetensors::SafeTensors;
use serde::Deserialize;
use serde_json::Value;

use crate::golden_run::golden;

/// A golden scheduler: diffusers' class, made from this configuration without the pipeline's corrections.
#[derive(Deserialize)]
struct Setting {
    scheduler: SchedulerKind,
    config: Value,
    num_inference_steps: usize,
}

impl Setting {
    fn config(&self) -> SchedulerConfig {
        config_of(&self.config)
    }

    fn scheduler(&self) -> Scheduler<Flex> {
        Scheduler::new(self.scheduler, &self.config(), self.num_inference_steps)
    }

    fn name(&self) -> String {
        format!("{} steps of {} with {}", self.num_inference_steps, self.scheduler, self.config)
    }
}

fn config_of(golden: &Value) -> SchedulerConfig {
    let config = SchedulerConfig::from_json(&golden.to_string()).unwrap();
    let steps_offset = golden.get("steps_offset").map_or(0, |offset| offset.as_u64().unwrap() as usize);
    SchedulerConfig { steps_offset, ..config }
}

/// The tolerance is a part of the largest number, and of 1 at least.
#[track_caller]
fn assert_close(ours: &[f32], theirs: &[f32], tolerance: f32, what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}: {ours:?} is not as long as {theirs:?}");
    let scale = theirs.iter().fold(1.0_f32, |most, number| most.max(number.abs()));
    for (a, b) in ours.iter().zip(theirs) {
        assert!((a - b).abs() <= tolerance * scale, "{what}: {a} is not {b} in {ours:?}");
    }
}

fn golden_json(section: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(golden("schedules.json")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()[section].as_array().unwrap().clone()
}

fn numbers(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap() as f32).collect()
}

#[test]
fn noise_schedules_equal_those_of_diffusers() {
    for golden in golden_json("noise_schedules") {
        // Euler's and PNDM's own treatment of a terminal SNR of zero is seen in their steps.
        if golden["scheduler"] != "ddim" {
            continue;
        }
        let schedule = NoiseSchedule::new(&config_of(&golden["config"]));
        for (t, theirs) in numbers(&golden["t"]).into_iter().zip(numbers(&golden["alphas_cumprod"])) {
            let ours = schedule.alphas_cumprod[t as usize] as f32;
            let least = if golden["name"].as_str().unwrap().ends_with("zero_snr") { 1e-4 } else { 1e-6 };
            assert!((ours - theirs).abs() <= least * theirs, "{}, ᾱ at {t}: {ours} is not {theirs}", golden["name"]);
        }
    }
}

#[test]
fn timesteps_and_sigmas_equal_those_of_diffusers() {
    let schedules = golden_json("schedules");
    assert!(schedules.len() > 100);
    for golden in schedules {
        let setting = Setting::deserialize(&golden).unwrap();
        let scheduler = setting.scheduler();
        assert_close(scheduler.timesteps(), &numbers(&golden["timesteps"]), 1e-6, &setting.name());
        assert_eq!(scheduler.sigmas().len(), scheduler.timesteps().len() + 1);
        if let Some(sigmas) = golden.get("sigmas") {
            assert_close(scheduler.sigmas(), &numbers(sigmas), 1e-6, &setting.name());
            let init_noise_sigma = golden["init_noise_sigma"].as_f64().unwrap() as f32;
            assert_close(&[scheduler.init_noise_sigma()], &[init_noise_sigma], 1e-6, &setting.name());
        }
    }
}

#[test]
fn steps_equal_those_of_diffusers() {
    let bytes = std::fs::read(golden("scheduler_steps.safetensors")).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let settings: Vec<Setting> = serde_json::from_str(&metadata.metadata().as_ref().unwrap()["chains"]).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    for (index, setting) in settings.iter().enumerate() {
        // [steps, 4, 2, 3] as one tensor [1, 4, 2, 3] for each step
        let read = |name: &str| -> Option<Vec<Vec<f32>>> {
            let view = tensors.tensor(&format!("{index}/{name}")).ok()?;
            let values = view.data().chunks_exact(4).map(|word| f32::from_le_bytes(word.try_into().unwrap()));
            Some(values.collect::<Vec<_>>().chunks(4 * 2 * 3).map(<[f32]>::to_vec).collect())
        };
        let (samples, model_outputs, model_inputs) =
            (read("samples").unwrap(), read("model_outputs").unwrap(), read("model_inputs").unwrap());
        let originals = read("pred_original_samples");
        let mut scheduler = setting.scheduler();
        assert_eq!(scheduler.timesteps().len(), model_outputs.len(), "{}", setting.name());
        let mut sample = tensor(&samples[0]);
        for (step, model_output) in model_outputs.iter().enumerate() {
            let name = format!("chain {index}, step {step}: {}", setting.name());
            // Samples of σ = 4096 end in multiples of 0.0005, and what is lost there stays lost in the samples that follow.
            let tolerance = if scheduler.init_noise_sigma() > 1000.0 { 1e-4 } else { 1e-6 };
            let input = scheduler.scale_model_input(sample.clone(), step);
            assert_close(&values(input), &model_inputs[step], tolerance, &name);
            let stepped = scheduler.step(tensor(model_output), step, sample);
            assert_close(&values(stepped.prev_sample.clone()), &samples[step + 1], tolerance, &name);
            if let Some(originals) = &originals {
                assert_close(&values(stepped.pred_original_sample), &originals[step], tolerance, &name);
            }
            sample = stepped.prev_sample;
        }
    }
}

fn tensor(values: &[f32]) -> Tensor<Flex, 4> {
    Tensor::from_data(TensorData::new(values.to_vec(), [1, 4, 2, 3]), &Default::default())
}

fn values(tensor: Tensor<Flex, 4>) -> Vec<f32> {
    tensor.into_data().to_vec().unwrap()
}

#[test]
fn a_perfect_model_leads_every_sampler_to_the_picture() {
    let (picture, noise) = ([0.5, -1.0, 0.25, 2.0].repeat(6), diffusion::latent::randn(1, [1, 4, 2, 3]));
    for kind in SchedulerKind::ALL {
        for prediction_type in [PredictionType::Epsilon, PredictionType::VPrediction, PredictionType::Sample] {
            if kind == SchedulerKind::Pndm && prediction_type != PredictionType::Epsilon {
                // It extrapolates the model's output, and only ε stays the same along the way.
                continue;
            }
            let config = SchedulerConfig { prediction_type, set_alpha_to_one: Some(true), ..stable_diffusion() };
            let mut scheduler = Scheduler::<Flex>::new(kind, &config, 20);
            let (x0, epsilon) = (tensor(&picture), tensor(&noise));
            // The sample at a noise level, in the scheduler's own scale
            let at = |sigma: f64| match kind {
                SchedulerKind::Euler => x0.clone() + epsilon.clone() * sigma,
                _ => (x0.clone() + epsilon.clone() * sigma) / (1.0 + sigma * sigma).sqrt(),
            };
            let mut sample = at(scheduler.sigmas()[0].into());
            for step in 0..scheduler.timesteps().len() {
                let sigma = f64::from(scheduler.sigmas()[step]);
                let model_output = match prediction_type {
                    PredictionType::Epsilon => epsilon.clone(),
                    PredictionType::VPrediction => (epsilon.clone() - x0.clone() * sigma) / (1.0 + sigma * sigma).sqrt(),
                    PredictionType::Sample => x0.clone(),
                };
                let SchedulerStep { prev_sample, pred_original_sample } = scheduler.step(model_output, step, sample);
                assert_close(&values(pred_original_sample), &picture, 1e-4, &format!("{kind}, step {step}"));
                sample = prev_sample;
            }
            assert_close(&values(sample), &picture, 1e-4, &format!("{kind} with {prediction_type:?}"));
        }
    }
}

fn stable_diffusion() -> SchedulerConfig {
    let text = std::fs::read_to_string(golden("tiny-sd1/scheduler/scheduler_config.json")).unwrap();
    SchedulerConfig::from_json(&text).unwrap()
}

#[test]
fn a_run_can_be_made_again_with_the_same_scheduler() {
    let mut scheduler = Scheduler::<Flex>::new(SchedulerKind::Pndm, &stable_diffusion(), 4);
    let mut run = || {
        let mut sample = tensor(&[1.0; 24]);
        for step in 0..scheduler.timesteps().len() {
            sample = scheduler.step(sample.clone().sin(), step, sample).prev_sample;
        }
        values(sample)
    };
    assert_eq!(run(), run());
}

#[test]
fn every_number_of_steps_stays_within_the_schedule() {
    for kind in SchedulerKind::ALL {
        for spacing in [TimestepSpacing::Leading, TimestepSpacing::Trailing, TimestepSpacing::Linspace] {
            for skip_prk_steps in [false, true] {
                let config = SchedulerConfig { timestep_spacing: Some(spacing), skip_prk_steps, ..SchedulerConfig::default() };
                for steps in (1..=61).chain([121, 499, 998, 999, 1000]) {
                    let mut scheduler = Scheduler::<Flex>::new(kind, &config, steps);
                    let timesteps = scheduler.timesteps();
                    assert!(timesteps.iter().all(|t| (0.0..=1000.0).contains(t)), "{steps} steps of {kind}: {timesteps:?}");
                    assert!(scheduler.sigmas().iter().all(|sigma| sigma.is_finite()));
                    let last = timesteps.len() - 1;
                    let stepped = scheduler.step(tensor(&[1.0; 24]), last, tensor(&[1.0; 24]));
                    assert!(values(stepped.prev_sample).iter().all(|value| value.is_finite()), "{steps} steps of {kind}");
                }
            }
        }
    }
}

#[test]
fn the_pipelines_corrections_are_made() {
    let config =
        SchedulerConfig::from_json(r#"{"_class_name": "DDIMScheduler", "steps_offset": 0, "clip_sample": true}"#).unwrap();
    assert_eq!((config.steps_offset, config.clip_sample), (1, false));
}

#[test]
fn a_configuration_survives_being_written() {
    let config = stable_diffusion();
    assert_eq!(SchedulerConfig::from_json(&serde_json::to_string(&config).unwrap()), Ok(config));
}

#[test]
fn a_bad_configuration_is_refused_by_key_and_value() {
    let check = |json: &str, parts: &[&str]| {
        let error = SchedulerConfig::from_json(json).and_then(|config| config.kind().map(|_| ())).unwrap_err();
        assert!(parts.iter().all(|part| error.contains(part)), "{json}: {error}");
    };
    check("[]", &["JSON object"]);
    check(r#"{"beta_schedule": "sigmoid"}"#, &["beta_schedule", "sigmoid", "scaled_linear", "squaredcos_cap_v2"]);
    check(r#"{"timestep_spacing": "karras"}"#, &["timestep_spacing", "karras", "leading", "trailing", "linspace"]);
    check(r#"{"prediction_type": "flow"}"#, &["prediction_type", "flow", "epsilon", "v_prediction", "sample"]);
    check(r#"{"num_train_timesteps": "many"}"#, &["num_train_timesteps", "many"]);
    check(r#"{"num_train_timesteps": 1}"#, &["num_train_timesteps is 1", "between 2 and 100000"]);
    check(r#"{"beta_end": 1.5}"#, &["beta_end is 1.5", "between 0 and 1"]);
    check(r#"{"trained_betas": [0.1, 0.2]}"#, &["trained_betas has 2 numbers", "1000"]);
    check(r#"{"use_beta_sigmas": true}"#, &["use_beta_sigmas is true", "only false"]);
    check(r#"{"_class_name": "LCMScheduler"}"#, &["LCMScheduler", "DDIMScheduler", "PNDMScheduler", "EulerDiscreteScheduler"]);
    check("{}", &["_class_name is absent"]);
}
