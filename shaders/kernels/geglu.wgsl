// GEGLU, "GLU Variants Improve Transformer", eq. 6: the first half of a token is the value, GELU of the second half its gate.
//
// Before this stand SIZE (numbers to make), WIDTH (of a token), LANES.

@group(0) @binding(0) var<storage, read_write> halves: array<f32>; // [tokens, 2, WIDTH]
@group(0) @binding(1) var<storage, read_write> output: array<f32>; // [tokens, WIDTH]

// Abramowitz and Stegun, 7.1.26: to 1.5e-7.
fn erf(x: f32) -> f32 {
    let t = 1.0 / (1.0 + 0.3275911 * abs(x));
    let series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    return sign(x) * (1.0 - series * exp(-x * x));
}

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) tile: vec3<u32>,
    @builtin(num_workgroups) tiles: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let at = (tile.y * tiles.x + tile.x) * LANES + lane;
    if at >= SIZE {
        return;
    }
    let value = at / WIDTH * (2u * WIDTH) + at % WIDTH;
    let gate = halves[value + WIDTH];
    output[at] = halves[value] * 0.5 * gate * (1.0 + erf(gate * 0.70710678));
}
