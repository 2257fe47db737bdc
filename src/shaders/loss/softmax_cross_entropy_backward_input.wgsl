// dx[n,c] = dy / N * (exp(x[n,c] - lse[n]) - [c = t[n]]) x, dx [N,C]   t [N] class indices   lse
// [N] as the forward made it   dy: one number. One thread an element of dx.
struct Params { n: u32, classes: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> t: array<f32>;
@group(0) @binding(2) var<storage, read> lse: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

const SIZE: u32 = 64u;

// By bits: a compiler may assume that there is no NaN, and some adapters' exp and log of it are
// numbers.
fn is_nan(v: f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }
fn exp_or_nan(v: f32) -> f32 { return select(exp(v), v, is_nan(v)); }

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  if (index >= params.n * params.classes) { return; }
  let n = index / params.classes;
  let hit = f32(index % params.classes) == t[n];
  dx[index] = dy[0] / f32(params.n) * (exp_or_nan(x[index] - lse[n]) - select(0.0, 1.0, hit));
}
