//! The built-in model as it ships: its prompts steer what it paints.

use std::path::{Path, PathBuf};

use burn_flex::Flex;
use diffusion::{Folder, Generation, Pipeline, at_once};
use painter::{Colour, Medium, Picture, Place, Scene, Sky, Subject, full_sentence, paint};
use trainer::config::Config;
use trainer::eval::{Extent, Scores, evaluate};
use trainer::oracle::{Attribute, Oracle, agreement, unseen};

use crate::folder;

const SEEDS: u64 = 3;

fn weights(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../weights")).join(name)
}

fn builtin() -> Pipeline<Flex> {
    cpu_kernels::install();
    Pipeline::load(&Folder::open(weights("builtin")).unwrap(), &Default::default()).unwrap()
}

fn config() -> Config {
    Config::parse(include_str!("../../src/trainer/configs/builtin.toml")).unwrap()
}

fn oracle() -> Oracle<Flex> {
    cpu_kernels::install();
    Oracle::open(&weights("oracle.safetensors"), &Default::default()).unwrap()
}

fn scores() -> Scores {
    serde_json::from_slice(&std::fs::read(weights("builtin/scores.json")).unwrap()).unwrap()
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
    assert!(bytes(&weights("builtin")) < 32_000_000);
}

#[test]
fn the_oracle_reads_every_attribute_of_paintings() {
    // Others than the oracle was measured on.
    let (scenes, pictures): (Vec<Scene>, Vec<Picture>) = (10_000..10_400).map(|index| unseen(&config(), index)).unzip();
    let readings = oracle().read(&pictures, &Default::default());
    let agreed = agreement(readings.iter().zip(&scenes));
    for (attribute, share) in Attribute::ALL.into_iter().zip(agreed) {
        assert!(share >= 0.95, "{}: right on {share:.3}", attribute.name());
    }
}

#[test]
fn the_scores_are_those_of_the_shipped_model() {
    let scores = scores();
    let extent = Extent { pictures: 60, held_out_pictures: 1, paintings: 16, remembered_among: 16 };
    let place = folder("scores");
    let again =
        evaluate(&weights("builtin"), &config(), &oracle(), extent, &place.join("sheet.png"), &Default::default()).unwrap();
    assert_eq!((again.num_inference_steps, again.guidance_scale), (scores.num_inference_steps, scores.guidance_scale));
    for (name, &share) in &scores.agreement {
        // Three standard deviations of a share of 60.
        assert!((again.agreement[name] - share).abs() < 0.2, "{name}: {} now, {share} in scores.json", again.agreement[name]);
    }
    assert!((again.autoencoder_psnr_db - scores.autoencoder_psnr_db).abs() < 2.5, "{} dB", again.autoencoder_psnr_db);
    std::fs::remove_dir_all(place).unwrap();
}

#[test]
fn the_page_about_the_model_tells_its_scores() {
    let page = std::fs::read_to_string(weights("README.md")).unwrap();
    let scores = scores();
    assert!(scores.pictures >= 1000);
    assert_eq!(scores.remembered_among, config().denoiser.pictures);
    let told: [(_, &[&str]); 3] = [
        (&scores.agreement, &["medium", "place", "sky", "subject", "colour"]),
        (&scores.held_out_agreement, &["subject", "colour"]),
        (&scores.oracle_accuracy, &Attribute::ALL.map(Attribute::name)),
    ];
    for (shares, names) in told {
        for name in names {
            let share = format!("{:.1} %", 100.0 * shares[*name]);
            assert!(page.contains(&share), "{name}: {share}");
        }
    }
    assert!(page.contains(&format!("{:.1} dB", scores.autoencoder_psnr_db)));
    let missed = scores.goals().iter().filter(|(.., reached)| !reached).count();
    assert_eq!(page.matches("**not reached**").count(), missed);
}
