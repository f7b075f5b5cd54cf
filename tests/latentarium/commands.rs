//! What the commands write.

use safetensors::SafeTensors;

use crate::{folder, latentarium, text, tiny_model};

const PROMPT: &str = "a watercolor of a red lighthouse by the sea at night";

/// Runs a command with the tiny model on the CPU and returns the file it wrote and what it printed.
fn run(command: &str, file: &std::path::Path, more: &[&str]) -> (Vec<u8>, String) {
    let model = tiny_model();
    let mut arguments =
        vec![command, PROMPT, "-o", file.to_str().unwrap(), "--model", model.to_str().unwrap(), "--device", "cpu"];
    arguments.extend(more);
    let output = latentarium(&arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    (std::fs::read(file).unwrap(), text(&output.stdout))
}

#[test]
fn the_same_generation_is_the_same_picture() {
    let folder = folder("generate");
    let (first, _) = run("generate", &folder.join("a.png"), &["--steps", "3", "--seed", "7"]);
    let (second, _) = run("generate", &folder.join("b.png"), &["--steps", "3", "--seed", "7"]);
    let (other, _) = run("generate", &folder.join("c.png"), &["--steps", "3", "--seed", "8"]);
    assert_eq!(first, second);
    assert_ne!(first, other);
    let picture = image::load_from_memory(&first).unwrap();
    assert_eq!((picture.width(), picture.height()), (32, 32));
}

#[test]
fn a_size_can_be_asked_for() {
    let (bytes, _) = run("generate", &folder("size").join("wide.png"), &["--steps", "2", "--width", "64"]);
    let picture = image::load_from_memory(&bytes).unwrap();
    assert_eq!((picture.width(), picture.height()), (64, 32));
}

#[test]
fn several_pictures_have_the_seeds_that_follow() {
    let folder = folder("count");
    let model = tiny_model();
    let output = folder.join("boat.png");
    let (model, asked) = (model.to_str().unwrap(), output.to_str().unwrap());
    let made = latentarium(&[
        "generate", PROMPT, "-o", asked, "--model", model, "--device", "cpu", "--steps", "2", "--seed", "7", "--count", "2",
    ]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let (alone, _) = run("generate", &folder.join("alone.png"), &["--steps", "2", "--seed", "8"]);
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    assert!(!output.exists());
    assert_eq!(read("boat-8.png"), alone);
    assert_ne!(read("boat-7.png"), alone);
}

#[test]
fn a_trace_shows_the_inside_when_asked() {
    let (bytes, _) = run("trace", &folder("inside").join("run.safetensors"), &["--steps", "2", "--attention", "--features"]);
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let shape = |name: &str| tensors.tensor(name).unwrap_or_else(|_| panic!("{name} is missing")).shape().to_vec();
    let evaluations = shape("timesteps")[0];
    // Both halves of guidance of every evaluation.
    assert_eq!(shape("unet.mid"), [2 * evaluations, 16, 2, 2]);
    assert_eq!(shape("unet.down.0.attn.0.cross"), [2 * evaluations, 2, 64, 16]);
    let weights = tensors.tensor("unet.down.0.attn.0.cross").unwrap().data();
    let row: f32 = weights[..16 * 4].chunks_exact(4).map(|word| f32::from_le_bytes(word.try_into().unwrap())).sum();
    assert!((row - 1.0).abs() < 1e-5, "the weights of a place sum to {row}");
    let (plain, _) = run("trace", &folder("outside").join("run.safetensors"), &["--steps", "2"]);
    assert!(SafeTensors::deserialize(&plain).unwrap().tensor("unet.mid").is_err());
}

#[test]
fn json_says_what_was_done() {
    let (_, stdout) = run("generate", &folder("json").join("a.png"), &["--steps", "2", "--json"]);
    let json: serde_json::Value = serde_json::from_str(stdout.trim()).unwrap();
    assert_eq!(json["generation"]["prompt"], PROMPT);
    assert_eq!(json["generation"]["num_inference_steps"], 2);
    assert_eq!(json["generation"]["scheduler"], "pndm");
    assert_eq!(json["device"], "the CPU");
}

#[test]
fn a_trace_holds_the_whole_run_as_diffusers_computes_it() {
    let arguments = ["--negative-prompt", "blurry, low quality", "--seed", "42", "--steps", "10", "--guidance-scale", "7.5"];
    let (bytes, _) = run("trace", &folder("trace").join("run.safetensors"), &arguments);
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let shape = |name: &str| tensors.tensor(name).unwrap_or_else(|_| panic!("{name} is missing")).shape().to_vec();
    // PNDM evaluates once more than it has steps.
    assert_eq!(shape("timesteps"), [11]);
    assert_eq!(shape("sigmas"), [12]);
    assert_eq!(shape("token_ids"), [16]);
    assert_eq!(shape("latents"), [12, 4, 8, 8]);
    for name in ["noise_pred_uncond", "noise_pred_text", "noise_pred", "pred_original_sample"] {
        assert_eq!(shape(name), [11, 4, 8, 8], "{name}");
    }
    assert_eq!(shape("prompt_embeds"), shape("negative_prompt_embeds"));
    assert_eq!(shape("image"), [3, 32, 32]);
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let generation: diffusion::Generation = serde_json::from_str(&metadata.metadata().as_ref().unwrap()["generation"]).unwrap();
    assert_eq!(generation.seed, 42);

    let golden = std::fs::read(tiny_model().with_extension("safetensors")).unwrap();
    let golden = SafeTensors::deserialize(&golden).unwrap();
    for name in ["latents", "noise_pred", "image"] {
        let floats = |bytes: &[u8]| -> Vec<f32> {
            bytes.chunks_exact(4).map(|word| f32::from_le_bytes(word.try_into().unwrap())).collect()
        };
        let ours = floats(tensors.tensor(name).unwrap().data());
        let theirs = floats(golden.tensor(&format!("pndm/{name}")).unwrap().data());
        let norm = |values: Vec<f32>| values.into_iter().map(|value| value * value).sum::<f32>().sqrt();
        let error = norm(ours.iter().zip(&theirs).map(|(a, b)| a - b).collect()) / norm(theirs);
        assert!(error < 1e-3, "{name} is off by {error:.1e}");
    }
}
