//! The schedulers against diffusers: schedules, and chains of steps whose model outputs are plain noise.

use burn::tensor::{Tensor, TensorData};
use burn_flex::Flex;
use diffusion::schedulers::{
    DdimInverse, FinalSigmasType, NoiseSchedule, PredictionType, Scheduler, SchedulerConfig, SchedulerStep, TimestepSpacing,
};
use diffusion::{SchedulerKind, rescale_noise_cfg};
use safetensors::SafeTensors;
use serde::Deserialize;
use serde_json::Value;

use crate::golden_run::{golden, relative_error};

/// A golden scheduler: diffusers' class, made from this configuration without the pipeline's corrections.
#[derive(Deserialize)]
struct Setting {
    scheduler: SchedulerKind,
    config: Value,
    num_inference_steps: usize,
    /// DDIM's.
    eta: Option<f64>,
    /// With which step the run begins, if it begins from a picture.
    begin: Option<usize>,
}

impl Setting {
    fn config(&self) -> SchedulerConfig {
        config_of(&self.config)
    }

    fn scheduler(&self) -> Scheduler<Flex> {
        Scheduler::new(self.scheduler, &self.config(), self.num_inference_steps).with_eta(self.eta.unwrap_or(0.0))
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

fn golden_json(file: &str, section: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(golden(file)).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()[section].as_array().unwrap().clone()
}

fn numbers(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap() as f32).collect()
}

#[test]
fn noise_schedules_equal_those_of_diffusers() {
    for golden in golden_json("schedules.json", "noise_schedules") {
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
    let schedules = golden_json("schedules.json", "schedules");
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
            let stepped = scheduler.step(tensor(model_output), step, sample, no_noise);
            assert_close(&values(stepped.prev_sample.clone()), &samples[step + 1], tolerance, &name);
            if let Some(originals) = &originals {
                assert_close(&values(stepped.pred_original_sample), &originals[step], tolerance, &name);
            }
            sample = stepped.prev_sample;
        }
    }
}

fn tensor(values: &[f32]) -> Tensor<Flex, 4> {
    Tensor::from_data(TensorData::new(values.to_vec(), [1, 4, 1, values.len() / 4]), &Default::default())
}

fn no_noise() -> Tensor<Flex, 4> {
    panic!("a sampler asks for noise that it said it does not need")
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
                SchedulerKind::Euler | SchedulerKind::EulerAncestral => x0.clone() + epsilon.clone() * sigma,
                _ => (x0.clone() + epsilon.clone() * sigma) / (1.0 + sigma * sigma).sqrt(),
            };
            let mut sample = at(scheduler.sigmas()[0].into());
            for step in 0..scheduler.timesteps().len() {
                let sigma = f64::from(scheduler.sigmas()[step]);
                // A sampler that adds noise has another ε then; PNDM makes some evaluations away from their own noise level.
                let epsilon = match kind {
                    SchedulerKind::Pndm => epsilon.clone(),
                    _ => {
                        let usual = scheduler.scale_model_input(sample.clone(), step) * (1.0 + sigma * sigma).sqrt();
                        (usual - x0.clone()) / sigma
                    }
                };
                let model_output = match prediction_type {
                    PredictionType::Epsilon => epsilon,
                    PredictionType::VPrediction => (epsilon - x0.clone() * sigma) / (1.0 + sigma * sigma).sqrt(),
                    PredictionType::Sample => x0.clone(),
                };
                let SchedulerStep { prev_sample, pred_original_sample } =
                    scheduler.step(model_output, step, sample, || tensor(&diffusion::latent::randn(step as u64, [1, 4, 2, 3])));
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
    for kind in SchedulerKind::ALL {
        let run = |scheduler: &mut Scheduler<Flex>, begin: usize| {
            let mut sample = tensor(&[1.0; 24]);
            for step in begin..scheduler.timesteps().len() {
                let noise = || tensor(&[step as f32; 24]);
                sample = scheduler.step(sample.clone().sin(), step, sample, noise).prev_sample;
            }
            values(sample)
        };
        let fresh = || Scheduler::<Flex>::new(kind, &stable_diffusion(), 5);
        let mut used = fresh();
        for begin in [0, 0, 2, 3, 0] {
            assert_eq!(run(&mut used, begin), run(&mut fresh(), begin), "{kind} from step {begin}");
        }
    }
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
                    let stepped = scheduler.step(tensor(&[1.0; 24]), last, tensor(&[1.0; 24]), || tensor(&[1.0; 24]));
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
    check(r#"{"thresholding": true}"#, &["thresholding is true", "only false"]);
    check(r#"{"algorithm_type": "sde-dpmsolver++"}"#, &["algorithm_type", "sde-dpmsolver++", "only \"dpmsolver++\" or \"deis\""]);
    check(r#"{"solver_type": "heun"}"#, &["solver_type", "heun", "midpoint", "bh2"]);
    check(r#"{"lambda_min_clipped": -5.1}"#, &["lambda_min_clipped is -5.1", "only null"]);
    check(r#"{"solver_order": 3}"#, &["solver_order is 3", "1 or 2"]);
    check(r#"{"original_inference_steps": 0}"#, &["original_inference_steps is 0", "at least 1"]);
    check(r#"{"timestep_scaling": 0}"#, &["timestep_scaling is 0", "above 0"]);
    let classes = CLASSES.map(|(class, _)| class);
    check(r#"{"_class_name": "HeunDiscreteScheduler"}"#, &[&["HeunDiscreteScheduler"][..], &classes].concat());
    check("{}", &["_class_name is absent"]);
}

const CLASSES: [(&str, SchedulerKind); 8] = [
    ("DDPMScheduler", SchedulerKind::Ddpm),
    ("DDIMScheduler", SchedulerKind::Ddim),
    ("PNDMScheduler", SchedulerKind::Pndm),
    ("EulerDiscreteScheduler", SchedulerKind::Euler),
    ("EulerAncestralDiscreteScheduler", SchedulerKind::EulerAncestral),
    ("DPMSolverMultistepScheduler", SchedulerKind::DpmPlusPlus2M),
    ("UniPCMultistepScheduler", SchedulerKind::UniPc),
    ("LCMScheduler", SchedulerKind::Lcm),
];

#[test]
fn a_file_names_the_sampler_that_it_was_written_for() {
    let kind = |json: String| SchedulerConfig::from_json(&json).unwrap().kind();
    for (class, expected) in CLASSES {
        assert_eq!(kind(format!(r#"{{"_class_name": "{class}"}}"#)), Ok(expected));
    }
    let karras = r#"{"_class_name": "DPMSolverMultistepScheduler", "use_karras_sigmas": true, "lambda_min_clipped": -Infinity}"#;
    assert_eq!(kind(karras.into()), Ok(SchedulerKind::DpmPlusPlus2MKarras));
}

#[test]
fn a_sampler_has_one_name_everywhere() {
    for kind in SchedulerKind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        assert_eq!(serde_json::from_value::<SchedulerKind>(kind.name().into()).unwrap(), kind);
        assert_eq!(kind.name().parse::<SchedulerKind>(), Ok(kind));
        let error = "heun".parse::<SchedulerKind>().unwrap_err().to_string();
        assert!(error.contains("“heun”") && error.contains(kind.name()), "{error}");
    }
}

#[test]
fn every_samplers_levels_equal_those_of_diffusers() {
    let schedules = golden_json("schedulers.json", "schedules");
    for kind in SchedulerKind::ALL {
        assert!(schedules.iter().filter(|golden| golden["scheduler"] == kind.name()).count() >= 8, "{kind}");
    }
    for golden in schedules {
        let setting = Setting::deserialize(&golden).unwrap();
        let (scheduler, name) = (setting.scheduler(), setting.name());
        let check = |ours: &[f32], theirs: &[f32], what: &str| {
            assert_eq!(ours.len(), theirs.len(), "{what} of {name}");
            for (a, b) in ours.iter().zip(theirs) {
                assert!(a == b || (a - b).abs() <= 1e-6 * b.abs().max(1.0), "{what} of {name}: {a} is not {b} in {ours:?}");
            }
        };
        check(scheduler.timesteps(), &numbers(&golden["timesteps"]), "timesteps");
        // Null is infinity.
        let sigmas = golden["sigmas"].as_array().unwrap().iter().map(|sigma| sigma.as_f64().map_or(f32::INFINITY, |s| s as f32));
        check(scheduler.sigmas(), &sigmas.collect::<Vec<_>>(), "sigmas");
        check(&[scheduler.init_noise_sigma()], &[golden["init_noise_sigma"].as_f64().unwrap() as f32], "init_noise_sigma");
    }
}

/// `schedulers.safetensors`: the settings of one section, and [steps, 4, 1, 2] as one tensor [1, 4, 1, 2] for each step.
struct Steps {
    bytes: Vec<u8>,
}

impl Steps {
    fn read() -> Self {
        Self { bytes: std::fs::read(golden("schedulers.safetensors")).unwrap() }
    }

    fn settings<T: serde::de::DeserializeOwned>(&self, section: &str) -> Vec<T> {
        let (_, metadata) = SafeTensors::read_metadata(&self.bytes).unwrap();
        serde_json::from_str(&metadata.metadata().as_ref().unwrap()[section]).unwrap()
    }

    fn numbers(&self, name: &str) -> Option<Vec<f32>> {
        let view = SafeTensors::deserialize(&self.bytes).unwrap();
        let words = view.tensor(name).ok()?.data().chunks_exact(4).map(|word| f32::from_le_bytes(word.try_into().unwrap()));
        Some(words.collect())
    }

    fn of(&self, section: &str, index: usize, name: &str) -> Option<Vec<Vec<f32>>> {
        Some(self.numbers(&format!("{section}/{index}/{name}"))?.chunks(4 * 2).map(<[f32]>::to_vec).collect())
    }
}

#[test]
fn every_sampler_steps_as_diffusers_does() {
    let steps = Steps::read();
    let settings: Vec<Setting> = steps.settings("chains");
    for kind in SchedulerKind::ALL {
        assert!(settings.iter().any(|setting| setting.scheduler == kind && setting.begin.is_some()), "{kind}");
    }
    for (index, setting) in settings.iter().enumerate() {
        let read = |name: &str| steps.of("chains", index, name);
        let (samples, model_outputs) = (read("samples").unwrap(), read("model_outputs").unwrap());
        let (original, noise) = (tensor(&read("original").unwrap()[0]), tensor(&read("noise").unwrap()[0]));
        let (model_inputs, originals, noises) = (read("model_inputs"), read("pred_original_samples"), read("noises"));
        let mut scheduler = setting.scheduler();
        // Samples of σ = 4096 end in multiples of 0.0005, and what is lost there stays lost in the samples that follow.
        let tolerance = if scheduler.init_noise_sigma() > 1000.0 { 1e-4 } else { 1e-5 };
        let begin = setting.begin.unwrap_or(0);
        assert_eq!(scheduler.timesteps().len() - begin, model_outputs.len(), "{}", setting.name());
        let mut sample = match setting.begin {
            Some(begin) => scheduler.add_noise(original, noise, begin),
            None => noise * scheduler.init_noise_sigma(),
        };
        assert_close(&values(sample.clone()), &samples[0], tolerance, &format!("chain {index}: {}", setting.name()));
        for (step, model_output) in model_outputs.iter().enumerate() {
            let name = format!("chain {index}, step {step}: {}", setting.name());
            if let Some(inputs) = &model_inputs {
                let input = scheduler.scale_model_input(sample.clone(), begin + step);
                assert_close(&values(input), &inputs[step], tolerance, &name);
            }
            let mut drawn = 0;
            let draw = || {
                drawn += 1;
                tensor(&noises.as_ref().expect("diffusers draws noise in this chain")[step])
            };
            let needed = scheduler.needs_noise(begin + step);
            let stepped = scheduler.step(tensor(model_output), begin + step, sample, draw);
            assert_eq!(drawn, usize::from(needed), "{name}");
            assert_close(&values(stepped.prev_sample.clone()), &samples[step + 1], tolerance, &name);
            if let Some(originals) = &originals {
                assert_close(&values(stepped.pred_original_sample), &originals[step], tolerance, &name);
            }
            sample = stepped.prev_sample;
        }
    }
}

#[test]
fn a_run_from_a_picture_begins_where_diffusers_begins() {
    let starts = golden_json("schedulers.json", "img2img_starts");
    assert!(starts.len() > 100);
    for golden in starts {
        let kind = SchedulerKind::deserialize(&golden["scheduler"]).unwrap();
        let steps = golden["num_inference_steps"].as_u64().unwrap() as usize;
        let scheduler = Scheduler::<Flex>::new(kind, &stable_diffusion(), steps);
        let strength = golden["strength"].as_f64().unwrap();
        for strength in [strength, f64::from(strength as f32)] {
            assert_eq!(scheduler.img2img_start(strength) as u64, golden["start"], "{golden}");
        }
    }
}

#[test]
fn every_samplers_noisy_picture_is_the_same_to_the_model() {
    let (original, noise) =
        (tensor(&[0.5, -1.0, 0.25, 2.0, 1.0, 0.0, -0.5, 3.0]), tensor(&[1.0, -2.0, 0.5, 0.1, 0.0, 1.5, -1.0, 0.3]));
    for kind in SchedulerKind::ALL {
        let scheduler = Scheduler::<Flex>::new(kind, &stable_diffusion(), 10);
        for step in 0..scheduler.timesteps().len() {
            let sigma = f64::from(scheduler.sigmas()[step]);
            let usual = (original.clone() + noise.clone() * sigma) / (1.0 + sigma * sigma).sqrt();
            let input = scheduler.scale_model_input(scheduler.add_noise(original.clone(), noise.clone(), step), step);
            assert_close(&values(input), &values(usual), 1e-5, &format!("{kind}, step {step}"));
        }
    }
}

#[test]
fn pure_noise_holds_nothing_of_the_picture() {
    let config =
        SchedulerConfig { rescale_betas_zero_snr: true, timestep_spacing: Some(TimestepSpacing::Trailing), ..stable_diffusion() };
    let scheduler = Scheduler::<Flex>::new(SchedulerKind::Ddim, &config, 10);
    let noise = [1.0, -2.0, 0.5, 0.1];
    assert_eq!(values(scheduler.add_noise(tensor(&[9.0; 4]), tensor(&noise), 0)), noise);
}

#[test]
fn inversion_equals_diffusers() {
    #[derive(Deserialize)]
    struct Inversion {
        config: Value,
        num_inference_steps: usize,
    }
    let steps = Steps::read();
    let settings: Vec<Inversion> = steps.settings("inversions");
    assert!(settings.len() > 8);
    for (index, Inversion { config, num_inference_steps }) in settings.iter().enumerate() {
        let read = |name: &str| steps.of("inversions", index, name).unwrap();
        let inverse = DdimInverse::new(&config_of(config), *num_inference_steps);
        assert_eq!(inverse.timesteps(), steps.numbers(&format!("inversions/{index}/timesteps")).unwrap(), "{config}");
        let (samples, originals) = (read("samples"), read("pred_original_samples"));
        let mut sample = tensor(&samples[0]);
        for (step, model_output) in read("model_outputs").iter().enumerate() {
            let name = format!("inversion {index}, step {step}: {config}");
            let stepped = inverse.step(tensor(model_output), step, sample);
            assert_close(&values(stepped.prev_sample.clone()), &samples[step + 1], 1e-5, &name);
            assert_close(&values(stepped.pred_original_sample), &originals[step], 1e-5, &name);
            sample = stepped.prev_sample;
        }
    }
}

#[test]
fn ddim_leads_an_inverted_picture_back() {
    let (picture, epsilon) = ([0.5, -1.0, 0.25, 2.0], tensor(&[1.0, -2.0, 0.5, 0.1]));
    for spacing in [TimestepSpacing::Leading, TimestepSpacing::Trailing, TimestepSpacing::Linspace] {
        let config = SchedulerConfig { timestep_spacing: Some(spacing), set_alpha_to_one: Some(false), ..stable_diffusion() };
        let inverse = DdimInverse::new(&config, 10);
        let mut scheduler = Scheduler::<Flex>::new(SchedulerKind::Ddim, &config, 10);
        let mut rising = inverse.timesteps().to_vec();
        rising.reverse();
        assert_eq!(rising, scheduler.timesteps());
        let noisy = (0..10).fold(tensor(&picture), |sample, step| inverse.step(epsilon.clone(), step, sample).prev_sample);
        let back =
            (0..10).fold(noisy.clone(), |sample, step| scheduler.step(epsilon.clone(), step, sample, no_noise).prev_sample);
        assert!(relative_error(&values(noisy), &picture) > 0.5);
        // Linspace is uneven, and a step is a fixed number of timesteps long.
        if spacing != TimestepSpacing::Linspace {
            assert_close(&values(back), &picture, 1e-4, &format!("{spacing:?}"));
        }
    }
}

#[test]
fn inverting_a_models_pictures_stays_finite() {
    let config = SchedulerConfig { prediction_type: PredictionType::Sample, ..SchedulerConfig::default() };
    for steps in [1, 10, 1000] {
        let inverse = DdimInverse::new(&config, steps);
        let last = inverse.timesteps().len() - 1;
        for step in [0, last] {
            let stepped = inverse.step(tensor(&[0.5; 4]), step, tensor(&[1.0; 4]));
            assert!(values(stepped.prev_sample).iter().all(|value| value.is_finite()), "step {step} of {steps}");
        }
    }
}

#[test]
fn rescaled_guidance_equals_diffusers() {
    let steps = Steps::read();
    let read = |name: &str| steps.numbers(&format!("rescaled/{name}")).unwrap();
    let batch = |name: &str| Tensor::<Flex, 4>::from_data(TensorData::new(read(name), [2, 4, 2, 3]), &Default::default());
    for (share, name) in [(0.0, "0.0"), (0.7, "0.7"), (1.0, "1.0")] {
        let rescaled = rescale_noise_cfg(batch("noise_cfg"), batch("noise_pred_text"), share);
        assert!(relative_error(&values(rescaled), &read(name)) < 1e-6, "{share}");
    }
    assert!(relative_error(&read("1.0"), &read("0.0")) > 0.5);
}

/// The timesteps of a sampler on Stable Diffusion's schedule.
fn timesteps_of(kind: SchedulerKind, spacing: TimestepSpacing, steps: usize) -> Vec<f32> {
    let config = SchedulerConfig { timestep_spacing: Some(spacing), ..stable_diffusion() };
    Scheduler::<Flex>::new(kind, &config, steps).timesteps().to_vec()
}

#[test]
fn a_ddim_step_is_a_fixed_number_of_timesteps_long() {
    let last_sigma = |spacing, steps| {
        let config = SchedulerConfig { timestep_spacing: Some(spacing), set_alpha_to_one: Some(true), ..stable_diffusion() };
        *Scheduler::<Flex>::new(SchedulerKind::Ddim, &config, steps).sigmas().last().unwrap()
    };
    assert_eq!(last_sigma(TimestepSpacing::Trailing, 10), 0.0);
    // 7 does not divide 1000: the last step goes from 142 by 142 to timestep 0 instead of to the picture.
    assert!((last_sigma(TimestepSpacing::Trailing, 7) - 0.0291672).abs() < 1e-6);
}

#[test]
fn the_solvers_space_one_step_more_than_the_others() {
    let first = |kind| timesteps_of(kind, TimestepSpacing::Leading, 20)[..3].to_vec();
    for kind in [SchedulerKind::DpmPlusPlus2M, SchedulerKind::UniPc] {
        assert_eq!(first(kind), [941.0, 894.0, 847.0]);
        assert_eq!(timesteps_of(kind, TimestepSpacing::Linspace, 20)[..2], [999.0, 949.0]);
    }
    for kind in [SchedulerKind::Ddpm, SchedulerKind::Ddim, SchedulerKind::Euler, SchedulerKind::EulerAncestral] {
        assert_eq!(first(kind), [951.0, 901.0, 851.0]);
    }
}

#[test]
fn pndm_asks_the_model_once_more_than_it_steps() {
    let timesteps = timesteps_of(SchedulerKind::Pndm, TimestepSpacing::Leading, 50);
    assert_eq!(timesteps.len(), 51);
    assert_eq!(timesteps[..4], [981.0, 961.0, 961.0, 941.0]);
}

#[test]
fn a_leading_spacing_never_begins_at_the_last_timestep() {
    for kind in SchedulerKind::ALL {
        let begins_last = |spacing| timesteps_of(kind, spacing, 20)[0] == 999.0;
        // LCM has one spacing of its own, and so have Karras' sigmas.
        let is_own = matches!(kind, SchedulerKind::Lcm | SchedulerKind::DpmPlusPlus2MKarras);
        assert_eq!(begins_last(TimestepSpacing::Leading), is_own, "{kind}");
        assert!(begins_last(TimestepSpacing::Trailing) && begins_last(TimestepSpacing::Linspace), "{kind}");
    }
}

#[test]
fn as_many_steps_as_timesteps_do_not_leave_the_schedule() {
    // A leading spacing of 1000 steps with an offset of 1 begins one beyond the last timestep; levels of the solvers come twice.
    for kind in SchedulerKind::ALL {
        for spacing in [TimestepSpacing::Leading, TimestepSpacing::Linspace] {
            let config = SchedulerConfig { timestep_spacing: Some(spacing), ..stable_diffusion() };
            for final_sigmas_type in [FinalSigmasType::Zero, FinalSigmasType::SigmaMin] {
                let config = SchedulerConfig { final_sigmas_type, lower_order_final: false, ..config.clone() };
                let mut scheduler = Scheduler::<Flex>::new(kind, &config, 1000);
                let mut sample = tensor(&[1.0; 4]);
                for step in 0..scheduler.timesteps().len() {
                    sample = scheduler.step(tensor(&[0.1; 4]), step, sample, || tensor(&[0.1; 4])).prev_sample;
                }
                assert!(values(sample).iter().all(|value| value.is_finite()), "{kind}, {spacing:?}, {final_sigmas_type:?}");
            }
        }
    }
}

#[test]
fn only_set_alpha_to_one_ends_without_noise() {
    for kind in [SchedulerKind::Ddim, SchedulerKind::Pndm] {
        let last = |set_alpha_to_one| {
            let config = SchedulerConfig { set_alpha_to_one, ..stable_diffusion() };
            *Scheduler::<Flex>::new(kind, &config, 20).sigmas().last().unwrap()
        };
        let (alpha_zero, one) = (0.0291672_f32, 0.0);
        assert!((last(Some(false)) - alpha_zero).abs() < 1e-6, "{kind}");
        assert_eq!(last(Some(true)), one, "{kind}");
        // Where the file does not say, each class has its own default.
        assert_eq!(last(None), last(Some(kind == SchedulerKind::Ddim)), "{kind}");
    }
}

#[test]
fn eulers_initial_noise_depends_on_the_spacing() {
    for kind in [SchedulerKind::Euler, SchedulerKind::EulerAncestral] {
        for (spacing, expected) in
            [(TimestepSpacing::Linspace, 14.6146), (TimestepSpacing::Trailing, 14.6146), (TimestepSpacing::Leading, 11.0736)]
        {
            let config = SchedulerConfig { timestep_spacing: Some(spacing), ..stable_diffusion() };
            let init_noise_sigma = Scheduler::<Flex>::new(kind, &config, 20).init_noise_sigma();
            assert!((init_noise_sigma - expected).abs() < 1e-4, "{kind}, {spacing:?}: {init_noise_sigma}");
        }
    }
}

#[test]
fn karras_timesteps_are_whole_for_the_solvers_alone() {
    let config = SchedulerConfig { use_karras_sigmas: true, timestep_spacing: None, ..stable_diffusion() };
    let timesteps = |kind| Scheduler::<Flex>::new(kind, &config, 20).timesteps().to_vec();
    let whole = [999, 962, 921, 876, 827, 772, 710, 640, 561, 474, 380, 285, 197, 123, 69, 35, 15, 6, 2, 0].map(|t| t as f32);
    assert_eq!(timesteps(SchedulerKind::DpmPlusPlus2MKarras), whole);
    assert_eq!(timesteps(SchedulerKind::UniPc), whole);
    assert!(timesteps(SchedulerKind::Euler)[1..19].iter().all(|t| t.fract() != 0.0));
    // These have no such key, or are the sampler without it.
    let plain = SchedulerConfig { use_karras_sigmas: false, ..config.clone() };
    for kind in [SchedulerKind::EulerAncestral, SchedulerKind::DpmPlusPlus2M, SchedulerKind::Ddim] {
        assert_eq!(timesteps(kind), Scheduler::<Flex>::new(kind, &plain, 20).timesteps(), "{kind}");
    }
}

#[test]
fn halves_are_rounded_to_even_timesteps() {
    for kind in [SchedulerKind::Ddim, SchedulerKind::DpmPlusPlus2M] {
        assert_eq!(timesteps_of(kind, TimestepSpacing::Trailing, 30)[..3], [999.0, 966.0, 932.0]);
    }
    // 999/2 = 499.5
    assert_eq!(timesteps_of(SchedulerKind::UniPc, TimestepSpacing::Linspace, 2), [999.0, 500.0]);
    assert_eq!(timesteps_of(SchedulerKind::Ddim, TimestepSpacing::Linspace, 3), [999.0, 500.0, 0.0]);
    assert_eq!(timesteps_of(SchedulerKind::Euler, TimestepSpacing::Linspace, 3), [999.0, 499.5, 0.0]);
}

#[test]
fn lcm_takes_the_timesteps_that_its_model_was_distilled_with() {
    let timesteps = |steps| Scheduler::<Flex>::new(SchedulerKind::Lcm, &stable_diffusion(), steps).timesteps().to_vec();
    assert_eq!(timesteps(2), [999.0, 499.0]);
    assert_eq!(timesteps(4), [999.0, 759.0, 499.0, 259.0]);
    assert_eq!(timesteps(8), [999.0, 879.0, 759.0, 639.0, 499.0, 379.0, 259.0, 139.0]);
    // There are no more than those.
    assert_eq!((timesteps(51).len(), stable_diffusion().most_steps(SchedulerKind::Lcm)), (50, 50));
}
