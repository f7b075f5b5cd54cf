//! Shards: weights cut into several safetensors files, with an index of their tensors (diffusers: `max_shard_size`).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::source::Head;
use super::{Folder, LoadError, path_in};

/// `*.safetensors.index.json`
#[derive(Deserialize)]
pub(super) struct Index {
    /// The file of each tensor, beside the index.
    weight_map: BTreeMap<String, String>,
}

impl Index {
    /// # Errors
    /// If it is not an index.
    pub fn read(folder: &Folder, file: &str) -> Result<Self, LoadError> {
        folder.read_json(file, super::STILL_THERE)
    }

    /// The names of the tensors.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.weight_map.keys().map(String::as_str)
    }

    /// The shards by their path inside the folder, each with the tensors it is said to hold.
    ///
    /// # Errors
    /// If one is missing or lies elsewhere.
    pub fn shards(&self, folder: &Folder, index_file: &str) -> Result<BTreeMap<String, BTreeSet<&str>>, LoadError> {
        let part = index_file.rsplit_once('/').map_or("", |(part, _)| part);
        let mut shards: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for (key, shard) in &self.weight_map {
            let index = folder.path_of(index_file);
            if shard.contains(['/', '\\']) {
                let why =
                    format!("says that {key} lies in “{shard}”, but shards lie beside their index: download the folder again");
                return Err(LoadError::Config { file: index, key: "weight_map".into(), why });
            }
            let shard = path_in(part, shard);
            if !folder.has(&shard) {
                return Err(LoadError::MissingShard { file: folder.path_of(&shard), index, key: key.clone() });
            }
            shards.entry(shard).or_default().insert(key);
        }
        Ok(shards)
    }
}

/// A shard must hold what the index says, and nothing else.
pub(super) fn check_shard(head: &Head, listed: &BTreeSet<&str>, file: &str, index: &str) -> Result<(), LoadError> {
    let mut listed = listed.clone();
    let (file, index) = (file.to_string(), index.to_string());
    if let Some(key) = head.keys().find(|key| !listed.remove(key)) {
        return Err(LoadError::NotInIndex { file, index, key: key.into() });
    }
    match listed.pop_first() {
        Some(key) => Err(LoadError::NotInShard { file, index, key: key.into() }),
        None => Ok(()),
    }
}
