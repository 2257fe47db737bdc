// y[i] = x[i], four numbers at a time
// x, y: n vectors of four.
struct Params { n: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let threads = groups.x * groups.y * SIZE;
  for (var i = id.x + id.y * groups.x * SIZE; i < params.n; i += threads) { y[i] = x[i]; }
}
