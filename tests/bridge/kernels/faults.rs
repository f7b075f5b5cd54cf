//! What burn 0.21 and cubek 0.2 compute wrongly, and what stands here in its place. If a fault is no longer found, the versions have
//! changed: then the way round it may go too.

use bridge::{Cpu, Gpu};
use burn::nn::{GroupNormConfig, LinearConfig};
use burn::tensor::{DType, Tensor, TensorPrimitive};
use burn_cubecl::kernel::attention::{AttentionStrategy, attention};
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;
use burn_wgpu::WgpuRuntime;
use cubek::matmul::definition::{MatmulElems, MatmulGlobalElems};
use cubek::matmul::launch::{Strategy, launch_ref};
use cubek::matmul::routines::double_unit::DoubleUnitSelectionArgs;
use cubek::matmul::routines::{BlueprintStrategy, TileSizeSelection};
use cubek::std::InputBinding;
use diffusion::kernels::{Kernels, Operations};
use gpu_kernels::GpuKernels;

use super::{check, numbers, stock};

fn buffer<const D: usize>(tensor: Tensor<Gpu, D>) -> CubeTensor<WgpuRuntime> {
    match tensor.into_primitive() {
        TensorPrimitive::Float(buffer) => buffer,
        TensorPrimitive::QFloat(_) => panic!("nothing here is quantized"),
    }
}

/// ‖a − b‖ / ‖b‖
fn distance<const D: usize>(a: Tensor<Gpu, D>, b: Tensor<Cpu, D>) -> f32 {
    let [a, b] = [a.into_data(), b.into_data()].map(|data| data.convert::<f32>().into_vec::<f32>().unwrap());
    let norm = |numbers: &mut dyn Iterator<Item = f32>| numbers.map(|number| number * number).sum::<f32>().sqrt();
    norm(&mut a.iter().zip(&b).map(|(a, b)| a - b)) / norm(&mut b.iter().copied())
}

/// [batch, m, k] · [batch, k, n] with the kernel that fetches the next stage while it computes with the last one.
fn double_buffered(left: Tensor<Gpu, 3>, right: Tensor<Gpu, 3>) -> Tensor<Gpu, 3> {
    let shape = [left.dims()[0], left.dims()[1], right.dims()[2]];
    let [left, right] = [buffer(left), buffer(right)];
    let out = empty_device_contiguous_dtype(left.client.clone(), left.device.clone(), shape.into(), DType::F32);
    let of = DType::F32;
    let mut types = MatmulElems::from_globals(&MatmulGlobalElems { lhs: of.into(), rhs: of.into(), out: of.into() });
    let args = DoubleUnitSelectionArgs { tile_size: TileSizeSelection::MaxTileSize };
    let strategy = Strategy::DoubleUnit(BlueprintStrategy::Inferred(args));
    let client = out.client.clone();
    let [left, right] = [left, right].map(|matrix| InputBinding::new(matrix.binding(), of.into()));
    launch_ref(&strategy, &client, left, right, out.clone().binding(), &mut types).unwrap();
    Tensor::from_primitive(TensorPrimitive::Float(out))
}

/// burn issue 5626: an odd number of stages along k is rounded up, and the one too many is read from what lies behind: in a batch, from
/// the next matrix. Autotune may choose that kernel; the models' attention and linear layers do not ask it to.
#[test]
fn a_double_buffered_product_is_wrong_where_its_stages_are_odd() {
    const SIZE: usize = 64;
    const WIDTHS: [usize; 4] = [40, 56, 104, 440];
    let errors = WIDTHS.map(|k| {
        let product = double_buffered(numbers([4, SIZE, k], 1, 1.0), numbers([4, k, SIZE], 2, 1.0));
        distance(product, numbers::<Cpu, 3>([4, SIZE, k], 1, 1.0).matmul(numbers([4, k, SIZE], 2, 1.0)))
    });
    assert!(errors.iter().any(|error| error.is_nan() || *error > 0.01), "the fault is not there any more: {errors:?}");
    for k in WIDTHS {
        let linear = super::filled::<Gpu, _>(LinearConfig::new(k, SIZE).init(&Default::default()));
        let own = GpuKernels.linear(&linear, &numbers([4, SIZE, k], 3, 1.0)).unwrap();
        let linear = super::filled::<Cpu, _>(LinearConfig::new(k, SIZE).init(&Default::default()));
        check(k, own, stock().linear(&linear, numbers([4, SIZE, k], 3, 1.0)));
    }
}

/// cubek's flash attention computes its tiles in half precision, whatever it is given.
#[test]
fn flash_attention_loses_half_of_the_digits() {
    let of = [1, 2, 64, 32];
    let [q, k, v] = [1, 2, 3].map(|seed| buffer(numbers::<Gpu, 4>(of, seed, 2.0)));
    let flash = attention(q, k, v, None, None, Default::default(), AttentionStrategy::FlashUnit).unwrap();
    let right = stock().attend(numbers(of, 1, 2.0), numbers(of, 2, 2.0), numbers(of, 3, 2.0));
    let error = distance(Tensor::from_primitive(TensorPrimitive::Float(flash)), right.clone());
    assert!(error.is_nan() || error > 1e-5, "the fault is not there any more: {error:.1e}");
    let own = GpuKernels.attend(&numbers(of, 1, 2.0), &numbers(of, 2, 2.0), &numbers(of, 3, 2.0)).unwrap();
    assert!(distance(own, right) < 1e-5);
}

/// burn's GroupNorm sums in the type of its input: half precision ends at 65504. So what is normed here is f32, also between weights
/// that are kept in half precision.
#[test]
fn a_group_norm_in_half_precision_overflows() {
    const CHANNELS: usize = 32;
    let norm = GroupNormConfig::new(1, CHANNELS).with_affine(false);
    let x = numbers::<Cpu, 4>([1, CHANNELS, 64, 64], 1, 3.0) + 2.0;
    let halved = norm.init::<Cpu>(&Default::default()).forward(x.clone().cast(DType::F16));
    let is_finite = |x: Vec<f32>| x.into_iter().all(f32::is_finite);
    let halved = halved.into_data().convert::<f32>().into_vec::<f32>().unwrap();
    let right = Operations::<Cpu>::stock().group_norm(&norm.init(&Default::default()), x.clone());
    let lost = halved
        .iter()
        .zip(right.clone().into_data().into_vec::<f32>().unwrap())
        .any(|(half, right)| !half.is_finite() || (half - right).abs() > 0.1);
    assert!(lost, "the fault is not there any more");
    let own = GpuKernels.group_norm(&norm.init(&Default::default()), &(numbers::<Gpu, 4>([1, CHANNELS, 64, 64], 1, 3.0) + 2.0));
    let own = own.unwrap();
    assert!(is_finite(own.clone().into_data().into_vec().unwrap()));
    check("in f32", own, right);
}
