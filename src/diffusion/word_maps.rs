//! Word maps: where in the picture each word was looked at, over all heads, layers and timesteps (DAAM).

use std::collections::BTreeMap;

use burn::tensor::backend::{Backend, ExecutionError};
use burn::tensor::{Int, Tensor, TensorData};

use crate::observer::Observer;
use crate::site::{Block, Part, Site};

/// Sums up cross-attention while a run goes on: "What the DAAM: Interpreting Stable Diffusion Using Cross Attention", arXiv
/// 2210.04885, section 3. As in its published code the middle block and layers 8 times smaller than the latent are left out.
///
/// It observes a run by itself, or is given what another observer sees. It keeps a tensor for each layer, 66 MB in all for SD 1.5
/// at 512 pixels.
#[derive(Clone, Debug)]
pub struct WordMaps<B: Backend> {
    latent: [usize; 2],
    layers: BTreeMap<Site, Layer<B>>,
}

/// What was seen at one site.
#[derive(Clone, Debug)]
struct Layer<B: Backend> {
    /// [height, width]
    size: [usize; 2],
    /// Over the timesteps: [heads, pixels, tokens].
    sum: Tensor<B, 3>,
}

/// So many times smaller than the latent a layer says too little of where.
const LEFT_OUT: usize = 8;

impl<B: Backend> WordMaps<B> {
    /// Nothing seen yet, of a run whose latent is [height, width].
    pub fn new(latent: [usize; 2]) -> Self {
        Self { latent, layers: BTreeMap::new() }
    }

    /// The maps of these token slots, read back from the device. Each layer's and head's sum is scaled up to the latent's size
    /// and clamped to ≥ 0, for bicubic interpolation undershoots; the map is the mean of these. Zeros before anything was seen.
    ///
    /// # Errors
    /// If the device fails to hand out a tensor.
    ///
    /// # Panics
    /// If the prompt has no such slot.
    pub async fn read(&self, slots: &[usize]) -> Result<TokenMaps, ExecutionError> {
        let [height, width] = self.latent;
        let mut maps = vec![vec![0.0_f32; height * width]; slots.len()];
        let Some(device) = self.layers.values().next().map(|layer| layer.sum.device()).filter(|_| !slots.is_empty()) else {
            return Ok(TokenMaps::new(self.latent, slots, maps));
        };
        let indices: Vec<i64> = slots.iter().map(|&slot| slot as i64).collect();
        let indices = Tensor::<B, 1, Int>::from_data(TensorData::new(indices, [slots.len()]), &device);
        let chosen = self.layers.values().map(|layer| {
            let [heads, pixels, _] = layer.sum.dims();
            let of_slots = layer.sum.clone().select(2, indices.clone()).swap_dims(1, 2);
            of_slots.reshape([heads * slots.len() * pixels])
        });
        let sums = Tensor::cat(chosen.collect(), 0).into_data_async().await?.convert::<f32>();
        let sums: Vec<f32> = sums.to_vec().expect("the data was converted to f32");

        let mut rest = sums.as_slice();
        let mut count = 0;
        for Layer { size, sum } in self.layers.values() {
            let (rows, columns) = (taps(size[0], height), taps(size[1], width));
            let heads = sum.dims()[0];
            for _ in 0..heads {
                for map in &mut maps {
                    let (small, others) = rest.split_at(size[0] * size[1]);
                    rest = others;
                    let large = bicubic(small, size[1], &rows, &columns);
                    map.iter_mut().zip(large).for_each(|(sum, value)| *sum += value.max(0.0));
                }
            }
            count += heads;
        }
        maps.iter_mut().flatten().for_each(|value| *value /= count as f32);
        Ok(TokenMaps::new(self.latent, slots, maps))
    }

    /// [height, width] of a layer with so many pixels; `None` for one that is left out.
    fn size(&self, pixels: usize) -> Option<[usize; 2]> {
        let [height, width] = self.latent;
        let factor = (height * width).checked_div(pixels)?.isqrt().max(1);
        let size = [height / factor, width / factor];
        (factor != LEFT_OUT && size[0] * size[1] == pixels).then_some(size)
    }
}

impl<B: Backend> Observer<B> for WordMaps<B> {
    fn wants(&self, site: Site) -> bool {
        matches!(site, Site::Unet(Block::Down(_) | Block::Up(_), Part::CrossAttention(_)))
    }

    /// Adds a timestep's cross-attention weights, [batch, heads, pixels, tokens]; what is seen elsewhere is passed over.
    fn observe(&mut self, site: Site, weights: Tensor<B, 4>) {
        let [batch, _, pixels, _] = weights.dims();
        let Some(size) = self.size(pixels).filter(|_| self.wants(site)) else { return };
        // The prompt's half of the batch is the last.
        let weights = weights.narrow(0, batch - 1, 1).squeeze_dim::<3>(0);
        let sum = match self.layers.remove(&site) {
            Some(layer) => layer.sum + weights,
            None => weights,
        };
        self.layers.insert(site, Layer { size, sum });
    }
}

/// The maps of some token slots, on the CPU.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenMaps {
    /// [height, width] of each map: the latent's.
    pub size: [usize; 2],
    of_slots: BTreeMap<usize, Vec<f32>>,
}

impl TokenMaps {
    fn new(size: [usize; 2], slots: &[usize], maps: Vec<Vec<f32>>) -> Self {
        Self { size, of_slots: slots.iter().copied().zip(maps).collect() }
    }

    /// Each pixel shared out among the slots that were read, so that their maps sum to 1 there. Meant for the slots of the
    /// prompt's words: start and padding would take most of it.
    pub fn normalised(mut self) -> Self {
        for pixel in 0..self.size[0] * self.size[1] {
            // Added as in the published code, against division by zero.
            let sum = self.of_slots.values().map(|map| map[pixel]).sum::<f32>() + 1e-6;
            self.of_slots.values_mut().for_each(|map| map[pixel] /= sum);
        }
        self
    }

    /// The map of a word, row by row: the mean of the maps of its slots. `None` if it has no slot, or one that was not read.
    pub fn word(&self, slots: &[usize]) -> Option<Vec<f32>> {
        let maps: Vec<&Vec<f32>> = slots.iter().map(|slot| self.of_slots.get(slot)).collect::<Option<_>>()?;
        let mean = |pixel| maps.iter().map(|map| map[pixel]).sum::<f32>() / maps.len() as f32;
        (!maps.is_empty()).then(|| (0..self.size[0] * self.size[1]).map(mean).collect())
    }
}

/// Where a word's map reaches the share τ (0 to 1) of its maximum: the binary map of the paper's section 3.
pub fn word_mask(map: &[f32], tau: f32) -> Vec<bool> {
    let most = map.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    map.iter().map(|&value| value >= tau * most).collect()
}

/// Which four numbers an interpolated one is made from, and how much of each.
type Taps = [(usize, f32); 4];

/// Cubic convolution along an axis of `from` numbers that gets `to`, as PyTorch's `interpolate(mode="bicubic")` does it: pixel
/// centres are aligned (`align_corners=False`), a = −0.75, and beyond the border the border goes on.
fn taps(from: usize, to: usize) -> Vec<Taps> {
    const A: f32 = -0.75;
    let near = |x: f32| ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0;
    let far = |x: f32| ((A * x - 5.0 * A) * x + 8.0 * A) * x - 4.0 * A;
    let scale = from as f32 / to as f32;
    let taps = |index: usize| {
        let at = (index as f32 + 0.5) * scale - 0.5;
        let t = at - at.floor();
        let amounts = [far(t + 1.0), near(t), near(1.0 - t), far(2.0 - t)];
        let first = at.floor() as isize - 1;
        std::array::from_fn(|tap| ((first + tap as isize).clamp(0, from as isize - 1) as usize, amounts[tap]))
    };
    (0..to).map(taps).collect()
}

/// map: rows of `width` numbers → [rows, columns], row by row
fn bicubic(map: &[f32], width: usize, rows: &[Taps], columns: &[Taps]) -> Vec<f32> {
    let across = |row: &[f32], taps: &Taps| taps.iter().map(|(column, amount)| row[*column] * amount).sum::<f32>();
    let wide: Vec<Vec<f32>> = map.chunks_exact(width).map(|row| columns.iter().map(|taps| across(row, taps)).collect()).collect();
    let down = |taps: &Taps, column: usize| taps.iter().map(|(row, amount)| wide[*row][column] * amount).sum::<f32>();
    let mut large = Vec::with_capacity(rows.len() * columns.len());
    for taps in rows {
        large.extend((0..columns.len()).map(|column| down(taps, column)));
    }
    large
}
