//! Shards: weights cut into several safetensors files, with an index of their tensors (diffusers: `max_shard_size`).

use std::collections::{BTreeMap, BTreeSet};

use burn::module::Module;
use burn::tensor::backend::Backend;
use serde::Deserialize;

use super::weights::{Kept, fill, open, present_name, tensors};
use super::{Folder, LoadError, path_in};

/// `*.safetensors.index.json`
#[derive(Deserialize)]
struct Index {
    /// The file of each tensor, beside the index.
    weight_map: BTreeMap<String, String>,
}

/// Fills a module from the shards of an index, one shard in memory at a time.
///
/// # Errors
/// If index, shards and module do not name the same tensors, a shard is missing or damaged, or a shape or type does not fit.
pub(super) fn load_into<B: Backend, M: Module<B>>(
    mut module: M,
    folder: &Folder,
    index_file: &str,
    mut kept: Option<&mut Kept>,
) -> Result<M, LoadError> {
    let index = folder.path_of(index_file);
    let Index { weight_map } = folder.read_json(index_file, super::STILL_THERE)?;
    // What can be seen without the shards comes first: they are gigabytes.
    let mut missing: BTreeSet<String> = tensors(&module).into_keys().collect();
    for key in weight_map.keys() {
        if present_name(key).is_some_and(|name| !missing.remove(&name)) {
            return Err(LoadError::UnusedTensor { file: index, key: key.clone() });
        }
    }
    if let Some(key) = missing.pop_first() {
        return Err(LoadError::MissingTensor { file: index, key });
    }
    let part = index_file.rsplit_once('/').map_or("", |(part, _)| part);
    let mut shards: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (key, shard) in &weight_map {
        if shard.contains(['/', '\\']) {
            let why = format!("says that {key} lies in “{shard}”, but shards lie beside their index: download the folder again");
            return Err(LoadError::Config { file: index, key: "weight_map".into(), why });
        }
        if !folder.has(&path_in(part, shard)) {
            let file = folder.path_of(&path_in(part, shard));
            return Err(LoadError::MissingShard { file, index, key: key.clone() });
        }
        shards.entry(shard).or_default().insert(key);
    }
    for (shard, mut listed) in shards {
        let shard = path_in(part, shard);
        let file = folder.path_of(&shard);
        let bytes = folder.bytes(&shard, super::STILL_THERE)?;
        let tensors = open(&file, &bytes)?;
        if let Some(key) = tensors.names().into_iter().find(|key| !listed.remove(*key)) {
            return Err(LoadError::NotInIndex { file, index, key: key.into() });
        }
        if let Some(key) = listed.pop_first() {
            return Err(LoadError::NotInShard { file, index, key: key.into() });
        }
        module = fill(module, &file, &tensors, false, kept.as_deref_mut())?;
    }
    Ok(module)
}
