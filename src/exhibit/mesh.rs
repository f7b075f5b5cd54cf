//! Meshes of coloured triangles: all shapes that the hall itself makes.

use bevy::asset::RenderAssetUsages;
use bevy::mesh::{Indices, PrimitiveTopology, VertexAttributeValues};
use bevy::prelude::*;

/// positions and colours (linear, straight alpha): of each corner; normal: of all of them; indices: three corners each
pub fn coloured_mesh(
    positions: impl Into<VertexAttributeValues>,
    normal: Vec3,
    colours: Vec<[f32; 4]>,
    indices: Vec<u32>,
) -> Mesh {
    let normals = vec![normal.to_array(); colours.len()];
    coloured_solid(positions, normals, colours, indices)
}

/// [`coloured_mesh`] with a normal for each corner.
pub fn coloured_solid(
    positions: impl Into<VertexAttributeValues>,
    normals: impl Into<VertexAttributeValues>,
    colours: Vec<[f32; 4]>,
    indices: Vec<u32>,
) -> Mesh {
    if indices.is_empty() {
        // Bevy 0.19 gives a mesh of nothing no room on the GPU, and then complains that it has none: a triangle without area instead.
        return coloured_mesh(vec![[0.0; 3]; 3], Vec3::Z, vec![[0.0; 4]; 3], vec![0, 1, 2]);
    }
    let uvs = vec![[0.5, 0.5]; colours.len()];
    Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::default())
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, positions)
        .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, normals)
        .with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, uvs)
        .with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, colours)
        .with_inserted_indices(Indices::U32(indices))
}
