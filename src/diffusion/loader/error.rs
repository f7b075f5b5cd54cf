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
        "{file} is a pickle, which can run programs and is therefore not opened: convert the model to safetensors, for example with diffusers' save_pretrained(..., safe_serialization=True)"
    )]
    Pickle { file: String },
    #[error("{file} cannot be understood: {why}")]
    Json { file: String, why: String },
    #[error("{file}: {key} {why}")]
    Config { file: String, key: String, why: String },
    #[error("{file} is not a whole safetensors file ({why}): copy or download it again")]
    Damaged { file: String, why: String },
    #[error("{file} has no tensor {key}, which the configuration asks for: config.json and weights do not belong together")]
    MissingTensor { file: String, key: String },
    #[error("{file} has a tensor {key} that the configuration has no place for: config.json and weights do not belong together")]
    UnusedTensor { file: String, key: String },
    #[error(
        "{file}: tensor {key} has the shape {found:?}, the configuration asks for {expected:?}: config.json and weights do not belong together"
    )]
    Shape { file: String, key: String, expected: Vec<usize>, found: Vec<usize> },
    #[error("{file}: tensor {key} is stored as {dtype}; F32, F16 and BF16 can be read")]
    Dtype { file: String, key: String, dtype: String },
    #[error("{file}: {why}")]
    Tokenizer { file: String, why: String },
}
