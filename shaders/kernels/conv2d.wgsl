// A convolution over height and width: cross-correlation, with zeros around the picture.
//
// An invocation makes 8 output channels of 4 pixels, so that every number it reads serves 4 or 8 products. Lanes along x take
// neighbouring pixels, lanes along y the next 8 channels.
//
// Before this stand INPUT and OUTPUT (channels), BATCH, HEIGHT, WIDTH, OUT_HEIGHT, OUT_WIDTH, KERNEL_Y, KERNEL_X, STRIDE_Y, STRIDE_X,
// PADDING_Y, PADDING_X, LANES_X, LANES_Y, and the functions bias_of and weight_of, which reads
// [OUTPUT, INPUT, KERNEL_Y, KERNEL_X].

@group(0) @binding(0) var<storage, read_write> input: array<f32>;  // [BATCH, INPUT, HEIGHT, WIDTH]
@group(0) @binding(2) var<storage, read_write> output: array<f32>; // [BATCH, OUTPUT, OUT_HEIGHT, OUT_WIDTH]

const AREA = HEIGHT * WIDTH;
const OUT_AREA = OUT_HEIGHT * OUT_WIDTH;
const PIXELS = BATCH * OUT_AREA;
const TAPS = KERNEL_Y * KERNEL_X;

@compute @workgroup_size(LANES_X, LANES_Y)
fn main(@builtin(workgroup_id) tile: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
    let first = tile.x * (4u * LANES_X) + lane.x;
    let channel = (tile.y * LANES_Y + lane.y) * 8u;
    if first >= PIXELS || channel >= OUTPUT {
        return;
    }
    let pixel = vec4<u32>(first, first + LANES_X, first + 2u * LANES_X, first + 3u * LANES_X);
    let sample = pixel / OUT_AREA;
    let place = pixel % OUT_AREA;
    let row = vec4<i32>(place / OUT_WIDTH * STRIDE_Y) - i32(PADDING_Y);
    let column = vec4<i32>(place % OUT_WIDTH * STRIDE_X) - i32(PADDING_X);
    // Beyond the last channel the last one is computed once more, and not written.
    let low = min(vec4<u32>(channel, channel + 1u, channel + 2u, channel + 3u), vec4<u32>(OUTPUT - 1u)) * (INPUT * TAPS);
    let high = min(vec4<u32>(channel + 4u, channel + 5u, channel + 6u, channel + 7u), vec4<u32>(OUTPUT - 1u)) * (INPUT * TAPS);

    var sum0 = vec4<f32>(bias_of(channel));
    var sum1 = vec4<f32>(bias_of(channel + 1u));
    var sum2 = vec4<f32>(bias_of(channel + 2u));
    var sum3 = vec4<f32>(bias_of(channel + 3u));
    var sum4 = vec4<f32>(bias_of(channel + 4u));
    var sum5 = vec4<f32>(bias_of(channel + 5u));
    var sum6 = vec4<f32>(bias_of(channel + 6u));
    var sum7 = vec4<f32>(bias_of(channel + 7u));
    for (var tap_y = 0u; tap_y < KERNEL_Y; tap_y += 1u) {
        for (var tap_x = 0u; tap_x < KERNEL_X; tap_x += 1u) {
            let y = row + i32(tap_y);
            let x = column + i32(tap_x);
            let inside = (pixel < vec4<u32>(PIXELS)) & (y >= vec4<i32>(0)) & (y < vec4<i32>(i32(HEIGHT)))
                & (x >= vec4<i32>(0)) & (x < vec4<i32>(i32(WIDTH)));
            let counts = select(vec4<f32>(0.0), vec4<f32>(1.0), inside);
            // Outside, something is read that does not count.
            var at = select(vec4<u32>(0u), sample * (INPUT * AREA) + vec4<u32>(y) * WIDTH + vec4<u32>(x), inside);
            var entry = tap_y * KERNEL_X + tap_x;
            for (var channel_in = 0u; channel_in < INPUT; channel_in += 1u) {
                let value = vec4<f32>(input[at.x], input[at.y], input[at.z], input[at.w]) * counts;
                sum0 += weight_of(low.x + entry) * value;
                sum1 += weight_of(low.y + entry) * value;
                sum2 += weight_of(low.z + entry) * value;
                sum3 += weight_of(low.w + entry) * value;
                sum4 += weight_of(high.x + entry) * value;
                sum5 += weight_of(high.y + entry) * value;
                sum6 += weight_of(high.z + entry) * value;
                sum7 += weight_of(high.w + entry) * value;
                at += vec4<u32>(AREA);
                entry += TAPS;
            }
        }
    }
    let to = sample * (OUTPUT * OUT_AREA) + place;
    put(sum0, channel, pixel, to);
    put(sum1, channel + 1u, pixel, to);
    put(sum2, channel + 2u, pixel, to);
    put(sum3, channel + 3u, pixel, to);
    put(sum4, channel + 4u, pixel, to);
    put(sum5, channel + 5u, pixel, to);
    put(sum6, channel + 6u, pixel, to);
    put(sum7, channel + 7u, pixel, to);
}

fn put(sum: vec4<f32>, channel: u32, pixel: vec4<u32>, to: vec4<u32>) {
    if channel >= OUTPUT {
        return;
    }
    let at = to + channel * OUT_AREA;
    output[at.x] = sum.x;
    if pixel.y < PIXELS {
        output[at.y] = sum.y;
    }
    if pixel.z < PIXELS {
        output[at.z] = sum.z;
    }
    if pixel.w < PIXELS {
        output[at.w] = sum.w;
    }
}
