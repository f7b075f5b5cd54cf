//! Drawing tensors into textures: a compute pass in Bevy's render world, before any camera draws. Nothing is read back.

use std::num::NonZeroU64;

use bevy::asset::{AssetId, RenderAssetUsages};
use bevy::core_pipeline::schedule::camera_driver;
use bevy::image::ImageSampler;
use bevy::platform::collections::HashMap;
use bevy::prelude::*;
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_resource::binding_types::{storage_buffer_read_only_sized, texture_storage_2d, uniform_buffer};
use bevy::render::render_resource::{
    BindGroup, BindGroupEntries, BindGroupLayoutDescriptor, BindGroupLayoutEntries, CachedComputePipelineId,
    ComputePassDescriptor, ComputePipelineDescriptor, Extent3d, PipelineCache, ShaderStages, StorageTextureAccess,
    TextureDimension, TextureFormat, TextureUsages,
};
use bevy::render::renderer::{RenderContext, RenderDevice, RenderGraph, RenderQueue};
use bevy::render::texture::GpuImage;
use bevy::render::{ExtractSchedule, MainWorld, Render, RenderApp, RenderStartup, RenderSystems};
use bevy::shader::{Shader, ValidateShader};

use super::upload::{Draw, Uploads};
use super::{Look, TensorImage};

/// Side of the shader's workgroup, in pixels.
const WORKGROUP: u32 = 8;
/// More than this is not uploaded in one frame; what is left waits for the next.
const UPLOAD_BYTES_PER_FRAME: u64 = 64 << 20;

/// What is to be drawn into which texture. The hall asks only when a picture changes.
#[derive(Resource, Default)]
pub struct TensorImages {
    asked: HashMap<AssetId<Image>, Drawing>,
}

/// A tensor, or a crossfade of two, on its way into a texture.
pub(super) struct Drawing {
    target: Handle<Image>,
    pub from: TensorImage,
    pub to: TensorImage,
    pub mix: f32,
    pub look: Look,
}

impl TensorImages {
    /// A texture of the right size for this tensor and look; black until something is shown in it.
    /// `smooth` blurs between pixels when it is seen from near.
    pub fn create(images: &mut Assets<Image>, size: [usize; 3], look: &Look, smooth: bool) -> Handle<Image> {
        let [width, height] = look.pixels(size);
        let extent = Extent3d { width, height, depth_or_array_layers: 1 };
        // Half floats: linear light without banding, filterable and writable by a shader everywhere.
        let mut image =
            Image::new_uninit(extent, TextureDimension::D2, TextureFormat::Rgba16Float, RenderAssetUsages::RENDER_WORLD);
        image.texture_descriptor.usage |= TextureUsages::STORAGE_BINDING;
        image.sampler = if smooth { ImageSampler::linear() } else { ImageSampler::nearest() };
        images.add(image)
    }

    /// Draws the tensor into the texture in the next rendered frame.
    pub fn show(&mut self, target: &Handle<Image>, tensor: TensorImage, look: Look) {
        self.show_mix(target, tensor.clone(), tensor, 1.0, look);
    }

    /// Draws a crossfade: `mix` 0 shows `from`, 1 shows `to`. Of tensors of different sizes only `to` is shown.
    pub fn show_mix(&mut self, target: &Handle<Image>, from: TensorImage, to: TensorImage, mix: f32, look: Look) {
        let from = if from.size() == to.size() { from } else { to.clone() };
        self.asked.insert(target.id(), Drawing { target: target.clone(), from, to, mix, look });
    }
}

pub fn plugin(app: &mut App) {
    app.init_resource::<TensorImages>();
    if app.get_sub_app(RenderApp).is_none() {
        return;
    }
    let mut shader = Shader::from_wgsl(include_str!("../../../shaders/tensor_to_texture.wgsl"), "tensor_to_texture.wgsl");
    shader.validate_shader = ValidateShader::Enabled;
    let shader = app.world_mut().resource_mut::<Assets<Shader>>().add(shader);
    app.sub_app_mut(RenderApp)
        .insert_resource(TensorShader(shader))
        .init_resource::<Drawings>()
        .add_systems(RenderStartup, queue_pipeline)
        .add_systems(ExtractSchedule, take_drawings)
        .add_systems(RenderGraph, draw_tensors.before(camera_driver))
        .add_systems(Render, forget_drawn.in_set(RenderSystems::Cleanup));
}

#[derive(Resource)]
struct TensorShader(Handle<Shader>);

#[derive(Resource)]
struct TensorPipeline {
    layout: BindGroupLayoutDescriptor,
    id: CachedComputePipelineId,
}

/// Runs once for a render device.
fn queue_pipeline(mut commands: Commands, shader: Res<TensorShader>, cache: Res<PipelineCache>, device: Res<RenderDevice>) {
    let one_number = NonZeroU64::new(4);
    let layout = BindGroupLayoutDescriptor::new(
        "tensor_to_texture",
        &BindGroupLayoutEntries::sequential(
            ShaderStages::COMPUTE,
            (
                uniform_buffer::<Draw>(true),
                storage_buffer_read_only_sized(false, one_number),
                storage_buffer_read_only_sized(false, one_number),
                texture_storage_2d(TextureFormat::Rgba16Float, StorageTextureAccess::WriteOnly),
            ),
        ),
    );
    let id = cache.queue_compute_pipeline(ComputePipelineDescriptor {
        label: Some("tensor_to_texture".into()),
        layout: vec![layout.clone()],
        shader: shader.0.clone(),
        ..default()
    });
    commands.insert_resource(TensorPipeline { layout, id });
    commands.insert_resource(Uploads::new(&device));
}

/// Drawings in the render world.
#[derive(Resource, Default)]
struct Drawings {
    /// Until the shader is compiled and the texture is there. A later drawing into the same texture replaces an earlier one.
    waiting: HashMap<AssetId<Image>, Drawing>,
    /// Burn must not write into these before the frame that reads them is submitted.
    drawn: Vec<Drawing>,
}

fn take_drawings(mut main_world: ResMut<MainWorld>, mut drawings: ResMut<Drawings>) {
    drawings.waiting.extend(main_world.resource_mut::<TensorImages>().asked.drain());
}

fn forget_drawn(mut drawings: ResMut<Drawings>) {
    drawings.drawn.clear();
}

fn draw_tensors(
    mut context: RenderContext,
    mut drawings: ResMut<Drawings>,
    mut uploads: ResMut<Uploads>,
    pipeline: Res<TensorPipeline>,
    cache: Res<PipelineCache>,
    images: Res<RenderAssets<GpuImage>>,
    queue: Res<RenderQueue>,
) {
    let Some(compute) = cache.get_compute_pipeline(pipeline.id) else { return };
    let Drawings { waiting, drawn } = &mut *drawings;
    let mut upload_bytes = 0;
    let now = waiting.extract_if(|_, drawing| {
        let is_ready = images.get(&drawing.target).is_some() && upload_bytes < UPLOAD_BYTES_PER_FRAME;
        if is_ready {
            upload_bytes += drawing.upload_bytes();
        }
        is_ready
    });
    drawn.extend(now.map(|(_, drawing)| drawing));
    if drawn.is_empty() {
        return;
    }
    let device = context.render_device().clone();
    let offsets = uploads.write(drawn, &device, &queue);
    let layout = cache.get_bind_group_layout(&pipeline.layout);
    let bind = |drawing: &Drawing| -> Option<(BindGroup, Extent3d)> {
        let image = images.get(&drawing.target)?;
        let (from, to) = (uploads.numbers(&drawing.from)?, uploads.numbers(&drawing.to)?);
        let entries = BindGroupEntries::sequential((uploads.draws()?, from.binding(), to.binding(), &image.texture_view));
        Some((device.create_bind_group("tensor_to_texture", &layout, &entries), image.texture_descriptor.size))
    };
    let bound: Vec<_> = drawn.iter().zip(offsets).filter_map(|(drawing, offset)| Some((bind(drawing)?, offset))).collect();

    let descriptor = ComputePassDescriptor { label: Some("tensor_to_texture"), ..default() };
    let mut pass = context.command_encoder().begin_compute_pass(&descriptor);
    pass.set_pipeline(compute);
    for ((bind_group, size), offset) in &bound {
        pass.set_bind_group(0, bind_group, &[*offset]);
        pass.dispatch_workgroups(size.width.div_ceil(WORKGROUP), size.height.div_ceil(WORKGROUP), 1);
    }
}
