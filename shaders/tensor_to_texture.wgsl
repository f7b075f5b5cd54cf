// Draws a tensor into a texture, a pixel for each number. src/bridge/tensor_image/reference.rs says the same in Rust.

struct Draw {
    // Oklab colours for −range, −range/2, 0, range/2 and range.
    stops: array<vec4<f32>, 5>,
    channels: u32,
    height: u32,
    width: u32,
    columns: u32,
    rows: u32,
    first_channel: u32,
    mode: u32,
    // Where the tensors start in their buffers, in numbers.
    from_start: u32,
    to_start: u32,
    range: f32,
    // 0 shows `from_numbers`, 1 shows `to_numbers`.
    fade: f32,
}

const MODE_PALETTE = 0u;
const MODE_GREY = 1u;
const MODE_RGB = 2u;

const FROM = 0u;
const TO = 1u;

@group(0) @binding(0) var<uniform> draw: Draw;
// Numbers of type f32, as bits: WGSL may take for granted that a float is finite, and here it may not be.
@group(0) @binding(1) var<storage, read> from_numbers: array<u32>;
@group(0) @binding(2) var<storage, read> to_numbers: array<u32>;
@group(0) @binding(3) var picture: texture_storage_2d<rgba16float, write>;

fn bits(source: u32, channel: u32, pixel: vec2<u32>) -> u32 {
    let index = (channel * draw.height + pixel.y % draw.height) * draw.width + pixel.x % draw.width;
    if source == FROM {
        return from_numbers[draw.from_start + index];
    }
    return to_numbers[draw.to_start + index];
}

fn is_finite(number: u32) -> bool {
    return (number & 0x7f800000u) != 0x7f800000u;
}

fn linear_from_srgb(coded: f32) -> f32 {
    let c = clamp(coded, 0.0, 1.0);
    return select(pow((c + 0.055) / 1.055, 2.4), c / 12.92, c <= 0.04045);
}

// Björn Ottosson, "A perceptual color space for image processing" (2020).
fn linear_from_oklab(lab: vec3<f32>) -> vec3<f32> {
    let l = lab.x + 0.39633778 * lab.y + 0.21580376 * lab.z;
    let m = lab.x - 0.105561346 * lab.y - 0.06385417 * lab.z;
    let s = lab.x - 0.08948418 * lab.y - 1.2914855 * lab.z;
    let lms = vec3(l * l * l, m * m * m, s * s * s);
    return max(vec3(0.0), vec3(
        dot(lms, vec3(4.0767417, -3.3077116, 0.23096994)),
        dot(lms, vec3(-1.268438, 2.6097574, -0.34131938)),
        dot(lms, vec3(-0.0041960863, -0.7034186, 1.7076147)),
    ));
}

fn palette_colour(value: f32) -> vec3<f32> {
    let place = clamp(value / draw.range, -1.0, 1.0) * 2.0 + 2.0;
    let left = min(u32(place), 3u);
    return linear_from_oklab(mix(draw.stops[left].xyz, draw.stops[left + 1u].xyz, place - f32(left)));
}

fn colour(source: u32, pixel: vec2<u32>) -> vec3<f32> {
    let tile = pixel / vec2(draw.width, draw.height);
    let channel = draw.first_channel + tile.y * draw.columns + tile.x;
    if tile.x >= draw.columns || tile.y >= draw.rows || channel >= draw.channels {
        return vec3(0.0);
    }
    var red = channel;
    var green = channel;
    var blue = channel;
    if draw.mode == MODE_RGB {
        red = 0u;
        green = min(1u, draw.channels - 1u);
        blue = min(2u, draw.channels - 1u);
    }
    let numbers = vec3(bits(source, red, pixel), bits(source, green, pixel), bits(source, blue, pixel));
    if !(is_finite(numbers.x) && is_finite(numbers.y) && is_finite(numbers.z)) {
        return vec3(select(0.05, 0.02, (pixel.x + pixel.y) % 2u == 0u));
    }
    let values = bitcast<vec3<f32>>(numbers);
    if draw.mode == MODE_PALETTE {
        return palette_colour(values.x);
    }
    return vec3(linear_from_srgb(values.x), linear_from_srgb(values.y), linear_from_srgb(values.z));
}

@compute @workgroup_size(8, 8)
fn draw_tensor(@builtin(global_invocation_id) id: vec3<u32>) {
    if any(id.xy >= textureDimensions(picture)) {
        return;
    }
    let light = mix(colour(FROM, id.xy), colour(TO, id.xy), draw.fade);
    textureStore(picture, id.xy, vec4(light, 1.0));
}
