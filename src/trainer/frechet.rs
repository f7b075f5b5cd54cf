//! The Fréchet distance between two sets of features, each taken for a normal distribution.

use nalgebra::{DMatrix, DVector};

/// ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½), "GANs Trained by a Two Time-Scale Update Rule …", section 5.
///
/// Each set: at least two rows of the same length.
pub fn frechet_distance(one: &[Vec<f32>], other: &[Vec<f32>]) -> f64 {
    let ((mean_1, covariance_1), (mean_2, covariance_2)) = (moments(one), moments(other));
    // tr (Σ₁ Σ₂)^½ = tr (Σ₁^½ Σ₂ Σ₁^½)^½, and the latter is symmetric.
    let root = symmetric_root(&covariance_1);
    let cross: f64 = (&root * &covariance_2 * &root).symmetric_eigenvalues().iter().map(|value| value.max(0.0).sqrt()).sum();
    (mean_1 - mean_2).norm_squared() + covariance_1.trace() + covariance_2.trace() - 2.0 * cross
}

/// Mean and (unbiased) covariance of the rows.
fn moments(rows: &[Vec<f32>]) -> (DVector<f64>, DMatrix<f64>) {
    let width = rows.first().map_or(0, Vec::len);
    let all = DMatrix::from_fn(rows.len(), width, |row, column| f64::from(rows[row][column]));
    let mean = all.row_mean();
    let centred = DMatrix::from_fn(rows.len(), width, |row, column| all[(row, column)] - mean[column]);
    let covariance = centred.transpose() * &centred / (rows.len() as f64 - 1.0);
    (mean.transpose(), covariance)
}

/// The symmetric matrix whose square is this one.
fn symmetric_root(matrix: &DMatrix<f64>) -> DMatrix<f64> {
    let eigen = matrix.clone().symmetric_eigen();
    let roots = DMatrix::from_diagonal(&eigen.eigenvalues.map(|value| value.max(0.0).sqrt()));
    &eigen.eigenvectors * roots * eigen.eigenvectors.transpose()
}
