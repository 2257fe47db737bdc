// dw[c] = s * sum dy * (x - mean)   db[c] = sum dy, both over the slices, with s = 1 /
// sqrt(variance[c] + eps); and what batch_norm2d_backward_input needs to know of a channel, a row
// each of `channel` [5,C]: mean, w * s, b, mean of dy = db / M, and dw * s / M.  The last two are 0
// in inference, where mean and variance are given. sums [slices,2,C] from
// batch_norm2d_backward_slice   mean, variance, w, b, dw, db [C]   M = N*H*W. One thread a channel.
struct Params { c: u32, slices: u32, numbers: u32, eps: f32 }

@group(0) @binding(0) var<storage, read> sums: array<f32>;
@group(0) @binding(1) var<storage, read> mean: array<f32>;
@group(0) @binding(2) var<storage, read> variance: array<f32>;
@group(0) @binding(3) var<storage, read> w: array<f32>;
@group(0) @binding(4) var<storage, read> b: array<f32>;
@group(0) @binding(5) var<storage, read_write> dw: array<f32>;
@group(0) @binding(6) var<storage, read_write> db: array<f32>;
@group(0) @binding(7) var<storage, read_write> channel: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

const SIZE: u32 = 64u;
const TRAINING: bool = true;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let c = id.x + id.y * groups.x * SIZE;
  if (c >= params.c) { return; }
  var sum_dy = 0.0;
  var sum_dy_x = 0.0;
  for (var slice = 0u; slice < params.slices; slice++) {
    sum_dy += sums[slice * 2u * params.c + c];
    sum_dy_x += sums[(slice * 2u + 1u) * params.c + c];
  }
  let root = sqrt(variance[c] + params.eps);
  dw[c] = sum_dy_x / root;
  db[c] = sum_dy;
  let numbers = f32(params.numbers);
  channel[c] = mean[c];
  channel[params.c + c] = w[c] / root;
  channel[2u * params.c + c] = b[c];
  channel[3u * params.c + c] = select(0.0, sum_dy / numbers, TRAINING);
  channel[4u * params.c + c] = select(0.0, sum_dy_x / root / root / numbers, TRAINING);
}
