//! The heavy operations of the models, and the place where a backend's own kernels take them over.
//!
//! Without kernels of its own a backend computes them with burn's operations. The models stay generic over [`Backend`] alone, and the
//! crate that owns a backend brings its kernels: [`install`] them once, before the first model runs.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use burn::nn::conv::Conv2d;
use burn::nn::{GroupNorm, LayerNorm, Linear, PaddingConfig2d};
use burn::tensor::Tensor;
use burn::tensor::activation::{gelu, silu};
use burn::tensor::backend::Backend;

/// A backend's own kernels for the [`Operations`] of the same names; `None` where burn's is to be taken.
pub trait Kernels<B: Backend>: Send + Sync {
    fn conv2d(&self, _conv: &Conv2d<B>, _x: &Tensor<B, 4>) -> Option<Tensor<B, 4>> {
        None
    }

    fn group_norm(&self, _norm: &GroupNorm<B>, _x: &Tensor<B, 4>) -> Option<Tensor<B, 4>> {
        None
    }

    fn group_norm_silu(&self, _norm: &GroupNorm<B>, _x: &Tensor<B, 4>) -> Option<Tensor<B, 4>> {
        None
    }

    /// `epsilon` is the norm's, which burn keeps to itself.
    fn layer_norm(&self, _norm: &LayerNorm<B>, _epsilon: f64, _x: &Tensor<B, 3>) -> Option<Tensor<B, 3>> {
        None
    }

    fn linear(&self, _linear: &Linear<B>, _x: &Tensor<B, 3>) -> Option<Tensor<B, 3>> {
        None
    }

    fn attend(&self, _q: &Tensor<B, 4>, _k: &Tensor<B, 4>, _v: &Tensor<B, 4>) -> Option<Tensor<B, 4>> {
        None
    }

    fn geglu(&self, _halves: &Tensor<B, 3>) -> Option<Tensor<B, 3>> {
        None
    }

    /// Whether weights that are stored in half precision may stay so on the device. Then `conv2d` and `linear` must take every layer
    /// that has such a weight, for burn's operations would misread it beside an x of f32.
    fn reads_halves(&self) -> bool {
        false
    }
}

/// What a convolution adds above and below, left and right: [vertical, horizontal]; `None` where the sides differ.
pub fn even_padding<B: Backend>(conv: &Conv2d<B>) -> Option<[usize; 2]> {
    match conv.padding {
        PaddingConfig2d::Valid => Some([0, 0]),
        PaddingConfig2d::Explicit(top, left, bottom, right) if top == bottom && left == right => Some([top, left]),
        _ => None,
    }
}

/// The operations as the models take them: by the backend's kernels where it has some, by burn elsewhere.
#[derive(Clone, Copy)]
pub struct Operations<B: Backend>(Option<&'static dyn Kernels<B>>);

impl<B: Backend> Operations<B> {
    /// By burn alone.
    pub fn stock() -> Self {
        Self(None)
    }

    fn own<T>(&self, operation: impl FnOnce(&dyn Kernels<B>) -> Option<T>) -> Option<T> {
        self.0.and_then(operation)
    }

    /// Whether weights of half precision that go only through `conv2d` and `linear` may stay so.
    pub fn reads_halves(&self) -> bool {
        self.0.is_some_and(|kernels| kernels.reads_halves())
    }

    /// [batch, input, height, width] → [batch, output, height', width']
    pub fn conv2d(&self, conv: &Conv2d<B>, x: Tensor<B, 4>) -> Tensor<B, 4> {
        self.own(|kernels| kernels.conv2d(conv, &x)).unwrap_or_else(|| conv.forward(x))
    }

    /// [batch, channels, height, width] → the same, "Group Normalization", eq. 1 and 7
    pub fn group_norm(&self, norm: &GroupNorm<B>, x: Tensor<B, 4>) -> Tensor<B, 4> {
        self.own(|kernels| kernels.group_norm(norm, &x)).unwrap_or_else(|| norm.forward(x))
    }

    /// SiLU of the normed: [batch, channels, height, width] → the same
    pub fn group_norm_silu(&self, norm: &GroupNorm<B>, x: Tensor<B, 4>) -> Tensor<B, 4> {
        self.own(|kernels| kernels.group_norm_silu(norm, &x)).unwrap_or_else(|| silu(norm.forward(x)))
    }

    /// [batch, tokens, width] → the same
    pub fn layer_norm(&self, norm: &LayerNorm<B>, epsilon: f64, x: Tensor<B, 3>) -> Tensor<B, 3> {
        self.own(|kernels| kernels.layer_norm(norm, epsilon, &x)).unwrap_or_else(|| norm.forward(x))
    }

    /// [batch, tokens, input] → [batch, tokens, output]
    pub fn linear(&self, linear: &Linear<B>, x: Tensor<B, 3>) -> Tensor<B, 3> {
        self.own(|kernels| kernels.linear(linear, &x)).unwrap_or_else(|| linear.forward(x))
    }

    /// Attention without keeping the weights.
    ///
    /// q: [batch, heads, queries, head_dim], k, v: [batch, heads, keys, head_dim] → [batch, heads, queries, head_dim]
    pub fn attend(&self, q: Tensor<B, 4>, k: Tensor<B, 4>, v: Tensor<B, 4>) -> Tensor<B, 4> {
        self.own(|kernels| kernels.attend(&q, &k, &v)).unwrap_or_else(|| crate::attention::attend_in_slices(q, k, v))
    }

    /// The first half is the value, the second the gate: [batch, tokens, 2 · width] → [batch, tokens, width],
    /// "GLU Variants Improve Transformer", eq. 6.
    pub fn geglu(&self, halves: Tensor<B, 3>) -> Tensor<B, 3> {
        self.own(|kernels| kernels.geglu(&halves)).unwrap_or_else(|| {
            let width = halves.dims()[2] / 2;
            let value = halves.clone().narrow(2, 0, width);
            let gate = halves.narrow(2, width, width);
            value * gelu(gate)
        })
    }
}

type Shelf = HashMap<TypeId, &'static (dyn Any + Send + Sync)>;

static INSTALLED: RwLock<Option<Shelf>> = RwLock::new(None);

/// Takes these kernels for every model on backend `B` from now on. Meant to be called once per backend: kernels are never freed.
pub fn install<B: Backend>(kernels: impl Kernels<B> + 'static) {
    let kernels: Box<dyn Kernels<B>> = Box::new(kernels);
    let mut shelf = INSTALLED.write().unwrap_or_else(PoisonError::into_inner);
    shelf.get_or_insert_default().insert(TypeId::of::<B>(), Box::leak(Box::new(kernels)));
}

/// The operations on backend `B`.
pub fn of<B: Backend>() -> Operations<B> {
    let shelf = INSTALLED.read().unwrap_or_else(PoisonError::into_inner);
    let found = shelf.as_ref().and_then(|shelf| shelf.get(&TypeId::of::<B>()).copied());
    Operations(found.and_then(|kernels| kernels.downcast_ref::<Box<dyn Kernels<B>>>()).map(|kernels| &**kernels))
}
