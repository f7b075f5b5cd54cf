// GroupNorm, "Group Normalization", eq. 1 and 7, and SiLU after it where the model has it. Also LayerNorm, which is one channel for each
// number of a group.
//
// A workgroup norms one group of one sample: the numbers of a group lie side by side.
//
// Before this stand CHANNELS (of a group), AREA (numbers of a channel), GROUPS, WITH_SILU, LANES, EPSILON, and the functions gamma_of and
// beta_of.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;  // [batch, GROUPS, CHANNELS, AREA]
@group(0) @binding(1) var<storage, read_write> output: array<f32>; // the same

const SIZE = CHANNELS * AREA;

var<workgroup> sums: array<f32, LANES>;

// The sum over all lanes, for each of them.
fn total(own: f32, lane: u32) -> f32 {
    // Whoever still reads the last total is waited for.
    workgroupBarrier();
    sums[lane] = own;
    for (var half = LANES / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if lane < half {
            sums[lane] += sums[lane + half];
        }
    }
    workgroupBarrier();
    return sums[0];
}

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) tile: vec3<u32>,
    @builtin(num_workgroups) tiles: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let group = tile.y * tiles.x + tile.x;
    let first = group * SIZE;
    var sum = 0.0;
    for (var at = lane; at < SIZE; at += LANES) {
        sum += input[first + at];
    }
    let mean = total(sum, lane) / f32(SIZE);
    var squares = 0.0;
    for (var at = lane; at < SIZE; at += LANES) {
        let apart = input[first + at] - mean;
        squares += apart * apart;
    }
    let scale = inverseSqrt(total(squares, lane) / f32(SIZE) + EPSILON);
    for (var at = lane; at < SIZE; at += LANES) {
        let channel = (group % GROUPS) * CHANNELS + at / AREA;
        let normed = (input[first + at] - mean) * scale * gamma_of(channel) + beta_of(channel);
        output[first + at] = select(normed, normed / (1.0 + exp(-normed)), WITH_SILU);
    }
}
