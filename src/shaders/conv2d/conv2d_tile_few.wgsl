// y[n,o,i,j] = b[o] + sum_{c,p,q} w[o,c,p,q] * x[n,c,i*s+p-pad,j*s+q-pad], as conv2d_tile.wgsl, for
// one to three input channels: the window of x under a tile is loaded once, and all output channels
// are computed from it one by one. x [N,C,H,W]   w [O,C,K,K]   b [O]   y [N,O,OH,OW]; what lies
// outside of x counts as 0. POOL and won as there.
enable subgroups;

struct Params { n: u32, h: u32, w: u32, o: u32, oh: u32, ow: u32, padding: u32, bias: u32, zero_below: i32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> won: array<u32>; // written with POOL alone
@group(0) @binding(5) var<uniform> params: Params;

const SIZE: u32 = 4u;
const LANES: u32 = 4u;
const POOL: u32 = 0u; // 1: relu and max_pool2d follow; OH, OW, TI and TJ are even
const HALO: u32 = 0u; // as in conv2d_tile.wgsl
const C: u32 = 1u;
const K: u32 = 3u;
const STRIDE: u32 = 1u;
const TI: u32 = 4u;
const TJ: u32 = 4u;
const TAPS: u32 = C * K * K;
const INFINITY: i32 = 0x7f800000; // its bits
const WI: u32 = (TI - 1u) * STRIDE + K; // the rows and columns of x under a tile
const WJ: u32 = (TJ - 1u) * STRIDE + K;
const SHARE: u32 = (TAPS + LANES - 1u) / LANES; // the weights that each invocation loads

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  if (params.oh < TI || params.ow < TJ) { return; }
  let across = (params.ow + TJ - 1u) / TJ;
  let tiles = across * ((params.oh + TI - 1u) / TI);
  // Beyond the last tile the first ones are computed again: every invocation of a subgroup must
  // reach the broadcasts, in whole rows.
  let tile = id.x % (params.n * tiles);
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
      for (var s = HALO; s < WJ - HALO; s++) {
        let column = j0 * STRIDE + s - params.padding;
        // Not &&, which branches: hundreds of branches take a software adapter's compiler minutes.
        let inside = (row < params.h) & (column < params.w);
        window[(c * WI + r) * WJ + s] = select(0.0, x[start + min(column, params.w - 1u)], inside);
      }
      // unroll
      for (var s = 0u; s < HALO; s++) {
        let left = subgroupShuffleUp(window[(c * WI + r) * WJ + TJ + s], 1u);
        let right = subgroupShuffleDown(window[(c * WI + r) * WJ + HALO + s], 1u);
        window[(c * WI + r) * WJ + s] = select(0.0, left, j0 > 0u);
        window[(c * WI + r) * WJ + TJ + HALO + s] = select(0.0, right, j0 + TJ < params.w);
      }
    }
  }

  for (var o = 0u; o < params.o; o++) {
    var weight: array<f32, SHARE * LANES>;
    // unroll
    for (var m = 0u; m < SHARE; m++) {
      let loaded = w[o * TAPS + min(m * LANES + lane, TAPS - 1u)];
      // unroll
      for (var l = 0u; l < LANES; l++) { weight[m * LANES + l] = subgroupShuffle(loaded, l); }
    }
    let first = select(0.0, b[o], params.bias == 1u);
    let corner = ((n * params.o + o) * params.oh + i0) * params.ow + j0;
    let pw = params.ow / 2u;
    let pooled_corner = ((n * params.o + o) * (params.oh / 2u) + i0 / 2u) * pw + j0 / 2u;
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
        if (POOL == 0u) {
          let value = sum[i * TJ + j];
          y[corner + i * params.ow + j] = select(value, 0.0, bitcast<i32>(value) < params.zero_below);
        }
      }
    }
    if (POOL == 1u) {
      // unroll
      for (var i = 0u; i < TI / 2u; i++) {
        // unroll
        for (var j = 0u; j < TJ / 2u; j++) {
          var best: array<i32, 1>;
          var place: array<u32, 1>;
          best[0u] = 0;
          place[0u] = 4u;
          // unroll
          for (var k = 0u; k < 4u; k++) {
            // By bits, as in relu_max_pool2d.wgsl.
            let bits = bitcast<i32>(sum[(2u * i + k / 2u) * TJ + 2u * j + k % 2u]);
            let magnitude = bits & 0x7fffffff;
            let more = (bits > best[0u]) | (magnitude > INFINITY);
            place[0u] = select(place[0u], k, more);
            best[0u] = select(best[0u], magnitude, more);
          }
          y[pooled_corner + i * pw + j] = bitcast<f32>(best[0u]);
          won[pooled_corner + i * pw + j] = place[0u];
        }
      }
    }
  }
}
