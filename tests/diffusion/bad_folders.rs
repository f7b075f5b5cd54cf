//! Folders that are not whole: each gives an error that names the file and what is wrong with it.

use std::collections::HashMap;
use std::path::Path;

use burn_flex::Flex;
use diffusion::{Folder, Generation, Pipeline};
use serde_json::Value;

use crate::golden_run::golden;

type Files = HashMap<String, Vec<u8>>;

fn files() -> Files {
    fn walk(root: &Path, folder: &Path, files: &mut Files) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, files);
            } else {
                files.insert(path.strip_prefix(root).unwrap().to_str().unwrap().into(), std::fs::read(&path).unwrap());
            }
        }
    }
    let mut files = Files::new();
    walk(&golden("tiny-sd1"), &golden("tiny-sd1"), &mut files);
    files
}

/// The message that loading gives after `spoil` has been at the files; it must name all of `names`.
fn check(spoil: impl Fn(&mut Files), names: &[&str]) {
    let mut files = files();
    spoil(&mut files);
    let message = match Pipeline::<Flex>::load(&Folder::in_memory("model", files), &Default::default()) {
        Ok(_) => panic!("a spoiled folder was loaded; expected an error about {names:?}"),
        Err(error) => error.to_string(),
    };
    for name in names {
        assert!(message.contains(name), "“{message}” does not name {name}");
    }
}

fn weights_of(files: &Files, part: &str) -> String {
    files.keys().find(|name| name.starts_with(part) && name.ends_with(".safetensors")).unwrap().clone()
}

fn edit_json(files: &mut Files, file: &str, edit: impl Fn(&mut Value)) {
    let mut json = serde_json::from_slice(&files[file]).unwrap();
    edit(&mut json);
    files.insert(file.into(), serde_json::to_vec(&json).unwrap());
}

#[test]
fn the_whole_folder_loads_from_memory() {
    Pipeline::<Flex>::load(&Folder::in_memory("model", files()), &Default::default()).unwrap();
}

#[test]
fn a_missing_file_is_named() {
    for file in
        ["model_index.json", "unet/config.json", "text_encoder/config.json", "vae/config.json", "scheduler/scheduler_config.json"]
    {
        check(|files| drop(files.remove(file)), &[file, "missing"]);
    }
}

#[test]
fn missing_weights_are_named() {
    for part in ["unet", "vae", "text_encoder"] {
        check(|files| drop(files.remove(&weights_of(files, part))), &[part, "safetensors", "missing"]);
    }
}

#[test]
fn a_missing_tokenizer_is_named() {
    check(|files| files.retain(|name, _| !name.starts_with("tokenizer/")), &["tokenizer/", "vocab.json", "merges.txt"]);
}

#[test]
fn truncated_weights_are_named() {
    for part in ["unet", "vae", "text_encoder"] {
        let spoil = |files: &mut Files| {
            let file = weights_of(files, part);
            let bytes = files.get_mut(&file).unwrap();
            bytes.truncate(bytes.len() / 2);
        };
        check(spoil, &[part, "not a whole safetensors file", "again"]);
    }
}

#[test]
fn broken_json_is_named_with_its_place() {
    check(
        |files| drop(files.insert("unet/config.json".into(), b"{ \"sample_size\": ".to_vec())),
        &["unet/config.json", "line 1"],
    );
}

#[test]
fn a_missing_tensor_is_named() {
    check(
        |files| edit_json(files, "unet/config.json", |json| json["layers_per_block"] = 3.into()),
        &["unet/", "no tensor", "resnets", "do not belong together"],
    );
}

#[test]
fn a_wrong_width_names_the_tensor() {
    check(
        |files| edit_json(files, "text_encoder/config.json", |json| json["intermediate_size"] = 8.into()),
        &["text_encoder/", "mlp.fc1", "shape"],
    );
}

#[test]
fn a_tensor_without_a_place_is_named() {
    check(
        |files| edit_json(files, "text_encoder/config.json", |json| json["num_hidden_layers"] = 1.into()),
        &["text_encoder/", "layers.1.", "no place for"],
    );
}

#[test]
fn absurd_numbers_are_refused_by_their_key() {
    for (file, key, value) in [
        ("unet/config.json", "layers_per_block", 1_000_000_000_000u64),
        ("unet/config.json", "sample_size", 1 << 60),
        ("vae/config.json", "latent_channels", 0),
        ("vae/config.json", "scaling_factor", 0),
        ("text_encoder/config.json", "num_hidden_layers", 1 << 50),
        ("text_encoder/config.json", "vocab_size", 5),
    ] {
        check(|files| edit_json(files, file, |json| json[key] = value.into()), &[file, key]);
    }
}

#[test]
fn an_unknown_block_type_names_the_key() {
    check(
        |files| edit_json(files, "unet/config.json", |json| json["down_block_types"][0] = "SkipDownBlock2D".into()),
        &["unet/config.json", "down_block_types", "SkipDownBlock2D"],
    );
}

#[test]
fn an_unknown_scheduler_names_the_file() {
    check(
        |files| edit_json(files, "scheduler/scheduler_config.json", |json| json["_class_name"] = "MagicScheduler".into()),
        &["scheduler/scheduler_config.json", "MagicScheduler"],
    );
}

#[test]
fn another_kind_of_model_is_refused() {
    check(
        |files| edit_json(files, "model_index.json", |json| json["_class_name"] = "FluxPipeline".into()),
        &["model_index.json", "FluxPipeline"],
    );
}

#[test]
fn a_pickle_is_refused_with_the_cure() {
    let spoil = |files: &mut Files| {
        let file = weights_of(files, "unet");
        let bytes = files.remove(&file).unwrap();
        files.insert("unet/diffusion_pytorch_model.bin".into(), bytes);
    };
    check(spoil, &["unet/diffusion_pytorch_model.bin", "convert"]);
}

#[test]
fn a_generation_that_does_not_fit_says_what_would() {
    let pipeline = Pipeline::<Flex>::load(&Folder::in_memory("model", files()), &Default::default()).unwrap();
    let refused = |generation: Generation| pipeline.begin(&generation, &mut ()).unwrap_err().to_string();
    let boat = || Generation::of("a boat");
    assert!(refused(Generation { width: Some(33), ..boat() }).contains("width 33 is not divisible by 16"));
    assert!(refused(Generation { width: Some(usize::MAX), ..boat() }).contains("at most 8192 pixels"));
    assert!(refused(Generation { num_inference_steps: Some(0), ..boat() }).contains("between 1 and 1000"));
    assert!(refused(Generation { guidance_scale: Some(f32::NAN), ..boat() }).contains("guidance scale"));
}
