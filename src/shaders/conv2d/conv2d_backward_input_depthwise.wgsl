// dx[n,c,r,t] = sum over the (p,q) whose output (i,j) used x[r,t]: w[c,0,p,q] * dy[n,c,i,j], where
// i * s + p - pad = r and j * s + q - pad = t; as conv2d_backward_input.wgsl, with as many groups
// as channels. w [C,1,K,K]   dy [N,C,OH,OW]   dx [N,C,H,W].
//
// One thread a tile of TI x TJ pixels, multiples of the stride: so which taps reach which of its
// pixels is the same for all tiles, and known when the loops are unrolled.
struct Params { n: u32, c: u32, h: u32, w: u32, oh: u32, ow: u32 }

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;
const K: u32 = 3u;
const STRIDE: u32 = 1u;
const PAD: u32 = 1u;
const TI: u32 = 4u;
const TJ: u32 = 4u;
// Row i0 + a of dx was used by row (i0 + a + PAD - p) / STRIDE of y. That is BACK less than
// i0 / STRIDE + (a + AHEAD - p) / STRIDE, in which nothing is negative.
const BACK: u32 = (K + STRIDE - 2u) / STRIDE;
const AHEAD: u32 = PAD + STRIDE * BACK;
const LOW: u32 = (AHEAD + 1u - K) / STRIDE; // the least that occurs
const WI: u32 = (TI - 1u + AHEAD) / STRIDE - LOW + 1u; // the rows and columns of dy that reach a tile
const WJ: u32 = (TJ - 1u + AHEAD) / STRIDE - LOW + 1u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let across = (params.w + TJ - 1u) / TJ;
  let tiles = across * ((params.h + TI - 1u) / TI);
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
    let row = i0 / STRIDE + r + LOW - BACK;
    let start = (plane * params.oh + min(row, params.oh - 1u)) * params.ow;
    // unroll
    for (var s = 0u; s < WJ; s++) {
      let column = j0 / STRIDE + s + LOW - BACK;
      let inside = (row < params.oh) & (column < params.ow);
      window[r * WJ + s] = select(0.0, dy[start + min(column, params.ow - 1u)], inside);
    }
  }
  var weight: array<f32, K * K>;
  // unroll
  for (var tap = 0u; tap < K * K; tap++) { weight[tap] = w[c * K * K + tap]; }

  let corner = (plane * params.h + i0) * params.w + j0;
  var sum: array<f32, TI * TJ>;
  // unroll
  for (var i = 0u; i < TI; i++) {
    // unroll
    for (var j = 0u; j < TJ; j++) {
      sum[i * TJ + j] = 0.0;
      // unroll
      for (var p = 0u; p < K; p++) {
        // unroll
        for (var q = 0u; q < K; q++) {
          if ((i + AHEAD - p) % STRIDE + (j + AHEAD - q) % STRIDE == 0u) {
            let at = ((i + AHEAD - p) / STRIDE - LOW) * WJ + (j + AHEAD - q) / STRIDE - LOW;
            sum[i * TJ + j] = fma(weight[p * K + q], window[at], sum[i * TJ + j]);
          }
        }
      }
      // Beyond an edge the tile's first pixel is written again, since a branch costs more.
      let inside = (i0 + i < params.h) & (j0 + j < params.w);
      dx[select(corner, corner + i * params.w + j, inside)] = select(sum[0u], sum[i * TJ + j], inside);
    }
  }
}
