//! Principal components of feature maps: the three directions among the channels in which the places of a map differ most, shown as
//! red, green and blue.

use std::collections::HashMap;

use burn::tensor::backend::{Backend, ExecutionError};
use burn::tensor::{Tensor, TensorData};
use diffusion::{Part, Site};

use crate::numbers::{Array, Reading};

/// Of so many channels at most.
const MOST_CHANNELS: usize = 256;

/// A place two standard deviations from the mean is shown at full strength.
const DEVIATIONS: f32 = 2.0;

/// A feature map in the colours of its principal components.
pub struct Coloured<B: Backend> {
    pub basis: Basis,
    /// [3, height, width], 0..1
    pub colours: Tensor<B, 3>,
}

/// What left the blocks of the UNet in a step.
pub type Colours<B> = HashMap<Site, Coloured<B>>;

/// What left the blocks of the UNet, in the colours of `like` where that has as many channels; elsewhere in colours of its own, which
/// follow those of the step `before`. features: [channels, height, width]
///
/// # Errors
/// If the device fails to hand out the covariances.
pub async fn coloured<B: Backend>(
    features: &HashMap<Site, Tensor<B, 3>>,
    like: Option<&Colours<B>>,
    before: Option<&Colours<B>>,
) -> Result<Colours<B>, ExecutionError> {
    let of = |colours: Option<&Colours<B>>, site: Site| Some(colours?.get(&site)?.basis.clone());
    let mut coloured = Colours::new();
    let (mut reading, mut own) = (Reading::new(), Vec::new());
    for (&site, features) in features.iter().filter(|(site, _)| matches!(site, Site::Unet(_, Part::Output))) {
        let [_, height, width] = features.dims();
        let x = centred(features.clone());
        match of(like, site).filter(|basis| basis.channels() == x.dims()[0]) {
            Some(basis) => {
                coloured.insert(site, Coloured { colours: colours(x, &basis, [height, width]), basis });
            }
            None => {
                let covariance = covariance(&x);
                reading.add(&covariance.dims(), covariance);
                own.push((site, [height, width], x));
            }
        }
    }
    if !own.is_empty() {
        for ((site, size, x), covariance) in own.into_iter().zip(reading.read().await?) {
            let basis = Basis::of(&covariance, of(before, site).as_ref());
            coloured.insert(site, Coloured { colours: colours(x, &basis, size), basis });
        }
    }
    Ok(coloured)
}

/// Where a map's colours come from.
#[derive(Clone, Debug, PartialEq)]
pub struct Basis {
    /// Three unit vectors, one number per channel.
    directions: [Vec<f32>; 3],
    /// Standard deviation of the places along each.
    deviations: [f32; 3],
    /// The part of all variance that each has, 0..1.
    pub shares: [f32; 3],
}

/// Feature maps less their mean over the places: [channels, height, width] → [channels, height · width], of [`MOST_CHANNELS`] at most.
fn centred<B: Backend>(features: Tensor<B, 3>) -> Tensor<B, 2> {
    let [channels, height, width] = features.dims();
    let channels = channels.min(MOST_CHANNELS);
    let flat = features.narrow(0, 0, channels).reshape([channels, height * width]);
    flat.clone() - flat.mean_dim(1)
}

/// x·xᵀ / places, [channels, channels], of centred maps [channels, places].
fn covariance<B: Backend>(x: &Tensor<B, 2>) -> Tensor<B, 2> {
    let [channels, places] = x.dims();
    // cubek 0.2's matmul is wrong where the inner dimension is an odd number of 8-wide stages; zeros change nothing.
    let missing = places.next_multiple_of(16) - places;
    let padded = match missing {
        0 => x.clone(),
        _ => Tensor::cat(vec![x.clone(), Tensor::zeros([channels, missing], &x.device())], 1),
    };
    padded.clone().matmul(padded.transpose()) / places as f64
}

/// Places of centred maps as colours 0..1, grey where a place is as the mean: [channels, places] → [3, height, width].
fn colours<B: Backend>(x: Tensor<B, 2>, basis: &Basis, [height, width]: [usize; 2]) -> Tensor<B, 3> {
    let [channels, places] = x.dims();
    let weight = |axis: usize| 0.5 / (DEVIATIONS * basis.deviations[axis]).max(1e-12);
    let weights: Vec<f32> = basis
        .directions
        .iter()
        .enumerate()
        .flat_map(|(axis, line)| line.iter().map(move |number| number * weight(axis)))
        .collect();
    let weights: Tensor<B, 3> = Tensor::from_data(TensorData::new(weights, [3, channels, 1]), &x.device());
    let along: Tensor<B, 3> = (weights * x.reshape([1, channels, places])).sum_dim(1);
    (along + 0.5).clamp(0.0, 1.0).reshape([3, height, width])
}

impl Basis {
    /// Of how many channels it is made.
    pub fn channels(&self) -> usize {
        self.directions[0].len()
    }

    /// The three largest eigenvectors of a covariance [channels, channels], by orthogonal iteration (Golub & Van Loan, "Matrix
    /// Computations", 8.2.4). It starts from the basis of the step before, so that a direction keeps its colour and its sign from step
    /// to step.
    fn of(covariance: &Array, before: Option<&Self>) -> Self {
        const MOST_ROUNDS: usize = 100;
        const CLOSE: f32 = 1e-5;
        let channels = covariance.shape.first().copied().unwrap_or(0);
        let variance = |channel: usize| covariance.row(channel).get(channel).copied().unwrap_or(0.0);
        let total: f32 = (0..channels).map(variance).sum();
        let mut directions = match before.filter(|before| before.channels() == channels) {
            Some(before) => before.directions.clone(),
            None => strongest_channels(channels, variance),
        };
        for _ in 0..MOST_ROUNDS {
            let mut next = directions.each_ref().map(|line| times(covariance, line));
            orthonormalise(&mut next, &directions);
            let farthest = (0..3).map(|axis| 1.0 - dot(&next[axis], &directions[axis]).abs()).fold(0.0, f32::max);
            directions = next;
            if farthest < CLOSE {
                break;
            }
        }
        let variances = directions.each_ref().map(|line| dot(line, &times(covariance, line)).max(0.0));
        let shares = variances.map(|variance| if total > 0.0 { (variance / total).min(1.0) } else { 0.0 });
        Self { directions, deviations: variances.map(f32::sqrt), shares }
    }
}

/// Unit vectors of the three channels that vary most.
fn strongest_channels(channels: usize, variance: impl Fn(usize) -> f32) -> [Vec<f32>; 3] {
    let mut order: Vec<usize> = (0..channels).collect();
    order.sort_by(|&one, &other| variance(other).total_cmp(&variance(one)));
    [0, 1, 2].map(|axis| {
        let mut line = vec![0.0; channels];
        if let Some(&channel) = order.get(axis) {
            line[channel] = 1.0;
        }
        line
    })
}

/// Gram and Schmidt. A vector of which nothing is left stays as it was.
fn orthonormalise(lines: &mut [Vec<f32>; 3], before: &[Vec<f32>; 3]) {
    for (axis, as_it_was) in before.iter().enumerate() {
        let (done, rest) = lines.split_at_mut(axis);
        let Some(line) = rest.first_mut() else { return };
        for other in done {
            let along = dot(line, other);
            line.iter_mut().zip(other.iter()).for_each(|(number, other)| *number -= along * other);
        }
        let length = dot(line, line).sqrt();
        match length > f32::MIN_POSITIVE {
            true => line.iter_mut().for_each(|number| *number /= length),
            false => line.clone_from(as_it_was),
        }
    }
}

fn times(matrix: &Array, vector: &[f32]) -> Vec<f32> {
    (0..vector.len()).map(|row| dot(matrix.row(row), vector)).collect()
}

fn dot(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}
