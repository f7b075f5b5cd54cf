//! The pictures to learn from: scenes of the painter, each a pure function of the run's seed and an index.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use painter::{Picture, Scene};
use rand::{RngCore, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// Draws from different streams have nothing to do with each other.
#[derive(Clone, Copy, Debug)]
pub enum Stream {
    Scene,
    Brush,
    InitialWeights,
    AutoencoderBatch,
    AutoencoderNoise,
    DenoiserBatch,
    DenoiserNoise,
}

/// The random numbers of one stream at one index: the same in every run of that seed.
pub fn chance(seed: u64, stream: Stream, index: u64) -> Pcg64Mcg {
    let mut mixed = seed;
    for part in [stream as u64, index] {
        // One round of SplitMix64 per part.
        mixed = mixed.wrapping_add(part.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
    }
    Pcg64Mcg::seed_from_u64(mixed)
}

/// Standard normal noise of one stream at one index.
pub fn noise<B: Backend>(seed: u64, stream: Stream, index: u64, shape: [usize; 4], device: &B::Device) -> Tensor<B, 4> {
    let numbers = diffusion::latent::randn(chance(seed, stream, index).next_u64(), shape);
    Tensor::from_data(TensorData::new(numbers, shape), device)
}

/// The scene of a picture.
pub fn scene(seed: u64, index: u64) -> Scene {
    Scene::sample(&mut chance(seed, Stream::Scene, index))
}

/// The picture itself, `size` pixels square.
pub fn picture(seed: u64, index: u64, size: usize) -> Picture {
    painter::paint(&scene(seed, index), chance(seed, Stream::Brush, index).next_u64(), size as u32)
}

/// Pictures as [batch, 3, size, size] in −1..1.
pub fn pictures_to_tensor<B: Backend>(pictures: &[Picture], device: &B::Device) -> Tensor<B, 4> {
    let size = pictures.first().map_or(0, |picture| picture.size as usize);
    let numbers: Vec<f32> = pictures
        .iter()
        .flat_map(|picture| (0..3).flat_map(|channel| picture.pixels.iter().skip(channel).step_by(3)))
        .map(|&level| f32::from(level) / 127.5 - 1.0)
        .collect();
    Tensor::from_data(TensorData::new(numbers, [pictures.len(), 3, size, size]), device)
}

/// [batch, 3, size, size] in −1..1 as pictures.
pub fn tensor_to_pictures<B: Backend>(images: Tensor<B, 4>) -> Vec<Picture> {
    let [_, _, height, width] = images.dims();
    // [batch, size, size, 3]
    let levels = ((images + 1.0) * 127.5).round().clamp(0.0, 255.0).permute([0, 2, 3, 1]);
    let levels: Vec<f32> = levels.into_data().convert::<f32>().into_vec().expect("the numbers were converted to f32 just now");
    levels
        .chunks_exact(height * width * 3)
        .map(|levels| Picture { size: width as u32, pixels: levels.iter().map(|&level| level as u8).collect() })
        .collect()
}

/// Batches of pictures, painted on a thread of their own while the last ones are being learnt from.
pub struct Feed(Receiver<Vec<Picture>>);

impl Feed {
    /// Paints, for each step from `first` on, the pictures whose indices `indices(step)` gives, until there are none.
    pub fn start(seed: u64, size: usize, first: u64, mut indices: impl FnMut(u64) -> Vec<u64> + Send + 'static) -> Self {
        const AHEAD: usize = 4;
        let (sender, receiver): (SyncSender<Vec<Picture>>, _) = sync_channel(AHEAD);
        thread::spawn(move || {
            for step in first.. {
                let indices = indices(step);
                let batch: Vec<_> = indices.into_iter().map(|index| picture(seed, index, size)).collect();
                // The other end hangs up when it has seen enough.
                if batch.is_empty() || sender.send(batch).is_err() {
                    break;
                }
            }
        });
        Self(receiver)
    }

    /// The pictures of the next step; `None` after the last.
    pub fn next(&self) -> Option<Vec<Picture>> {
        self.0.recv().ok()
    }
}
