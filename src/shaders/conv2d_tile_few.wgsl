// y[n,o,i,j] = b[o] + sum_{c,p,q} w[o,c,p,q] * x[n,c,i*s+p-pad,j*s+q-pad], as conv2d_tile.wgsl, for one to three input
// channels: the window of x under a tile is loaded once, and all output channels are computed from it one by one.
// x [N,C,H,W]   w [O,C,K,K]   b [O]   y [N,O,OH,OW]; what lies outside of x counts as 0.
enable subgroups;

struct Params { n: u32, h: u32, w: u32, o: u32, oh: u32, ow: u32, padding: u32, bias: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const SIZE: u32 = 4u;
const C: u32 = 1u;
const K: u32 = 3u;
const STRIDE: u32 = 1u;
const TI: u32 = 4u;
const TJ: u32 = 4u;
const TAPS: u32 = C * K * K;
const WI: u32 = (TI - 1u) * STRIDE + K; // the rows and columns of x under a tile
const WJ: u32 = (TJ - 1u) * STRIDE + K;
const SHARE: u32 = (TAPS + 3u) / 4u; // the weights that each of four invocations loads

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  if (params.oh < TI || params.ow < TJ) { return; }
  let across = (params.ow + TJ - 1u) / TJ;
  let tiles = across * ((params.oh + TI - 1u) / TI);
  // Beyond the last tile it is computed again: every invocation of a subgroup must reach the broadcasts.
  let tile = min(id.x, params.n * tiles - 1u);
  let n = tile / tiles;
  let i0 = min(tile % tiles / across * TI, params.oh - TI);
  let j0 = min(tile % across * TJ, params.ow - TJ);

  // Above the upper edge an index wraps round to a huge number, so one comparison finds both edges.
  var window: array<f32, C * WI * WJ>;
  // unroll
  for (var c = 0u; c < C; c++) {
    // unroll
    for (var r = 0u; r < WI; r++) {
      let row = i0 * STRIDE + r - params.padding;
      let start = ((n * C + c) * params.h + min(row, params.h - 1u)) * params.w;
      // unroll
      for (var s = 0u; s < WJ; s++) {
        let column = j0 * STRIDE + s - params.padding;
        // Not &&, which branches: hundreds of branches take a software adapter's compiler minutes.
        let inside = (row < params.h) & (column < params.w);
        window[(c * WI + r) * WJ + s] = select(0.0, x[start + min(column, params.w - 1u)], inside);
      }
    }
  }

  for (var o = 0u; o < params.o; o++) {
    var weight: array<f32, SHARE * 4u>;
    // unroll
    for (var m = 0u; m < SHARE; m++) {
      let loaded = w[o * TAPS + min(m * 4u + lane % 4u, TAPS - 1u)];
      weight[m * 4u] = subgroupBroadcast(loaded, 0u);
      weight[m * 4u + 1u] = subgroupBroadcast(loaded, 1u);
      weight[m * 4u + 2u] = subgroupBroadcast(loaded, 2u);
      weight[m * 4u + 3u] = subgroupBroadcast(loaded, 3u);
    }
    let first = select(0.0, b[o], params.bias == 1u);
    let corner = ((n * params.o + o) * params.oh + i0) * params.ow + j0;
    var sum: array<f32, TI * TJ>;
    // unroll
    for (var i = 0u; i < TI; i++) {
      // unroll
      for (var j = 0u; j < TJ; j++) {
        sum[i * TJ + j] = first;
        // unroll
        for (var tap = 0u; tap < TAPS; tap++) {
          let at = (tap / (K * K) * WI + i * STRIDE + tap / K % K) * WJ + j * STRIDE + tap % K;
          sum[i * TJ + j] = fma(weight[tap], window[at], sum[i * TJ + j]);
        }
        y[corner + i * params.ow + j] = sum[i * TJ + j];
      }
    }
  }
}
