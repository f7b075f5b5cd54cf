//! A tensor image: a tensor that is ready to be shown, and the look it is shown with.

mod palette;
mod reference;
#[cfg(feature = "bevy")]
mod render;
#[cfg(feature = "bevy")]
mod upload;

use std::fmt;
use std::sync::Arc;

pub use self::palette::Palette;
#[cfg(feature = "bevy")]
pub use self::render::{TensorImages, plugin};

/// A tensor, [channels, height, width], where its backend left it. Cheap to clone; the memory is given back with the last clone.
#[derive(Clone)]
pub struct TensorImage {
    size: [usize; 3],
    values: Values,
}

#[derive(Clone)]
#[cfg_attr(not(feature = "bevy"), expect(dead_code, reason = "only the hall draws"))]
enum Values {
    OnCpu(Arc<[f32]>),
    OnGpu(Arc<GpuValues>),
}

/// A part of a buffer on the device that burn and Bevy share.
#[cfg_attr(not(feature = "bevy"), expect(dead_code, reason = "only the hall draws"))]
struct GpuValues {
    buffer: wgpu::Buffer,
    /// Where the first value is, in bytes.
    offset: u64,
    /// What burn must not forget while the values are needed.
    _alive: Box<dyn Send + Sync>,
}

impl TensorImage {
    /// Channel after channel, row after row.
    ///
    /// # Panics
    /// If there are more or fewer values than `size` says.
    pub fn from_values(size: [usize; 3], values: Vec<f32>) -> Self {
        assert_eq!(values.len(), size.iter().product::<usize>(), "a tensor image of size {size:?} takes as many values");
        Self { size, values: Values::OnCpu(values.into()) }
    }

    /// Values that stay on the GPU; `alive` keeps them from being overwritten.
    pub(crate) fn on_gpu(size: [usize; 3], buffer: wgpu::Buffer, offset: u64, alive: impl Send + Sync + 'static) -> Self {
        Self { size, values: Values::OnGpu(Arc::new(GpuValues { buffer, offset, _alive: Box::new(alive) })) }
    }

    /// Channels, height, width.
    pub fn size(&self) -> [usize; 3] {
        self.size
    }

    /// The numbers, where they are on the CPU already. From the GPU nothing is read back to be shown.
    pub fn values(&self) -> Option<&[f32]> {
        match &self.values {
            Values::OnCpu(values) => Some(values),
            Values::OnGpu(_) => None,
        }
    }
}

impl fmt::Debug for TensorImage {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let place = match self.values {
            Values::OnCpu(_) => "CPU",
            Values::OnGpu(_) => "GPU",
        };
        write!(f, "TensorImage({:?} on the {place})", self.size)
    }
}

/// Which numbers of a tensor become which pixels. A number is a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// One channel.
    Channel(usize),
    /// The first three channels as red, green and blue, sRGB-coded 0..1. Palette and range have no say.
    Rgb,
    /// The first `columns * rows` channels side by side, row after row. Places without a channel are black.
    Grid { columns: usize, rows: usize },
}

/// How a tensor becomes a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    pub layout: Layout,
    pub palette: Palette,
    /// The value that maps to full brightness, for example 3.0 for latents.
    pub range: f32,
}

impl Look {
    /// [width, height] of the texture for a tensor of this size.
    pub fn pixels(&self, size: [usize; 3]) -> [u32; 2] {
        let [_, height, width] = size;
        let (columns, rows) = self.tiles();
        [width * columns, height * rows].map(|pixels| u32::try_from(pixels).unwrap_or(u32::MAX).max(1))
    }

    /// Columns and rows of channels.
    fn tiles(&self) -> (usize, usize) {
        match self.layout {
            Layout::Channel(_) | Layout::Rgb => (1, 1),
            Layout::Grid { columns, rows } => (columns, rows),
        }
    }

    fn first_channel(&self) -> usize {
        match self.layout {
            Layout::Channel(channel) => channel,
            Layout::Rgb | Layout::Grid { .. } => 0,
        }
    }
}
