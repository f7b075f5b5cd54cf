//! A convolution as products of matrices: the weights times the pixels that each of them falls on, a tile of the picture at a time.

use std::ops::Range;

use crate::elementary::vectorised;
use crate::matrix::{Before, Matrix, multiply};
use crate::{parallel, scratch};

/// What a convolution does to which picture. Strides and paddings are [vertical, horizontal].
#[derive(Clone, Copy, Debug)]
pub struct Convolution {
    pub batch: usize,
    pub input: usize,
    pub output: usize,
    /// Of the input, in pixels.
    pub height: usize,
    pub width: usize,
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
    /// Zeros on both sides.
    pub padding: [usize; 2],
}

/// A tile's pixels: as many as gemm's widest kernel takes at a time, so that it reads them where they lie instead of packing them.
const TILE: usize = 64;

/// gemm packs the pixels for more outputs than that (8 columns of 6).
const OUTPUTS: usize = 48;

/// The inner dimension of one product: with a tile of pixels 128 KiB, which stay in the second cache.
const INNER: usize = 512;

/// With fewer tiles than that the outputs are split too, so that many cores have something to do.
const TASKS: usize = 16;

/// But not into less than that: every task unfolds its pixels for itself.
const TASK_OUTPUTS: usize = 64;

/// A part of the output: some rows and columns of some channels of some samples.
struct Tile {
    samples: Range<usize>,
    outputs: Range<usize>,
    rows: Range<usize>,
    columns: Range<usize>,
}

/// A tile and where it is to be written: its pixels in each channel, sample after sample.
struct Task<'a> {
    tile: Tile,
    parts: Vec<&'a mut [f32]>,
}

impl Convolution {
    /// Height and width of the output, in pixels.
    pub fn size(&self) -> [usize; 2] {
        let size = |axis: usize, input: usize| {
            (input + 2 * self.padding[axis]).checked_sub(self.kernel[axis]).map_or(0, |rest| rest / self.stride[axis] + 1)
        };
        [size(0, self.height), size(1, self.width)]
    }

    /// x: [batch, input, height, width], weight: [output, input, kernel height, kernel width], bias: [output]
    /// → [batch, output, height', width']
    ///
    /// # Panics
    /// If a slice is shorter than that, or if the padding is not smaller than the kernel.
    pub fn compute(&self, x: &[f32], weight: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        if self.kernel == [1, 1] && self.stride == [1, 1] && self.padding == [0, 0] && self.height > 1 {
            // For a weight that sees one pixel a picture is a line of pixels.
            return Self { height: 1, width: self.height * self.width, ..*self }.compute(x, weight, bias);
        }
        let [height, width] = self.size();
        let mut out = vec![0.0; self.batch * self.output * height * width];
        if !out.is_empty() {
            parallel::for_each(self.tasks(&mut out), |task| self.compute_tile(task, x, weight, bias));
        }
        out
    }

    /// Tiles of several rows, of a part of a row, or of several samples where these are small.
    fn tasks<'a>(&self, out: &'a mut [f32]) -> Vec<Task<'a>> {
        let [height, width] = self.size();
        let across = width.div_ceil(TILE);
        let columns = width.div_ceil(across);
        let rows = if across == 1 { (TILE / width).min(height) } else { 1 };
        let per_sample = height.div_ceil(rows) * across;
        let samples = if per_sample == 1 { (TILE / (height * width)).max(1) } else { 1 };
        let tiles = self.batch.div_ceil(samples) * per_sample;
        let outputs = self.output.div_ceil(TASKS.div_ceil(tiles).min(self.output.div_ceil(TASK_OUTPUTS)));
        let blocks = self.output.div_ceil(outputs);
        let part = |index: usize, length: usize, end: usize| index * length..((index + 1) * length).min(end);
        let mut tasks: Vec<Task> = (0..tiles * blocks)
            .map(|task| {
                let tile = Tile {
                    samples: part(task / blocks / per_sample, samples, self.batch),
                    rows: part(task / blocks % per_sample / across, rows, height),
                    columns: part(task / blocks % across, columns, width),
                    outputs: part(task % blocks, outputs, self.output),
                };
                let parts = Vec::with_capacity(tile.samples.len() * tile.outputs.len());
                Task { tile, parts }
            })
            .collect();
        for (sample, picture) in out.chunks_mut(self.output * height * width).enumerate() {
            for (output, plane) in picture.chunks_mut(height * width).enumerate() {
                let strips = plane.chunks_mut(rows * width);
                for (place, part) in strips.flat_map(|strip| strip.chunks_mut(rows * columns)).enumerate() {
                    let tile = sample / samples * per_sample + place;
                    tasks[tile * blocks + output / outputs].parts.push(part);
                }
            }
        }
        tasks
    }

    fn compute_tile(&self, Task { tile, parts }: Task, x: &[f32], weight: &[f32], bias: Option<&[f32]>) {
        let taps = self.kernel[0] * self.kernel[1];
        let pixels = tile.samples.len() * tile.rows.len() * tile.columns.len();
        let channels = self.input.div_ceil((self.input * taps).div_ceil(INNER));
        let view = self.view(&tile);
        let lengths = [view.height * view.width, channels * taps * pixels, tile.outputs.len() * pixels];
        scratch::with(lengths, |[padded, unfolded, sums]| {
            // Around the picture there are zeros, for every channel the same: what is inside is written over again and again.
            padded.fill(0.0);
            for first in (0..self.input).step_by(channels) {
                let channels = first..(first + channels).min(self.input);
                let inner = channels.len() * taps;
                vectorised(
                    #[inline(always)]
                    || self.unfold(&tile, &view, x, channels, padded, unfolded),
                );
                for start in tile.outputs.clone().step_by(OUTPUTS) {
                    let place = (start - tile.outputs.start) * pixels;
                    multiply(
                        [OUTPUTS.min(tile.outputs.end - start), inner, pixels],
                        Matrix::of_rows(&weight[(start * self.input + first) * taps..], self.input * taps),
                        Matrix::of_rows(unfolded, pixels),
                        Matrix::of_rows(&mut sums[place..], pixels),
                        if first == 0 { Before::Forgotten } else { Before::Added },
                    );
                }
            }
            vectorised(
                #[inline(always)]
                || {
                    for (index, part) in parts.into_iter().enumerate() {
                        let (sample, output) = (index / tile.outputs.len(), index % tile.outputs.len());
                        let bias = bias.map_or(0.0, |bias| bias[tile.outputs.start + output]);
                        let sums = &sums[output * pixels + sample * part.len()..];
                        part.iter_mut().zip(sums).for_each(|(value, sum)| *value = sum + bias);
                    }
                },
            );
        });
    }

    /// What a tile sees of the input.
    fn view(&self, tile: &Tile) -> View {
        // From where to where along an axis, in the padded picture.
        let seen = |axis: usize, tile: &Range<usize>| {
            tile.start * self.stride[axis]..(tile.end - 1) * self.stride[axis] + self.kernel[axis]
        };
        let inside = |axis: usize, seen: &Range<usize>, size: usize| {
            seen.start.max(self.padding[axis])..seen.end.min(self.padding[axis] + size)
        };
        let (down, across) = (seen(0, &tile.rows), seen(1, &tile.columns));
        let (rows, columns) = (inside(0, &down, self.height), inside(1, &across, self.width));
        View {
            height: down.len(),
            width: across.len(),
            rows: rows.start - self.padding[0]..rows.end - self.padding[0],
            columns: columns.start - self.padding[1]..columns.end - self.padding[1],
            first: (rows.start - down.start) * across.len() + columns.start - across.start,
        }
    }

    /// For every weight of `channels` the pixels that it falls on: unfolded: [channels · taps, pixels of the tile]
    #[inline(always)]
    fn unfold(&self, tile: &Tile, view: &View, x: &[f32], channels: Range<usize>, padded: &mut [f32], unfolded: &mut [f32]) {
        // Copies of a length that the compiler knows are an instruction or two.
        match (self.stride[1], tile.columns.len()) {
            (1, 4) => self.unfold_by(copy::<4>, tile, view, x, channels, padded, unfolded),
            (1, 8) => self.unfold_by(copy::<8>, tile, view, x, channels, padded, unfolded),
            (1, 16) => self.unfold_by(copy::<16>, tile, view, x, channels, padded, unfolded),
            (1, 32) => self.unfold_by(copy::<32>, tile, view, x, channels, padded, unfolded),
            (1, 64) => self.unfold_by(copy::<64>, tile, view, x, channels, padded, unfolded),
            (1, _) => {
                let copy = |from: &[f32], to: &mut [f32]| to.copy_from_slice(&from[..to.len()]);
                self.unfold_by(copy, tile, view, x, channels, padded, unfolded);
            }
            (stride, _) => {
                let copy = |from: &[f32], to: &mut [f32]| {
                    to.iter_mut().zip(from.iter().step_by(stride)).for_each(|(to, from)| *to = *from);
                };
                self.unfold_by(copy, tile, view, x, channels, padded, unfolded);
            }
        }
    }

    /// `copy` takes a line of the tile, every stride-th pixel of the line that it sees.
    #[inline(always)]
    fn unfold_by(
        &self,
        copy: impl Fn(&[f32], &mut [f32]),
        tile: &Tile,
        view: &View,
        x: &[f32],
        channels: Range<usize>,
        padded: &mut [f32],
        unfolded: &mut [f32],
    ) {
        let taps = self.kernel[0] * self.kernel[1];
        let (size, columns) = (self.height * self.width, tile.columns.len());
        let length = tile.rows.len() * columns;
        let pixels = tile.samples.len() * length;
        let whole_lines = self.stride[1] == 1 && view.columns.len() == columns;
        for (channel, unfolded) in channels.zip(unfolded.chunks_exact_mut(taps * pixels)) {
            for (index, sample) in tile.samples.clone().enumerate() {
                let plane = &x[(sample * self.input + channel) * size..][..size];
                let mut first = view.first;
                for y in view.rows.clone() {
                    let line = &plane[y * self.width..][view.columns.clone()];
                    let padded = &mut padded[first..][..line.len()];
                    if whole_lines {
                        copy(line, padded);
                    } else {
                        padded.copy_from_slice(line);
                    }
                    first += view.width;
                }
                let mut first = index * length;
                for ky in 0..self.kernel[0] {
                    for kx in 0..self.kernel[1] {
                        for row in 0..tile.rows.len() {
                            let line = &padded[(row * self.stride[0] + ky) * view.width + kx..];
                            copy(line, &mut unfolded[first + row * columns..][..columns]);
                        }
                        first += pixels;
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn copy<const N: usize>(from: &[f32], to: &mut [f32]) {
    to[..N].copy_from_slice(&from[..N]);
}

/// What a tile sees of a channel: a rectangle of the padded picture.
struct View {
    height: usize,
    width: usize,
    /// What of it is in the picture, in pixels of that.
    rows: Range<usize>,
    columns: Range<usize>,
    /// The place of its first pixel.
    first: usize,
}
