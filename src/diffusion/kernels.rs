//! The heavy operations of the models, and the place where a backend's own kernels take them over.
//!
//! Without kernels of its own a backend computes them with burn's operations. The models stay generic over [`Backend`] alone, and the
//! crate that owns a backend brings its kernels: [`install`] them once, before the first model runs.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use burn::nn::conv::Conv2d;
use burn::nn::{GroupNorm, LayerNorm, Linear};
use burn::tensor::Tensor;
use burn::tensor::activation::{gelu, silu};
use burn::tensor::backend::Backend;

/// One operation each; what is not overridden is computed with burn's operations.
pub trait Kernels<B: Backend>: Send + Sync {
    /// [batch, input, height, width] → [batch, output, height', width']
    fn conv2d(&self, conv: &Conv2d<B>, x: Tensor<B, 4>) -> Tensor<B, 4> {
        conv.forward(x)
    }

    /// [batch, channels, height, width] → the same, "Group Normalization", eq. 1 and 7
    fn group_norm(&self, norm: &GroupNorm<B>, x: Tensor<B, 4>) -> Tensor<B, 4> {
        norm.forward(x)
    }

    /// SiLU of the normed: [batch, channels, height, width] → the same
    fn group_norm_silu(&self, norm: &GroupNorm<B>, x: Tensor<B, 4>) -> Tensor<B, 4> {
        silu(norm.forward(x))
    }

    /// [batch, tokens, width] → the same. `epsilon` is the norm's, which burn keeps to itself.
    fn layer_norm(&self, norm: &LayerNorm<B>, _epsilon: f64, x: Tensor<B, 3>) -> Tensor<B, 3> {
        norm.forward(x)
    }

    /// [batch, tokens, input] → [batch, tokens, output]
    fn linear(&self, linear: &Linear<B>, x: Tensor<B, 3>) -> Tensor<B, 3> {
        linear.forward(x)
    }

    /// Attention without keeping the weights.
    ///
    /// q: [batch, heads, queries, head_dim], k, v: [batch, heads, keys, head_dim] → [batch, heads, queries, head_dim]
    fn attend(&self, q: Tensor<B, 4>, k: Tensor<B, 4>, v: Tensor<B, 4>) -> Tensor<B, 4> {
        crate::attention::attend_in_slices(q, k, v)
    }

    /// The first half is the value, the second the gate: [batch, tokens, 2 · width] → [batch, tokens, width],
    /// "GLU Variants Improve Transformer", eq. 6.
    fn geglu(&self, halves: Tensor<B, 3>) -> Tensor<B, 3> {
        let width = halves.dims()[2] / 2;
        let value = halves.clone().narrow(2, 0, width);
        let gate = halves.narrow(2, width, width);
        value * gelu(gate)
    }
}

/// burn's operations.
struct Burn;

impl<B: Backend> Kernels<B> for Burn {}

type Shelf = HashMap<TypeId, &'static (dyn Any + Send + Sync)>;

static INSTALLED: RwLock<Option<Shelf>> = RwLock::new(None);

/// Takes these kernels for every model on backend `B` from now on. Meant to be called once per backend: kernels are never freed.
pub fn install<B: Backend>(kernels: impl Kernels<B> + 'static) {
    let kernels: Box<dyn Kernels<B>> = Box::new(kernels);
    let mut shelf = INSTALLED.write().unwrap_or_else(PoisonError::into_inner);
    shelf.get_or_insert_default().insert(TypeId::of::<B>(), Box::leak(Box::new(kernels)));
}

/// The kernels of backend `B`.
pub fn of<B: Backend>() -> &'static dyn Kernels<B> {
    let shelf = INSTALLED.read().unwrap_or_else(PoisonError::into_inner);
    let found = shelf.as_ref().and_then(|shelf| shelf.get(&TypeId::of::<B>()).copied());
    match found.and_then(|kernels| kernels.downcast_ref::<Box<dyn Kernels<B>>>()) {
        Some(kernels) => &**kernels,
        None => &Burn,
    }
}
