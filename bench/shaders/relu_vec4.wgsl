// y[i] = max(x[i], 0), four numbers at a time
// x, y: n vectors of four.
struct Params { n: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

const SIZE: u32 = 64u;
const MINUS_INFINITY: i32 = -8388608; // its bits, see relu.wgsl

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let threads = groups.x * groups.y * SIZE;
  for (var i = id.x + id.y * groups.x * SIZE; i < params.n; i += threads) {
    y[i] = select(x[i], vec4f(0.0), bitcast<vec4i>(x[i]) <= vec4i(MINUS_INFINITY));
  }
}
