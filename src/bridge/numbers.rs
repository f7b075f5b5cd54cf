//! Numbers: what the hall reckons with. They are read back from the device once for each step, for plots and captions, while it has
//! nothing else to do; pictures of tensors never are.

use std::sync::Arc;

use burn::tensor::Tensor;
use burn::tensor::backend::{Backend, ExecutionError};

/// Numbers of a tensor, row-major. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Array {
    pub shape: Vec<usize>,
    pub values: Arc<[f32]>,
}

/// Numbers of a run's beginning.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StartNumbers {
    /// The initial latent: noise times the scheduler's `init_noise_sigma`, [4, height, width].
    pub noise: Array,
    /// [tokens, hidden]
    pub prompt_embeds: Array,
    /// Self-attention weights of each layer of the text encoder, the mean of the heads: [layers, tokens, tokens]; row: who looks,
    /// column: at whom.
    pub text_attention: Array,
}

/// Numbers of a step; where nothing else is said [4, height, width].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepNumbers {
    pub noise_pred_uncond: Array,
    pub noise_pred_text: Array,
    pub noise_pred: Array,
    pub pred_original_sample: Array,
    /// After the step.
    pub latent: Array,
    /// Cross-attention to each token: the mean over all heads and layers, each brought to the size of the largest map that has at most
    /// 32 rows and columns ("What the DAAM", arXiv 2210.04885, section 3, for a single step). [tokens, height, width]; empty in a
    /// model without cross-attention.
    pub word_maps: Array,
}

impl Array {
    /// # Panics
    /// If there are more or fewer values than the shape says.
    pub fn new(shape: Vec<usize>, values: Vec<f32>) -> Self {
        assert_eq!(values.len(), shape.iter().product::<usize>(), "an array of shape {shape:?} takes as many values");
        Self { shape, values: values.into() }
    }

    /// The values at an index of the first axis.
    pub fn row(&self, index: usize) -> &[f32] {
        let length = self.shape.get(1..).map_or(1, |rest| rest.iter().product());
        self.values.get(index * length..(index + 1) * length).unwrap_or_default()
    }

    /// Element by element; of arrays of different shapes there is no difference.
    pub fn minus(&self, other: &Self) -> Self {
        if self.shape != other.shape {
            return Self::default();
        }
        let values = self.values.iter().zip(other.values.iter()).map(|(one, other)| one - other).collect();
        Self { shape: self.shape.clone(), values }
    }
}

impl StartNumbers {
    pub(crate) fn minus(&self, other: &Self) -> Self {
        Self {
            noise: self.noise.minus(&other.noise),
            prompt_embeds: self.prompt_embeds.minus(&other.prompt_embeds),
            text_attention: self.text_attention.minus(&other.text_attention),
        }
    }
}

impl StepNumbers {
    pub(crate) fn minus(&self, other: &Self) -> Self {
        Self {
            noise_pred_uncond: self.noise_pred_uncond.minus(&other.noise_pred_uncond),
            noise_pred_text: self.noise_pred_text.minus(&other.noise_pred_text),
            noise_pred: self.noise_pred.minus(&other.noise_pred),
            pred_original_sample: self.pred_original_sample.minus(&other.pred_original_sample),
            latent: self.latent.minus(&other.latent),
            word_maps: self.word_maps.minus(&other.word_maps),
        }
    }
}

/// Tensors on their way from the device, all at once.
pub(crate) struct Reading<B: Backend> {
    shapes: Vec<Vec<usize>>,
    flat: Vec<Tensor<B, 1>>,
}

impl<B: Backend> Reading<B> {
    pub fn new() -> Self {
        Self { shapes: Vec::new(), flat: Vec::new() }
    }

    /// Adds a tensor, of which the numbers come back in the order of adding.
    pub fn add<const D: usize>(&mut self, shape: &[usize], tensor: Tensor<B, D>) {
        self.shapes.push(shape.to_vec());
        self.flat.push(tensor.reshape([-1]));
    }

    /// # Errors
    /// If the device fails to hand them out.
    pub async fn read(self) -> Result<Vec<Array>, ExecutionError> {
        let data = Tensor::cat(self.flat, 0).into_data_async().await?;
        let mut rest: &[f32] = &data.convert::<f32>().into_vec::<f32>().expect("the data was converted to f32");
        let mut array = |shape: Vec<usize>| {
            let (values, others) = rest.split_at(shape.iter().product());
            rest = others;
            Array { shape, values: values.into() }
        };
        Ok(self.shapes.into_iter().map(&mut array).collect())
    }
}
