// A plane that shows a tensor: its picture inside a thin frame of light, or dark glass while there is nothing to show.
#import bevy_pbr::forward_io::VertexOutput

struct Plane {
    // rgb: the frame's colour, a: how bright it is.
    frame: vec4<f32>,
    // rgb: what a dark plane looks like, a: opacity of the whole plane.
    glass: vec4<f32>,
    // x: how far the picture is lit, 0..1. y: width by height. z: the frame's width, of the height. w: 1 for a mirror image.
    form: vec4<f32>,
    // rgb: the lane's colour, a: how far the lanes stand apart, 0..1.
    lane: vec4<f32>,
    // Of the corner: 1 a disc, 2 a square, 3 a triangle.
    mark: f32,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var picture: texture_2d<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var picture_sampler: sampler;
@group(#{MATERIAL_BIND_GROUP}) @binding(2) var<uniform> plane: Plane;

// Nothing here branches on a uniform: under Mesa 22.3's software Vulkan memory then grows with every frame (src/README.md).

// How far a point lies outside a mark of radius 1 around the origin.
fn outside(mark: f32, at: vec2<f32>) -> f32 {
    let disc = length(at) - 1.0;
    let square = max(abs(at.x), abs(at.y)) - 0.88;
    // It stands on its base.
    let triangle = max(abs(at.x) * 0.894 - at.y * 0.447 - 0.45, at.y - 0.8);
    return select(select(triangle, square, mark < 2.5), disc, mark < 1.5);
}

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
    // A mark on a dark field in the upper left corner, as large as can be read.
    let radius = 0.045;
    let at = (place - vec2(plane.form.z + 2.0 * radius)) / radius;
    let blur = max(fwidth(at.x), 1e-4);
    let field = 1.0 - smoothstep(1.6 - blur, 1.6, max(abs(at.x), abs(at.y)));
    let mark = 1.0 - smoothstep(-blur, 0.0, outside(plane.mark, at));
    colour = mix(colour, plane.glass.rgb, field * plane.lane.a);
    colour = mix(colour, plane.lane.rgb, max(mark, in_frame) * plane.lane.a * select(1.0, plane.form.x, mark < 0.5));
    // A mirror image in a dull floor: fainter the deeper it is.
    let mirrored = 0.20 * exp(in.world_position.y * 0.55);
    let opacity = plane.glass.a * select(1.0, mirrored, plane.form.w > 0.5);
    return vec4(colour, opacity);
}
