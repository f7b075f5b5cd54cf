//! The three surfaces of the hall: a plane that shows a tensor, plain matter, and the floor. None of them needs a lamp.

use bevy::asset::uuid_handle;
use bevy::mesh::MeshVertexBufferLayoutRef;
use bevy::pbr::{Material, MaterialPipeline, MaterialPipelineKey, MaterialPlugin};
use bevy::prelude::*;
use bevy::render::render_resource::{AsBindGroup, RenderPipelineDescriptor, SpecializedMeshPipelineError};
use bevy::shader::{Shader, ShaderRef};
use bevy_rich_text3d::TouchTextMaterial3dPlugin;

const LATENT_PLANE: Handle<Shader> = uuid_handle!("5a1d0b3e-6f0c-4c55-9a0e-0d4f5c1b7e01");
const MATTE: Handle<Shader> = uuid_handle!("5a1d0b3e-6f0c-4c55-9a0e-0d4f5c1b7e02");
const FLOOR: Handle<Shader> = uuid_handle!("5a1d0b3e-6f0c-4c55-9a0e-0d4f5c1b7e03");

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins((
        MaterialPlugin::<PlaneMaterial>::default(),
        MaterialPlugin::<Matte>::default(),
        MaterialPlugin::<FloorMaterial>::default(),
        TouchTextMaterial3dPlugin::<Matte>::default(),
    ));
    let sources = [
        (LATENT_PLANE, include_str!("../../../shaders/latent_plane.wgsl"), "latent_plane.wgsl"),
        (MATTE, include_str!("../../../shaders/matte.wgsl"), "matte.wgsl"),
        (FLOOR, include_str!("../../../shaders/floor.wgsl"), "floor.wgsl"),
    ];
    let mut shaders = app.world_mut().resource_mut::<Assets<Shader>>();
    for (handle, source, name) in sources {
        // Only a handle with a generation can be refused, and these have none.
        let _ = shaders.insert(&handle, Shader::from_wgsl(source, name));
    }
}

/// A plane that shows a tensor.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub struct PlaneMaterial {
    /// Linear light.
    #[texture(0)]
    #[sampler(1)]
    pub picture: Option<Handle<Image>>,
    /// The frame's colour; alpha is how bright it is.
    #[uniform(2)]
    pub frame: LinearRgba,
    /// What it looks like with nothing to show; alpha is the opacity of the whole plane.
    #[uniform(2)]
    pub glass: LinearRgba,
    /// How far the picture is lit (0..1), width by height, width of the frame by the plane's height, 1 for a mirror image.
    #[uniform(2)]
    pub form: Vec4,
    /// The lane's colour; w is how far the lanes stand apart, 0..1.
    #[uniform(2)]
    pub lane: Vec4,
    /// Which mark stands in the corner while they do: 1 a disc (A), 2 a square (B), 3 a triangle (the difference).
    #[uniform(2)]
    pub mark: f32,
    pub alpha_mode: AlphaMode,
}

impl Material for PlaneMaterial {
    fn fragment_shader() -> ShaderRef {
        LATENT_PLANE.into()
    }

    fn alpha_mode(&self) -> AlphaMode {
        self.alpha_mode
    }

    fn enable_prepass() -> bool {
        false
    }

    fn enable_shadows() -> bool {
        false
    }

    fn specialize(
        _pipeline: &MaterialPipeline,
        descriptor: &mut RenderPipelineDescriptor,
        _layout: &MeshVertexBufferLayoutRef,
        _key: MaterialPipelineKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        // Seen from both sides.
        descriptor.primitive.cull_mode = None;
        Ok(())
    }
}

/// Stone, rails and type: as bright as it is coloured.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub struct Matte {
    #[uniform(0)]
    pub tint: LinearRgba,
    #[texture(1)]
    #[sampler(2)]
    pub cover: Option<Handle<Image>>,
    pub alpha_mode: AlphaMode,
}

impl Material for Matte {
    fn fragment_shader() -> ShaderRef {
        MATTE.into()
    }

    fn alpha_mode(&self) -> AlphaMode {
        self.alpha_mode
    }

    fn enable_prepass() -> bool {
        false
    }

    fn enable_shadows() -> bool {
        false
    }

    fn specialize(
        _pipeline: &MaterialPipeline,
        descriptor: &mut RenderPipelineDescriptor,
        _layout: &MeshVertexBufferLayoutRef,
        _key: MaterialPipelineKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        descriptor.primitive.cull_mode = None;
        Ok(())
    }
}

/// The floor: light only, so that mirror images below it shine through.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub struct FloorMaterial {
    #[uniform(0)]
    pub lines: LinearRgba,
    #[uniform(0)]
    pub glow: LinearRgba,
    /// The middle (x, z), metres to where the floor ends, metres from line to line.
    #[uniform(0)]
    pub form: Vec4,
}

impl Material for FloorMaterial {
    fn fragment_shader() -> ShaderRef {
        FLOOR.into()
    }

    fn alpha_mode(&self) -> AlphaMode {
        AlphaMode::Add
    }

    fn enable_prepass() -> bool {
        false
    }

    fn enable_shadows() -> bool {
        false
    }

    fn depth_bias(&self) -> f32 {
        // Drawn before everything else that is transparent.
        -10_000.0
    }
}
