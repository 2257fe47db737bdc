// da[m,k] = sum_n dy[m,n] * b[k,n]
// b [K,N]   dy [M,N]   da [M,K]. One thread an element of da.
struct Params { m: u32, k: u32, n: u32 }

@group(0) @binding(0) var<storage, read> b: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> da: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  if (index >= params.m * params.k) { return; }
  let k = index % params.k;
  let m = index / params.k;
  var sum = 0.0;
  for (var n = 0u; n < params.n; n++) { sum += dy[m * params.n + n] * b[k * params.n + n]; }
  da[index] = sum;
}
