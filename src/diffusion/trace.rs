//! A trace: a whole run as a safetensors file, to replay it or to compare it number by number.

use burn::tensor::Tensor;
use burn::tensor::backend::{Backend, ExecutionError};
use safetensors::tensor::{Dtype, TensorView};

use crate::pipeline::{Denoising, Step};

/// Collects a run. Reads every tensor back from the device, so it is not for the show.
#[derive(Debug, Default)]
pub struct Trace {
    generation: String,
    tensors: Vec<(String, Vec<usize>, Vec<f32>)>,
}

impl Trace {
    /// Starts with what is known before the first step.
    ///
    /// # Errors
    /// If the device fails to hand out a tensor.
    pub async fn begin<B: Backend>(denoising: &Denoising<B>) -> Result<Self, ExecutionError> {
        let generation = serde_json::to_string(denoising.generation()).expect("a generation is plain data");
        let mut trace = Self { generation, tensors: Vec::new() };
        let ids: Vec<f32> = denoising.tokens().ids().map(|id| id as f32).collect();
        trace.tensors.push(("token_ids".into(), vec![ids.len()], ids));
        trace.tensors.push(("timesteps".into(), vec![denoising.timesteps().len()], denoising.timesteps().to_vec()));
        trace.tensors.push(("sigmas".into(), vec![denoising.sigmas().len()], denoising.sigmas().to_vec()));
        for (name, embeds) in
            [("prompt_embeds", denoising.prompt_embeds()), ("negative_prompt_embeds", denoising.negative_prompt_embeds())]
        {
            let shape = embeds.dims().to_vec();
            trace.tensors.push((name.into(), shape, values(embeds).await?));
        }
        trace.append("latents", denoising.latent()).await?;
        Ok(trace)
    }

    /// Adds a step.
    pub async fn step<B: Backend>(&mut self, step: &Step<B>) -> Result<(), ExecutionError> {
        self.append("latents", step.latent.clone()).await?;
        self.append("noise_pred_uncond", step.noise_pred_uncond.clone()).await?;
        self.append("noise_pred_text", step.noise_pred_text.clone()).await?;
        self.append("noise_pred", step.noise_pred.clone()).await?;
        self.append("pred_original_sample", step.pred_original_sample.clone()).await
    }

    /// Adds the picture, [1, 3, H, W] in 0..1, and writes the file's bytes.
    pub async fn finish<B: Backend>(mut self, picture: Tensor<B, 4>) -> Result<Vec<u8>, ExecutionError> {
        let [_, channels, height, width] = picture.dims();
        self.tensors.push(("image".into(), vec![channels, height, width], values(picture).await?));
        let bytes: Vec<_> = self
            .tensors
            .iter()
            .map(|(name, shape, values)| {
                (name, shape.clone(), values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())
            })
            .collect();
        let views = bytes.iter().map(|(name, shape, bytes)| {
            (name, TensorView::new(Dtype::F32, shape.clone(), bytes).expect("the bytes were made from this shape"))
        });
        let metadata = [("generation".to_string(), self.generation.clone())].into();
        Ok(safetensors::serialize(views, Some(metadata)).expect("names are unique and sizes fit"))
    }

    /// Puts a tensor behind what is there under this name: of [n, …] and [m, …] comes [n + m, …]. For what an observer sees the
    /// site is the name.
    ///
    /// # Errors
    /// If the device fails to hand out the tensor.
    pub async fn append<B: Backend>(&mut self, name: &str, tensor: Tensor<B, 4>) -> Result<(), ExecutionError> {
        let shape = tensor.dims().to_vec();
        let more = values(tensor).await?;
        match self.tensors.iter_mut().find(|(existing, ..)| existing == name) {
            Some((_, all, values)) => {
                all[0] += shape[0];
                values.extend(more);
            }
            None => self.tensors.push((name.into(), shape, more)),
        }
        Ok(())
    }
}

async fn values<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Result<Vec<f32>, ExecutionError> {
    let data = tensor.into_data_async().await?;
    Ok(data.convert::<f32>().to_vec().expect("the data was converted to f32"))
}
