// The floor: a grid of faint lines that ends in the dark. It only adds light, so that what is mirrored below shines through.
#import bevy_pbr::forward_io::VertexOutput
#import bevy_pbr::mesh_view_bindings::view

struct Floor {
    // rgb: the lines' colour.
    lines: vec4<f32>,
    // rgb: the light that lies on the floor around the middle of the hall.
    glow: vec4<f32>,
    // x, y: the middle, z: metres to where the floor ends, w: metres from line to line.
    form: vec4<f32>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> hall_floor: Floor;

// How much of a pixel the lines cover, with lines too fine for a pixel faded out.
fn lines(place: vec2<f32>, width: f32) -> f32 {
    let pixel = max(fwidth(place), vec2(1e-5));
    let from_line = abs(fract(place - 0.5) - 0.5);
    let cover = 1.0 - smoothstep(vec2(width), vec2(width) + pixel * 1.2, from_line);
    let faded = cover * clamp(vec2(0.35) / pixel, vec2(0.0), vec2(1.0));
    return max(faded.x, faded.y);
}

// Alpha 0: the colour is added.
@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    let place = in.world_position.xz;
    let from_middle = distance(place, hall_floor.form.xy) / hall_floor.form.z;
    let near = exp(-4.0 * from_middle * from_middle);
    let metres = place / hall_floor.form.w;
    let grid = lines(metres, 0.006) + 0.5 * lines(metres * 5.0, 0.012) * smoothstep(26.0, 4.0, distance(view.world_position, in.world_position.xyz));
    return vec4(hall_floor.lines.rgb * grid * near + hall_floor.glow.rgb * near * near, 0.0);
}
