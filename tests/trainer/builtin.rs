//! The built-in model as it ships: its prompts steer what it paints.

use std::path::Path;

use burn_flex::Flex;
use diffusion::{Folder, Generation, Pipeline, at_once};
use painter::{Colour, Medium, Place, Scene, Sky, Subject, full_sentence, paint};

const SEEDS: u64 = 3;

fn builtin() -> Pipeline<Flex> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../weights/builtin"));
    Pipeline::load(&Folder::open(folder).unwrap(), &Default::default()).unwrap()
}

/// The mean picture of a scene over the seeds, red, green and blue of each pixel in 0..1: as the model paints it.
fn generated(pipeline: &Pipeline<Flex>, scene: &Scene) -> Vec<f32> {
    mean(|seed| {
        let generation = Generation { seed, ..Generation::of(full_sentence(scene)) };
        let mut denoising = pipeline.begin(&generation, &mut ()).unwrap();
        while at_once(denoising.step(pipeline, &mut (), &())).is_some() {}
        let picture = at_once(pipeline.decode(denoising.latent(), &mut (), &()));
        picture.permute([0, 2, 3, 1]).into_data().to_vec().unwrap()
    })
}

/// As the painter paints it.
fn painted(size: usize, scene: &Scene) -> Vec<f32> {
    mean(|seed| paint(scene, 1000 + seed, size as u32).pixels.iter().map(|&value| f32::from(value) / 255.0).collect())
}

fn mean(picture: impl Fn(u64) -> Vec<f32>) -> Vec<f32> {
    let pictures: Vec<Vec<f32>> = (0..SEEDS).map(picture).collect();
    (0..pictures[0].len()).map(|index| pictures.iter().map(|picture| picture[index]).sum::<f32>() / SEEDS as f32).collect()
}

/// What changes in the model's pictures from scene `a` to scene `b` must look like what changes in the painter's.
fn check(pipeline: &Pipeline<Flex>, a: Scene, b: Scene) {
    let size = pipeline.shape().image[0];
    let change = |a: Vec<f32>, b: Vec<f32>| -> Vec<f32> { a.iter().zip(b).map(|(a, b)| b - a).collect() };
    let model = change(generated(pipeline, &a), generated(pipeline, &b));
    let painter = change(painted(size, &a), painted(size, &b));
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f32>();
    let cosine = dot(&model, &painter) / (dot(&model, &model) * dot(&painter, &painter)).sqrt();
    assert!(cosine > 0.4, "from “{}” to “{}”: the changes have a cosine of {cosine:.2}", full_sentence(&a), full_sentence(&b));
}

fn scene() -> Scene {
    Scene::plain(Subject::Mushroom, Colour::Red, Place::Meadow, Sky::Noon, Medium::PaperCutout)
}

#[test]
fn prompts_steer_colour_subject_place_and_sky() {
    let pipeline = builtin();
    check(&pipeline, scene(), Scene { colour: Colour::Blue, ..scene() });
    check(&pipeline, scene(), Scene { subject: Subject::Balloon, ..scene() });
    check(&pipeline, scene(), Scene { place: Place::Snow, ..scene() });
    check(&pipeline, scene(), Scene { sky: Sky::Night, ..scene() });
}

#[test]
fn the_shipped_folder_is_small_enough_for_a_first_download() {
    fn bytes(folder: &Path) -> u64 {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.map(|path| if path.is_dir() { bytes(&path) } else { path.metadata().unwrap().len() }).sum()
    }
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../weights/builtin"));
    assert!(bytes(folder) < 32_000_000);
}
