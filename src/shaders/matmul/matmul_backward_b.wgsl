// db[k,n] = sum_m a[m,k] * dy[m,n]
// a [M,K]   dy [M,N]   db [K,N]. One thread an element of db.
struct Params { m: u32, k: u32, n: u32 }

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> db: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  if (index >= params.k * params.n) { return; }
  let n = index % params.n;
  let k = index / params.n;
  var sum = 0.0;
  for (var m = 0u; m < params.m; m++) { sum += a[m * params.k + k] * dy[m * params.n + n]; }
  db[index] = sum;
}
