// A weight in half precision as f32.
//
// Before this stand SIZE (numbers to make), LANES, and the function weight_of, which reads as many.

@group(0) @binding(0) var<storage, read_write> output: array<f32>; // [SIZE]

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) tile: vec3<u32>,
    @builtin(num_workgroups) tiles: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let at = (tile.y * tiles.x + tile.x) * LANES + lane;
    if at < SIZE {
        output[at] = weight_of(at);
    }
}
