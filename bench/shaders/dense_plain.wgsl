// y[n,o] = b[o] + sum_f w[o,f] * x[n,f]
// x [N,F]   w [O,F]   b [O]   y [N,O]. One thread an element of y.
struct Params { n: u32, o: u32, f: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  if (index >= params.n * params.o) { return; }
  let n = index / params.o;
  let o = index % params.o;
  var sum = b[o];
  for (var f = 0u; f < params.f; f++) { sum += w[o * params.f + f] * x[n * params.f + f]; }
  y[index] = sum;
}
