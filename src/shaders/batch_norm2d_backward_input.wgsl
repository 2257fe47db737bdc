// dx = w[c] * s[c] * (dy - (db[c] + h * dw[c]) / M)   with s = 1 / sqrt(variance + eps), h = (x - mean) * s, M = N*H*W:
// mean and variance are made of x too, hence the two terms. In inference they are given, and dx = w[c] * s[c] * dy.
// x, dy, dx [N,C,H*W]   mean, variance, w, dw, db [C]. `lanes` threads share a plane.
struct Params { n: u32, c: u32, pixels: u32, lanes: u32, eps: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read> variance: array<f32>;
@group(0) @binding(4) var<storage, read> w: array<f32>;
@group(0) @binding(5) var<storage, read> dw: array<f32>;
@group(0) @binding(6) var<storage, read> db: array<f32>;
@group(0) @binding(7) var<storage, read_write> dx: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

const SIZE: u32 = 64u;
const TRAINING: bool = true;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  let plane = index / params.lanes;
  if (plane >= params.n * params.c) { return; }
  let c = plane % params.c;
  let s = 1.0 / sqrt(variance[c] + params.eps);
  let scale = w[c] * s;
  let numbers = f32(params.n * params.pixels);
  let mean_dy = db[c] / numbers;
  let mean_dy_h = dw[c] / numbers;
  let average = mean[c];
  for (var pixel = index % params.lanes; pixel < params.pixels; pixel += params.lanes) {
    let at = plane * params.pixels + pixel;
    var centred = dy[at];
    if (TRAINING) { centred -= mean_dy + (x[at] - average) * s * mean_dy_h; }
    dx[at] = scale * centred;
  }
}
