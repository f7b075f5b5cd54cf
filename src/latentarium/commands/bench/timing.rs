//! Timing: the parts of a model on one backend, and how many operations they are.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use bridge::{Generation, Job, Shown};
use burn::nn::Linear;
use burn::nn::conv::Conv2d;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use diffusion::kernels::{self, Kernels, Operations};
use diffusion::latent::randn;
use diffusion::{Denoising, Folder, LoadError, Pipeline};
use serde::{Deserialize, Serialize};

use super::dispatches::Dispatches;

/// Rows and columns of the matrices whose product is the measure of a device.
pub const PEAK: usize = 1024;
const PROMPT: &str = "an oil painting of a red boat on the sea at sunset";

/// Medians.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Timed {
    pub device: String,
    pub begin_ms: f64,
    pub step_ms: f64,
    pub decode_ms: f64,
    pub peak_gflops: f64,
    /// The most memory that the process has held; of a GPU's own memory nobody tells.
    pub peak_bytes: Option<u64>,
    /// On a GPU.
    #[serde(default)]
    pub dispatches: Option<Dispatches>,
}

/// Operations, two for each product that is summed, in convolutions, linear layers and attention.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Work {
    pub step: f64,
    pub decode: f64,
}

/// Times a model on a backend.
pub struct Measure<'a> {
    pub folder: &'a Folder,
    /// With burn's own kernels, from now on.
    pub stock: bool,
    /// For each part at least.
    pub seconds: f64,
}

impl Job for Measure<'_> {
    type Output = Result<(Timed, Work), LoadError>;

    async fn run<B: Shown>(self, device: B::Device, device_name: String) -> Self::Output {
        if self.stock {
            take_stock::<B>();
        }
        forget_peak();
        let pipeline = Pipeline::<B>::load(self.folder, &device)?;
        let generation = generation();
        let begin = || pipeline.begin(&generation, &mut ()).expect("the loader has tried the model's own defaults");
        let begin_ms = median(self.seconds, async || read(begin().prompt_embeds()).await).await;
        let denoising = begin();
        let step_ms = median(self.seconds, async || step(&denoising, &pipeline).await).await;
        let latent = denoising.latent();
        let decode_ms = median(self.seconds, async || read(pipeline.decode(latent.clone(), &mut (), &()).await).await).await;
        let matrix = |seed| Tensor::<B, 2>::from_data(TensorData::new(randn(seed, [1, 1, PEAK, PEAK]), [PEAK, PEAK]), &device);
        let (left, right) = (matrix(1), matrix(2));
        let peak_ms = median(self.seconds, async || read(left.clone().matmul(right.clone())).await).await;
        let peak_gflops = 2.0 * (PEAK as f64).powi(3) / peak_ms / 1e6;
        let peak_bytes = peak_bytes();
        let timed = Timed { device: device_name, begin_ms, step_ms, decode_ms, peak_gflops, peak_bytes, dispatches: None };

        // Last, because what counts stands in between from here on.
        let counted = if self.stock { Work::default() } else { count(&pipeline, &denoising).await };
        Ok((timed, counted))
    }
}

/// What is measured: guided, so that each step asks the model twice.
pub fn generation() -> Generation {
    Generation { guidance_scale: Some(3.0), ..Generation::of(PROMPT) }
}

/// Takes burn's own kernels from now on.
pub fn take_stock<B: Backend>() {
    kernels::install::<B>(Stock);
}

/// The first step of a run, over and over.
pub async fn step<B: Backend>(denoising: &Denoising<B>, pipeline: &Pipeline<B>) {
    let step = denoising.clone().step(pipeline, &mut (), &()).await.expect("a run has a first step");
    read(step.latent).await;
}

/// Waits until the device is done.
pub async fn read<B: Backend, const D: usize>(tensor: Tensor<B, D>) {
    tensor.into_data_async().await.expect("the device still holds what it has just made");
}

/// So long three are waited for: a large model on a small device may take minutes for one.
const PATIENCE_SECONDS: f64 = 60.0;

/// Milliseconds of the middle one of at least three, or of as many as a minute holds, after one that does not count.
async fn median(seconds: f64, mut work: impl AsyncFnMut()) -> f64 {
    work().await;
    let (start, mut times) = (Instant::now(), Vec::new());
    let passed = || start.elapsed().as_secs_f64();
    while times.is_empty() || passed() < seconds || times.len() < 3 && passed() < PATIENCE_SECONDS {
        let begun = Instant::now();
        work().await;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

async fn count<B: Backend>(pipeline: &Pipeline<B>, denoising: &Denoising<B>) -> Work {
    static COUNTED: AtomicU64 = AtomicU64::new(0);
    kernels::install::<B>(Counting { operations: kernels::of::<B>(), counted: &COUNTED });
    step(denoising, pipeline).await;
    let step = COUNTED.swap(0, Ordering::Relaxed) as f64;
    read(pipeline.decode(denoising.latent(), &mut (), &()).await).await;
    let decode = COUNTED.swap(0, Ordering::Relaxed) as f64;
    Work { step, decode }
}

/// None: burn's operations are taken.
struct Stock;

impl<B: Backend> Kernels<B> for Stock {}

/// Operations that are counted.
struct Counting<B: Backend> {
    operations: Operations<B>,
    counted: &'static AtomicU64,
}

impl<B: Backend> Counting<B> {
    fn add(&self, products: usize) {
        self.counted.fetch_add(2 * products as u64, Ordering::Relaxed);
    }
}

impl<B: Backend> Kernels<B> for Counting<B> {
    fn conv2d(&self, conv: &Conv2d<B>, x: &Tensor<B, 4>) -> Option<Tensor<B, 4>> {
        let made = self.operations.conv2d(conv, x.clone());
        let [_, input, height, width] = conv.weight.dims();
        self.add(made.shape().num_elements() * input * height * width);
        Some(made)
    }

    fn linear(&self, linear: &Linear<B>, x: &Tensor<B, 3>) -> Option<Tensor<B, 3>> {
        let made = self.operations.linear(linear, x.clone());
        self.add(made.shape().num_elements() * linear.weight.dims()[0]);
        Some(made)
    }

    fn attend(&self, q: &Tensor<B, 4>, k: &Tensor<B, 4>, v: &Tensor<B, 4>) -> Option<Tensor<B, 4>> {
        self.add(2 * q.shape().num_elements() * k.dims()[2]);
        Some(self.operations.attend(q.clone(), k.clone(), v.clone()))
    }
}

/// Linux keeps the most memory that a process has held, and forgets it when asked.
fn forget_peak() {
    // Where it cannot be asked, the number is that of the whole run.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

fn peak_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}
