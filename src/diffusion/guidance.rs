//! Guidance: two predictions, without and with the prompt, become one ("Classifier-Free Diffusion Guidance", eq. 6).

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// ε = ε_uncond + s · (ε_text − ε_uncond)
///
/// Both predictions: [batch, 4, height, width].
pub fn guide<B: Backend>(noise_pred_uncond: Tensor<B, 4>, noise_pred_text: Tensor<B, 4>, guidance_scale: f32) -> Tensor<B, 4> {
    noise_pred_uncond.clone() + (noise_pred_text - noise_pred_uncond) * guidance_scale
}

/// Guided predictions, drawn towards the standard deviation that the prediction with the prompt has, by the share
/// `guidance_rescale` (0 to 1): against pictures that guidance overexposes (arXiv 2305.08891, section 3.4, eq. 14–16; diffusers'
/// `rescale_noise_cfg`).
///
/// Both predictions: [batch, 4, height, width].
pub fn rescale_noise_cfg<B: Backend>(
    noise_cfg: Tensor<B, 4>,
    noise_pred_text: Tensor<B, 4>,
    guidance_rescale: f32,
) -> Tensor<B, 4> {
    // σ of each picture of the batch, [batch, 1, 1, 1]
    let deviation = |prediction: Tensor<B, 4>| -> Tensor<B, 4> {
        let [batch, ..] = prediction.dims();
        prediction.flatten::<2>(1, 3).var(1).sqrt().reshape([batch, 1, 1, 1])
    };
    let rescaled = noise_cfg.clone() * (deviation(noise_pred_text) / deviation(noise_cfg.clone()));
    rescaled * guidance_rescale + noise_cfg * (1.0 - guidance_rescale)
}
