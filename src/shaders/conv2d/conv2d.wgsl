// y[n,o,i,j] = b[o] + sum_{c,p,q} w[o,c,p,q] * x[n,c0+c,i*s+p*d-pad,j*s+q*d-pad]
// x [N,C,H,W]   w [O,C/G,KH,KW]   b [O]   y [N,O,OH,OW]; what lies outside of x counts as 0. Each
// of G groups of output channels reads a G-th of the input channels, from c0 on. One thread an
// element of y.
struct Params {
  n: u32, c: u32, h: u32, w: u32, o: u32, oh: u32, ow: u32, kh: u32, kw: u32, stride: u32, padding: u32,
  dilation: u32, groups: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const SIZE: u32 = 64u;
const BIAS: bool = true;
const RELU: bool = false; // y = max(y, 0), with which a relu behind it is done
const MINUS_INFINITY: i32 = -8388608; // its bits, see relu.wgsl

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  if (index >= params.n * params.o * params.oh * params.ow) { return; }
  let j = index % params.ow;
  let i = index / params.ow % params.oh;
  let o = index / (params.ow * params.oh) % params.o;
  let n = index / (params.ow * params.oh * params.o);

  var sum = 0.0;
  if (BIAS) { sum = b[o]; }
  let inputs = params.c / params.groups;
  let c0 = o / (params.o / params.groups) * inputs;
  for (var c = 0u; c < inputs; c++) {
    for (var p = 0u; p < params.kh; p++) {
      // Above the upper edge the row wraps round to a huge number, so one comparison finds both
      // edges.
      let row = i * params.stride + p * params.dilation - params.padding;
      if (row >= params.h) { continue; }
      for (var q = 0u; q < params.kw; q++) {
        let column = j * params.stride + q * params.dilation - params.padding;
        if (column >= params.w) { continue; }
        sum += w[((o * inputs + c) * params.kh + p) * params.kw + q]
             * x[((n * params.c + c0 + c) * params.h + row) * params.w + column];
      }
    }
  }
  if (RELU && bitcast<i32>(sum) <= MINUS_INFINITY) { sum = 0.0; }
  y[index] = sum;
}
