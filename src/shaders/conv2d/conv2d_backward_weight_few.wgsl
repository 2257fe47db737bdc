// dw and db in parts, as conv2d_backward_weight_tile.wgsl, for one to three input channels. x
// [N,C,H,W]   dy [N,O,OH,OW]   part [SPLITS, O*C*K*K + O]: dw and then db over a SPLITS-th of all
// tiles.
//
// An invocation holds dw of one input and TO output channels and walks over tiles of TI x TJ pixels
// of dy. The LANES invocations of a subgroup have other output channels and the same window of x,
// of which each loads its part. With POOL dy is made up from that behind relu and max_pool2d, as
// there.
enable subgroups;

struct Params {
  n: u32, c: u32, h: u32, w: u32, o: u32, oh: u32, ow: u32, padding: u32, splits: u32,
  first_channels: u32, first_split: u32, // of the workgroups, where a dispatch is one of several
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> won: array<u32>; // read with POOL alone
@group(0) @binding(3) var<storage, read_write> part: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const SIZE: u32 = 4u; // one subgroup of LANES
const LANES: u32 = 4u;
const POOL: u32 = 0u; // 1: dy and won are [N,O,OH/2,OW/2]; OH, OW, TI and TJ are even
const K: u32 = 3u;
const STRIDE: u32 = 1u;
const TI: u32 = 4u;
const TJ: u32 = 4u;
const TO: u32 = 4u;
const KK: u32 = K * K;
const WI: u32 = (TI - 1u) * STRIDE + K; // the rows and columns of x under a tile
const WJ: u32 = (TJ - 1u) * STRIDE + K;
const SHARE: u32 = (WI * WJ + LANES - 1u) / LANES; // the pixels of x that each invocation loads

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) own_group: vec3u, @builtin(local_invocation_index) local: u32) {
  if (params.o < TO) { return; }
  let group = own_group + vec3u(0u, params.first_channels, params.first_split);
  let c = group.x;
  let o0 = min((group.y * LANES + local) * TO, params.o - TO);
  let ph = params.oh / 2u;
  let pw = params.ow / 2u;
  let across = (params.ow + TJ - 1u) / TJ;
  let tiles = across * ((params.oh + TI - 1u) / TI);
  let share = (params.n * tiles + params.splits - 1u) / params.splits;
  let end = min((group.z + 1u) * share, params.n * tiles);

  var sum: array<f32, TO * KK>;
  var bias: array<f32, TO>;
  for (var tile = group.z * share; tile < end; tile++) {
    let n = tile / tiles;
    let i0 = tile % tiles / across * TI;
    let j0 = tile % across * TJ;

    // What lies outside of x or dy counts as 0. Above the upper edge an index wraps round to a huge
    // number, so one comparison finds both edges. Not &&, which branches: hundreds of branches take
    // a software adapter's compiler minutes.
    var window: array<f32, SHARE * LANES>;
    // unroll
    for (var m = 0u; m < SHARE; m++) {
      let pixel = min(m * LANES + local, WI * WJ - 1u);
      let row = i0 * STRIDE + pixel / WJ - params.padding;
      let column = j0 * STRIDE + pixel % WJ - params.padding;
      let start = ((n * params.c + c) * params.h + min(row, params.h - 1u)) * params.w;
      let inside = (row < params.h) & (column < params.w);
      let loaded = select(0.0, x[start + min(column, params.w - 1u)], inside);
      // unroll
      for (var l = 0u; l < LANES; l++) { window[m * LANES + l] = subgroupShuffle(loaded, l); }
    }
    // unroll
    for (var o = 0u; o < TO; o++) {
      var given: array<f32, TI * TJ>;
      if (POOL == 0u) {
        // unroll
        for (var i = 0u; i < TI; i++) {
          let start = ((n * params.o + o0 + o) * params.oh + min(i0 + i, params.oh - 1u)) * params.ow;
          // unroll
          for (var j = 0u; j < TJ; j++) {
            let inside = (i0 + i < params.oh) & (j0 + j < params.ow);
            given[i * TJ + j] = select(0.0, dy[start + min(j0 + j, params.ow - 1u)], inside);
            bias[o] += given[i * TJ + j];
          }
        }
      }
      if (POOL == 1u) {
        // unroll
        for (var i = 0u; i < TI / 2u; i++) {
          let row = i0 / 2u + i;
          let start = ((n * params.o + o0 + o) * ph + min(row, ph - 1u)) * pw;
          // unroll
          for (var j = 0u; j < TJ / 2u; j++) {
            let column = j0 / 2u + j;
            let at = start + min(column, pw - 1u);
            let place = won[at];
            let arrived = select(0.0, dy[at], (row < ph) & (column < pw) & (place < 4u));
            bias[o] += arrived;
            // unroll
            for (var k = 0u; k < 4u; k++) {
              given[(2u * i + k / 2u) * TJ + 2u * j + k % 2u] = select(0.0, arrived, place == k);
            }
          }
        }
      }
      // unroll
      for (var tap = 0u; tap < KK; tap++) {
        // unroll
        for (var i = 0u; i < TI; i++) {
          // unroll
          for (var j = 0u; j < TJ; j++) {
            let at = (i * STRIDE + tap / K) * WJ + j * STRIDE + tap % K;
            sum[o * KK + tap] = fma(given[i * TJ + j], window[at], sum[o * KK + tap]);
          }
        }
      }
    }
  }

  let first = group.z * (params.o * params.c * KK + params.o);
  for (var tap = 0u; tap < TO * KK; tap++) {
    part[first + ((o0 + tap / KK) * params.c + c) * KK + tap % KK] = sum[tap];
  }
  for (var o = 0u; o < TO; o++) {
    part[first + params.o * params.c * KK + o0 + o] = bias[o];
  }
}
