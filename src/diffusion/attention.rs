//! Scaled dot-product attention over several heads, sliced so that the weights never take more than 128 MiB at a time.

use burn::tensor::activation::softmax;
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Tensor};

/// The default limit of a WebGPU storage binding.
const MAX_WEIGHTS_BYTES: usize = 128 << 20;

/// [batch, tokens, heads · head_dim] → [batch, heads, tokens, head_dim]
pub fn split_heads<B: Backend>(x: Tensor<B, 3>, heads: usize) -> Tensor<B, 4> {
    let [batch, tokens, width] = x.dims();
    x.reshape([batch, tokens, heads, width / heads]).swap_dims(1, 2)
}

/// [batch, heads, tokens, head_dim] → [batch, tokens, heads · head_dim]
pub fn join_heads<B: Backend>(x: Tensor<B, 4>) -> Tensor<B, 3> {
    let [batch, heads, tokens, head_dim] = x.dims();
    x.swap_dims(1, 2).reshape([batch, tokens, heads * head_dim])
}

/// softmax(q·kᵀ / √head_dim), "Attention Is All You Need", eq. 1.
///
/// q: [batch, heads, queries, head_dim], k: [batch, heads, keys, head_dim] → [batch, heads, queries, keys].
/// Where `mask` [1, 1, queries, keys] is true nothing is attended to.
pub fn attention_weights<B: Backend>(q: Tensor<B, 4>, k: Tensor<B, 4>, mask: Option<Tensor<B, 4, Bool>>) -> Tensor<B, 4> {
    let head_dim = q.dims()[3];
    let scores = pad_head_dim(q).matmul(pad_head_dim(k).swap_dims(2, 3)) * (head_dim as f64).powf(-0.5);
    let scores = match mask {
        Some(mask) => {
            let shape = scores.shape();
            scores.mask_fill(mask.expand(shape), -1e9)
        }
        None => scores,
    };
    softmax(scores, 3)
}

/// Attention with burn's operations, which keeps no weights.
///
/// q: [batch, heads, queries, head_dim], k, v: [batch, heads, keys, head_dim] → [batch, heads, queries, head_dim]
pub fn attend_in_slices<B: Backend>(q: Tensor<B, 4>, k: Tensor<B, 4>, v: Tensor<B, 4>) -> Tensor<B, 4> {
    let [batch, heads, queries, _] = q.dims();
    let row_bytes = batch * heads * k.dims()[2] * size_of::<f32>();
    let rows = (MAX_WEIGHTS_BYTES / row_bytes.max(1)).clamp(1, queries);
    if rows == queries {
        return attention_weights(q, k, None).matmul(v);
    }
    let slices = q.split(rows, 2).into_iter().map(|q| attention_weights(q, k.clone(), None).matmul(v.clone())).collect();
    Tensor::cat(slices, 2)
}

/// cubek 0.2's double-buffered matmul adds garbage when the inner dimension is an odd number of 8-wide stages (burn issue 5626):
/// 40, SD 1.5's head_dim, is such a case. Zeros change nothing in the product.
fn pad_head_dim<B: Backend>(x: Tensor<B, 4>) -> Tensor<B, 4> {
    let [batch, heads, tokens, head_dim] = x.dims();
    let missing = head_dim.next_multiple_of(16) - head_dim;
    if missing == 0 || head_dim < 16 {
        return x;
    }
    let zeros = Tensor::zeros([batch, heads, tokens, missing], &x.device());
    Tensor::cat(vec![x, zeros], 3)
}
