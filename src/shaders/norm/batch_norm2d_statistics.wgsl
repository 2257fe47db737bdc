// mean[c] and biased variance[c] of a channel from those of its slices, and with TRACK the running
// statistics: running = (1 - momentum) * running + momentum * new, the variance unbiased; batches
// counts the updates. slice_mean, slice_m2 [slices,C] from batch_norm2d_slice   mean, variance,
// running_* [C]   batches: one number. One thread a channel.
struct Params { n: u32, c: u32, pixels: u32, images: u32, momentum: f32 }

@group(0) @binding(0) var<storage, read> slice_mean: array<f32>;
@group(0) @binding(1) var<storage, read> slice_m2: array<f32>;
@group(0) @binding(2) var<storage, read_write> mean: array<f32>;
@group(0) @binding(3) var<storage, read_write> variance: array<f32>;
@group(0) @binding(4) var<storage, read_write> running_mean: array<f32>;
@group(0) @binding(5) var<storage, read_write> running_var: array<f32>;
@group(0) @binding(6) var<storage, read_write> batches: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

const SIZE: u32 = 64u;
const TRACK: bool = true;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let c = id.x + id.y * groups.x * SIZE;
  if (c >= params.c) { return; }
  // Merged by T. Chan, G. Golub, R. LeVeque, 1979: no difference of large sums, as E[x^2] - E[x]^2
  // would be.
  var count = 0.0;
  var average = 0.0;
  var m2 = 0.0;
  for (var start = 0u; start < params.n; start += params.images) {
    let index = start / params.images * params.c + c;
    let more = f32(min(params.images, params.n - start) * params.pixels);
    let delta = slice_mean[index] - average;
    average += delta * more / (count + more);
    m2 += slice_m2[index] + delta * delta * count * more / (count + more);
    count += more;
  }
  mean[c] = average;
  variance[c] = m2 / count;
  if (TRACK) {
    running_mean[c] += params.momentum * (average - running_mean[c]);
    running_var[c] += params.momentum * (m2 / (count - 1.0) - running_var[c]);
    if (c == 0u) { batches[0] += 1.0; }
  }
}
