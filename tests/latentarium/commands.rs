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
