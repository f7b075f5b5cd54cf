//! Pictures of the hall, rendered without a window with a small model of random weights.

use std::path::{Path, PathBuf};

use bevy::asset::RenderAssetUsages;
use bevy::image::{CompressedImageFormats, Image, ImageSampler, ImageType};
use bridge::{DeviceChoice, Generation};
use exhibit::{HallError, HallSettings, Shot, snapshot, tour_shots};

fn model(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/diffusion/golden")).join(name)
}

fn settings(model: PathBuf) -> HallSettings {
    let generation = Generation { num_inference_steps: Some(3), ..Generation::of("a painting of a boat") };
    HallSettings { model, device: DeviceChoice::Cpu, generation, ..HallSettings::default() }
}

fn shot(stop: &str, step: Option<usize>, output: PathBuf) -> Shot {
    Shot { stop: Some(stop.into()), step, size: [320, 180], output, film: None }
}

fn decoded(path: &Path) -> Image {
    let bytes = std::fs::read(path).unwrap();
    Image::from_buffer(
        &bytes,
        ImageType::Extension("png"),
        CompressedImageFormats::NONE,
        true,
        ImageSampler::linear(),
        RenderAssetUsages::MAIN_WORLD,
    )
    .unwrap()
}

/// Of the pixels, how many are clearly brighter than the dark of the hall.
fn lit(image: &Image) -> f32 {
    let pixels = image.data.as_ref().unwrap().chunks_exact(4);
    let count = pixels.len() as f32;
    pixels.filter(|pixel| pixel[..3].iter().any(|&channel| channel > 70)).count() as f32 / count
}

#[test]
fn stops_are_pictured_at_the_step_asked_for() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    let output = |name: &str| folder.join(name);
    let shots = [
        shot("noise", Some(0), output("noise.png")),
        shot("scheduler", Some(0), output("scheduler-0.png")),
        shot("scheduler", Some(2), output("scheduler-2.png")),
        shot("picture", None, output("picture.png")),
    ];
    let mut said = Vec::new();
    snapshot(&settings(model("tiny-sd1")), &shots, &mut |what| said.push(what)).unwrap();
    assert!(said.iter().any(|what| what.contains("picture.png")));
    let images: Vec<Image> = shots.iter().map(|shot| decoded(&shot.output)).collect();
    for (image, shot) in images.iter().zip(&shots) {
        assert_eq!([image.width(), image.height()], shot.size);
        assert!(lit(image) > 0.02, "{} is dark", shot.output.display());
    }
    assert_ne!(images[1].data, images[2].data, "another step is another picture");
}

#[test]
fn a_model_that_is_not_there_is_an_error_and_no_crash() {
    let error = snapshot(&settings(PathBuf::from("no-such-model")), &[], &mut |_| {}).unwrap_err();
    assert!(matches!(&error, HallError::Engine { message } if message.contains("no-such-model")), "{error}");
}

#[test]
fn a_stop_that_is_not_there_is_refused_with_the_ones_there_are() {
    let error = snapshot(&settings(model("tiny-sd1")), &[shot("cellar", None, PathBuf::new())], &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("cellar") && error.to_string().contains("unet.mid"), "{error}");
}

#[test]
fn the_tour_can_be_pictured() {
    let shots = tour_shots(Path::new("out"), [1280, 720]).unwrap();
    assert!(shots.len() >= 10);
    assert!(shots.iter().all(|shot| shot.output.extension().is_some_and(|extension| extension == "png")));
}
