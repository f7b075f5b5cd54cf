//! Attention that keeps no more weights than those of one tile of queries.

use crate::elementary::{exp, vectorised};
use crate::matrix::{Before, Matrix, multiply};
use crate::{parallel, scratch};

/// The queries of a task, side by side: they are the vectors of every step, as the pixels of a convolution's tile are.
const TILE: usize = 64;

/// gemm packs the queries for more columns than that (8 of 6).
const COLUMNS: usize = 48;

/// The keys whose weights are summed at a time.
const KEYS: usize = 128;

/// What attends to what: for each sample and head queries, keys and values.
#[derive(Clone, Copy, Debug)]
pub struct Attention {
    pub batch: usize,
    pub heads: usize,
    pub queries: usize,
    pub keys: usize,
    pub head_dim: usize,
}

/// [batch, heads, tokens, head_dim] anywhere in a slice; the strides are of these four.
#[derive(Clone, Copy)]
pub struct Heads<'a> {
    pub values: &'a [f32],
    pub strides: [usize; 4],
}

impl<'a> Heads<'a> {
    /// [tokens, head_dim]
    fn head(&self, sample: usize, head: usize) -> Matrix<&'a [f32]> {
        let [of_sample, of_head, of_token, of_value] = self.strides;
        Matrix::new(&self.values[sample * of_sample + head * of_head..], of_token, of_value)
    }
}

impl Attention {
    /// softmax(q·kᵀ / √head_dim)·v, "Attention Is All You Need", eq. 1: → [batch, queries, heads, head_dim]
    pub fn compute(&self, q: Heads, k: Heads, v: Heads) -> Vec<f32> {
        let mut out = vec![0.0; self.batch * self.queries * self.heads * self.head_dim];
        if out.is_empty() || self.keys == 0 {
            return out;
        }
        // A head's part of a token: they lie between those of the other heads.
        let mut tasks: Vec<(usize, Vec<&mut [f32]>)> = Vec::new();
        let tiles = self.queries.div_ceil(TILE);
        tasks.resize_with(self.batch * tiles * self.heads, || (0, Vec::with_capacity(TILE)));
        for (index, part) in out.chunks_exact_mut(self.head_dim).enumerate() {
            let (token, head) = (index / self.heads, index % self.heads);
            let (sample, query) = (token / self.queries, token % self.queries);
            let task = (sample * tiles + query / TILE) * self.heads + head;
            tasks[task].0 = task;
            tasks[task].1.push(part);
        }
        parallel::for_each(tasks, |(task, out)| {
            let (tile, head) = (task / self.heads, task % self.heads);
            let (sample, first) = (tile / tiles, tile % tiles * TILE);
            let q = q.head(sample, head);
            let q = Matrix::new(&q.values[first * q.row_stride..], q.row_stride, q.column_stride);
            self.attend(q, k.head(sample, head), v.head(sample, head), out);
        });
        out
    }

    /// One tile. All of it stands on its side, [·, queries], so that each step goes over the queries in vectors.
    fn attend(&self, q: Matrix<&[f32]>, k: Matrix<&[f32]>, v: Matrix<&[f32]>, mut out: Vec<&mut [f32]>) {
        let queries = out.len();
        let scale = (self.head_dim as f32).powf(-0.5);
        let lengths = [self.head_dim * queries, self.keys * queries, self.head_dim * queries];
        scratch::with(lengths, |[turned, weights, attended]| {
            for (value, turned) in turned.chunks_exact_mut(queries).enumerate() {
                for (query, turned) in turned.iter_mut().enumerate() {
                    *turned = q.values[query * q.row_stride + value * q.column_stride] * scale;
                }
            }
            for first in (0..self.keys).step_by(COLUMNS) {
                multiply(
                    [COLUMNS.min(self.keys - first), self.head_dim, queries],
                    Matrix::new(&k.values[first * k.row_stride..], k.row_stride, k.column_stride),
                    Matrix::of_rows(turned, queries),
                    Matrix::of_rows(&mut weights[first * queries..], queries),
                    Before::Forgotten,
                );
            }
            let mut sums = [0.0; TILE];
            vectorised(
                #[inline(always)]
                || softmax_unscaled(weights, queries, &mut sums),
            );
            for first in (0..self.head_dim).step_by(COLUMNS) {
                multiply(
                    [COLUMNS.min(self.head_dim - first), self.keys, queries],
                    Matrix::new(&v.values[first * v.column_stride..], v.column_stride, v.row_stride),
                    Matrix::of_rows(weights, queries),
                    Matrix::of_rows(&mut attended[first * queries..], queries),
                    Before::Forgotten,
                );
            }
            for (query, (out, sum)) in out.iter_mut().zip(sums).enumerate() {
                for (value, out) in out.iter_mut().enumerate() {
                    *out = attended[value * queries + query] / sum;
                }
            }
        });
    }
}

/// e to the score less the query's greatest one, and the sums of these. scores: [keys, queries]
#[inline(always)]
fn softmax_unscaled(scores: &mut [f32], queries: usize, sums: &mut [f32; TILE]) {
    let mut greatest = [f32::NEG_INFINITY; TILE];
    for scores in scores.chunks_exact(queries) {
        for (greatest, &score) in greatest.iter_mut().zip(scores) {
            *greatest = if score > *greatest { score } else { *greatest };
        }
    }
    // In blocks: a sum over thousands of keys at once would lose digits.
    for scores in scores.chunks_mut(KEYS * queries) {
        let mut of_block = [0.0; TILE];
        for scores in scores.chunks_exact_mut(queries) {
            for ((score, greatest), sum) in scores.iter_mut().zip(&greatest).zip(&mut of_block) {
                *score = exp(*score - greatest);
                *sum += *score;
            }
        }
        sums.iter_mut().zip(of_block).for_each(|(sum, of_block)| *sum += of_block);
    }
}
