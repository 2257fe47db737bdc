// mask[i] = 1 / (1 - p) with probability 1 - p, else 0;   y[i] = mask[i] * x[i]   x, y, mask: n
// elements of any shape The i-th draw is the first word of pcg4d(seed, purpose, step, first + i),
// as in src/tensor/random.ts; the first three lie in a buffer because the step changes. pcg4d:
// Jarzynski and Olano, 2020, https://jcgt.org/published/0009/03/02/
struct Params { n: u32, first: u32, threshold: u32, scale: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> counter: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> mask: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const SIZE: u32 = 64u;

fn pcg4d(counters: vec4u) -> vec4u {
  var v = counters * 1664525u + 1013904223u;
  v.x += v.y * v.w; v.y += v.z * v.x; v.z += v.x * v.y; v.w += v.y * v.z;
  v ^= v >> vec4u(16u);
  v.x += v.y * v.w; v.y += v.z * v.x; v.z += v.x * v.y; v.w += v.y * v.z;
  return v;
}

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * SIZE;
  if (i >= params.n) { return; }
  // threshold is p * 2^32: whole numbers, so that host and adapters draw the same.
  let keep = pcg4d(vec4u(counter[0], counter[1], counter[2], params.first + i)).x >= params.threshold;
  let factor = select(0.0, params.scale, keep);
  mask[i] = factor;
  // Not a select between x and 0: a NaN stays one even where it is dropped, as in PyTorch.
  y[i] = factor * x[i];
}
