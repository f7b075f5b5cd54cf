//! Whether a generated picture is one that was learnt from.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use burn::tensor::module::avg_pool2d;
use painter::Picture;

use crate::data::pictures_to_tensor;

/// For each picture, its distance to the nearest of the taught ones as a part of its distance to the second nearest: near 1 for a
/// picture of its own, near 0 for a copy ("Diffusion Probabilistic Models Generalize when They Fail to Memorize", section 3, takes a
/// third as the border). Distances are between pixels at half the size.
pub fn nearest_ratios<B: Backend>(pictures: &[Picture], taught: &[Picture], device: &B::Device) -> Vec<f64> {
    const AT_A_TIME: usize = 512;
    let mut nearest = vec![[f64::INFINITY; 2]; pictures.len()];
    for taught in taught.chunks(AT_A_TIME) {
        let taught = rows::<B>(taught, device);
        for (first, pictures) in (0..).step_by(AT_A_TIME).zip(pictures.chunks(AT_A_TIME)) {
            let pictures = rows::<B>(pictures, device);
            let [count, _] = pictures.dims();
            let [others, _] = taught.dims();
            // ‖a − b‖² = ‖a‖² + ‖b‖² − 2 a·b
            let squares = |rows: &Tensor<B, 2>| rows.clone().square().sum_dim(1);
            let dots = pictures.clone().matmul(taught.clone().transpose());
            let distances =
                squares(&pictures).expand([count, others]) + squares(&taught).transpose().expand([count, others]) - dots * 2.0;
            let distances: Vec<f32> = distances.into_data().convert::<f32>().into_vec().expect("converted to f32 just now");
            for (row, distances) in distances.chunks_exact(others).enumerate() {
                let [least, second] = &mut nearest[first + row];
                for distance in distances.iter().map(|&square| f64::from(square.max(0.0)).sqrt()) {
                    if distance < *least {
                        (*least, *second) = (distance, *least);
                    } else if distance < *second {
                        *second = distance;
                    }
                }
            }
        }
    }
    nearest.into_iter().map(|[least, second]| if second > 0.0 { least / second } else { 0.0 }).collect()
}

/// [pictures, pixels at half the size]
fn rows<B: Backend>(pictures: &[Picture], device: &B::Device) -> Tensor<B, 2> {
    let halved = avg_pool2d(pictures_to_tensor::<B>(pictures, device), [2, 2], [2, 2], [0, 0], true, false);
    halved.flatten::<2>(1, 3)
}
