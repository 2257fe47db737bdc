// y[i] = max(x[i], 0), NaN where x[i] is
// x, y: n elements of any shape
//
// WGSL's max may give 0 for NaN, and a compiler may assume that there is none. The bits tell: as
// whole numbers, those of -0 and of all numbers below are at most those of -Infinity, and those of
// a NaN are above.
struct Params { n: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const SIZE: u32 = 64u;
const MINUS_INFINITY: i32 = -8388608; // its bits

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let threads = groups.x * groups.y * SIZE;
  for (var i = id.x + id.y * groups.x * SIZE; i < params.n; i += threads) {
    y[i] = select(x[i], 0.0, bitcast<i32>(x[i]) <= MINUS_INFINITY);
  }
}
