//! Shards: a part's weights in several files load as in one, and an index that does not fit its shards is refused.

use std::collections::HashMap;

use burn_flex::Flex;
use diffusion::loader::weights::{Precision, to_safetensors};
use diffusion::unet::UNet2DConditionConfig;
use diffusion::{Folder, LoadError};
use safetensors::SafeTensors;
use serde_json::{Value, json};

use crate::golden_run::golden;

type Files = HashMap<String, Vec<u8>>;

const STEM: &str = "diffusion_pytorch_model";
const INDEX: &str = "unet/diffusion_pytorch_model.safetensors.index.json";

fn whole() -> Files {
    let read = |file: &str| (format!("unet/{file}"), std::fs::read(golden("tiny-sd1/unet").join(file)).unwrap());
    HashMap::from([read("config.json"), read("diffusion_pytorch_model.safetensors")])
}

fn shard(number: usize) -> String {
    format!("{STEM}-0000{number}-of-00003.safetensors")
}

/// The UNet of tiny-sd1 in three shards, of which each has every third tensor.
fn sharded() -> Files {
    let mut files = whole();
    let bytes = files.remove(&format!("unet/{STEM}.safetensors")).unwrap();
    let mut tensors = SafeTensors::deserialize(&bytes).unwrap().tensors();
    tensors.sort_by(|(a, _), (b, _)| a.cmp(b));
    let place = |index: usize| shard(1 + index % 3);
    let weight_map: HashMap<&str, String> = tensors.iter().enumerate().map(|(i, (key, _))| (key.as_str(), place(i))).collect();
    let index = json!({ "metadata": { "total_size": bytes.len() }, "weight_map": weight_map });
    for number in 1..=3 {
        let own = tensors.iter().filter(|(key, _)| weight_map[key.as_str()] == shard(number));
        let own = own.map(|(key, view)| (key, view));
        files.insert(format!("unet/{}", shard(number)), safetensors::serialize(own, None).unwrap());
    }
    files.insert(INDEX.into(), serde_json::to_vec(&index).unwrap());
    files
}

/// The loaded weights, as the bytes of one file.
fn load(files: Files) -> Result<Vec<u8>, LoadError> {
    let folder = Folder::in_memory("model", files);
    let config = folder.read_config("unet", UNet2DConditionConfig::check)?;
    let unet = folder.load_weights(config.init::<Flex>(&Default::default()), "unet", STEM)?;
    Ok(to_safetensors(&unet, Precision::F32))
}

fn edit_index(files: &mut Files, edit: impl Fn(&mut serde_json::Map<String, Value>)) {
    let mut index: Value = serde_json::from_slice(&files[INDEX]).unwrap();
    edit(index["weight_map"].as_object_mut().unwrap());
    files.insert(INDEX.into(), serde_json::to_vec(&index).unwrap());
}

/// The message that loading gives after `spoil` has been at the files; it must name all of `names`.
fn refused(spoil: impl Fn(&mut Files), names: &[&str]) {
    let mut files = sharded();
    spoil(&mut files);
    let message = load(files).expect_err("spoiled shards were loaded").to_string();
    for name in names {
        assert!(message.contains(name), "“{message}” does not name {name}");
    }
}

#[test]
fn shards_load_as_the_whole_file_does() {
    assert!(load(sharded()).unwrap() == load(whole()).unwrap());
}

#[test]
fn every_name_of_an_fp16_index_is_found() {
    let weights = load(whole()).unwrap();
    for name in ["safetensors.index.fp16.json", "safetensors.fp16.index.json", "fp16.safetensors.index.json"] {
        let mut files = sharded();
        let mut index = String::from_utf8(files.remove(INDEX).unwrap()).unwrap();
        for number in 1..=3 {
            let fp16 = shard(number).replace(".safetensors", ".fp16.safetensors");
            index = index.replace(&shard(number), &fp16);
            let bytes = files.remove(&format!("unet/{}", shard(number))).unwrap();
            files.insert(format!("unet/{fp16}"), bytes);
        }
        files.insert(format!("unet/{STEM}.{name}"), index.into_bytes());
        assert!(load(files).unwrap() == weights, "{name}");
    }
}

#[test]
fn a_whole_file_is_taken_before_shards() {
    let mut files = sharded();
    files.extend(whole());
    files.insert(INDEX.into(), b"{}".to_vec());
    assert!(load(files).unwrap() == load(whole()).unwrap());
}

#[test]
fn a_missing_shard_is_named_with_a_tensor_that_it_holds() {
    let shard = format!("unet/{}", shard(2));
    refused(|files| drop(files.remove(&shard)), &[&shard, "missing", INDEX, ".weight", "download"]);
}

#[test]
fn a_tensor_that_is_in_no_shard_is_named() {
    let key = "conv_in.weight";
    refused(|files| edit_index(files, |map| drop(map.remove(key))), &[INDEX, "no tensor conv_in.weight"]);
}

#[test]
fn a_tensor_without_a_place_in_the_model_is_named() {
    let extra = |map: &mut serde_json::Map<String, Value>| drop(map.insert("conv_in.scale".into(), shard(1).into()));
    refused(|files| edit_index(files, extra), &[INDEX, "conv_in.scale", "no place"]);
}

#[test]
fn a_tensor_in_another_shard_than_the_index_says_is_named() {
    for (from, to, message) in [(1, 2, "has a tensor"), (3, 1, "has no tensor")] {
        let moved = |map: &mut serde_json::Map<String, Value>| {
            let place = map.values_mut().find(|place| place.as_str() == Some(shard(from).as_str())).unwrap();
            *place = shard(to).into();
        };
        refused(|files| edit_index(files, moved), &[&format!("unet/{} {message}", shard(1)), INDEX]);
    }
}

#[test]
fn a_shard_outside_the_folder_is_refused() {
    let outside = |map: &mut serde_json::Map<String, Value>| map["conv_in.bias"] = "../../weights.safetensors".into();
    refused(|files| edit_index(files, outside), &[INDEX, "weight_map", "conv_in.bias", "../../weights.safetensors"]);
}

#[test]
fn a_damaged_shard_is_named() {
    let name = format!("unet/{}", shard(3));
    let halve = |files: &mut Files| {
        let bytes = files.get_mut(&name).unwrap();
        bytes.truncate(bytes.len() / 2);
    };
    refused(halve, &[&name, "not a whole safetensors file"]);
}

#[test]
fn an_index_without_a_weight_map_is_named() {
    refused(|files| drop(files.insert(INDEX.into(), b"{}".to_vec())), &[INDEX, "weight_map"]);
}
