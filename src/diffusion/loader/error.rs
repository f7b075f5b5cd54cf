//! What can be wrong with a model's folder: each error names the file, the key and the cure.

use thiserror::Error;

/// Why a model could not be loaded.
#[derive(Debug, Error)]
pub enum LoadError {
    #[error(
        "{path} does not exist: a model is a folder with model_index.json, tokenizer/, text_encoder/, unet/, vae/ and scheduler/"
    )]
    NoFolder { path: String },
    #[error(
        "{path} is a file: a model is a folder with model_index.json, tokenizer/, text_encoder/, unet/, vae/ and scheduler/; a single file becomes one by diffusers' from_single_file and save_pretrained"
    )]
    NotAFolder { path: String },
    #[error("{file} is missing: {cure}")]
    Missing { file: String, cure: &'static str },
    #[error("{file} cannot be read: {why}")]
    Unreadable { file: String, why: String },
    #[error(
        "{file} is a pickle, which can run programs and is therefore not opened: convert the model once, in Python: \
         from diffusers import StableDiffusionPipeline; \
         StableDiffusionPipeline.from_pretrained({folder:?}{variant}).save_pretrained({converted:?}, safe_serialization=True)"
    )]
    Pickle {
        file: String,
        folder: String,
        /// What the call needs besides the folder, such as `, variant="fp16"`.
        variant: &'static str,
        /// The folder to write to.
        converted: String,
    },
    #[error("{file} cannot be understood: {why}")]
    Json { file: String, why: String },
    #[error("{file}: {key} {why}")]
    Config { file: String, key: String, why: String },
    #[error("{file} is not a whole safetensors file ({why}): copy or download it again")]
    Damaged { file: String, why: String },
    #[error("{file} is a Git LFS pointer, not the weights: run “git lfs pull” in the model's folder")]
    LfsPointer { file: String },
    #[error("{file} is missing: {index} says that it holds {key}: download all files that the index names")]
    MissingShard { file: String, index: String, key: String },
    #[error("{file} has no tensor {key}, which {index} says it holds: index and shards do not belong together")]
    NotInShard { file: String, index: String, key: String },
    #[error("{file} has a tensor {key} that {index} does not place there: index and shards do not belong together")]
    NotInIndex { file: String, index: String, key: String },
    #[error("{file} has no tensor {key}, which the configuration asks for: config.json and weights do not belong together")]
    MissingTensor { file: String, key: String },
    #[error("{file} has a tensor {key} that the configuration has no place for: config.json and weights do not belong together")]
    UnusedTensor { file: String, key: String },
    #[error(
        "{file}: tensor {key} has the shape {found:?}, the configuration asks for {expected:?}: config.json and weights do not belong together"
    )]
    Shape { file: String, key: String, expected: Vec<usize>, found: Vec<usize> },
    #[error(
        "{file}: tensor {key} is stored as {dtype}, but F64, F32, F16 and BF16 can be read: save the model anew, for example \
         with diffusers' torch_dtype=torch.float16"
    )]
    Dtype { file: String, key: String, dtype: String },
    #[error("{file}: {why}")]
    Tokenizer { file: String, why: String },
}
