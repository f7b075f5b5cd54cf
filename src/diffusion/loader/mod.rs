//! The loader: a folder in diffusers' layout becomes configurations and weights. The only part of the crate that touches files.

mod error;
mod shards;
pub mod weights;

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::tensor::backend::Backend;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub use self::error::LoadError;
use self::weights::Kept;

/// A model's folder: on disk, or (in a browser) in memory.
#[derive(Clone, Debug)]
pub struct Folder {
    name: String,
    files: Files,
}

#[derive(Clone, Debug)]
enum Files {
    OnDisk(PathBuf),
    InMemory(HashMap<String, Vec<u8>>),
}

impl Folder {
    /// A folder on disk.
    ///
    /// # Errors
    /// If there is no such folder.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        let path = path.as_ref();
        if path.is_file() {
            return Err(LoadError::NotAFolder { path: path.display().to_string() });
        }
        if !path.is_dir() {
            return Err(LoadError::NoFolder { path: path.display().to_string() });
        }
        let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
        Ok(Self { name, files: Files::OnDisk(path.to_path_buf()) })
    }

    /// Files by their path inside the folder, such as `unet/config.json`.
    pub fn in_memory(name: impl Into<String>, files: HashMap<String, Vec<u8>>) -> Self {
        Self { name: name.into(), files: Files::InMemory(files) }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// How a file of this folder is called in messages.
    pub fn path_of(&self, file: &str) -> String {
        match &self.files {
            Files::OnDisk(folder) => folder.join(file).display().to_string(),
            Files::InMemory(_) => format!("{}/{file}", self.name),
        }
    }

    pub fn has(&self, file: &str) -> bool {
        match &self.files {
            Files::OnDisk(folder) => folder.join(file).is_file(),
            Files::InMemory(files) => files.contains_key(file),
        }
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// If it is missing, with `cure` as advice, or cannot be read.
    pub fn read(&self, file: &str, cure: &'static str) -> Result<Vec<u8>, LoadError> {
        Ok(self.bytes(file, cure)?.into_owned())
    }

    /// [`Folder::read`], without a copy of what is in memory already.
    fn bytes(&self, file: &str, cure: &'static str) -> Result<Cow<'_, [u8]>, LoadError> {
        let missing = || LoadError::Missing { file: self.path_of(file), cure };
        match &self.files {
            Files::OnDisk(_) if !self.has(file) => Err(missing()),
            Files::OnDisk(folder) => match std::fs::read(folder.join(file)) {
                Ok(bytes) => Ok(bytes.into()),
                Err(error) => Err(LoadError::Unreadable { file: self.path_of(file), why: error.to_string() }),
            },
            Files::InMemory(files) => files.get(file).map(|bytes| Cow::Borrowed(bytes.as_slice())).ok_or_else(missing),
        }
    }

    /// A file as text.
    pub fn read_text(&self, file: &str, cure: &'static str) -> Result<String, LoadError> {
        String::from_utf8(self.read(file, cure)?)
            .map_err(|_| LoadError::Unreadable { file: self.path_of(file), why: "it is not UTF-8 text".into() })
    }

    /// A JSON file as a configuration.
    pub fn read_json<T: DeserializeOwned>(&self, file: &str, cure: &'static str) -> Result<T, LoadError> {
        let text = self.read_text(file, cure)?;
        serde_json::from_str(&text).map_err(|error| LoadError::Json { file: self.path_of(file), why: error.to_string() })
    }

    /// A part's configuration, checked: `unet` reads `unet/config.json`, the empty part `config.json` itself. Every key of `T` must
    /// have a default.
    ///
    /// # Errors
    /// If the file is missing or not JSON, or if a key has a value that `T` or `check` refuses.
    pub fn read_config<T: DeserializeOwned>(
        &self,
        part: &str,
        check: impl Fn(&T) -> Result<(), (&'static str, String)>,
    ) -> Result<T, LoadError> {
        let file = path_in(part, "config.json");
        let keys: Map<String, Value> = self.read_json(&file, "a diffusers folder has one beside the weights")?;
        let refused = |key: String, why| LoadError::Config { file: self.path_of(&file), key, why };
        let config: T = match serde_json::from_value(Value::Object(keys.clone())) {
            Ok(config) => config,
            Err(error) => {
                // serde does not say at which key it stopped; as every key has a default, each can be read alone.
                let is_wrong = |key: &String, value: &Value| {
                    serde_json::from_value::<T>(Value::Object(Map::from_iter([(key.clone(), value.clone())]))).is_err()
                };
                let Some((key, value)) = keys.into_iter().find(|(key, value)| is_wrong(key, value)) else {
                    return Err(LoadError::Json { file: self.path_of(&file), why: error.to_string() });
                };
                let why = format!("is {value}, which does not fit ({error}): take the {file} that belongs to these weights");
                return Err(refused(key, why));
            }
        };
        check(&config).map_err(|(key, why)| refused(key.into(), why))?;
        Ok(config)
    }

    /// Fills a module with a part's weights: `unet` and `diffusion_pytorch_model` read
    /// `unet/diffusion_pytorch_model.safetensors`, or else its shards, of which one at a time is in memory, or else the .fp16
    /// variant of either.
    ///
    /// # Errors
    /// If there is no such file, or names, shapes or types of its tensors do not fit the module one to one.
    pub fn load_weights<B: Backend, M: Module<B>>(&self, module: M, part: &str, stem: &str) -> Result<M, LoadError> {
        self.load(module, part, stem, None)
    }

    /// [`Folder::load_weights`], but the tensor of this name does not go to the device: its values are given back, and its place in
    /// the module stays as it was.
    ///
    /// # Errors
    /// As [`Folder::load_weights`].
    pub fn load_weights_but<B: Backend, M: Module<B>>(
        &self,
        module: M,
        part: &str,
        stem: &str,
        key: &'static str,
    ) -> Result<(M, Vec<f32>), LoadError> {
        let mut kept = Kept { key, values: None };
        let module = self.load(module, part, stem, Some(&mut kept))?;
        Ok((module, kept.values.expect("every place of the module has been given its tensor, this one too")))
    }

    fn load<B: Backend, M: Module<B>>(&self, module: M, part: &str, stem: &str, kept: Option<&mut Kept>) -> Result<M, LoadError> {
        let file = self.find_weights(part, stem, true)?;
        if file.ends_with(".json") {
            return shards::load_into(module, self, &file, kept);
        }
        let (name, bytes) = (self.path_of(&file), self.bytes(&file, STILL_THERE)?);
        weights::fill(module, &name, &weights::open(&name, &bytes)?, true, kept)
    }

    /// A part's weights that are one file, the plain one or else the .fp16 one, as (how to call the file, its bytes).
    ///
    /// # Errors
    /// If there is no such file.
    pub fn read_weights(&self, part: &str, stem: &str) -> Result<(String, Vec<u8>), LoadError> {
        let file = self.find_weights(part, stem, false)?;
        Ok((self.path_of(&file), self.read(&file, STILL_THERE)?))
    }

    /// The file with a part's weights, or the index of its shards.
    fn find_weights(&self, part: &str, stem: &str, sharded: bool) -> Result<String, LoadError> {
        let whole = [format!("{stem}.safetensors"), format!("{stem}.fp16.safetensors")];
        // The places of “fp16” in the index's name: diffusers' now and until 0.30, and transformers'.
        let indices = [
            format!("{stem}.safetensors.index.json"),
            format!("{stem}.safetensors.index.fp16.json"),
            format!("{stem}.safetensors.fp16.index.json"),
            format!("{stem}.fp16.safetensors.index.json"),
        ];
        let [plain, fp16] = &whole;
        let [plain_index, fp16_indices @ ..] = &indices;
        let candidates = [plain, plain_index, fp16].into_iter().chain(fp16_indices);
        let mut candidates = candidates.filter(|name| sharded || !name.ends_with(".json")).map(|name| path_in(part, name));
        if let Some(file) = candidates.find(|file| self.has(file)) {
            return Ok(file);
        }
        for stem in [stem, "pytorch_model"] {
            for (ending, variant) in [("bin", ""), ("fp16.bin", ", variant=\"fp16\""), ("bin.index.json", "")] {
                let file = path_in(part, &format!("{stem}.{ending}"));
                if self.has(&file) {
                    let folder = match &self.files {
                        Files::OnDisk(folder) => folder.display().to_string(),
                        Files::InMemory(_) => self.name.clone(),
                    };
                    let converted = format!("{}-safetensors", folder.trim_end_matches(['/', '\\']));
                    return Err(LoadError::Pickle { file: self.path_of(&file), folder, variant, converted });
                }
            }
        }
        Err(LoadError::Missing {
            file: self.path_of(&path_in(part, plain)),
            cure: "download the model's safetensors files, with or without .fp16 in the name",
        })
    }
}

const STILL_THERE: &str = "it was there a moment ago";

/// The path of a part's file inside the folder; the empty part is the folder itself.
fn path_in(part: &str, file: &str) -> String {
    if part.is_empty() { file.into() } else { format!("{part}/{file}") }
}
