// y[n,c,i,j] = b[c] + sum_{p,q} w[c,0,p,q] * x[n,c,i*s+p-pad,j*s+q-pad]
// A convolution with as many groups as channels, as conv2d.wgsl: each channel has one window.
// x [N,C,H,W]   w [C,1,K,K]   b [C]   y [N,C,OH,OW]; what lies outside of x counts as 0.
//
// One thread a tile of TI x TJ pixels, whose windows overlap: each pixel under them is read once.
struct Params {
  n: u32, c: u32, h: u32, w: u32, oh: u32, ow: u32, padding: u32, bias: u32,
  zero_below: i32, // as in conv2d_tile.wgsl
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const SIZE: u32 = 64u;
const K: u32 = 3u;
const STRIDE: u32 = 1u;
const TI: u32 = 4u;
const TJ: u32 = 4u;
const WI: u32 = (TI - 1u) * STRIDE + K; // the rows and columns of x under a tile
const WJ: u32 = (TJ - 1u) * STRIDE + K;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let across = (params.ow + TJ - 1u) / TJ;
  let tiles = across * ((params.oh + TI - 1u) / TI);
  let index = id.x + id.y * groups.x * SIZE;
  if (index >= params.n * params.c * tiles) { return; }
  let plane = index / tiles;
  let i0 = index % tiles / across * TI;
  let j0 = index % across * TJ;
  let c = plane % params.c;

  // Above the upper edge an index wraps round to a huge number, so one comparison finds both edges.
  var window: array<f32, WI * WJ>;
  // unroll
  for (var r = 0u; r < WI; r++) {
    let row = i0 * STRIDE + r - params.padding;
    let start = (plane * params.h + min(row, params.h - 1u)) * params.w;
    // unroll
    for (var s = 0u; s < WJ; s++) {
      let column = j0 * STRIDE + s - params.padding;
      let inside = (row < params.h) & (column < params.w);
      window[r * WJ + s] = select(0.0, x[start + min(column, params.w - 1u)], inside);
    }
  }
  var weight: array<f32, K * K>;
  // unroll
  for (var tap = 0u; tap < K * K; tap++) { weight[tap] = w[c * K * K + tap]; }

  let first = select(0.0, b[c], params.bias == 1u);
  let corner = (plane * params.oh + i0) * params.ow + j0;
  var sum: array<f32, TI * TJ>;
  // unroll
  for (var i = 0u; i < TI; i++) {
    // unroll
    for (var j = 0u; j < TJ; j++) {
      sum[i * TJ + j] = first;
      // unroll
      for (var tap = 0u; tap < K * K; tap++) {
        let at = (i * STRIDE + tap / K) * WJ + j * STRIDE + tap % K;
        sum[i * TJ + j] = fma(weight[tap], window[at], sum[i * TJ + j]);
      }
      // Beyond an edge the tile's first pixel is written again, since a branch costs more.
      let inside = (i0 + i < params.oh) & (j0 + j < params.ow);
      let value = select(sum[0u], sum[i * TJ + j], inside);
      let at = select(corner, corner + i * params.ow + j, inside);
      y[at] = select(value, 0.0, bitcast<i32>(value) < params.zero_below);
    }
  }
}
