//! Colours of a latent without its VAE.

use burn::tensor::{Tensor, TensorData};
use burn_flex::Flex;
use diffusion::latent::{LatentRgb, randn, rgb_preview};

use crate::golden_run::values;

const KNOWN: LatentRgb =
    LatentRgb { weights: [[0.3, -0.1, 0.2], [0.05, 0.25, -0.3], [-0.2, 0.15, 0.1], [0.1, 0.2, 0.35]], bias: [0.1, -0.05, 0.2] };
/// [batch, height, width] of the latents, and pixels per cell along an axis.
const SIZE: [usize; 3] = [2, 3, 5];
const SCALE: usize = 2;

fn latents() -> Vec<f32> {
    let [batch, height, width] = SIZE;
    // Small, so that no colour reaches black or white.
    randn(4, [batch, 4, height, width]).iter().map(|value| 0.3 * value).collect()
}

/// Pictures whose cells have in the mean exactly the known matrix's colours, with an unevenness within each cell.
fn pictures() -> Vec<f32> {
    let [batch, height, width] = SIZE;
    let latents = latents();
    let mut pictures = Vec::new();
    for item in 0..batch {
        for colour in 0..3 {
            for row in 0..height * SCALE {
                for column in 0..width * SCALE {
                    let cell = row / SCALE * width + column / SCALE;
                    let latent = |channel: usize| latents[(item * 4 + channel) * height * width + cell];
                    let linear: f32 = (0..4).map(|channel| latent(channel) * KNOWN.weights[channel][colour]).sum();
                    let unevenness = if (row + column) % 2 == 0 { 0.1 } else { -0.1 };
                    pictures.push((linear + KNOWN.bias[colour] + 1.0) / 2.0 + unevenness);
                }
            }
        }
    }
    pictures
}

fn close(ours: &[f32], expected: &[f32]) {
    assert_eq!(ours.len(), expected.len());
    for (ours, expected) in ours.iter().zip(expected) {
        assert!((ours - expected).abs() < 1e-5, "{ours} instead of {expected}");
    }
}

#[test]
fn a_known_matrix_is_found_again() {
    let found = LatentRgb::fit(&latents(), &pictures(), SIZE, SCALE).unwrap();
    close(&found.weights.concat(), &KNOWN.weights.concat());
    close(&found.bias, &KNOWN.bias);
}

#[test]
fn pairs_that_do_not_decide_give_no_matrix() {
    let mut latents = latents();
    let [batch, height, width] = SIZE;
    for item in latents.chunks_exact_mut(4 * height * width) {
        let (first, others) = item.split_at_mut(height * width);
        others[..height * width].copy_from_slice(first);
    }
    assert_eq!(LatentRgb::fit(&latents, &pictures(), [batch, height, width], SCALE), None);
    assert_eq!(LatentRgb::fit(&[], &[], [0, 3, 5], SCALE), None);
}

#[test]
fn a_preview_has_the_mean_colours_of_the_picture() {
    let [batch, height, width] = SIZE;
    let latent = Tensor::<Flex, 4>::from_data(TensorData::new(latents(), [batch, 4, height, width]), &Default::default());
    let preview = rgb_preview(latent, &KNOWN);
    assert_eq!(preview.dims(), [batch, 3, height, width]);
    let pictures = pictures();
    let mean = |index: usize| {
        let (plane, cell) = (index / (height * width), index % (height * width));
        let pixel = |within: usize| {
            let (row, column) = (cell / width * SCALE + within / SCALE, cell % width * SCALE + within % SCALE);
            pictures[plane * height * width * SCALE * SCALE + row * width * SCALE + column]
        };
        (0..SCALE * SCALE).map(pixel).sum::<f32>() / (SCALE * SCALE) as f32
    };
    let expected: Vec<f32> = (0..batch * 3 * height * width).map(mean).collect();
    assert!(expected.iter().all(|value| (0.0..1.0).contains(value)), "a colour was cut off");
    close(&values(preview), &expected);
}

#[test]
fn colours_beyond_black_and_white_are_cut_off() {
    let latent = Tensor::<Flex, 4>::from_data(TensorData::new(vec![9.0_f32, 0.0, 0.0, 0.0], [1, 4, 1, 1]), &Default::default());
    assert_eq!(values(rgb_preview(latent.clone(), &LatentRgb::STABLE_DIFFUSION)), [1.0; 3]);
    assert_eq!(values(rgb_preview(-latent, &LatentRgb::STABLE_DIFFUSION)), [0.0; 3]);
}
