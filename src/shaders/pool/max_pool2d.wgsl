// y[n,c,i,j] = max_{p,q} x[n,c,i*s+p-pad,j*s+q-pad]; argmax is the place of that x within its plane
// of H*W pixels. x [N,C,H,W]   y, argmax [N,C,OH,OW]; what lies outside of x never wins. One thread
// an element of y.
struct Params { planes: u32, h: u32, w: u32, oh: u32, ow: u32, kernel: u32, stride: u32, padding: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> argmax: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;
const INFINITY: u32 = 0xff000000u; // its rank

// The place of a number among all: -0 is 0, and each NaN is above Infinity. By bits, since a
// compiler may assume that there is no NaN.
fn rank(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  return select(bits, 0x80000000u - bits, bits >= 0x80000000u) + 0x7f800000u;
}

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  if (index >= params.planes * params.oh * params.ow) { return; }
  let j = index % params.ow;
  let i = index / params.ow % params.oh;
  let plane = index / (params.ow * params.oh) * params.h * params.w;

  // The part of the window that lies inside; the padding is at most half the kernel, so there is
  // one.
  let top = max(i * params.stride, params.padding) - params.padding;
  let left = max(j * params.stride, params.padding) - params.padding;
  let bottom = min(i * params.stride + params.kernel - params.padding, params.h);
  let right = min(j * params.stride + params.kernel - params.padding, params.w);
  var place = top * params.w + left;
  var best = x[plane + place];
  for (var row = top; row < bottom; row++) {
    for (var column = left; column < right; column++) {
      let value = x[plane + row * params.w + column];
      // The first of equals wins, and of NaN the last, as in PyTorch.
      if ((rank(value) > rank(best)) | (rank(value) > INFINITY)) {
        best = value;
        place = row * params.w + column;
      }
    }
  }
  y[index] = best;
  argmax[index] = place;
}
