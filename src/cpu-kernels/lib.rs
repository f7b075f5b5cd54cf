//! Kernels of our own for the models on burn's CPU backend: products of matrices by gemm, and loops that become vector instructions.
//!
//! [`install`] them once. What they are not made for (half precision, groups, dilation, uneven padding) burn's operations compute.

mod attention;
mod convolution;
mod geglu;
mod linear;
mod norm;

mod elementary;
mod matrix;
mod memory;
#[cfg_attr(not(target_family = "wasm"), path = "parallel_native.rs")]
#[cfg_attr(target_family = "wasm", path = "parallel_web.rs")]
mod parallel;
mod scratch;

use std::sync::Once;

use burn::module::Param;
use burn::nn::conv::Conv2d;
use burn::nn::{GroupNorm, LayerNorm, Linear};
use burn::tensor::Tensor;
use burn_flex::Flex;
use diffusion::kernels::{self, Kernels, even_padding};

use self::attention::{Attention, Heads};
use self::convolution::Convolution;
use self::matrix::Matrix;
use self::memory::{Strided, Values, strided, tensor};

/// Takes these kernels for every model on burn's CPU backend from now on. Once is enough, more often does no harm.
pub fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| kernels::install::<Flex>(CpuKernels));
}

struct CpuKernels;

impl Kernels<Flex> for CpuKernels {
    fn conv2d(&self, conv: &Conv2d<Flex>, x: &Tensor<Flex, 4>) -> Option<Tensor<Flex, 4>> {
        convolved(conv, x)
    }

    fn group_norm(&self, norm: &GroupNorm<Flex>, x: &Tensor<Flex, 4>) -> Option<Tensor<Flex, 4>> {
        group_normed(norm, x, false)
    }

    fn group_norm_silu(&self, norm: &GroupNorm<Flex>, x: &Tensor<Flex, 4>) -> Option<Tensor<Flex, 4>> {
        group_normed(norm, x, true)
    }

    fn layer_norm(&self, norm: &LayerNorm<Flex>, epsilon: f64, x: &Tensor<Flex, 3>) -> Option<Tensor<Flex, 3>> {
        layer_normed(norm, epsilon, x)
    }

    fn linear(&self, linear: &Linear<Flex>, x: &Tensor<Flex, 3>) -> Option<Tensor<Flex, 3>> {
        projected(linear, x)
    }

    fn attend(&self, q: &Tensor<Flex, 4>, k: &Tensor<Flex, 4>, v: &Tensor<Flex, 4>) -> Option<Tensor<Flex, 4>> {
        attended(q, k, v)
    }

    fn geglu(&self, halves: &Tensor<Flex, 3>) -> Option<Tensor<Flex, 3>> {
        gated(halves)
    }
}

/// A module's parameter, if it is f32.
fn parameter<const D: usize>(parameter: &Param<Tensor<Flex, D>>) -> Option<Values> {
    Values::of(parameter.val())
}

/// A parameter that a module may have: `None` if it has one that is not f32.
fn optional<const D: usize>(optional: &Option<Param<Tensor<Flex, D>>>) -> Option<Option<Values>> {
    match optional {
        Some(present) => parameter(present).map(Some),
        None => Some(None),
    }
}

fn convolved(conv: &Conv2d<Flex>, x: &Tensor<Flex, 4>) -> Option<Tensor<Flex, 4>> {
    let padding = even_padding(conv)?;
    let padded_too_far = (0..2).any(|axis| padding[axis] >= conv.kernel_size[axis]);
    if conv.groups != 1 || conv.dilation != [1, 1] || padded_too_far {
        return None;
    }
    let [batch, input, height, width] = x.dims();
    let [output, ..] = conv.weight.val().dims();
    let (kernel, stride) = (conv.kernel_size, conv.stride);
    let convolution = Convolution { batch, input, output, height, width, kernel, stride, padding };
    let bias = optional(&conv.bias)?;
    let out = convolution.compute(&Values::of(x.clone())?, &parameter(&conv.weight)?, bias.as_deref());
    let [height, width] = convolution.size();
    Some(tensor(out, [batch, output, height, width]))
}

fn group_normed(norm: &GroupNorm<Flex>, x: &Tensor<Flex, 4>, with_silu: bool) -> Option<Tensor<Flex, 4>> {
    let shape @ [_, channels, height, width] = x.dims();
    let (gamma, beta) = (optional(&norm.gamma)?, optional(&norm.beta)?);
    let norm =
        norm::GroupNorm { groups: norm.num_groups, epsilon: norm.epsilon as f32, affine: gamma.as_deref().zip(beta.as_deref()) };
    Some(tensor(norm.compute(&Values::of(x.clone())?, channels, height * width, with_silu), shape))
}

fn layer_normed(norm: &LayerNorm<Flex>, epsilon: f64, x: &Tensor<Flex, 3>) -> Option<Tensor<Flex, 3>> {
    let beta = optional(&norm.beta)?;
    let out = norm::layer_norm(&Values::of(x.clone())?, &parameter(&norm.gamma)?, beta.as_deref(), epsilon as f32);
    Some(tensor(out, x.dims()))
}

fn projected(linear: &Linear<Flex>, x: &Tensor<Flex, 3>) -> Option<Tensor<Flex, 3>> {
    let [batch, tokens, input] = x.dims();
    let [_, output] = linear.weight.val().dims();
    let (weight, bias) = (parameter(&linear.weight)?, optional(&linear.bias)?);
    let x = Strided::of(x.clone())?;
    let out = if x.is_contiguous() {
        linear::linear([batch * tokens, input, output], &[Matrix::of_rows(x.values(), input)], &weight, bias.as_deref())
    } else {
        let [of_sample, of_token, of_value] = x.strides;
        let samples: Vec<_> =
            (0..batch).map(|sample| Matrix::new(&x.values()[sample * of_sample..], of_token, of_value)).collect();
        linear::linear([tokens, input, output], &samples, &weight, bias.as_deref())
    };
    Some(tensor(out, [batch, tokens, output]))
}

fn attended(q: &Tensor<Flex, 4>, k: &Tensor<Flex, 4>, v: &Tensor<Flex, 4>) -> Option<Tensor<Flex, 4>> {
    let shape @ [batch, heads, queries, head_dim] = q.dims();
    let [_, _, keys, _] = k.dims();
    if k.dims() != [batch, heads, keys, head_dim] || v.dims() != k.dims() {
        return None;
    }
    let (q, k, v) = (Strided::of(q.clone())?, Strided::of(k.clone())?, Strided::of(v.clone())?);
    let [q, k, v] = [&q, &k, &v].map(|heads| Heads { values: heads.values(), strides: heads.strides });
    let out = Attention { batch, heads, queries, keys, head_dim }.compute(q, k, v);
    // The heads lie side by side in each token: who joins them next finds them joined. Of one head there is nothing to join.
    let width = heads * head_dim;
    let of_head = if heads == 1 { queries * head_dim } else { head_dim };
    Some(strided(out, shape, [queries * width, of_head, width, 1]))
}

fn gated(halves: &Tensor<Flex, 3>) -> Option<Tensor<Flex, 3>> {
    let [batch, tokens, both] = halves.dims();
    Some(tensor(geglu::geglu(&Values::of(halves.clone())?, both / 2), [batch, tokens, both / 2]))
}
