//! Stone: boxes whose faces carry their own light, so that the hall needs no lamps.

use bevy::prelude::*;

use crate::mesh::{coloured_mesh, coloured_solid};

/// A box around the origin; its top is lighter than its front, its front than its sides, and it fades towards its foot.
pub fn block(size: Vec3, colour: Srgba) -> Mesh {
    let half = size / 2.0;
    // Normal, right, up, light.
    let faces = [
        (Vec3::Z, Vec3::X, Vec3::Y, 1.0),
        (Vec3::NEG_Z, Vec3::NEG_X, Vec3::Y, 0.3),
        (Vec3::X, Vec3::NEG_Z, Vec3::Y, 0.5),
        (Vec3::NEG_X, Vec3::Z, Vec3::Y, 0.5),
        (Vec3::Y, Vec3::X, Vec3::NEG_Z, 2.6),
        (Vec3::NEG_Y, Vec3::X, Vec3::Z, 0.2),
    ];
    let (mut positions, mut normals, mut colours, mut indices) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (normal, right, up, light) in faces {
        let first = positions.len() as u32;
        for (x, y) in [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
            let corner = (normal + right * x + up * y) * half;
            positions.push(corner);
            normals.push(normal);
            let at_foot = if corner.y < 0.0 { 0.55 } else { 1.0 };
            colours.push((LinearRgba::from(colour) * (light * at_foot)).with_alpha(1.0).to_f32_array());
        }
        indices.extend([first, first + 1, first + 2, first, first + 2, first + 3]);
    }
    coloured_solid(positions, normals, colours, indices)
}

/// An upright rectangle around the origin that faces +z, of one colour below and another above.
pub fn curtain(width: f32, height: f32, below: Srgba, above: Srgba) -> Mesh {
    let corners = [(-0.5, -0.5, below), (0.5, -0.5, below), (0.5, 0.5, above), (-0.5, 0.5, above)];
    let positions = corners.map(|(x, y, _)| [x * width, y * height, 0.0]).to_vec();
    let colours = corners.map(|(_, _, colour)| LinearRgba::from(colour).to_f32_array()).to_vec();
    coloured_mesh(positions, Vec3::Z, colours, vec![0, 1, 2, 0, 2, 3])
}

/// A box of light around the origin: every face of the same colour.
pub fn glow(size: Vec3, colour: Srgba) -> Mesh {
    let mut mesh = block(size, colour);
    let colours = vec![LinearRgba::from(colour).to_f32_array(); mesh.count_vertices()];
    mesh.insert_attribute(Mesh::ATTRIBUTE_COLOR, colours);
    mesh
}
