// dx = w * s * (dy - (db + h * dw) / M)   with s = 1 / sqrt(variance + eps), h = (x - mean) * s, M
// = N*H*W: mean and variance are made of x too, hence the two terms. In inference they are not: dx
// = w * s * dy, whatever x is. With RELU dy counts only where relu let y through, where it is over
// 0 or NaN. x, dy, dx [N,C,H*W]   channel [5,C] from batch_norm2d_backward_channel. `lanes` threads
// share a plane.
struct Params { planes: u32, c: u32, pixels: u32, lanes: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> channel: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const SIZE: u32 = 64u;
const TRAINING: bool = true;
const RELU: bool = false;
const MINUS_INFINITY: i32 = -8388608; // its bits, see relu.wgsl

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  let plane = index / params.lanes;
  if (plane >= params.planes) { return; }
  let c = plane % params.c;
  let average = channel[c];
  let scale = channel[params.c + c];
  let shift = channel[2u * params.c + c];
  let mean_dy = channel[3u * params.c + c];
  let slope_x = channel[4u * params.c + c];
  for (var pixel = index % params.lanes; pixel < params.pixels; pixel += params.lanes) {
    let at = plane * params.pixels + pixel;
    let centred = x[at] - average;
    let slope = dy[at];
    let y = bitcast<i32>(centred * scale + shift);
    let passed = select(slope, 0.0, RELU && ((y <= MINUS_INFINITY) | (y == 0)));
    dx[at] = scale * select(passed, passed - mean_dy - centred * slope_x, TRAINING);
  }
}
