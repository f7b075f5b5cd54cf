//! The loader: a folder in diffusers' layout becomes configurations and weights. The only part of the crate that touches files.

mod error;
pub mod weights;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

pub use self::error::LoadError;

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
        if !self.has(file) {
            return Err(LoadError::Missing { file: self.path_of(file), cure });
        }
        match &self.files {
            Files::OnDisk(folder) => std::fs::read(folder.join(file))
                .map_err(|error| LoadError::Unreadable { file: self.path_of(file), why: error.to_string() }),
            Files::InMemory(files) => Ok(files[file].clone()),
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

    /// A part's configuration, checked: `unet` reads `unet/config.json`.
    pub fn read_config<T: DeserializeOwned>(
        &self,
        part: &str,
        check: impl Fn(&T) -> Result<(), (&'static str, String)>,
    ) -> Result<T, LoadError> {
        let file = format!("{part}/config.json");
        let config = self.read_json(&file, "a diffusers folder has one beside the weights")?;
        check(&config).map_err(|(key, why)| LoadError::Config { file: self.path_of(&file), key: key.into(), why })?;
        Ok(config)
    }

    /// A part's weights, the plain file or else the .fp16 one, as (how to call the file, its bytes).
    pub fn read_weights(&self, part: &str, stem: &str) -> Result<(String, Vec<u8>), LoadError> {
        let names = [format!("{part}/{stem}.safetensors"), format!("{part}/{stem}.fp16.safetensors")];
        let Some(file) = names.iter().find(|name| self.has(name)) else {
            for name in [format!("{part}/{stem}.bin"), format!("{part}/pytorch_model.bin")] {
                if self.has(&name) {
                    return Err(LoadError::Pickle { file: self.path_of(&name) });
                }
            }
            return Err(LoadError::Missing {
                file: self.path_of(&names[0]),
                cure: "download the model's safetensors files, with or without .fp16 in the name",
            });
        };
        Ok((self.path_of(file), self.read(file, "it was there a moment ago")?))
    }
}
