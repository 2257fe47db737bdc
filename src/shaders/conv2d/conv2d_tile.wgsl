// y[n,o,i,j] = b[o] + sum_{c,p,q} w[o,c,p,q] * x[n,c,i*s+p-pad,j*s+q-pad]
// by tiles, as conv2d.wgsl.
// x [N,C,H,W]   w [O,C,K,K]   b [O]   y [N,O,OH,OW]; what lies outside of x counts as 0.
//
// An invocation computes TI x TJ pixels of TO channels: each value of x that it loads serves all
// taps and channels. The LANES invocations of a subgroup share the channels, so each loads its part
// of the weights and hands it round. Where tiles stand side by side over whole rows, HALO columns
// at either side of a window are the neighbours', and are handed round too; the first and the last
// of a subgroup have no neighbour there, and what they lack all load together. Tiles that would
// reach beyond an edge of y are moved back over their neighbours and compute some elements a second
// time.
//
// The input gradient for stride 1 is the same sum over dy, with O and C swapped and the kernel
// turned round (flip).
//
// With POOL the sum goes through relu and max_pool2d before it is stored. y and won are
// [N,O,OH/2,OW/2]; won is the place in its 2 x 2 window, p * 2 + q, of the sum that gave y, and 4
// where relu let none through.
enable subgroups;

struct Params {
  n: u32, c: u32, h: u32, w: u32, o: u32, oh: u32, ow: u32, padding: u32,
  w_o: u32, w_c: u32, // steps in w from one output and from one input channel to the next
  flip: u32, bias: u32,
  zero_below: i32, // for a ReLU: sums with lower bits, as whole numbers, become 0 (relu.wgsl)
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> won: array<u32>; // written with POOL alone
@group(0) @binding(5) var<uniform> params: Params;

const SIZE: u32 = 4u;
const LANES: u32 = 4u;
const POOL: u32 = 0u; // 1: relu and max_pool2d follow; OH, OW, TI and TJ are even
const HALO: u32 = 0u; // 0, or K / 2 if STRIDE is 1 and rows of y are one or more whole TJ
const K: u32 = 3u;
const STRIDE: u32 = 1u;
const TI: u32 = 4u;
const TJ: u32 = 4u;
const TO: u32 = 8u;
const KK: u32 = K * K;
const INFINITY: i32 = 0x7f800000; // its bits
const WI: u32 = (TI - 1u) * STRIDE + K; // the rows and columns of x under a tile
const WJ: u32 = (TJ - 1u) * STRIDE + K;
const SHARE: u32 = (TO * KK + LANES - 1u) / LANES; // the weights that each invocation loads
const EDGES: u32 = 2u * HALO * WI; // pixels beside the tiles of a subgroup
const EDGE_SHARE: u32 = (EDGES + LANES - 1u) / LANES; // those that each invocation loads

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  if (params.oh < TI || params.ow < TJ || params.o < TO) { return; }
  let across = (params.ow + TJ - 1u) / TJ;
  let tiles = across * ((params.oh + TI - 1u) / TI);
  // Beyond the last tile the first ones are computed again: every invocation of a subgroup must
  // reach the broadcasts.
  let tile = id.x % (params.n * tiles);
  let n = tile / tiles;
  let i0 = min(tile % tiles / across * TI, params.oh - TI);
  let j0 = min(tile % across * TJ, params.ow - TJ);
  let o0 = min(id.y * TO, params.o - TO);

  // Where the window's rows and columns lie in x; a mask of 0 where they lie outside. Above the
  // upper edge an index wraps round to a huge number, so one comparison finds both edges.
  var row: array<u32, WI>;
  var row_mask: array<u32, WI>;
  for (var r = 0u; r < WI; r++) {
    let at = i0 * STRIDE + r - params.padding;
    row[r] = (n * params.c * params.h + min(at, params.h - 1u)) * params.w;
    row_mask[r] = select(0u, 0xffffffffu, at < params.h);
  }
  var column: array<u32, WJ>;
  var column_mask: array<u32, WJ>;
  for (var s = 0u; s < WJ; s++) {
    let at = j0 * STRIDE + s - params.padding;
    column[s] = min(at, params.w - 1u);
    column_mask[s] = select(0u, 0xffffffffu, at < params.w);
  }
  var tap: array<u32, SHARE>;
  for (var m = 0u; m < SHARE; m++) {
    let at = min(m * LANES + lane, TO * KK - 1u);
    let k = at % KK;
    tap[m] = (o0 + at / KK) * params.w_o + select(k, KK - 1u - k, params.flip == 1u);
  }

  // Edge e is at row e % WI, left of the first tile's window or right of the last one's.
  var edge: array<u32, EDGE_SHARE + 1u>;
  for (var m = 0u; m < EDGE_SHARE; m++) {
    let e = m * LANES + lane;
    let right = e / WI % 2u;
    let beside = right * (LANES - 1u);
    let i = subgroupShuffle(i0, beside) + e % WI - params.padding;
    let j = subgroupShuffle(j0, beside) + e / WI / 2u + select(0u - HALO, TJ, right == 1u);
    let first = subgroupShuffle(n, beside) * params.c * params.h;
    edge[m] = (first + min(i, params.h - 1u)) * params.w + min(j, params.w - 1u);
  }

  var sum: array<f32, TO * TI * TJ>;
  for (var o = 0u; o < TO; o++) {
    let first = select(0.0, b[o0 + o], params.bias == 1u);
    for (var pixel = 0u; pixel < TI * TJ; pixel++) { sum[o * TI * TJ + pixel] = first; }
  }
  for (var c = 0u; c < params.c; c++) {
    var beside: array<f32, EDGE_SHARE * LANES + 1u>;
    // unroll
    for (var m = 0u; m < EDGE_SHARE; m++) {
      let loaded = x[edge[m] + c * params.h * params.w];
      // unroll
      for (var l = 0u; l < LANES; l++) { beside[m * LANES + l] = subgroupShuffle(loaded, l); }
    }
    var window: array<f32, WI * WJ>;
    // unroll
    for (var r = 0u; r < WI; r++) {
      let start = row[r] + c * params.h * params.w;
      // unroll
      for (var s = HALO; s < WJ - HALO; s++) {
        window[r * WJ + s] = bitcast<f32>(bitcast<u32>(x[start + column[s]]) & row_mask[r] & column_mask[s]);
      }
      // unroll
      for (var s = 0u; s < HALO; s++) {
        let from_left = subgroupShuffleUp(window[r * WJ + TJ + s], 1u);
        let from_right = subgroupShuffleDown(window[r * WJ + HALO + s], 1u);
        let left = select(from_left, beside[2u * s * WI + r], lane == 0u);
        let right = select(from_right, beside[(2u * s + 1u) * WI + r], lane == LANES - 1u);
        window[r * WJ + s] = bitcast<f32>(bitcast<u32>(left) & row_mask[r] & column_mask[s]);
        window[r * WJ + TJ + HALO + s] = bitcast<f32>(bitcast<u32>(right) & row_mask[r] & column_mask[TJ + HALO + s]);
      }
    }
    var weight: array<f32, SHARE * LANES>;
    // unroll
    for (var m = 0u; m < SHARE; m++) {
      let loaded = w[tap[m] + c * params.w_c];
      // unroll
      for (var l = 0u; l < LANES; l++) { weight[m * LANES + l] = subgroupShuffle(loaded, l); }
    }
    // unroll
    for (var o = 0u; o < TO; o++) {
      // unroll
      for (var i = 0u; i < TI; i++) {
        // unroll
        for (var j = 0u; j < TJ; j++) {
          let pixel = (o * TI + i) * TJ + j;
          // unroll
          for (var p = 0u; p < K; p++) {
            // unroll
            for (var q = 0u; q < K; q++) {
              let at = (i * STRIDE + p) * WJ + j * STRIDE + q;
              sum[pixel] = fma(weight[o * KK + p * K + q], window[at], sum[pixel]);
            }
          }
        }
      }
    }
  }

  if (POOL == 0u) {
    let corner = ((n * params.o + o0) * params.oh + i0) * params.ow + j0;
    for (var o = 0u; o < TO; o++) {
      for (var pixel = 0u; pixel < TI * TJ; pixel++) {
        let value = sum[o * TI * TJ + pixel];
        let at = corner + (o * params.oh + pixel / TJ) * params.ow + pixel % TJ;
        y[at] = select(value, 0.0, bitcast<i32>(value) < params.zero_below);
      }
    }
  }
  if (POOL == 1u) {
    let ph = params.oh / 2u;
    let pw = params.ow / 2u;
    let corner = ((n * params.o + o0) * ph + i0 / 2u) * pw + j0 / 2u;
    for (var o = 0u; o < TO; o++) {
      for (var window = 0u; window < TI * TJ / 4u; window++) {
        let i = window / (TJ / 2u);
        let j = window % (TJ / 2u);
        let first = (o * TI + 2u * i) * TJ + 2u * j;
        var best = 0;
        var place = 4u;
        // unroll
        for (var k = 0u; k < 4u; k++) {
          // By bits, as in relu_max_pool2d.wgsl.
          let bits = bitcast<i32>(sum[first + k / 2u * TJ + k % 2u]);
          let magnitude = bits & 0x7fffffff;
          let more = (bits > best) | (magnitude > INFINITY);
          place = select(place, k, more);
          best = select(best, magnitude, more);
        }
        let at = corner + (o * ph + i) * pw + j;
        y[at] = bitcast<f32>(best);
        won[at] = place;
      }
    }
  }
}
