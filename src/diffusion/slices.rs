//! A large tensor in slices of its channels, so that none is larger than what every WebGPU device can bind.
//!
//! Only the VAE needs them: at 512×512 its decoder has 256 channels, 256 MiB in f32.

use burn::module::Param;
use burn::nn::GroupNorm;
use burn::nn::conv::Conv2d;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use crate::kernels;

/// Bytes that every WebGPU device binds (maxStorageBufferBindingSize).
pub const LARGEST_BINDING: usize = 128 << 20;

/// [batch, channels, height, width] in slices of equally many channels: one, or two, four, eight where it would be too large.
#[derive(Clone)]
pub struct Slices<B: Backend> {
    slices: Vec<Tensor<B, 4>>,
    most_bytes: usize,
}

impl<B: Backend> Slices<B> {
    /// No slice that comes from these is larger than `most_bytes`, as far as eight slices go.
    pub fn of(x: Tensor<B, 4>, most_bytes: usize) -> Self {
        Self { slices: vec![x], most_bytes }
    }

    /// A tensor that stays in one piece, however large.
    pub fn one(x: Tensor<B, 4>) -> Self {
        Self::of(x, usize::MAX)
    }

    /// The first slice, or all if that is all.
    pub fn first(&self) -> Tensor<B, 4> {
        self.slices[0].clone()
    }

    /// All slices in one.
    pub fn whole(self) -> Tensor<B, 4> {
        if self.slices.len() == 1 { self.first() } else { Tensor::cat(self.slices, 1) }
    }

    /// [batch, channels, height, width] of all slices together.
    fn dims(&self) -> [usize; 4] {
        let [batch, channels, height, width] = self.slices[0].dims();
        [batch, channels * self.slices.len(), height, width]
    }

    /// How many slices a tensor is to have.
    fn count(&self, [batch, channels, height, width]: [usize; 4]) -> usize {
        let bytes = batch * channels * height * width * size_of::<f32>();
        let fits = |count: &usize| bytes / count <= self.most_bytes;
        let mut possible = [1, 2, 4, 8].into_iter().filter(|count| channels.is_multiple_of(*count));
        possible.clone().find(fits).or(possible.next_back()).unwrap_or(1)
    }

    /// The same in at least so many slices.
    fn cut(self, count: usize) -> Self {
        let pieces = count / self.slices.len();
        if pieces <= 1 {
            return self;
        }
        let slices = self.slices.into_iter().flat_map(|slice| slice.chunk(pieces, 1)).collect();
        Self { slices, ..self }
    }

    /// Each slice on its own.
    fn each(self, operation: impl Fn(Tensor<B, 4>) -> Tensor<B, 4>) -> Self {
        Self { slices: self.slices.into_iter().map(operation).collect(), ..self }
    }

    /// What `operation` does to every channel alone, giving [`height`, `width`].
    pub fn resized(self, [height, width]: [usize; 2], operation: impl Fn(Tensor<B, 4>) -> Tensor<B, 4>) -> Self {
        let [batch, channels, ..] = self.dims();
        let count = self.count([batch, channels, height, width]);
        self.cut(count).each(operation)
    }

    pub fn plus(self, other: Self) -> Self {
        // A norm may have joined the slices of one of them.
        let count = self.slices.len().max(other.slices.len());
        let (a, b) = (self.cut(count), other.cut(count));
        let slices = a.slices.into_iter().zip(b.slices).map(|(a, b)| a + b).collect();
        Self { slices, most_bytes: a.most_bytes }
    }

    /// As the kernel of that name: a slice has whole groups, or all that there are.
    pub fn group_norm_silu(self, norm: &GroupNorm<B>) -> Self {
        let (count, most_bytes) = (self.slices.len(), self.most_bytes);
        if count == 1 || !norm.num_groups.is_multiple_of(count) {
            return Self::of(kernels::of::<B>().group_norm_silu(norm, self.whole()), most_bytes);
        }
        let (channels, groups) = (norm.num_channels / count, norm.num_groups / count);
        let slices = self.slices.into_iter().enumerate().map(|(index, x)| {
            let part = |of: &Param<Tensor<B, 1>>| Param::from_tensor(of.val().narrow(0, index * channels, channels));
            let (gamma, beta) = (norm.gamma.as_ref().map(part), norm.beta.as_ref().map(part));
            let norm = GroupNorm { gamma, beta, num_groups: groups, num_channels: channels, ..norm.clone() };
            kernels::of::<B>().group_norm_silu(&norm, x)
        });
        Self { slices: slices.collect(), most_bytes }
    }

    /// As the kernel of that name: every slice that comes is the sum over the slices that are there.
    pub fn conv2d(self, conv: &Conv2d<B>) -> Self {
        let [batch, channels, height, width] = self.dims();
        let outputs = conv.weight.dims()[0];
        let [down, across] = conv.stride;
        let (from, to) = (self.slices.len(), self.count([batch, outputs, height / down, width / across]));
        if from == 1 && to == 1 {
            return self.each(|x| kernels::of::<B>().conv2d(conv, x));
        }
        let (inputs, outputs) = (channels / from, outputs / to);
        let part = |input: usize, output: usize| {
            let weight = conv.weight.val().narrow(0, output * outputs, outputs).narrow(1, input * inputs, inputs);
            let bias = conv.bias.as_ref().filter(|_| input == 0);
            let bias = bias.map(|bias| Param::from_tensor(bias.val().narrow(0, output * outputs, outputs)));
            Conv2d { weight: Param::from_tensor(weight), bias, ..conv.clone() }
        };
        let slice = |output: usize| {
            let parts = self.slices.iter().enumerate();
            let convolved = parts.map(|(input, x)| kernels::of::<B>().conv2d(&part(input, output), x.clone()));
            convolved.reduce(|sum, more| sum + more).expect("there is at least one slice")
        };
        Self { slices: (0..to).map(slice).collect(), most_bytes: self.most_bytes }
    }
}
