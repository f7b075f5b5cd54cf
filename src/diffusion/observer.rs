//! An observer: whoever wants to see the tensors inside the model while it computes.

use std::future::Future;

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use crate::site::Site;

/// Sees tensors at the sites it asks for. The unit type `()` asks for nothing, which costs nothing.
pub trait Observer<B: Backend> {
    /// Whether the tensor at this site is wanted; what is not wanted is not computed.
    fn wants(&self, site: Site) -> bool;

    /// The pixel (row · width + column) whose self-attention is wanted at a [`Part::SelfAttentionRow`](crate::Part), for which
    /// [`Observer::wants`] is not asked. By default none; one beyond the last pixel is not shown.
    fn query(&self, _site: Site) -> Option<usize> {
        None
    }

    /// The tensor at a site that was wanted, or asked for by [`Observer::query`]. Its axes are described at [`Site`]; the batch
    /// is [empty prompt, prompt] while guidance is on, [prompt] otherwise.
    fn observe(&mut self, site: Site, tensor: Tensor<B, 4>);
}

impl<B: Backend> Observer<B> for () {
    fn wants(&self, _site: Site) -> bool {
        false
    }

    fn observe(&mut self, _site: Site, _tensor: Tensor<B, 4>) {}
}

/// How the model waits between its blocks, so that whoever shares the device gets a turn. `()` never waits.
pub trait Pace {
    /// Called after each block of the UNet and each stage of the decoder.
    fn pause(&self) -> impl Future<Output = ()>;
}

impl Pace for () {
    async fn pause(&self) {}
}
