//! Folders that are not whole: each gives an error that names the file and what is wrong with it.

use std::collections::HashMap;
use std::path::Path;

use burn_flex::Flex;
use diffusion::{Folder, Generation, Pipeline};
use serde_json::{Value, json};

use crate::golden_run::golden;

pub type Files = HashMap<String, Vec<u8>>;

/// The whole of tiny-sd1.
pub fn files() -> Files {
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
        &["unet/", "no tensor", "down_blocks.0.attentions.1.", "do not belong together"],
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
    let python = [
        "from diffusers import StableDiffusionPipeline; ",
        "StableDiffusionPipeline.from_pretrained(\"model\").save_pretrained(\"model-safetensors\", safe_serialization=True)",
    ];
    check(spoil, &["unet/diffusion_pytorch_model.bin", "convert", python[0], python[1]]);
}

#[test]
fn a_pickle_of_half_precision_is_converted_from_its_variant() {
    let spoil = |files: &mut Files| {
        let file = weights_of(files, "text_encoder");
        let bytes = files.remove(&file).unwrap();
        files.insert("text_encoder/pytorch_model.fp16.bin".into(), bytes);
    };
    check(spoil, &["text_encoder/pytorch_model.fp16.bin", "from_pretrained(\"model\", variant=\"fp16\")"]);
}

#[test]
fn a_pointer_to_weights_that_were_not_fetched_is_named() {
    for part in ["unet", "vae", "text_encoder"] {
        let spoil = |files: &mut Files| {
            let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 3438167540\n";
            files.insert(weights_of(files, part), pointer.to_vec());
        };
        check(spoil, &[part, "safetensors", "git lfs pull"]);
    }
}

#[test]
fn a_value_of_another_kind_is_refused_by_its_key() {
    for (file, key, value) in [
        ("unet/config.json", "layers_per_block", json!([1, 1, 1])),
        ("unet/config.json", "cross_attention_dim", json!([20, 20, 20])),
        ("unet/config.json", "attention_head_dim", json!("eight")),
        ("unet/config.json", "norm_num_groups", json!(null)),
        ("unet/config.json", "block_out_channels", json!(8)),
        ("text_encoder/config.json", "hidden_act", json!("relu")),
        ("text_encoder/config.json", "hidden_size", json!(-20)),
        ("vae/config.json", "scaling_factor", json!("0.18215")),
    ] {
        check(|files| edit_json(files, file, |json| json[key] = value.clone()), &[file, key, &value.to_string(), "take the"]);
    }
}

#[test]
fn a_key_of_another_family_is_refused() {
    for (key, value) in [
        ("_class_name", json!("UNet3DConditionModel")),
        ("act_fn", json!("gelu")),
        ("addition_embed_type", json!("text_time")),
        ("attention_head_dim", json!([2, 2])),
        ("center_input_sample", json!(true)),
        ("class_embed_type", json!("timestep")),
        ("conv_in_kernel", json!(1)),
        ("downsample_padding", json!(0)),
        ("dual_cross_attention", json!(true)),
        ("encoder_hid_dim_type", json!("text_proj")),
        ("freq_shift", json!(4)),
        ("in_channels", json!(9)),
        ("mid_block_scale_factor", json!(1.4)),
        ("mid_block_type", json!("UNetMidBlock2D")),
        ("norm_eps", json!(0)),
        ("num_attention_heads", json!(8)),
        ("num_class_embeds", json!(1000)),
        ("only_cross_attention", json!([true, true, false])),
        ("resnet_time_scale_shift", json!("scale_shift")),
        ("time_cond_proj_dim", json!(2)),
        ("time_embedding_type", json!("fourier")),
        ("transformer_layers_per_block", json!([1, 2, 10])),
    ] {
        check(|files| edit_json(files, "unet/config.json", |json| json[key] = value.clone()), &["unet/config.json", key]);
    }
    for (file, key, value) in [
        ("vae/config.json", "down_block_types", json!(["AttnDownEncoderBlock2D"])),
        ("vae/config.json", "up_block_types", json!(["UpDecoderBlock2D"])),
        ("vae/config.json", "shift_factor", json!(0.1)),
        ("vae/config.json", "_class_name", json!("AutoencoderTiny")),
        ("text_encoder/config.json", "model_type", json!("t5")),
        ("text_encoder/config.json", "layer_norm_eps", json!(0)),
    ] {
        check(|files| edit_json(files, file, |json| json[key] = value.clone()), &[file, key]);
    }
}

#[test]
fn a_tiny_autoencoder_in_place_of_the_vae_is_sent_to_its_folder() {
    check(
        |files| edit_json(files, "vae/config.json", |json| json["_class_name"] = "AutoencoderTiny".into()),
        &["vae/config.json", "folder taesd"],
    );
}

#[test]
fn keys_of_other_families_that_are_off_are_accepted() {
    let mut files = files();
    edit_json(&mut files, "unet/config.json", |json| {
        json["addition_embed_type"] = json!(null);
        json["mid_block_scale_factor"] = json!(1.0);
        json["only_cross_attention"] = json!([false, false, false]);
        json["transformer_layers_per_block"] = json!([1, 1, 1]);
        json["a_key_of_tomorrow"] = json!("whatever");
    });
    Pipeline::<Flex>::load(&Folder::in_memory("model", files), &Default::default()).unwrap();
}

#[test]
fn a_null_middle_block_is_none_and_an_absent_one_is_the_usual() {
    assert!(!String::from_utf8(files()["unet/config.json"].clone()).unwrap().contains("mid_block_type"));
    check(
        |files| edit_json(files, "unet/config.json", |json| json["mid_block_type"] = Value::Null),
        &["unet/", "mid_block.", "no place for"],
    );
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
