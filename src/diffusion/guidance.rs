//! Guidance: two predictions, without and with the prompt, become one ("Classifier-Free Diffusion Guidance", eq. 6).

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// ε = ε_uncond + s · (ε_text − ε_uncond)
///
/// Both predictions: [batch, 4, height, width].
pub fn guide<B: Backend>(noise_pred_uncond: Tensor<B, 4>, noise_pred_text: Tensor<B, 4>, guidance_scale: f32) -> Tensor<B, 4> {
    noise_pred_uncond.clone() + (noise_pred_text - noise_pred_uncond) * guidance_scale
}
