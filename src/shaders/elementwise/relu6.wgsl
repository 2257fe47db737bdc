// y[i] = min(max(x[i], 0), 6), NaN where x[i] is
// x, y: n elements of any shape
//
// By bits, as relu.wgsl: as whole numbers, those of positive numbers are in the order of the
// numbers, and those of a NaN are above Infinity's.
struct Params { n: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const SIZE: u32 = 64u;
const MINUS_INFINITY: i32 = -8388608; // its bits
const INFINITY: i32 = 0x7f800000;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let threads = groups.x * groups.y * SIZE;
  for (var i = id.x + id.y * groups.x * SIZE; i < params.n; i += threads) {
    let bits = bitcast<i32>(x[i]);
    let above = (bits > bitcast<i32>(6.0)) & (bits <= INFINITY);
    y[i] = select(select(x[i], 6.0, above), 0.0, bits <= MINUS_INFINITY);
  }
}
