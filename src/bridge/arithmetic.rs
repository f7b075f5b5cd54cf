//! Arithmetic: the kernels that the models use, computed on the GPU and on the CPU, and compared.

use burn::nn::conv::Conv2dConfig;
use burn::nn::{GroupNormConfig, LayerNormConfig, PaddingConfig2d};
use burn::tensor::activation::{gelu, silu, softmax};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use diffusion::latent::randn;
use diffusion::{Folder, Generation, LoadError, Pipeline};
use serde::Serialize;

use crate::backend::{Cpu, DeviceChoice, Job, NoDevice, Shown, run_on};

/// What was compared on which adapter.
#[derive(Clone, Debug, Serialize)]
pub struct ArithmeticReport {
    pub adapter: String,
    pub comparisons: Vec<Comparison>,
}

/// One kernel's or model part's result on the GPU beside the CPU's.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    pub what: String,
    /// ‖gpu − cpu‖ / ‖cpu‖; infinite if the GPU gave something that is not a number
    pub relative_error: f32,
}

impl Comparison {
    /// f32 sums of some thousand products in another order differ by about 1e-6; a wrong kernel by far more.
    const TOLERANCE: f32 = 1e-3;

    fn new(what: String, gpu: &[f32], cpu: &[f32]) -> Self {
        let norm = |values: &mut dyn Iterator<Item = f32>| values.map(|value| f64::from(value).powi(2)).sum::<f64>().sqrt();
        let difference = norm(&mut gpu.iter().zip(cpu).map(|(gpu, cpu)| gpu - cpu));
        let error = (difference / norm(&mut cpu.iter().copied()).max(1e-12)) as f32;
        let complete = gpu.len() == cpu.len() && error.is_finite();
        Self { what, relative_error: if complete { error } else { f32::INFINITY } }
    }

    pub fn is_right(&self) -> bool {
        self.relative_error <= Self::TOLERANCE
    }
}

/// Compares any adapter, a software one too, with the CPU: single kernels first, then one step and a decoding of the model.
/// `progress` is told what is being compared, how many comparisons are done and how many there are.
///
/// # Errors
/// If there is no adapter, or the model cannot be loaded.
pub async fn compare_with_cpu(
    folder: &Folder,
    progress: &mut dyn FnMut(&str, usize, usize),
) -> Result<Result<ArithmeticReport, LoadError>, NoDevice> {
    run_on(DeviceChoice::Gpu, Compare { folder, progress }).await
}

struct Compare<'a> {
    folder: &'a Folder,
    progress: &'a mut dyn FnMut(&str, usize, usize),
}

impl Job for Compare<'_> {
    type Output = Result<ArithmeticReport, LoadError>;

    async fn run<B: Shown>(self, device: B::Device, adapter: String) -> Self::Output {
        let kernels = Kernel::all();
        let all = kernels.len() + 2;
        let mut comparisons = Vec::new();
        for kernel in kernels {
            let what = kernel.to_string();
            (self.progress)(&what, comparisons.len(), all);
            let gpu = kernel.compute::<B>(&device).await;
            let cpu = kernel.compute::<Cpu>(&Default::default()).await;
            comparisons.push(Comparison::new(what, &gpu, &cpu));
        }
        (self.progress)("the model", comparisons.len(), all);
        let gpu = model_outputs::<B>(self.folder, &device).await?;
        let cpu = model_outputs::<Cpu>(self.folder, &Default::default()).await?;
        for ((what, gpu), (_, cpu)) in gpu.into_iter().zip(cpu) {
            comparisons.push(Comparison::new(what.into(), &gpu, &cpu));
        }
        Ok(ArithmeticReport { adapter, comparisons })
    }
}

/// The kernels by the shapes at which burn 0.21 has gone wrong or the models use it most.
#[derive(Clone, Copy, Debug)]
enum Kernel {
    /// [batch, rows, inner] × [batch, inner, columns]
    Matmul([usize; 4]),
    /// [batch, input, output, side, kernel]
    Conv([usize; 5]),
    /// [batch, channels, side, groups]
    GroupNormSilu([usize; 4]),
    /// [rows, width]
    LayerNormGelu([usize; 2]),
    /// [rows, width]
    Softmax([usize; 2]),
}

impl std::fmt::Display for Kernel {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Self::Matmul([batch, rows, inner, columns]) => write!(f, "matmul {batch} × ({rows}×{inner} · {inner}×{columns})"),
            Self::Conv([batch, input, output, side, kernel]) => {
                write!(f, "convolution {kernel}×{kernel}, {batch}×{input}→{output}, {side}×{side}")
            }
            Self::GroupNormSilu([batch, channels, side, groups]) => {
                write!(f, "GroupNorm {groups} + SiLU, {batch}×{channels}×{side}×{side}")
            }
            Self::LayerNormGelu([rows, width]) => write!(f, "LayerNorm + GELU, {rows}×{width}"),
            Self::Softmax([rows, width]) => write!(f, "softmax, {rows}×{width}"),
        }
    }
}

impl Kernel {
    fn all() -> Vec<Self> {
        vec![
            Self::Matmul([1, 24, 96, 96]),
            Self::Matmul([4, 256, 32, 256]),
            Self::Matmul([4, 256, 40, 77]),
            Self::Matmul([4, 64, 77, 40]),
            Self::Matmul([1, 64, 104, 48]),
            Self::Matmul([1, 77, 768, 64]),
            Self::Conv([2, 4, 64, 16, 3]),
            Self::Conv([2, 64, 96, 8, 3]),
            Self::Conv([1, 104, 208, 8, 1]),
            Self::Conv([1, 96, 64, 32, 1]),
            Self::GroupNormSilu([2, 64, 16, 16]),
            Self::GroupNormSilu([1, 320, 32, 32]),
            Self::LayerNormGelu([256, 96]),
            Self::Softmax([256, 77]),
            Self::Softmax([64, 1024]),
        ]
    }

    async fn compute<B: Backend>(self, device: &B::Device) -> Vec<f32> {
        let numbers = |seed, shape: [usize; 4]| Tensor::<B, 4>::from_data(TensorData::new(randn(seed, shape), shape), device);
        let result = match self {
            Self::Matmul([batch, rows, inner, columns]) => {
                numbers(1, [1, batch, rows, inner]).matmul(numbers(2, [1, batch, inner, columns]))
            }
            Self::Conv([batch, input, output, side, kernel]) => {
                let padding = PaddingConfig2d::Explicit(kernel / 2, kernel / 2, kernel / 2, kernel / 2);
                let mut conv = Conv2dConfig::new([input, output], [kernel, kernel]).with_padding(padding).init::<B>(device);
                conv.weight = burn::module::Param::from_tensor(numbers(3, [output, input, kernel, kernel]));
                conv.bias = None;
                conv.forward(numbers(4, [batch, input, side, side]))
            }
            Self::GroupNormSilu([batch, channels, side, groups]) => {
                silu(GroupNormConfig::new(groups, channels).init::<B>(device).forward(numbers(5, [batch, channels, side, side])))
            }
            Self::LayerNormGelu([rows, width]) => {
                gelu(LayerNormConfig::new(width).init::<B>(device).forward(numbers(6, [1, 1, rows, width])))
            }
            Self::Softmax([rows, width]) => softmax(numbers(7, [1, 1, rows, width]), 3),
        };
        read(result).await
    }
}

/// The latent after one guided step, and the picture decoded from it.
async fn model_outputs<B: Backend>(folder: &Folder, device: &B::Device) -> Result<Vec<(&'static str, Vec<f32>)>, LoadError> {
    let pipeline = Pipeline::<B>::load(folder, device)?;
    let generation = Generation { guidance_scale: Some(3.0), ..Generation::of("a red boat on the sea") };
    let mut denoising = pipeline.begin(&generation, &mut ()).expect("the loader has tried the model's own defaults");
    let step = denoising.step(&pipeline, &mut (), &()).await.expect("a run has a first step");
    let picture = pipeline.decode(step.latent.clone(), &mut (), &()).await;
    Ok(vec![("one step of the model", read(step.latent).await), ("decoding a latent", read(picture).await)])
}

/// Empty if the device failed, which is then reported as wrong.
async fn read<B: Backend>(tensor: Tensor<B, 4>) -> Vec<f32> {
    match tensor.into_data_async().await {
        Ok(data) => data.convert::<f32>().to_vec().unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}
