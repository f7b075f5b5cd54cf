//! The loader: a folder in diffusers' layout becomes configurations and weights. The only part of the crate that touches files.

mod error;
mod shards;
mod source;
pub mod weights;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use burn::module::Module;
use burn::tensor::backend::Backend;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub use self::error::LoadError;
use self::shards::Index;
use self::source::Head;
pub use self::source::{Reading, Source};
use self::weights::Kept;
use crate::at_once;

/// A model's folder: on disk, in memory, or (in a browser) its small files in memory and pieces of the weights as they are needed.
#[derive(Clone, Debug)]
pub struct Folder {
    name: String,
    files: Files,
}

#[derive(Clone, Debug)]
enum Files {
    OnDisk(PathBuf),
    Given { in_memory: HashMap<String, Vec<u8>>, sources: HashMap<String, Rc<dyn Source>> },
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
        Self::given(name, files, HashMap::new())
    }

    /// As [`Folder::in_memory`], and of the weights in `sources` only pieces are read, when they are loaded.
    pub fn given(name: impl Into<String>, in_memory: HashMap<String, Vec<u8>>, sources: HashMap<String, Rc<dyn Source>>) -> Self {
        Self { name: name.into(), files: Files::Given { in_memory, sources } }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// How a file of this folder is called in messages.
    pub fn path_of(&self, file: &str) -> String {
        match &self.files {
            Files::OnDisk(folder) => folder.join(file).display().to_string(),
            Files::Given { .. } => format!("{}/{file}", self.name),
        }
    }

    pub fn has(&self, file: &str) -> bool {
        match &self.files {
            Files::OnDisk(folder) => folder.join(file).is_file(),
            Files::Given { in_memory, sources } => in_memory.contains_key(file) || sources.contains_key(file),
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
            Files::Given { in_memory, .. } => {
                in_memory.get(file).map(|bytes| Cow::Borrowed(bytes.as_slice())).ok_or_else(missing)
            }
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

    /// A file of which pieces are read.
    fn source(&self, file: &str) -> Result<Box<dyn Source + '_>, LoadError> {
        match &self.files {
            Files::OnDisk(folder) => match File::open(folder.join(file)) {
                Ok(file) => Ok(Box::new(file)),
                Err(error) => Err(LoadError::Unreadable { file: self.path_of(file), why: error.to_string() }),
            },
            Files::Given { in_memory, sources } => match (in_memory.get(file), sources.get(file)) {
                (Some(bytes), _) => Ok(Box::new(bytes.as_slice())),
                (None, Some(source)) => Ok(Box::new(source.as_ref())),
                (None, None) => Err(LoadError::Missing { file: self.path_of(file), cure: STILL_THERE }),
            },
        }
    }

    /// Fills a module with a part's weights: `unet` and `diffusion_pytorch_model` read
    /// `unet/diffusion_pytorch_model.safetensors`, or else its shards, or else the .fp16 variant of either. Of a file a piece at a time
    /// is in memory.
    ///
    /// # Errors
    /// If there is no such file, or names, shapes or types of its tensors do not fit the module one to one.
    ///
    /// # Panics
    /// If the folder's weights are in sources that cannot be read at once: use [`Pipeline::load_with_progress`] there.
    ///
    /// [`Pipeline::load_with_progress`]: crate::Pipeline::load_with_progress
    pub fn load_weights<B: Backend, M: Module<B>>(&self, module: M, part: &str, stem: &str) -> Result<M, LoadError> {
        at_once(self.fill(module, part, stem, None, &mut |_| {}))
    }

    /// [`Folder::load_weights`] as the pieces come. The tensor that is to be kept does not go to the device; `told` hears how many
    /// bytes each piece had.
    pub(crate) async fn fill<B: Backend, M: Module<B>>(
        &self,
        mut module: M,
        part: &str,
        stem: &str,
        mut kept: Option<&mut Kept>,
        told: &mut dyn FnMut(u64),
    ) -> Result<M, LoadError> {
        let file = self.find_weights(part, stem)?;
        let name = self.path_of(&file);
        if !file.ends_with(".json") {
            let source = self.source(&file)?;
            let head = Head::read(&name, &*source).await?;
            weights::check_names(&module, &name, head.keys())?;
            return weights::fill(module, &name, &*source, &head, kept, told).await;
        }
        // What can be seen without the shards comes first: they are gigabytes.
        let index = Index::read(self, &file)?;
        weights::check_names(&module, &name, index.keys())?;
        for (shard, listed) in index.shards(self, &file)? {
            let (source, shard) = (self.source(&shard)?, self.path_of(&shard));
            let head = Head::read(&shard, &*source).await?;
            shards::check_shard(&head, &listed, &shard, &name)?;
            module = weights::fill(module, &shard, &*source, &head, kept.as_deref_mut(), told).await?;
        }
        Ok(module)
    }

    /// How many bytes a part's weights have.
    ///
    /// # Errors
    /// If there are none.
    pub(crate) fn bytes_of_weights(&self, part: &str, stem: &str) -> Result<u64, LoadError> {
        let file = self.find_weights(part, stem)?;
        if !file.ends_with(".json") {
            return Ok(self.source(&file)?.size());
        }
        let index = Index::read(self, &file)?;
        let shards = index.shards(self, &file)?;
        shards.keys().map(|shard| Ok(self.source(shard)?.size())).sum()
    }

    /// The file with a part's weights, or the index of its shards.
    fn find_weights(&self, part: &str, stem: &str) -> Result<String, LoadError> {
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
        let mut candidates = candidates.map(|name| path_in(part, name));
        if let Some(file) = candidates.find(|file| self.has(file)) {
            return Ok(file);
        }
        for stem in [stem, "pytorch_model"] {
            for (ending, variant) in [("bin", ""), ("fp16.bin", ", variant=\"fp16\""), ("bin.index.json", "")] {
                let file = path_in(part, &format!("{stem}.{ending}"));
                if self.has(&file) {
                    let folder = match &self.files {
                        Files::OnDisk(folder) => folder.display().to_string(),
                        Files::Given { .. } => self.name.clone(),
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
