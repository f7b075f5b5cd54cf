//! Weights in half precision: the kernels read them as the f32 numbers that they stand for, and the loader leaves them so.

use std::fmt::Debug;

use burn::module::{Module, ModuleVisitor, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::backend::Backend;
use burn::tensor::{DType, Int, Tensor, TensorData, f16};
use diffusion::Folder;
use diffusion::kernels::Kernels;
use diffusion::text_encoder::{ClipTextConfig, ClipTextModel};
use diffusion::unet::{UNet2DConditionConfig, UNet2DConditionModel};
use diffusion::vae::{AutoencoderKl, AutoencoderKlConfig};
use gpu_kernels::GpuKernels;

use super::{Cpu, Gpu, check, filled, numbers};
use crate::golden_run::golden;

/// A weight in half precision, and the same numbers in f32.
fn halved<const D: usize>(weight: &Param<Tensor<Gpu, D>>) -> [Param<Tensor<Gpu, D>>; 2] {
    let (data, device) = (weight.val().into_data().convert::<f16>(), weight.val().device());
    [DType::F16, DType::F32].map(|dtype| Param::from_tensor(Tensor::from_data(data.clone(), (&device, dtype))))
}

/// The two agree to 1e-6 of the largest number.
#[track_caller]
fn check_same<const D: usize>(case: impl Debug, of_halves: Tensor<Gpu, D>, of_whole: Tensor<Gpu, D>) {
    let (of_halves, of_whole) = (numbers::values(of_halves), numbers::values(of_whole));
    assert_eq!(of_halves.len(), of_whole.len(), "{case:?}");
    let largest = of_whole.iter().fold(0f32, |largest, value| largest.max(value.abs()));
    let apart = of_halves.iter().zip(&of_whole).map(|(halves, whole)| (halves - whole).abs());
    assert!(largest > 0.0 && apart.clone().all(|apart| apart <= 1e-6 * largest), "{case:?}: {:?}", apart.reduce(f32::max));
}

fn check_conv(config: &Conv2dConfig, shape: [usize; 4]) {
    let conv = filled(config.init::<Gpu>(&Default::default()));
    let [halves, whole] = halved(&conv.weight).map(|weight| Conv2d { weight, ..conv.clone() });
    assert_eq!([halves.weight.val().dtype(), whole.weight.val().dtype()], [DType::F16, DType::F32]);
    let x = numbers(shape, 3, 2.0);
    let of_whole = GpuKernels.conv2d(&whole, &x).unwrap_or_else(|| whole.forward(x.clone()));
    check_same((config.channels, config.kernel_size, shape), GpuKernels.conv2d(&halves, &x).unwrap(), of_whole);
}

fn check_linear(shape: [usize; 3], output: usize, with_bias: bool) {
    let linear = filled(LinearConfig::new(shape[2], output).with_bias(with_bias).init::<Gpu>(&Default::default()));
    let [halves, whole] = halved(&linear.weight).map(|weight| Linear { weight, ..linear.clone() });
    let x = numbers(shape, 4, 2.0);
    check_same((shape, output), GpuKernels.linear(&halves, &x).unwrap(), GpuKernels.linear(&whole, &x).unwrap());
}

#[test]
fn a_convolution_is_that_of_the_same_numbers_in_f32() {
    let same_size =
        |input, output| Conv2dConfig::new([input, output], [3, 3]).with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1));
    check_conv(&same_size(64, 96), [2, 64, 8, 8]);
    check_conv(&same_size(64, 64).with_stride([2, 2]), [2, 64, 16, 16]);
    check_conv(&Conv2dConfig::new([96, 64], [1, 1]), [2, 96, 8, 8]);
    // An odd number of weights, the last alone in its word.
    check_conv(&same_size(5, 7), [1, 5, 7, 5]);
    check_conv(&same_size(1, 1).with_bias(false), [1, 1, 3, 3]);
    check_conv(&Conv2dConfig::new([3, 5], [5, 5]), [2, 3, 9, 11]);
}

#[test]
fn a_linear_layer_is_that_of_the_same_numbers_in_f32() {
    for (shape, output) in [([2, 64, 96], 96), ([1, 77, 768], 64), ([1, 1, 1], 1), ([3, 5, 7], 33), ([1, 9, 105], 131)] {
        check_linear(shape, output, true);
        check_linear(shape, output, false);
    }
}

#[test]
fn what_is_left_to_burn_is_widened_before() {
    check_conv(&Conv2dConfig::new([5, 7], [3, 3]).with_dilation([2, 2]), [1, 5, 9, 9]);
}

/// Over how many dimensions each parameter of a module goes.
#[derive(Default)]
struct Dimensions {
    halves: Vec<usize>,
    whole: Vec<usize>,
}

impl ModuleVisitor<Gpu> for Dimensions {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<Gpu, D>>) {
        match parameter.val().dtype() {
            DType::F16 => self.halves.push(D),
            _ => self.whole.push(D),
        }
    }
}

fn dimensions(module: &impl Module<Gpu>) -> Dimensions {
    let mut dimensions = Dimensions::default();
    module.visit(&mut dimensions);
    dimensions
}

/// Convolutions and linear layers are in half precision, vectors and two matrices are not.
#[track_caller]
fn check_halves(module: &impl Module<Gpu>) {
    let Dimensions { halves, whole } = dimensions(module);
    assert!(halves.len() > 10 && halves.iter().all(|&dimensions| dimensions > 1), "{halves:?}");
    assert_eq!(whole.iter().filter(|&&dimensions| dimensions > 1).count(), 2, "{whole:?}");
}

/// A model whose files hold F16.
fn folder() -> Folder {
    crate::devices::settle();
    gpu_kernels::install();
    Folder::open(golden("tiny-sd2")).unwrap()
}

fn unet<B: Backend>(config: &UNet2DConditionConfig) -> UNet2DConditionModel<B> {
    folder().load_weights(config.init(&Default::default()), "unet", "diffusion_pytorch_model").unwrap()
}

fn noise_pred<B: Backend>(unet: &UNet2DConditionModel<B>, config: &UNet2DConditionConfig) -> Tensor<B, 4> {
    let timestep = Tensor::<B, 1>::from_data([701.0, 3.0], &Default::default());
    let context = numbers([2, 7, config.cross_attention_dim], 9, 1.0);
    unet.predict(numbers([2, config.in_channels, config.sample_size, config.sample_size], 8, 2.0), timestep, context)
}

#[test]
fn a_unet_in_half_precision_computes_what_the_cpu_does() {
    let config = folder().read_config("unet", UNet2DConditionConfig::check).unwrap();
    let gpu = unet::<Gpu>(&config);
    // The timestep embedding is burn's to multiply.
    check_halves(&gpu);
    check("the UNet", noise_pred(&gpu, &config), noise_pred(&unet::<Cpu>(&config), &config));
}

fn text_encoder<B: Backend>(config: &ClipTextConfig) -> ClipTextModel<B> {
    folder().load_weights(config.init(&Default::default()), "text_encoder", "model").unwrap()
}

fn prompt_embeds<B: Backend>(text_encoder: &ClipTextModel<B>) -> Tensor<B, 3> {
    let ids = Tensor::<B, 2, Int>::from_data(TensorData::new(vec![0, 5, 300, 709, 2], [1, 5]), &Default::default());
    text_encoder.encode(ids)
}

#[test]
fn a_text_encoder_in_half_precision_computes_what_the_cpu_does() {
    let config = folder().read_config("text_encoder", ClipTextConfig::check).unwrap();
    let gpu = text_encoder::<Gpu>(&config);
    // Of tokens and of places are looked up.
    check_halves(&gpu);
    check("the text encoder", prompt_embeds(&gpu), prompt_embeds(&text_encoder::<Cpu>(&config)));
}

#[test]
fn a_vae_is_widened() {
    let config = folder().read_config("vae", AutoencoderKlConfig::check).unwrap();
    let vae: AutoencoderKl<Gpu> =
        folder().load_weights(config.init(&Default::default()), "vae", "diffusion_pytorch_model").unwrap();
    assert!(dimensions(&vae).halves.is_empty());
}
