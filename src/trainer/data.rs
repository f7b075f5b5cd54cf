//! The pictures to learn from: scenes of the painter, each a pure function of the run's seed and an index.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use painter::{Colour, Picture, Scene, Subject};
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
    OracleNoise,
    Evaluation,
    ConsistencyBatch,
    ConsistencyNoise,
    DecoderNoise,
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

/// The scene of a picture; any may come.
pub fn scene(seed: u64, index: u64) -> Scene {
    Scene::sample(&mut chance(seed, Stream::Scene, index))
}

/// The scene of a picture that the denoiser learns from: nothing in it is in a colour that is held out for it.
pub fn taught_scene(seed: u64, index: u64) -> Scene {
    let mut chance = chance(seed, Stream::Scene, index);
    loop {
        let scene = Scene::sample(&mut chance);
        let companion = scene.companion.is_some_and(|companion| is_held_out(companion.subject, companion.colour));
        if !companion && !is_held_out(scene.subject, scene.colour) {
            return scene;
        }
    }
}

/// Whether the denoiser never sees this subject in this colour, so that it can be asked for something new. One pair in twenty is held
/// out, at most one colour of a subject.
pub fn is_held_out(subject: Subject, colour: Colour) -> bool {
    (3 * subject as usize + 7 * colour as usize).is_multiple_of(20)
}

/// The picture of a scene, `size` pixels square.
pub fn picture(seed: u64, index: u64, scene: &Scene, size: usize) -> Picture {
    painter::paint(scene, chance(seed, Stream::Brush, index).next_u64(), size as u32)
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
    /// Paints, for each step from `first` on, the pictures whose indices `indices(step)` gives, until there are none. `scene` says what
    /// is to be seen on the picture of a seed and an index.
    pub fn start(
        seed: u64,
        size: usize,
        first: u64,
        mut indices: impl FnMut(u64) -> Vec<u64> + Send + 'static,
        scene: fn(u64, u64) -> Scene,
    ) -> Self {
        const AHEAD: usize = 4;
        let (sender, receiver): (SyncSender<Vec<Picture>>, _) = sync_channel(AHEAD);
        thread::spawn(move || {
            for step in first.. {
                let indices = indices(step);
                let batch: Vec<_> = indices.into_iter().map(|index| picture(seed, index, &scene(seed, index), size)).collect();
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
