//! The latents that the denoiser learns from: made once by the finished autoencoder and kept in the run's folder.

use std::collections::HashMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use diffusion::vae::AutoencoderKl;
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};

use crate::checkpoint::{bytes, floats, write_whole};
use crate::config::Config;
use crate::data::{Feed, pictures_to_tensor, taught_scene};
use crate::run::Run;

/// The latents of the pictures 0, 1, 2, … of a run.
pub struct Latents {
    /// [channels, height, width] of one.
    pub size: [usize; 3],
    numbers: Vec<f32>,
}

/// Latents in a file, so that little is lost when the making of them is interrupted.
const FILE_PICTURES: usize = 1024;
/// Pictures encoded at a time.
const BATCH: usize = 32;

impl Latents {
    /// Reads the latents that `encoder` has made before and makes the others.
    pub fn of<B: Backend>(encoder: &AutoencoderKl<B>, fingerprint: &str, run: &Run, device: &B::Device) -> Result<Self> {
        let size = run.config.latent();
        let mut numbers = Vec::new();
        let count = run.config.denoiser.pictures;
        let began = Instant::now();
        for first in (0..count).step_by(FILE_PICTURES) {
            let last = (first + FILE_PICTURES).min(count);
            let path = run.path(&format!("latents/{first:06}.safetensors"));
            let expected = (last - first) * size.iter().product::<usize>();
            let row = match read(&path, fingerprint, expected) {
                Some(row) => row,
                None => {
                    let row = encode(encoder, &run.config, first as u64, last as u64, device);
                    write(&path, fingerprint, &row)?;
                    eprintln!("latents: {last} of {count}, {:.0} s", began.elapsed().as_secs_f64());
                    row
                }
            };
            numbers.extend(row);
        }
        Ok(Self { size, numbers })
    }

    pub fn len(&self) -> usize {
        self.numbers.len() / self.size.iter().product::<usize>()
    }

    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// The latents of these pictures, [batch, channels, height, width].
    pub fn batch<B: Backend>(&self, indices: &[usize], device: &B::Device) -> Tensor<B, 4> {
        let length: usize = self.size.iter().product();
        let numbers: Vec<f32> =
            indices.iter().flat_map(|index| &self.numbers[index * length..(index + 1) * length]).copied().collect();
        let [channels, height, width] = self.size;
        Tensor::from_data(TensorData::new(numbers, [indices.len(), channels, height, width]), device)
    }
}

/// Tells weights apart.
pub fn fingerprint(weights: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    weights.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn encode<B: Backend>(encoder: &AutoencoderKl<B>, config: &Config, first: u64, last: u64, device: &B::Device) -> Vec<f32> {
    let batch = BATCH as u64;
    let indices = move |step: u64| (first + step * batch..(first + (step + 1) * batch).min(last)).collect();
    let feed = Feed::start(config.seed, config.picture.size, 0, indices, taught_scene);
    let mut row = Vec::new();
    while let Some(pictures) = feed.next() {
        let latents = encoder.encode(pictures_to_tensor(&pictures, device)).mean;
        row.extend(latents.into_data().convert::<f32>().into_vec::<f32>().expect("converted to f32 just now"));
    }
    row
}

/// The latents in a file, if it is there, whole, and made by this autoencoder.
fn read(path: &Path, fingerprint: &str, expected: usize) -> Option<Vec<f32>> {
    let file = fs::read(path).ok()?;
    let (_, header) = SafeTensors::read_metadata(&file).ok()?;
    if header.metadata().as_ref()?.get("autoencoder")? != fingerprint {
        return None;
    }
    let row = floats(&SafeTensors::deserialize(&file).ok()?.tensor("latents").ok()?).ok()?;
    (row.len() == expected).then_some(row)
}

fn write(path: &Path, fingerprint: &str, row: &[f32]) -> Result<()> {
    let content = bytes(row);
    let view = TensorView::new(Dtype::F32, vec![row.len()], &content)?;
    let facts = HashMap::from([("autoencoder".to_string(), fingerprint.to_string())]);
    write_whole(path, &serialize([("latents", view)], Some(facts))?)
}
