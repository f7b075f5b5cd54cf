//! Reports of a run, of which a test says only what it looks at.

use bridge::{Generation, RunStarted, StartNumbers, StepDenoised, StepNumbers, TensorImage, Tokens};

/// [4, 2, 2], all of this value.
pub fn tensor(value: f32) -> TensorImage {
    TensorImage::from_values([4, 2, 2], vec![value; 16])
}

/// A run of so many steps, from no words and noise of 0.
pub fn started(steps: usize) -> RunStarted {
    RunStarted {
        generation: Generation::of("a boat"),
        tokens: Tokens { slots: Vec::new(), truncated: Vec::new() },
        timesteps: vec![500.0; steps],
        sigmas: vec![1.0; steps + 1],
        guidance_scale: 7.5,
        prompt_embeds: tensor(0.0),
        noise: tensor(0.0),
        numbers: StartNumbers::default(),
    }
}

/// A step of it, of which every tensor is 0.
pub fn step(index: usize) -> StepDenoised {
    StepDenoised {
        index,
        timestep: 500.0,
        sigma: 1.0,
        next_sigma: 0.5,
        guidance_scale: 7.5,
        seconds: 0.1,
        noise_pred_uncond: tensor(0.0),
        noise_pred_text: tensor(0.0),
        noise_pred_difference: tensor(0.0),
        noise_pred: tensor(0.0),
        pred_original_sample: tensor(0.0),
        latent: tensor(0.0),
        preview: None,
        numbers: StepNumbers::default(),
    }
}
