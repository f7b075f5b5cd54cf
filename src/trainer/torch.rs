//! LibTorch's own operations for the models, with LibTorch's own gradients.
//!
//! burn-autodiff takes every operation apart into small ones and goes over memory once for each; the gradient of a convolution's weights
//! becomes a convolution with a picture-sized kernel. Here each heavy operation is one step of burn's graph, inside which LibTorch keeps
//! its own: a training step takes a fraction of the time.

use burn::nn::conv::Conv2d;
use burn::nn::{GroupNorm, LayerNorm, Linear};
use burn::tensor::{Tensor, TensorPrimitive};
use burn_autodiff::Autodiff;
use burn_autodiff::checkpoint::base::Checkpointer;
use burn_autodiff::checkpoint::strategy::NoCheckpointing;
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, Ops, OpsKind};
use burn_tch::{LibTorch, TchElement, TchTensor};
use diffusion::kernels::{self, Kernels, even_padding};
use tch::Tensor as Torch;

type Inner<E> = LibTorch<E>;
type Outer<E> = Autodiff<LibTorch<E>>;

/// Takes LibTorch's operations for every model on it, learning or not.
pub fn install<E: TchElement>() {
    kernels::install::<Inner<E>>(TorchKernels);
    kernels::install::<Outer<E>>(TorchKernels);
}

struct TorchKernels;

/// A backend whose tensors are LibTorch's, with or without burn's graph around them.
trait OnTorch: burn::tensor::backend::Backend {
    /// `compute(inputs)` as one step of the graph.
    fn step<const N: usize>(
        inputs: [Self::FloatTensorPrimitive; N],
        compute: impl Fn(&[Torch]) -> Torch,
    ) -> Self::FloatTensorPrimitive;
}

impl<E: TchElement> OnTorch for Inner<E> {
    fn step<const N: usize>(inputs: [TchTensor; N], compute: impl Fn(&[Torch]) -> Torch) -> TchTensor {
        let inputs = inputs.map(|input| input.tensor);
        TchTensor::new(tch::no_grad(|| compute(&inputs)))
    }
}

impl<E: TchElement> OnTorch for Outer<E> {
    fn step<const N: usize>(
        inputs: [Self::FloatTensorPrimitive; N],
        compute: impl Fn(&[Torch]) -> Torch,
    ) -> Self::FloatTensorPrimitive {
        let nodes = inputs.each_ref().map(|input| input.node.clone());
        match Backward::<Inner<E>, N>::prepare::<NoCheckpointing>(Step, nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let leaves = inputs.each_ref().map(|input| input.primitive.tensor.detach().set_requires_grad(true));
                let output = tch::with_grad(|| compute(&leaves));
                let shown = TchTensor::new(output.detach());
                let held = inputs.into_iter().map(|input| input.primitive).chain([shown.clone()]).collect();
                prepared.finish(Kept { inputs: leaves.into(), output, held }, shown)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(Inner::<E>::step(inputs.map(|input| input.primitive), compute)),
        }
    }
}

/// A step of burn's graph that LibTorch differentiates.
#[derive(Debug)]
struct Step;

/// LibTorch's graph of a step: from its inputs to its output.
#[derive(Debug)]
struct Kept {
    inputs: Vec<Torch>,
    output: Torch,
    /// burn computes in place where nobody else holds a tensor's memory. LibTorch's graph needs inputs and output as they were.
    held: Vec<TchTensor>,
}

impl Clone for Kept {
    fn clone(&self) -> Self {
        let inputs = self.inputs.iter().map(Torch::shallow_clone).collect();
        Self { inputs, output: self.output.shallow_clone(), held: self.held.clone() }
    }
}

impl<E: TchElement, const N: usize> Backward<Inner<E>, N> for Step {
    type State = Kept;

    fn backward(self, ops: Ops<Kept, N>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<Inner<E>>(&ops.node).tensor;
        let wanted: Vec<_> =
            ops.parents.iter().zip(&ops.state.inputs).filter_map(|(parent, input)| Some((parent.as_ref()?, input))).collect();
        let inputs: Vec<&Torch> = wanted.iter().map(|(_, input)| *input).collect();
        // The gradient of output · g is what g on the output gives; a dot product keeps no tensor of all the products.
        let sum = tch::with_grad(|| ops.state.output.reshape(-1i64).dot(&gradient.reshape(-1i64)));
        let found = Torch::run_backward(&[sum], &inputs, false, false);
        for ((parent, _), gradient) in wanted.into_iter().zip(found) {
            gradients.register::<Inner<E>>(parent.id, TchTensor::new(gradient));
        }
    }
}

fn raw<B: OnTorch, const D: usize>(tensor: Tensor<B, D>) -> B::FloatTensorPrimitive {
    tensor.into_primitive().tensor()
}

fn step<B: OnTorch, const N: usize, const D: usize>(
    inputs: [B::FloatTensorPrimitive; N],
    compute: impl Fn(&[Torch]) -> Torch,
) -> Tensor<B, D> {
    Tensor::from_primitive(TensorPrimitive::Float(B::step(inputs, compute)))
}

/// The sizes as LibTorch takes them.
fn sizes<const N: usize>(numbers: [usize; N]) -> [i64; N] {
    numbers.map(|number| number as i64)
}

fn normed<B: OnTorch>(norm: &GroupNorm<B>, x: Tensor<B, 4>, after: impl Fn(Torch) -> Torch) -> Tensor<B, 4> {
    let (groups, epsilon) = (norm.num_groups as i64, norm.epsilon);
    match (&norm.gamma, &norm.beta) {
        // Where channels lie innermost, as transformers leave them, LibTorch 2.9 takes ten times as long.
        (Some(gamma), Some(beta)) => step([raw(x), raw(gamma.val()), raw(beta.val())], |inputs| {
            after(inputs[0].contiguous().group_norm(groups, Some(&inputs[1]), Some(&inputs[2]), epsilon, false))
        }),
        _ => step([raw(x)], |inputs| after(inputs[0].group_norm(groups, None::<Torch>, None::<Torch>, epsilon, false))),
    }
}

impl<B: OnTorch> Kernels<B> for TorchKernels {
    fn conv2d(&self, conv: &Conv2d<B>, x: &Tensor<B, 4>) -> Option<Tensor<B, 4>> {
        let padding = sizes(even_padding(conv)?);
        let (stride, dilation, groups) = (sizes(conv.stride), sizes(conv.dilation), conv.groups as i64);
        Some(match &conv.bias {
            Some(bias) => step([raw(x.clone()), raw(conv.weight.val()), raw(bias.val())], |inputs| {
                inputs[0].conv2d(&inputs[1], Some(&inputs[2]), stride, padding, dilation, groups)
            }),
            None => step([raw(x.clone()), raw(conv.weight.val())], |inputs| {
                inputs[0].conv2d(&inputs[1], None::<Torch>, stride, padding, dilation, groups)
            }),
        })
    }

    fn group_norm(&self, norm: &GroupNorm<B>, x: &Tensor<B, 4>) -> Option<Tensor<B, 4>> {
        Some(normed(norm, x.clone(), |normed| normed))
    }

    fn group_norm_silu(&self, norm: &GroupNorm<B>, x: &Tensor<B, 4>) -> Option<Tensor<B, 4>> {
        Some(normed(norm, x.clone(), |normed| normed.silu()))
    }

    fn layer_norm(&self, norm: &LayerNorm<B>, epsilon: f64, x: &Tensor<B, 3>) -> Option<Tensor<B, 3>> {
        let width = x.dims()[2] as i64;
        Some(match &norm.beta {
            Some(beta) => step([raw(x.clone()), raw(norm.gamma.val()), raw(beta.val())], |inputs| {
                inputs[0].layer_norm([width], Some(&inputs[1]), Some(&inputs[2]), epsilon, false)
            }),
            None => return None,
        })
    }

    fn linear(&self, linear: &Linear<B>, x: &Tensor<B, 3>) -> Option<Tensor<B, 3>> {
        // burn keeps the weights as [input, output], LibTorch as [output, input].
        Some(match &linear.bias {
            Some(bias) => step([raw(x.clone()), raw(linear.weight.val()), raw(bias.val())], |inputs| {
                inputs[0].linear(&inputs[1].tr(), Some(&inputs[2]))
            }),
            None => step([raw(x.clone()), raw(linear.weight.val())], |inputs| inputs[0].linear(&inputs[1].tr(), None::<Torch>)),
        })
    }

    fn attend(&self, q: &Tensor<B, 4>, k: &Tensor<B, 4>, v: &Tensor<B, 4>) -> Option<Tensor<B, 4>> {
        Some(step([raw(q.clone()), raw(k.clone()), raw(v.clone())], |inputs| {
            // softmax(q kᵀ / √d) v. With heads this narrow LibTorch 2.9's fused attention takes four times as long in bf16.
            let width = *inputs[0].size().last().expect("a tensor of four dimensions has a last one");
            let scores = (&inputs[0] * (1.0 / (width as f64).sqrt())).matmul(&inputs[1].transpose(-2, -1));
            scores.softmax(-1, None).matmul(&inputs[2])
        }))
    }

    fn geglu(&self, halves: &Tensor<B, 3>) -> Option<Tensor<B, 3>> {
        Some(step([raw(halves.clone())], |inputs| {
            let parts = inputs[0].chunk(2, -1);
            &parts[0] * parts[1].gelu("none")
        }))
    }
}
