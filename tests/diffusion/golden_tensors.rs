//! Tensors of a golden file, under the names that its script gave them.

use burn::tensor::{Tensor, TensorData};
use burn_flex::Flex;
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;

use crate::golden_run::golden;

pub fn tensor<const D: usize>(file: &str, name: &str) -> Tensor<Flex, D> {
    let bytes = std::fs::read(golden(file)).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let view = tensors.tensor(name).unwrap();
    assert_eq!(view.dtype(), Dtype::F32, "{file}: {name}");
    let words = view.data().chunks_exact(4).map(|word| <[u8; 4]>::try_from(word).unwrap());
    let numbers: Vec<f32> = words.map(f32::from_le_bytes).collect();
    Tensor::from_data(TensorData::new(numbers, view.shape().to_vec()), &Default::default())
}
