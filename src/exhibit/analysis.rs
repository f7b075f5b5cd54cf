//! Analysis: how far latents are from one another, and the plane in which they differ most.

use std::sync::Arc;

use nalgebra::{DMatrix, SymmetricEigen};

/// ‖a‖, the Euclidean length.
pub fn norm(a: &[f32]) -> f32 {
    dot(a, a).sqrt() as f32
}

/// ‖a − b‖; both of the same length.
pub fn l2(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum::<f64>().sqrt() as f32
}

/// ‖a − b‖ / ‖a‖: 0 for equal vectors.
pub fn relative_l2(a: &[f32], b: &[f32]) -> f32 {
    l2(a, b) / norm(a).max(f32::MIN_POSITIVE)
}

/// a·b / (‖a‖ ‖b‖): 1 for the same direction, 0 for a right angle, −1 for opposite ones. A vector of zeros has no direction: 0.
pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0.0 { (dot(a, b) / lengths).clamp(-1.0, 1.0) as f32 } else { 0.0 }
}

/// The first place from which on all distances stay above the threshold.
pub fn parting(distances: &[f32], threshold: f32) -> Option<usize> {
    let first = distances.iter().rposition(|&distance| distance <= threshold).map_or(0, |last| last + 1);
    (first < distances.len()).then_some(first)
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

/// Inner products of latents. Another latent costs one product with each of those before it.
#[derive(Clone, Debug, Default)]
pub struct Gram {
    latents: Vec<Arc<[f32]>>,
    /// Of each latent with those up to itself.
    products: Vec<Vec<f64>>,
}

impl Gram {
    /// Adds a latent; all are of the same length.
    pub fn push(&mut self, latent: Arc<[f32]>) {
        self.latents.push(latent);
        let Some(new) = self.latents.last() else { return };
        self.products.push(self.latents.iter().map(|other| dot(new, other)).collect());
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.latents.len()
    }

    pub fn is_empty(&self) -> bool {
        self.latents.is_empty()
    }

    /// How many numbers a latent has, if there is one.
    pub fn dimensions(&self) -> Option<usize> {
        self.latents.first().map(|latent| latent.len())
    }

    /// Inner products of what is left when their mean is taken from all latents, [latents, latents].
    fn centred(&self) -> DMatrix<f64> {
        let count = self.len();
        let product = |row: usize, column: usize| self.products[row.max(column)][row.min(column)];
        let means: Vec<f64> =
            (0..count).map(|row| (0..count).map(|column| product(row, column)).sum::<f64>() / count as f64).collect();
        let mean = means.iter().sum::<f64>() / count as f64;
        DMatrix::from_fn(count, count, |row, column| product(row, column) - means[row] - means[column] + mean)
    }
}

/// Principal component analysis: the plane in which the latents differ most.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pca {
    /// Of each latent, along the first and the second axis, in the latents' own unit.
    pub coordinates: Vec<[f32; 2]>,
    /// Of the variance, that each axis has, 0..1.
    pub shares: [f32; 2],
}

impl Pca {
    /// Along each axis the coordinate of largest magnitude among `first_run` is positive, since axes have no direction of their own.
    pub fn of(gram: &Gram, first_run: &[usize]) -> Self {
        /// Far more sweeps than a matrix of any size here takes.
        const MOST_SWEEPS: usize = 20_000;
        let nowhere = Self { coordinates: vec![[0.0; 2]; gram.len()], shares: [0.0; 2] };
        if gram.len() < 2 {
            return nowhere;
        }
        // With centred latents as the rows of X: X Xᵀ = V Λ Vᵀ, and the coordinates along axis k are √λ_k · v_k.
        let centred = gram.centred();
        let variance = centred.trace();
        if !variance.is_finite() || variance <= 0.0 {
            return nowhere;
        }
        let Some(eigen) = SymmetricEigen::try_new(centred, f64::EPSILON, MOST_SWEEPS) else { return nowhere };
        let mut order: Vec<usize> = (0..gram.len()).collect();
        order.sort_by(|&one, &other| eigen.eigenvalues[other].total_cmp(&eigen.eigenvalues[one]));
        let mut pca = nowhere;
        for (axis, &component) in order.iter().take(2).enumerate() {
            let eigenvalue = eigen.eigenvalues[component].max(0.0);
            let vector = eigen.eigenvectors.column(component);
            let farthest = first_run.iter().map(|&latent| vector[latent]).fold(0.0, farther);
            let length = eigenvalue.sqrt().copysign(farthest);
            for (latent, coordinates) in pca.coordinates.iter_mut().enumerate() {
                coordinates[axis] = (length * vector[latent]) as f32;
            }
            pca.shares[axis] = (eigenvalue / variance).min(1.0) as f32;
        }
        pca
    }
}

/// The one farther from zero; of two as far, the first.
fn farther(one: f64, other: f64) -> f64 {
    if other.abs() > one.abs() { other } else { one }
}
