// Attention, softmax(q·kᵀ / √head_dim)·v ("Attention Is All You Need", eq. 1), without ever keeping the weights: keys come by one after
// the other, and what has been summed is scaled down whenever a larger score appears ("FlashAttention", algorithm 1, a row at a time).
//
// An invocation has one query, a workgroup QUERY_LANES queries of one head; keys and values pass through its memory TILE at a time.
//
// Before this stand HEADS, QUERIES, KEYS, VECTORS (head_dim / 4), QUERY_LANES, TILE, SCALE, and for each of q, k and v how far apart samples,
// heads and tokens lie, such as Q_SAMPLE, Q_HEAD, Q_TOKEN.

@group(0) @binding(0) var<storage, read_write> q: array<f32>;
@group(0) @binding(1) var<storage, read_write> k: array<f32>;
@group(0) @binding(2) var<storage, read_write> v: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>; // [batch, QUERIES, HEADS, head_dim]

const HEAD_DIM = 4u * VECTORS;

var<workgroup> keys: array<vec4<f32>, TILE * VECTORS>;
var<workgroup> values: array<vec4<f32>, TILE * VECTORS>;

@compute @workgroup_size(QUERY_LANES)
fn main(@builtin(workgroup_id) tile: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let sample = tile.y / HEADS;
    let head = tile.y % HEADS;
    let token = tile.x * QUERY_LANES + lane;
    // Beyond the last query the last one is computed once more, and not written.
    let start = sample * Q_SAMPLE + head * Q_HEAD + min(token, QUERIES - 1u) * Q_TOKEN;
    var query: array<vec4<f32>, VECTORS>;
    var sum: array<vec4<f32>, VECTORS>;
    for (var i = 0u; i < VECTORS; i += 1u) {
        query[i] = SCALE * vec4<f32>(q[start + 4u * i], q[start + 4u * i + 1u], q[start + 4u * i + 2u], q[start + 4u * i + 3u]);
        sum[i] = vec4<f32>(0.0);
    }
    var largest = -3.0e38;
    var weights = 0.0;
    for (var first = 0u; first < KEYS; first += TILE) {
        workgroupBarrier();
        for (var i = lane; i < TILE * VECTORS; i += QUERY_LANES) {
            let key = min(first + i / VECTORS, KEYS - 1u);
            let part = 4u * (i % VECTORS);
            let at_k = sample * K_SAMPLE + head * K_HEAD + key * K_TOKEN + part;
            let at_v = sample * V_SAMPLE + head * V_HEAD + key * V_TOKEN + part;
            keys[i] = vec4<f32>(k[at_k], k[at_k + 1u], k[at_k + 2u], k[at_k + 3u]);
            values[i] = vec4<f32>(v[at_v], v[at_v + 1u], v[at_v + 2u], v[at_v + 3u]);
        }
        workgroupBarrier();
        for (var key = 0u; key < min(TILE, KEYS - first); key += 1u) {
            var score = 0.0;
            for (var i = 0u; i < VECTORS; i += 1u) {
                score += dot(query[i], keys[key * VECTORS + i]);
            }
            let before = largest;
            largest = max(largest, score);
            let shrink = exp(before - largest);
            let weight = exp(score - largest);
            weights = weights * shrink + weight;
            for (var i = 0u; i < VECTORS; i += 1u) {
                sum[i] = sum[i] * shrink + weight * values[key * VECTORS + i];
            }
        }
    }
    if token >= QUERIES {
        return;
    }
    let to = ((sample * QUERIES + token) * HEADS + head) * HEAD_DIM;
    for (var i = 0u; i < VECTORS; i += 1u) {
        let result = sum[i] / weights;
        output[to + 4u * i] = result.x;
        output[to + 4u * i + 1u] = result.y;
        output[to + 4u * i + 2u] = result.z;
        output[to + 4u * i + 3u] = result.w;
    }
}
