//! An upload: what the shader is given of the drawings of a frame. Tensors on the GPU are bound where they are.

use std::num::NonZeroU64;

use bevy::math::Vec4;
use bevy::platform::collections::HashMap;
use bevy::prelude::Resource;
use bevy::render::render_resource::{DynamicUniformBuffer, ShaderType};
use bevy::render::renderer::{RenderDevice, RenderQueue};
use wgpu::{BindingResource, BufferBinding, BufferDescriptor, BufferUsages};

use super::render::Drawing;
use super::{Layout, TensorImage, Values};

/// Size of an f32.
const NUMBER: u64 = 4;

const MODE_PALETTE: u32 = 0;
const MODE_GREY: u32 = 1;
const MODE_RGB: u32 = 2;

/// The shader's view of a drawing; the fields are those of `tensor_to_texture.wgsl`.
#[derive(ShaderType)]
pub struct Draw {
    stops: [Vec4; 5],
    channels: u32,
    height: u32,
    width: u32,
    columns: u32,
    rows: u32,
    first_channel: u32,
    mode: u32,
    from_start: u32,
    to_start: u32,
    range: f32,
    fade: f32,
}

/// Where the shader finds the numbers of a tensor.
pub struct Numbers {
    buffer: wgpu::Buffer,
    /// In bytes, a multiple of what the device asks for.
    offset: u64,
    size: NonZeroU64,
    /// Numbers to skip from there.
    start: u32,
}

impl Numbers {
    pub fn binding(&self) -> BindingResource<'_> {
        BindingResource::Buffer(BufferBinding { buffer: &self.buffer, offset: self.offset, size: Some(self.size) })
    }
}

impl Drawing {
    /// How much is sent to the GPU to draw this.
    pub fn upload_bytes(&self) -> u64 {
        let bytes = |tensor: &TensorImage| tensor.values().map_or(0, |values| values.len() as u64 * NUMBER);
        bytes(&self.from) + bytes(&self.to)
    }
}

/// Buffers that are filled anew in each frame that draws. They grow when they must.
#[derive(Resource)]
pub struct Uploads {
    draws: DynamicUniformBuffer<Draw>,
    tensors: Option<wgpu::Buffer>,
    /// Where each tensor from the CPU is in `tensors`, by the address of its first number. Only of use while they are held.
    offsets: HashMap<usize, u64>,
    /// What the device asks of the offset of a storage buffer.
    alignment: u64,
}

impl Uploads {
    pub fn new(device: &RenderDevice) -> Self {
        let limits = device.limits();
        Self {
            draws: DynamicUniformBuffer::new_with_alignment(u64::from(limits.min_uniform_buffer_offset_alignment)),
            tensors: None,
            offsets: HashMap::default(),
            alignment: u64::from(limits.min_storage_buffer_offset_alignment),
        }
    }

    /// Sends the drawings of a frame; returns the offset of each among [`Self::draws`].
    pub fn write(&mut self, drawings: &[Drawing], device: &RenderDevice, queue: &RenderQueue) -> Vec<u32> {
        self.write_tensors(drawings, device, queue);
        self.draws.clear();
        let mut offsets = Vec::with_capacity(drawings.len());
        for drawing in drawings {
            let draw = self.describe(drawing);
            offsets.push(self.draws.push(&draw));
        }
        self.draws.write_buffer(device, queue);
        offsets
    }

    /// Tensors that several drawings show are sent once.
    fn write_tensors(&mut self, drawings: &[Drawing], device: &RenderDevice, queue: &RenderQueue) {
        self.offsets.clear();
        let mut end = 0;
        let mut sent: Vec<(u64, &[f32])> = Vec::new();
        for values in drawings.iter().flat_map(|drawing| [&drawing.from, &drawing.to]).filter_map(TensorImage::values) {
            self.offsets.entry(values.as_ptr().addr()).or_insert_with(|| {
                let offset = end;
                sent.push((offset, values));
                end = (offset + values.len() as u64 * NUMBER).next_multiple_of(self.alignment);
                offset
            });
        }
        if end > self.tensors.as_ref().map_or(0, wgpu::Buffer::size) {
            self.tensors = Some(device.wgpu_device().create_buffer(&BufferDescriptor {
                label: Some("tensors from the CPU"),
                size: end.next_power_of_two(),
                usage: BufferUsages::STORAGE | BufferUsages::COPY_DST,
                mapped_at_creation: false,
            }));
        }
        if let Some(buffer) = &self.tensors {
            for (offset, values) in sent {
                queue.write_buffer(buffer, offset, bytemuck::cast_slice(values));
            }
        }
    }

    /// All drawings of the frame.
    pub fn draws(&self) -> Option<BindingResource<'_>> {
        self.draws.binding()
    }

    /// `None` for a tensor without numbers.
    pub fn numbers(&self, tensor: &TensorImage) -> Option<Numbers> {
        let (buffer, place) = match &tensor.values {
            Values::OnCpu(values) => (self.tensors.as_ref()?, *self.offsets.get(&values.as_ptr().addr())?),
            Values::OnGpu(values) => (&values.buffer, values.offset),
        };
        // burn may have put the tensor where a binding must not begin.
        let offset = place / self.alignment * self.alignment;
        let skipped = place - offset;
        let bytes = tensor.size.iter().product::<usize>() as u64 * NUMBER;
        let size = NonZeroU64::new(bytes)?.checked_add(skipped)?;
        Some(Numbers { buffer: buffer.clone(), offset, size, start: u32::try_from(skipped / NUMBER).ok()? })
    }

    fn describe(&self, drawing: &Drawing) -> Draw {
        let look = &drawing.look;
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let [channels, height, width] = drawing.to.size.map(number);
        let (columns, rows) = look.tiles();
        let (mode, stops) = match (look.layout, look.palette.stops()) {
            (Layout::Rgb, _) => (MODE_RGB, Default::default()),
            (_, Some(stops)) => (MODE_PALETTE, stops),
            (_, None) => (MODE_GREY, Default::default()),
        };
        let start = |tensor| self.numbers(tensor).map_or(0, |numbers| numbers.start);
        Draw {
            stops: stops.map(|[lightness, a, b]| Vec4::new(lightness, a, b, 0.0)),
            channels,
            height,
            width,
            columns: number(columns),
            rows: number(rows),
            first_channel: number(look.first_channel()),
            mode,
            from_start: start(&drawing.from),
            to_start: start(&drawing.to),
            range: look.range,
            fade: drawing.mix,
        }
    }
}
