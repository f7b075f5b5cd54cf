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
    if colour.a == 0.0 {
        // Added light fades over whole walls: half a step of an 8-bit screen, at random, hides where one step ends.
        let grain = fract(52.9829189 * fract(dot(in.position.xy, vec2(0.06711056, 0.00583715))));
        colour = vec4(colour.rgb + (grain - 0.5) * 0.0012 * step(vec3(1e-5), colour.rgb), 0.0);
    }
    return colour;
}
