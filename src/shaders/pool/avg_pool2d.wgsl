// y[n,c,i,j] = 1 / K^2 * sum_{p,q} x[n,c,i*s+p-pad,j*s+q-pad] x [N,C,H,W]   y [N,C,OH,OW]; the
// padding counts as zeros, in the divisor too. One thread an element of y.
struct Params { planes: u32, h: u32, w: u32, oh: u32, ow: u32, kernel: u32, stride: u32, padding: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  if (index >= params.planes * params.oh * params.ow) { return; }
  let j = index % params.ow;
  let i = index / params.ow % params.oh;
  let plane = index / (params.ow * params.oh) * params.h * params.w;

  let top = max(i * params.stride, params.padding) - params.padding;
  let left = max(j * params.stride, params.padding) - params.padding;
  let bottom = min(i * params.stride + params.kernel - params.padding, params.h);
  let right = min(j * params.stride + params.kernel - params.padding, params.w);
  var sum = 0.0;
  for (var row = top; row < bottom; row++) {
    for (var column = left; column < right; column++) { sum += x[plane + row * params.w + column]; }
  }
  y[index] = sum / f32(params.kernel * params.kernel);
}
