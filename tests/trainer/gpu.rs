//! Learning on a GPU, by way of wgpu; a software one will do.

use burn::tensor::backend::AutodiffBackend;
use burn_autodiff::Autodiff;
use burn_wgpu::Wgpu;
use trainer::autoencoder::AutoencoderLesson;
use trainer::models::new_autoencoder;
use trainer::parameters::{gather, gather_gradients, scatter};
use trainer::stage::Lesson;

use crate::{Learning, tiny};

/// The loss of the autoencoder's first step and its gradient, from the same weights on every backend.
fn first_step<B: AutodiffBackend>(weights: &[f32]) -> (f32, Vec<f32>) {
    let (config, device) = (tiny(), B::Device::default());
    let mut lesson = AutoencoderLesson::<B>::new(&config, &device);
    lesson.begin(0);
    let model = scatter(new_autoencoder::<B>(&config, &device).unwrap(), weights);
    let loss = lesson.loss(&model, 0).unwrap().total;
    let value = loss.clone().into_data().convert::<f32>().into_vec::<f32>().unwrap()[0];
    let mut row = Vec::new();
    gather_gradients(&model, &mut loss.backward(), &mut row);
    (value, row)
}

#[test]
fn a_step_on_the_gpu_learns_what_a_step_on_the_cpu_learns() {
    let weights = gather(&new_autoencoder::<Learning>(&tiny(), &Default::default()).unwrap());
    let (on_cpu, gradient) = first_step::<Learning>(&weights);
    let (on_gpu, same) = first_step::<Autodiff<Wgpu>>(&weights);
    assert!((on_cpu - on_gpu).abs() < 1e-4 * on_cpu.abs(), "loss {on_cpu} on the CPU, {on_gpu} on the GPU");
    let norm = |row: &mut dyn Iterator<Item = f32>| row.map(|value| f64::from(value).powi(2)).sum::<f64>().sqrt();
    let distance = norm(&mut gradient.iter().zip(&same).map(|(a, b)| a - b)) / norm(&mut gradient.iter().copied());
    assert!(distance < 1e-3, "the gradients differ by {distance:.1e}");
}
