//! burn-flex's tensors as slices, and slices as its tensors.

use std::ops::Deref;

use burn::tensor::{Bytes, DType, Shape, Tensor, TensorPrimitive};
use burn_flex::{Flex, FlexTensor, Layout};

/// The tensor behind burn's, if it holds f32.
fn flex<const D: usize>(tensor: Tensor<Flex, D>) -> Option<FlexTensor> {
    let tensor = tensor.into_primitive().tensor();
    (tensor.dtype() == DType::F32).then_some(tensor)
}

/// The values of an f32 tensor in the order of its indices.
pub struct Values(FlexTensor);

impl Values {
    /// The values of a tensor, if these are f32. Copies what is not in order.
    pub fn of<const D: usize>(tensor: Tensor<Flex, D>) -> Option<Self> {
        flex(tensor).map(|tensor| Self(if tensor.is_contiguous() { tensor } else { tensor.to_contiguous() }))
    }
}

impl Deref for Values {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        self.0.as_slice::<f32>().expect("the values are f32 and in order: both were seen to when they were taken")
    }
}

/// The values of an f32 tensor where they lie.
pub struct Strided<const D: usize> {
    tensor: FlexTensor,
    pub strides: [usize; D],
}

impl<const D: usize> Strided<D> {
    /// The values of a tensor, if these are f32. Copies what is flipped.
    pub fn of(tensor: Tensor<Flex, D>) -> Option<Self> {
        let mut tensor = flex(tensor)?;
        if tensor.layout().strides().iter().any(|stride| *stride < 0) {
            tensor = tensor.to_contiguous();
        }
        let mut strides = [0; D];
        for (to, from) in strides.iter_mut().zip(tensor.layout().strides()) {
            *to = from.unsigned_abs();
        }
        Some(Self { tensor, strides })
    }

    /// Whether they lie in the order of their indices, without gaps.
    pub fn is_contiguous(&self) -> bool {
        self.tensor.is_contiguous()
    }

    /// From the first value on.
    pub fn values(&self) -> &[f32] {
        &self.tensor.storage::<f32>()[self.tensor.layout().start_offset()..]
    }
}

/// A tensor of these values, which lie in order.
pub fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> Tensor<Flex, D> {
    with_layout(values, Layout::contiguous(Shape::from(shape)))
}

/// A tensor of these values, which lie as the strides say.
pub fn strided<const D: usize>(values: Vec<f32>, shape: [usize; D], strides: [usize; D]) -> Tensor<Flex, D> {
    let strides = strides.iter().map(|stride| *stride as isize).collect();
    with_layout(values, Layout::new(Shape::from(shape), strides, 0))
}

fn with_layout<const D: usize>(values: Vec<f32>, layout: Layout) -> Tensor<Flex, D> {
    let tensor = FlexTensor::new(Bytes::from_elems(values), layout, DType::F32);
    Tensor::from_primitive(TensorPrimitive::Float(tensor))
}
