//! Attention.

use burn::tensor::Tensor;
use burn_flex::Flex;

use crate::{check, numbers, ours, stock};

fn check_attend(q: Tensor<Flex, 4>, k: Tensor<Flex, 4>, v: Tensor<Flex, 4>) {
    let case = (q.dims(), k.dims());
    check(case, ours().attend(q.clone(), k.clone(), v.clone()), stock().attend(q, k, v));
}

/// Heads as the models make them: side by side in each token.
fn heads([batch, heads, tokens, head_dim]: [usize; 4], seed: u64, size: f32) -> Tensor<Flex, 4> {
    numbers([batch, tokens, heads, head_dim], seed, size).swap_dims(1, 2)
}

#[test]
fn attention_is_burns() {
    for (batch, count, queries, keys, head_dim) in [
        (2, 2, 256, 256, 32),
        (2, 2, 256, 32, 32),
        (2, 3, 64, 64, 32),
        (2, 4, 16, 16, 32),
        (2, 4, 16, 32, 32),
        (1, 8, 256, 77, 40),
        (3, 1, 70, 33, 7),
        (1, 1, 100, 100, 160),
        (1, 2, 1, 5, 1),
        (1, 1, 65, 300, 64),
    ] {
        let tokens = |tokens| [batch, count, tokens, head_dim];
        check_attend(heads(tokens(queries), 61, 2.0), heads(tokens(keys), 62, 2.0), heads(tokens(keys), 63, 1.0));
        check_attend(numbers(tokens(queries), 64, 2.0), numbers(tokens(keys), 65, 2.0), numbers(tokens(keys), 66, 1.0));
    }
}

#[test]
fn queries_keys_and_values_are_read_where_they_lie() {
    let q = numbers([2, 3, 8, 20], 67, 1.0).swap_dims(2, 3);
    let k = numbers([2, 3, 40, 8], 68, 1.0).narrow(2, 5, 30);
    let v = numbers([3, 2, 30, 9], 69, 1.0).swap_dims(0, 1).narrow(3, 1, 8);
    check_attend(q.clone(), k.clone(), v.clone());
    check_attend(q, k.clone().flip([2]), v.clone());
    check_attend(k, v.clone(), v);
}

#[test]
fn large_scores_do_not_overflow() {
    // Scores up to 10⁶: e to that is no f32.
    check_attend(heads([1, 2, 30, 16], 70, 500.0), heads([1, 2, 50, 16], 71, 500.0), heads([1, 2, 50, 16], 72, 1.0));
}

#[test]
fn equal_scores_take_the_mean_of_the_values() {
    let v = numbers([1, 1, 1000, 4], 73, 1.0) + 3.0;
    let q = numbers([1, 1, 3, 4], 74, 1.0);
    let attended = ours().attend(q, Tensor::zeros([1, 1, 1000, 4], &Default::default()), v.clone());
    check("mean", attended, v.mean_dim(2).expand([1, 1, 3, 4]));
}

#[test]
fn what_was_attended_to_can_be_joined_cut_and_added() {
    let tensors = [81, 82, 83].map(|seed| heads([2, 3, 20, 8], seed, 1.0));
    let [q, k, v] = tensors;
    let (ours, stock) = (ours().attend(q.clone(), k.clone(), v.clone()), stock().attend(q.clone(), k, v));
    let joined = |x: Tensor<Flex, 4>| x.swap_dims(1, 2).reshape([2, 20, 24]);
    check("joined", joined(ours.clone()), joined(stock.clone()));
    check("cut", ours.clone().narrow(2, 3, 5), stock.clone().narrow(2, 3, 5));
    check("added", ours + q.clone(), stock + q);
}
