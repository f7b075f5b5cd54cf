//! The whole course in miniature: it ends with a folder that `diffusion` loads.

use std::collections::HashMap;

use diffusion::{Folder, Generation, Pipeline, SchedulerKind};
use trainer::ancestor::Ancestor;
use trainer::checkpoint::Checkpoint;
use trainer::course::{Trained, train, train_consistency, train_decoder};
use trainer::export::{Edition, export, files};
use trainer::models::new_denoiser;
use trainer::parameters;
use trainer::run::Run;
use trainer::tokens::vocabulary;

use crate::{Cpu, Learning, folder, tiny};

#[test]
fn a_run_ends_with_a_folder_that_loads_and_draws() {
    let place = folder("course");
    let device = Default::default();
    let run = Run::begin(&place, tiny()).unwrap();
    train::<Learning>(&run, None, &device).unwrap();
    let path = run.path("denoiser.safetensors");
    let finished = Checkpoint::read(&path).unwrap().unwrap();
    assert_eq!(finished.step, 6);
    assert!(run.path("losses-denoiser.csv").exists() && run.path("sheets/denoiser-000006.png").exists());

    // A finished run has nothing left to learn.
    train::<Learning>(&Run::open(&place).unwrap(), None, &device).unwrap();
    assert!(Checkpoint::read(&path).unwrap().unwrap().weights == finished.weights);

    let output = place.join("model");
    let bytes = export::<Cpu>(&run, Edition::Full, &device, &output).unwrap();
    assert!(bytes > 0);
    let pipeline = Pipeline::<Cpu>::load(&Folder::open(&output).unwrap(), &device).unwrap();
    let shape = pipeline.shape();
    assert_eq!((shape.tokens, shape.latent, shape.image), (32, [4, 8, 8], [32, 32]));
    assert_eq!(pipeline.tokenize("a red boat on the sea").unwrap().slots.len(), 32);
    let generation = Generation { num_inference_steps: Some(2), ..Generation::of("a red boat") };
    let mut denoising = pipeline.begin(&generation, &mut ()).unwrap();
    let mut latent = denoising.latent();
    while let Some(step) = pollster::block_on(denoising.step(&pipeline, &mut (), &())) {
        latent = step.latent;
    }
    let picture = pollster::block_on(pipeline.decode(latent, &mut (), &()));
    assert_eq!(picture.dims(), [1, 3, 32, 32]);
    assert!(picture.sum().into_scalar().is_finite());

    Trained::<Cpu>::load(&run, &device).unwrap().sheet(&run, &device, &place.join("sheet.png")).unwrap();
    assert!(place.join("sheet.png").exists());
    std::fs::remove_dir_all(place).unwrap();
}

#[test]
fn the_decoder_learns_on_while_encoder_and_latents_stay() {
    let place = folder("decoder");
    let device = Default::default();
    let run = Run::begin(&place, tiny()).unwrap();
    train::<Learning>(&run, None, &device).unwrap();
    let vae = || parameters::named(&Trained::<Cpu>::load(&run, &device).unwrap().vae);
    let before = vae();
    train_decoder::<Learning>(&run, &device).unwrap();
    assert!(run.path("losses-decoder.csv").exists() && run.path("sheets/decoder-000006.png").exists());
    let after = vae();
    let mut changed = 0;
    for (path, (_, numbers)) in &after {
        let is_encoder = path.starts_with("encoder.") || path.starts_with("quant_conv.");
        assert!(!is_encoder || *numbers == before[path].1, "{path} has changed");
        changed += usize::from(*numbers != before[path].1);
    }
    let decoders = after.keys().filter(|path| path.contains("decoder.") || path.starts_with("post_quant_conv.")).count();
    assert_eq!(changed, decoders, "the whole decoder learns");
    // The latents still belong to this autoencoder: the denoiser can learn on.
    train::<Learning>(&Run::open(&place).unwrap(), None, &device).unwrap();

    let path = run.path("decoder.safetensors");
    let decoder = Checkpoint::read(&path).unwrap().unwrap();
    Checkpoint { lineage: "another autoencoder".into(), ..decoder }.write(&path).unwrap();
    let refused = Trained::<Cpu>::load(&run, &device).err().expect("it belongs to another autoencoder").to_string();
    assert!(refused.contains("decoder.safetensors"), "{refused}");
    std::fs::remove_dir_all(place).unwrap();
}

#[test]
fn a_fast_twin_is_distilled_that_paints_without_guidance() {
    let place = folder("twin");
    let device = Default::default();
    let run = Run::begin(&place, tiny()).unwrap();
    let error = format!("{:#}", files::<Cpu>(&run, Edition::Fast, &device).unwrap_err());
    assert!(error.contains("vae.safetensors"), "{error}");
    train::<Learning>(&run, None, &device).unwrap();
    let error = format!("{:#}", files::<Cpu>(&run, Edition::Fast, &device).unwrap_err());
    assert!(error.contains("consistency.safetensors") && error.contains("trainer distil"), "{error}");
    train_consistency::<Learning>(&run, &device).unwrap();
    assert!(run.path("losses-consistency.csv").exists() && run.path("sheets/consistency-000006.png").exists());

    let (full, fast) = (files::<Cpu>(&run, Edition::Full, &device).unwrap(), files::<Cpu>(&run, Edition::Fast, &device).unwrap());
    let mut own: Vec<&str> =
        fast.iter().filter(|(name, content)| full[*name] != **content).map(|(name, _)| name.as_str()).collect();
    own.sort_unstable();
    let expected = [
        "generation_config.json",
        "model_index.json",
        "scheduler/scheduler_config.json",
        "unet/diffusion_pytorch_model.safetensors",
    ];
    assert_eq!(own, expected);
    let pipeline = Pipeline::<Cpu>::load(&Folder::in_memory("fast", fast), &device).unwrap();
    let shape = pipeline.shape();
    assert_eq!((shape.scheduler, shape.num_inference_steps, shape.guidance_scale), (SchedulerKind::Lcm, 2, 1.0));
    let mut denoising = pipeline.begin(&Generation::of("a red boat"), &mut ()).unwrap();
    // Two of the ten levels.
    assert_eq!(denoising.timesteps(), [999.0, 499.0]);
    while pollster::block_on(denoising.step(&pipeline, &mut (), &())).is_some() {}
    assert!(denoising.latent().sum().into_scalar().is_finite());

    // A denoiser that has learnt on is another teacher.
    let path = run.path("denoiser.safetensors");
    let mut teacher = Checkpoint::read(&path).unwrap().unwrap();
    teacher.average[0] += 1.0;
    teacher.write(&path).unwrap();
    let error = format!("{:#}", files::<Cpu>(&run, Edition::Fast, &device).unwrap_err());
    assert!(error.contains("another denoiser"), "{error}");
    assert!(train_consistency::<Learning>(&run, &device).is_err());
    std::fs::remove_dir_all(place).unwrap();
}

#[test]
fn a_model_begins_with_what_its_ancestor_knows() {
    let device = Default::default();
    let place = folder("ancestor");
    let run = Run::begin(&place, tiny()).unwrap();
    train::<Learning>(&run, None, &device).unwrap();
    let output = place.join("model");
    export::<Cpu>(&run, Edition::Full, &device, &output).unwrap();
    let ancestor = Ancestor::open(&output).unwrap();
    let old_words = vocabulary(&std::fs::read(output.join("tokenizer/vocab.json")).unwrap()).unwrap();
    // A folder holds half precision.
    let halved_once = |number: f32| burn::tensor::f16::from_f32(number).to_f32();
    let trained = Trained::<Cpu>::load(&run, &device).unwrap();
    let old = parameters::named(&trained.denoiser);

    // The next model has more words, in another order, and more slots.
    let mut config = tiny();
    config.tokenizer.slots += 8;
    config.seed += 1;
    let mut new_words: HashMap<String, u32> = old_words.iter().map(|(word, id)| (word.clone(), id + 1)).collect();
    new_words.insert("newcomer</w>".to_string(), 0);
    let beginning = new_denoiser::<Cpu>(&config, new_words.len(), &device).unwrap();
    let before = parameters::named(&beginning);
    let after = parameters::named(&ancestor.teach_denoiser(beginning, &new_words, &device).unwrap());
    for (path, (shape, numbers)) in &after {
        let (old_shape, old_numbers) = &old[path];
        let width = shape.last().copied().unwrap();
        let rows: Vec<(usize, usize)> = if path.ends_with("token_embedding.weight") {
            assert_eq!(numbers[..width], before[path].1[..width], "a new word begins like every new word");
            old_words.values().map(|&id| (id as usize, id as usize + 1)).collect()
        } else if path.ends_with("position_embedding.weight") {
            let known = old_shape[0] * width;
            assert_eq!(numbers[known..], before[path].1[known..]);
            (0..old_shape[0]).map(|slot| (slot, slot)).collect()
        } else {
            assert_eq!(shape, old_shape);
            let halved: Vec<f32> = old_numbers.iter().copied().map(halved_once).collect();
            assert_eq!(*numbers, halved, "{path}");
            continue;
        };
        for (from, to) in rows {
            let halved: Vec<f32> = old_numbers[from * width..][..width].iter().copied().map(halved_once).collect();
            assert_eq!(numbers[to * width..][..width], halved, "{path}, row {from}");
        }
    }
    // A whole run that begins so goes through.
    let second = folder("descendant");
    train::<Learning>(&Run::begin(&second, tiny()).unwrap(), Some(&ancestor), &device).unwrap();
    let message = format!("{:#}", Ancestor::open(&folder("nobody")).err().unwrap());
    assert!(message.contains("vocab.json"), "{message}");
    std::fs::remove_dir_all(place).unwrap();
    std::fs::remove_dir_all(second).unwrap();
}

#[test]
fn an_unfinished_run_says_what_is_missing() {
    let run = Run::begin(&folder("unfinished"), tiny()).unwrap();
    let message = format!("{:#}", files::<Cpu>(&run, Edition::Full, &Default::default()).unwrap_err());
    assert!(message.contains("vae.safetensors"), "{message}");
    let message = format!("{:#}", Run::open(&folder("nothing")).unwrap_err());
    assert!(message.contains("no run"), "{message}");
}

#[test]
fn a_run_does_not_go_on_with_other_sizes() {
    let place = folder("other-sizes");
    Run::begin(&place, tiny()).unwrap();
    let mut config = tiny();
    config.denoiser.learning.minutes = 5.0;
    Run::begin(&place, config.clone()).unwrap();
    config.unet.block_out_channels = vec![8, 32];
    assert!(format!("{:#}", Run::begin(&place, config).unwrap_err()).contains("other sizes"));
}
