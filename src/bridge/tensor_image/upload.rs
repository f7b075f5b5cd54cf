//! An upload: what the shader is given of the drawings of a frame. Tensors on the GPU are bound where they are.

use std::num::NonZeroU64;
use std::sync::Arc;

use bevy::math::Vec4;
use bevy::platform::collections::HashMap;
use bevy::prelude::Resource;
use bevy::render::render_resource::{DynamicUniformBuffer, ShaderType};
use bevy::render::renderer::{RenderDevice, RenderQueue};
use wgpu::{BindingResource, BufferBinding, BufferDescriptor, BufferUsages};

use super::render::Drawing;
use super::{Layout, Palette, TensorImage, Values};

/// Size of an f32.
const NUMBER: u64 = 4;

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
    /// Where each tensor from the CPU is in `tensors`, by the address of its first number.
    offsets: HashMap<*const f32, u64>,
    alignment: u64,
}

// The addresses are only compared, never followed.
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
        let offsets = drawings.iter().map(|drawing| self.draws.push(&self.describe(drawing))).collect();
        self.draws.write_buffer(device, queue);
        offsets
    }
}
