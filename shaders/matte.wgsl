// A surface that is as bright as it is coloured: stone, rails and type. The hall has no lamps.
#import bevy_pbr::forward_io::VertexOutput

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> tint: vec4<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var cover: texture_2d<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(2) var cover_sampler: sampler;

@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    var colour = tint * textureSample(cover, cover_sampler, in.uv);
#ifdef VERTEX_COLORS
    colour *= in.color;
#endif
    return colour;
}
