// y[n,c,i,j] = (x[n,c,i,j] - mean[c]) / sqrt(variance[c] + eps) * w[c] + b[c] and with RELU the
// maximum of that and 0: the layer that mostly follows, at no further pass over memory. x, y
// [N,C,H*W]   mean, variance, w, b [C]. `lanes` threads share a plane, so each loads a channel's
// figures once.
struct Params { planes: u32, c: u32, pixels: u32, lanes: u32, eps: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> mean: array<f32>;
@group(0) @binding(2) var<storage, read> variance: array<f32>;
@group(0) @binding(3) var<storage, read> w: array<f32>;
@group(0) @binding(4) var<storage, read> b: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

const SIZE: u32 = 64u;
const RELU: bool = false;
const MINUS_INFINITY: i32 = -8388608; // its bits, see relu.wgsl

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  let plane = index / params.lanes;
  if (plane >= params.planes) { return; }
  let c = plane % params.c;
  let average = mean[c];
  let scale = w[c] / sqrt(variance[c] + params.eps);
  let shift = b[c];
  for (var pixel = index % params.lanes; pixel < params.pixels; pixel += params.lanes) {
    let at = plane * params.pixels + pixel;
    let value = (x[at] - average) * scale + shift;
    y[at] = select(value, 0.0, RELU && bitcast<i32>(value) <= MINUS_INFINITY);
  }
}
