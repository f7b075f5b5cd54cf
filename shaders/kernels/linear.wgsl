// A linear layer: rows times a matrix, and a bias.
//
// An invocation makes 4 columns of 8 rows, so that every number it reads serves 4 or 8 products. Lanes along x take neighbouring
// columns, lanes along y the next 8 rows.
//
// Before this stand ROWS, INPUT, OUTPUT, LANES_X, LANES_Y, and the functions bias_of and weight_of, which reads [INPUT, OUTPUT].

@group(0) @binding(0) var<storage, read_write> input: array<f32>;  // [ROWS, INPUT]
@group(0) @binding(2) var<storage, read_write> output: array<f32>; // [ROWS, OUTPUT]

@compute @workgroup_size(LANES_X, LANES_Y)
fn main(@builtin(workgroup_id) tile: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
    let first = tile.x * (4u * LANES_X) + lane.x;
    let row = (tile.y * LANES_Y + lane.y) * 8u;
    if first >= OUTPUT || row >= ROWS {
        return;
    }
    let column = vec4<u32>(first, first + LANES_X, first + 2u * LANES_X, first + 3u * LANES_X);
    // Beyond the last row or column the last one is computed once more, and not written.
    let low = min(vec4<u32>(row, row + 1u, row + 2u, row + 3u), vec4<u32>(ROWS - 1u)) * INPUT;
    let high = min(vec4<u32>(row + 4u, row + 5u, row + 6u, row + 7u), vec4<u32>(ROWS - 1u)) * INPUT;

    let bias = vec4<f32>(bias_of(column.x), bias_of(column.y), bias_of(column.z), bias_of(column.w));
    var sum0 = bias;
    var sum1 = bias;
    var sum2 = bias;
    var sum3 = bias;
    var sum4 = bias;
    var sum5 = bias;
    var sum6 = bias;
    var sum7 = bias;
    var entry = min(column, vec4<u32>(OUTPUT - 1u));
    for (var term = 0u; term < INPUT; term += 1u) {
        let value = vec4<f32>(weight_of(entry.x), weight_of(entry.y), weight_of(entry.z), weight_of(entry.w));
        sum0 += input[low.x + term] * value;
        sum1 += input[low.y + term] * value;
        sum2 += input[low.z + term] * value;
        sum3 += input[low.w + term] * value;
        sum4 += input[high.x + term] * value;
        sum5 += input[high.y + term] * value;
        sum6 += input[high.z + term] * value;
        sum7 += input[high.w + term] * value;
        entry += vec4<u32>(OUTPUT);
    }
    put(sum0, row, column);
    put(sum1, row + 1u, column);
    put(sum2, row + 2u, column);
    put(sum3, row + 3u, column);
    put(sum4, row + 4u, column);
    put(sum5, row + 5u, column);
    put(sum6, row + 6u, column);
    put(sum7, row + 7u, column);
}

fn put(sum: vec4<f32>, row: u32, column: vec4<u32>) {
    if row >= ROWS {
        return;
    }
    let at = column + row * OUTPUT;
    output[at.x] = sum.x;
    if column.y < OUTPUT {
        output[at.y] = sum.y;
    }
    if column.z < OUTPUT {
        output[at.z] = sum.z;
    }
    if column.w < OUTPUT {
        output[at.w] = sum.w;
    }
}
