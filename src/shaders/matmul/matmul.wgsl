// y[m,n] = sum_k a[m,k] * b[k,n]
// a [M,K]   b [K,N]   y [M,N]. One thread an element of y.
struct Params { m: u32, k: u32, n: u32 }

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  if (index >= params.m * params.n) { return; }
  let n = index % params.n;
  let m = index / params.n;
  var sum = 0.0;
  for (var k = 0u; k < params.k; k++) { sum += a[m * params.k + k] * b[k * params.n + n]; }
  y[index] = sum;
}
