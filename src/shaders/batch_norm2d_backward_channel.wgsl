// dw[c] = sum of sum_dy_x[slice,c] / sqrt(variance[c] + eps)   db[c] = sum of sum_dy[slice,c], both over the slices
// sum_dy_x, sum_dy [slices,C] from batch_norm2d_backward_slice   variance, dw, db [C]. One thread a channel.
struct Params { c: u32, slices: u32, eps: f32 }

@group(0) @binding(0) var<storage, read> sum_dy_x: array<f32>;
@group(0) @binding(1) var<storage, read> sum_dy: array<f32>;
@group(0) @binding(2) var<storage, read> variance: array<f32>;
@group(0) @binding(3) var<storage, read_write> dw: array<f32>;
@group(0) @binding(4) var<storage, read_write> db: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let c = id.x + id.y * groups.x * SIZE;
  if (c >= params.c) { return; }
  var total_dy_x = 0.0;
  var total_dy = 0.0;
  for (var slice = 0u; slice < params.slices; slice++) {
    total_dy_x += sum_dy_x[slice * params.c + c];
    total_dy += sum_dy[slice * params.c + c];
  }
  dw[c] = total_dy_x / sqrt(variance[c] + params.eps);
  db[c] = total_dy;
}
