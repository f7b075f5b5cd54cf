//! The whole course in miniature: it ends with a folder that `diffusion` loads.

use diffusion::{Folder, Generation, Pipeline};
use trainer::checkpoint::Checkpoint;
use trainer::course::{Trained, train};
use trainer::export::{export, files};
use trainer::run::Run;

use crate::{Cpu, Learning, folder, tiny};

#[test]
fn a_run_ends_with_a_folder_that_loads_and_draws() {
    let place = folder("course");
    let device = Default::default();
    let run = Run::begin(&place, tiny()).unwrap();
    train::<Learning>(&run, &device).unwrap();
    let path = run.path("denoiser.safetensors");
    let finished = Checkpoint::read(&path).unwrap().unwrap();
    assert_eq!(finished.step, 6);
    assert!(run.path("losses-denoiser.csv").exists() && run.path("sheets/denoiser-000006.png").exists());

    // A finished run has nothing left to learn.
    train::<Learning>(&Run::open(&place).unwrap(), &device).unwrap();
    assert!(Checkpoint::read(&path).unwrap().unwrap().weights == finished.weights);

    let output = place.join("model");
    let bytes = export::<Cpu>(&run, &device, &output).unwrap();
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
fn an_unfinished_run_says_what_is_missing() {
    let run = Run::begin(&folder("unfinished"), tiny()).unwrap();
    let message = format!("{:#}", files::<Cpu>(&run, &Default::default()).unwrap_err());
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
