//! Kernels of our own for the models on burn's GPU backend, in WGSL: `shaders/kernels`.
//!
//! [`install`] them once. They compute in f32, also with weights that are stored in half precision. What they are not made for
//! (groups, dilation, uneven padding) burn's operations compute.

mod shader;

use std::sync::Once;

use burn::module::Param;
use burn::nn::conv::Conv2d;
use burn::nn::{GroupNorm, LayerNorm, Linear};
use burn::tensor::{DType, Tensor, TensorPrimitive};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;
use burn_wgpu::{CubeBackend, WgpuRuntime};
use diffusion::kernels::{self, Kernels, even_padding};

use self::shader::{Constant, Shader};

/// Written out rather than burn's alias `Wgpu`, which turns into a fusing backend when any crate asks for that feature.
type Gpu = CubeBackend<WgpuRuntime, f32, i32, u32>;
type Buffer = CubeTensor<WgpuRuntime>;

/// Takes these kernels for every model on burn's GPU backend from now on. Once is enough, more often does no harm.
pub fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| kernels::install::<Gpu>(GpuKernels));
}

/// All of them.
pub struct GpuKernels;

impl Kernels<Gpu> for GpuKernels {
    fn conv2d(&self, conv: &Conv2d<Gpu>, x: &Tensor<Gpu, 4>) -> Option<Tensor<Gpu, 4>> {
        convolved(conv, x).or_else(|| Some(Conv2d { weight: widened(&conv.weight)?, ..conv.clone() }.forward(x.clone())))
    }

    fn group_norm(&self, norm: &GroupNorm<Gpu>, x: &Tensor<Gpu, 4>) -> Option<Tensor<Gpu, 4>> {
        group_normed(norm, x, false)
    }

    fn group_norm_silu(&self, norm: &GroupNorm<Gpu>, x: &Tensor<Gpu, 4>) -> Option<Tensor<Gpu, 4>> {
        group_normed(norm, x, true)
    }

    fn layer_norm(&self, norm: &LayerNorm<Gpu>, epsilon: f64, x: &Tensor<Gpu, 3>) -> Option<Tensor<Gpu, 3>> {
        layer_normed(norm, epsilon, x)
    }

    fn linear(&self, linear: &Linear<Gpu>, x: &Tensor<Gpu, 3>) -> Option<Tensor<Gpu, 3>> {
        projected(linear, x).or_else(|| Some(Linear { weight: widened(&linear.weight)?, ..linear.clone() }.forward(x.clone())))
    }

    fn reads_halves(&self) -> bool {
        true
    }

    fn attend(&self, q: &Tensor<Gpu, 4>, k: &Tensor<Gpu, 4>, v: &Tensor<Gpu, 4>) -> Option<Tensor<Gpu, 4>> {
        attended(q, k, v)
    }

    fn geglu(&self, halves: &Tensor<Gpu, 3>) -> Option<Tensor<Gpu, 3>> {
        gated(halves)
    }
}

/// A tensor's numbers where they lie, in whatever order and type; `None` for quantized ones.
fn buffer<const D: usize>(tensor: Tensor<Gpu, D>) -> Option<Buffer> {
    match tensor.into_primitive() {
        TensorPrimitive::Float(buffer) => Some(buffer),
        TensorPrimitive::QFloat(_) => None,
    }
}

/// Those of a tensor of f32; `None` for another type.
fn strided<const D: usize>(tensor: Tensor<Gpu, D>) -> Option<Buffer> {
    buffer(tensor).filter(|buffer| buffer.dtype == DType::F32)
}

/// The same, with its numbers in the order of its dimensions.
fn ordered<const D: usize>(tensor: Tensor<Gpu, D>) -> Option<Buffer> {
    strided(tensor).map(into_contiguous)
}

fn parameter<const D: usize>(parameter: &Param<Tensor<Gpu, D>>) -> Option<Buffer> {
    ordered(parameter.val())
}

/// A parameter that a module may have: `None` if it has one that is not f32.
fn optional<const D: usize>(optional: &Option<Param<Tensor<Gpu, D>>>) -> Option<Option<Buffer>> {
    match optional {
        Some(present) => parameter(present).map(Some),
        None => Some(None),
    }
}

/// The weight of a convolution or a linear layer: f32 or, as the loader has made it, in half precision; `None` for another type.
fn weight<const D: usize>(weight: &Param<Tensor<Gpu, D>>) -> Option<Buffer> {
    let buffer = buffer(weight.val())?;
    match buffer.dtype {
        DType::F32 => Some(into_contiguous(buffer)),
        // Not every device could bring halves in order; the loader's are.
        DType::F16 => Some(buffer).filter(|buffer| buffer.is_contiguous()),
        _ => None,
    }
}

fn is_in_halves(weight: &Buffer) -> bool {
    weight.dtype == DType::F16
}

/// A weight in half precision as burn's operations take it; `None` for one that is f32 as it is.
fn widened<const D: usize>(parameter: &Param<Tensor<Gpu, D>>) -> Option<Param<Tensor<Gpu, D>>> {
    let from = weight(parameter).filter(is_in_halves)?;
    let shape = parameter.val().dims();
    let to = room(&from, shape);
    let size: usize = shape.iter().product();
    let constants = vec![("SIZE", Constant::from(size)), ("LANES", LINE_LANES.into())];
    let shader = Shader::new("widen", include_str!("../../shaders/kernels/widen.wgsl"), constants).with_weight(1, true);
    shader.launch(&to, [Some(&to), Some(&from), None, None], [LINE_LANES, 1], grid_over(size))?;
    Some(Param::from_tensor(tensor(to)))
}

/// Numbers that a workgroup makes of those that stand in a line.
const LINE_LANES: usize = 256;

/// Workgroups for so many numbers in a line, and a few more.
fn grid_over(size: usize) -> [usize; 2] {
    let workgroups = size.div_ceil(LINE_LANES);
    let rows = workgroups.div_ceil(32_768);
    [workgroups.div_ceil(rows), rows]
}

/// Room for a result, beside `x`.
fn room<const D: usize>(x: &Buffer, shape: [usize; D]) -> Buffer {
    empty_device_contiguous_dtype(x.client.clone(), x.device.clone(), shape.into(), DType::F32)
}

fn tensor<const D: usize>(buffer: Buffer) -> Tensor<Gpu, D> {
    Tensor::from_primitive(TensorPrimitive::Float(buffer))
}

/// Lanes along x and y of a workgroup of 64, where there is work for so many along x.
fn lanes(along_x: usize) -> [usize; 2] {
    let x = along_x.next_power_of_two().clamp(8, 64);
    [x, 64 / x]
}

fn convolved(conv: &Conv2d<Gpu>, x: &Tensor<Gpu, 4>) -> Option<Tensor<Gpu, 4>> {
    let padding = even_padding(conv)?;
    if conv.groups != 1 || conv.dilation != [1, 1] {
        return None;
    }
    let [batch, input, height, width] = x.dims();
    let [output, _, kernel_y, kernel_x] = conv.weight.val().dims();
    let [out_height, out_width] = [(0, height, kernel_y), (1, width, kernel_x)].map(|(axis, size, kernel)| {
        (size + 2 * padding[axis]).checked_sub(kernel).map_or(0, |room| room / conv.stride[axis] + 1)
    });
    if out_height * out_width == 0 {
        return None;
    }
    let (x, weight, bias) = (ordered(x.clone())?, weight(&conv.weight)?, optional(&conv.bias)?);
    let to = room(&x, [batch, output, out_height, out_width]);
    let pixels = batch * out_height * out_width;
    let [lanes_x, lanes_y] = lanes(pixels.div_ceil(4));
    let constants = vec![
        ("BATCH", Constant::from(batch)),
        ("INPUT", input.into()),
        ("OUTPUT", output.into()),
        ("HEIGHT", height.into()),
        ("WIDTH", width.into()),
        ("OUT_HEIGHT", out_height.into()),
        ("OUT_WIDTH", out_width.into()),
        ("KERNEL_Y", kernel_y.into()),
        ("KERNEL_X", kernel_x.into()),
        ("STRIDE_Y", conv.stride[0].into()),
        ("STRIDE_X", conv.stride[1].into()),
        ("PADDING_Y", padding[0].into()),
        ("PADDING_X", padding[1].into()),
        ("LANES_X", lanes_x.into()),
        ("LANES_Y", lanes_y.into()),
    ];
    let shader = Shader::new("conv2d", include_str!("../../shaders/kernels/conv2d.wgsl"), constants);
    let shader = shader.with_weight(1, is_in_halves(&weight)).with_vector("bias_of", 3, bias.is_some(), 0.0, Some("OUTPUT"));
    let grid = [pixels.div_ceil(4 * lanes_x), output.div_ceil(8 * lanes_y)];
    shader.launch(&to, [Some(&x), Some(&weight), Some(&to), bias.as_ref()], [lanes_x, lanes_y], grid)?;
    Some(tensor(to))
}

fn projected(linear: &Linear<Gpu>, x: &Tensor<Gpu, 3>) -> Option<Tensor<Gpu, 3>> {
    let [batch, tokens, input] = x.dims();
    let [_, output] = linear.weight.val().dims();
    let rows = batch * tokens;
    if rows == 0 {
        return None;
    }
    let (x, weight, bias) = (ordered(x.clone())?, weight(&linear.weight)?, optional(&linear.bias)?);
    let to = room(&x, [batch, tokens, output]);
    let [lanes_x, lanes_y] = lanes(output.div_ceil(4));
    let constants = vec![
        ("ROWS", Constant::from(rows)),
        ("INPUT", input.into()),
        ("OUTPUT", output.into()),
        ("LANES_X", lanes_x.into()),
        ("LANES_Y", lanes_y.into()),
    ];
    let shader = Shader::new("linear", include_str!("../../shaders/kernels/linear.wgsl"), constants);
    let shader = shader.with_weight(1, is_in_halves(&weight)).with_vector("bias_of", 3, bias.is_some(), 0.0, Some("OUTPUT"));
    let grid = [output.div_ceil(4 * lanes_x), rows.div_ceil(8 * lanes_y)];
    shader.launch(&to, [Some(&x), Some(&weight), Some(&to), bias.as_ref()], [lanes_x, lanes_y], grid)?;
    Some(tensor(to))
}

/// A workgroup for each group that is normed; few enough to reduce in one workgroup's memory, on any device.
const NORM_LANES: usize = 256;

struct Norm {
    /// In all samples together.
    groups: usize,
    groups_of_sample: usize,
    channels: usize,
    area: usize,
    epsilon: f64,
    with_silu: bool,
}

impl Norm {
    fn compute(&self, x: &Buffer, to: &Buffer, gamma: Option<&Buffer>, beta: Option<&Buffer>) -> Option<()> {
        let lanes = (self.channels * self.area).next_power_of_two().clamp(32, NORM_LANES);
        let constants = vec![
            ("CHANNELS", Constant::from(self.channels)),
            ("AREA", self.area.into()),
            ("GROUPS", self.groups_of_sample.into()),
            ("WITH_SILU", self.with_silu.into()),
            ("LANES", lanes.into()),
            ("EPSILON", self.epsilon.into()),
        ];
        let shader = Shader::new("group_norm", include_str!("../../shaders/kernels/group_norm.wgsl"), constants);
        let shader = shader.with_vector("gamma_of", 2, gamma.is_some(), 1.0, None);
        let shader = shader.with_vector("beta_of", 2 + u32::from(gamma.is_some()), beta.is_some(), 0.0, None);
        shader.launch(to, [Some(x), Some(to), gamma, beta], [lanes, 1], grid_of(self.groups))
    }
}

/// So many workgroups in a row as every device takes, and as many rows as it needs; `None` where that is not a whole grid.
fn grid_of(workgroups: usize) -> [usize; 2] {
    const MOST: usize = 65_535;
    // A workgroup too many would norm what is not there: the grid is exact, if need be one workgroup wide.
    let rows = (workgroups.div_ceil(MOST)..=workgroups).find(|rows| workgroups.is_multiple_of(*rows)).unwrap_or(1);
    [workgroups / rows, rows]
}

fn group_normed(norm: &GroupNorm<Gpu>, x: &Tensor<Gpu, 4>, with_silu: bool) -> Option<Tensor<Gpu, 4>> {
    let shape @ [batch, channels, height, width] = x.dims();
    let (gamma, beta) = (optional(&norm.gamma)?, optional(&norm.beta)?);
    let x = ordered(x.clone())?;
    let to = room(&x, shape);
    let groups = norm.num_groups;
    let area = height * width;
    let norm = Norm {
        groups: batch * groups,
        groups_of_sample: groups,
        channels: channels / groups,
        area,
        epsilon: norm.epsilon,
        with_silu,
    };
    norm.compute(&x, &to, gamma.as_ref(), beta.as_ref())?;
    Some(tensor(to))
}

fn layer_normed(norm: &LayerNorm<Gpu>, epsilon: f64, x: &Tensor<Gpu, 3>) -> Option<Tensor<Gpu, 3>> {
    let shape @ [batch, tokens, width] = x.dims();
    let (gamma, beta) = (parameter(&norm.gamma)?, optional(&norm.beta)?);
    let x = ordered(x.clone())?;
    let to = room(&x, shape);
    let norm = Norm { groups: batch * tokens, groups_of_sample: 1, channels: width, area: 1, epsilon, with_silu: false };
    norm.compute(&x, &to, Some(&gamma), beta.as_ref())?;
    Some(tensor(to))
}

/// Queries of a workgroup.
const QUERY_LANES: usize = 64;
/// Of larger heads an invocation's query and its sum would not stay in registers.
const MOST_HEAD_DIM: usize = 64;
/// Of a workgroup's memory, what every device has.
const WORKGROUP_BYTES: usize = 16_384;

fn attended(q: &Tensor<Gpu, 4>, k: &Tensor<Gpu, 4>, v: &Tensor<Gpu, 4>) -> Option<Tensor<Gpu, 4>> {
    let [batch, heads, queries, head_dim] = q.dims();
    let [_, _, keys, _] = k.dims();
    let same = k.dims() == [batch, heads, keys, head_dim] && v.dims() == k.dims();
    if !same || head_dim % 4 != 0 || head_dim > MOST_HEAD_DIM || queries * keys == 0 || batch * heads > 65_535 {
        return None;
    }
    // Heads are read where they lie side by side in a token; a vector's own numbers must follow each other.
    let [q, k, v] = [q, k, v]
        .map(|heads| strided(heads.clone()).map(|buffer| if last_is_dense(&buffer) { buffer } else { into_contiguous(buffer) }));
    let (q, k, v) = (q?, k?, v?);
    let to = room(&q, [batch, queries, heads, head_dim]);
    let tile = (WORKGROUP_BYTES / (2 * head_dim * size_of::<f32>())).min(32);
    let mut constants = vec![
        ("HEADS", Constant::from(heads)),
        ("QUERIES", queries.into()),
        ("KEYS", keys.into()),
        ("VECTORS", (head_dim / 4).into()),
        ("QUERY_LANES", QUERY_LANES.into()),
        ("TILE", tile.into()),
        ("SCALE", (head_dim as f64).powf(-0.5).into()),
    ];
    let names = [["Q_SAMPLE", "Q_HEAD", "Q_TOKEN"], ["K_SAMPLE", "K_HEAD", "K_TOKEN"], ["V_SAMPLE", "V_HEAD", "V_TOKEN"]];
    for (names, buffer) in names.into_iter().zip([&q, &k, &v]) {
        constants.extend(names.into_iter().zip(buffer.meta.strides().iter().map(|&stride| Constant::from(stride))));
    }
    let shader = Shader::new("attention", include_str!("../../shaders/kernels/attention.wgsl"), constants);
    let grid = [queries.div_ceil(QUERY_LANES), batch * heads];
    shader.launch(&to, [Some(&q), Some(&k), Some(&v), Some(&to)], [QUERY_LANES, 1], grid)?;
    Some(tensor::<4>(to).swap_dims(1, 2))
}

fn last_is_dense(buffer: &Buffer) -> bool {
    buffer.meta.strides().last() == Some(&1)
}

fn gated(halves: &Tensor<Gpu, 3>) -> Option<Tensor<Gpu, 3>> {
    let [batch, tokens, both] = halves.dims();
    let width = both / 2;
    let size = batch * tokens * width;
    if size == 0 || both % 2 != 0 {
        return None;
    }
    let halves = ordered(halves.clone())?;
    let to = room(&halves, [batch, tokens, width]);
    let constants = vec![("SIZE", Constant::from(size)), ("WIDTH", width.into()), ("LANES", LINE_LANES.into())];
    let shader = Shader::new("geglu", include_str!("../../shaders/kernels/geglu.wgsl"), constants);
    shader.launch(&to, [Some(&halves), Some(&to), None, None], [LINE_LANES, 1], grid_over(size))?;
    Some(tensor(to))
}
