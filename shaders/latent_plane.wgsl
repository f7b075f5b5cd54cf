// A plane that shows a tensor: its picture inside a thin frame of light, or dark glass while there is nothing to show.
#import bevy_pbr::forward_io::VertexOutput

struct Plane {
    // rgb: the frame's colour, a: how bright it is.
    frame: vec4<f32>,
    // rgb: what a dark plane looks like, a: opacity of the whole plane.
    glass: vec4<f32>,
    // x: how far the picture is lit, 0..1. y: width by height. z: the frame's width, of the height. w: 1 for a mirror image.
    form: vec4<f32>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var picture: texture_2d<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var picture_sampler: sampler;
@group(#{MATERIAL_BIND_GROUP}) @binding(2) var<uniform> plane: Plane;

@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    let size = vec2(plane.form.y, 1.0);
    let place = in.uv * size;
    let border = min(min(place.x, size.x - place.x), min(place.y, size.y - place.y));
    let inner = clamp((place - plane.form.z) / (size - 2.0 * plane.form.z), vec2(0.0), vec2(1.0));
    let sampled = textureSample(picture, picture_sampler, inner).rgb;
    let shown = mix(plane.glass.rgb, sampled, plane.form.x);

    let soft = max(fwidth(border), 1e-5);
    let in_frame = 1.0 - smoothstep(plane.form.z - soft, plane.form.z, border);
    var colour = mix(shown, plane.frame.rgb * plane.frame.a, in_frame);
    var opacity = plane.glass.a;
    if plane.form.w > 0.5 {
        // A mirror image in a dull floor: fainter the deeper it is.
        opacity *= 0.20 * exp(in.world_position.y * 0.55);
    }
    return vec4(colour, opacity);
}
