// y[e] = bias[e % COLUMNS] + sum_s part[s,e], in the order of s, so that the same numbers give the
// same sum. part [SPLITS,N] as matmul_tile.wgsl left it   bias [COLUMNS]   y: n elements, rows of
// COLUMNS. One thread an element of y.
struct Params { n: u32, splits: u32, columns: u32 }

@group(0) @binding(0) var<storage, read> part: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;
const BIAS: u32 = 0u; // 1: with the bias
const RELU: u32 = 0u; // 1: y = max(y, 0) at the end
const MINUS_INFINITY: i32 = -8388608; // its bits, see relu.wgsl

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let e = id.x + id.y * groups.x * SIZE;
  if (e >= params.n) { return; }
  var sum = 0.0;
  for (var s = 0u; s < params.splits; s++) { sum += part[s * params.n + e]; }
  if (BIAS == 1u) { sum += bias[e % params.columns]; }
  if (RELU == 1u && bitcast<i32>(sum) <= MINUS_INFINITY) { sum = 0.0; }
  y[e] = sum;
}
