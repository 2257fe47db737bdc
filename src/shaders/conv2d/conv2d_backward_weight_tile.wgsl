// dw[o,c,p,q] = sum_{n,i,j} dy[n,o,i,j] * x[n,c,i*s+p-pad,j*s+q-pad]
// by tiles, as conv2d_backward_weight.wgsl, and db[o] = sum_{n,i,j} dy[n,o,i,j]; both in parts that
// conv2d_backward_weight_sum.wgsl adds.
// x [N,C,H,W]   dy [N,O,OH,OW]   part [SPLITS, O*C*K*K + O]: dw and then db over a
// SPLITS-th of all tiles.
//
// An invocation holds dw of one input and TO output channels and walks over tiles of TI x TJ pixels
// of dy. The LANES invocations of a subgroup have other input channels and the same dy, of which
// each loads its part and hands it round.
//
// With POOL dy is that behind relu and max_pool2d, and won as conv2d_tile.wgsl left it. The pixels
// of a tile are made up from them: the dy of a 2 x 2 window at the pixel that won, 0 at the others.
// A tile has only a fourth as many windows as pixels, so those of all channels are loaded at once.
enable subgroups;

struct Params {
  n: u32, c: u32, h: u32, w: u32, o: u32, oh: u32, ow: u32, padding: u32, splits: u32,
  first_channels: u32, first_split: u32, // of the workgroups, if a dispatch is one of several
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
const TI: u32 = 2u;
const TJ: u32 = 4u;
const TO: u32 = 16u;
const KK: u32 = K * K;
const WI: u32 = (TI - 1u) * STRIDE + K; // the rows and columns of x under a tile
const WJ: u32 = (TJ - 1u) * STRIDE + K;
const SHARE: u32 = (TI * TJ + LANES - 1u) / LANES; // pixels of a channel of dy, per invocation
const WINDOWS: u32 = TI * TJ / 4u; // that a tile has in a channel of dy, with POOL
const WINDOW_SHARE: u32 = (TO * WINDOWS + LANES - 1u) / LANES; // of all channels, per invocation
const BIASES: u32 = TO * (1u - POOL) + WINDOW_SHARE * POOL; // parts of db, per invocation

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) own_group: vec3u, @builtin(local_invocation_index) local: u32) {
  if (params.o < TO) { return; }
  let group = own_group + vec3u(0u, params.first_channels, params.first_split);
  let c = min(group.x * LANES + local, params.c - 1u);
  let o0 = min(group.y * TO, params.o - TO);
  let across = (params.ow + TJ - 1u) / TJ;
  let tiles = across * ((params.oh + TI - 1u) / TI);
  let share = (params.n * tiles + params.splits - 1u) / params.splits;
  let end = min((group.z + 1u) * share, params.n * tiles);

  // The windows of dy that this invocation loads for all: channel, and place in the tile.
  let ph = params.oh / 2u;
  let pw = params.ow / 2u;
  var channel: array<u32, WINDOW_SHARE>;
  var window_i: array<u32, WINDOW_SHARE>;
  var window_j: array<u32, WINDOW_SHARE>;
  if (POOL == 1u) {
    // unroll
    for (var m = 0u; m < WINDOW_SHARE; m++) {
      let at = m * LANES + local;
      channel[m] = at / WINDOWS;
      window_i[m] = at % WINDOWS / (TJ / 2u);
      window_j[m] = at % WINDOWS % (TJ / 2u);
    }
  }

  var sum: array<f32, TO * KK>;
  var bias: array<f32, BIASES>;
  for (var tile = group.z * share; tile < end; tile++) {
    let n = tile / tiles;
    let i0 = tile % tiles / across * TI;
    let j0 = tile % across * TJ;

    // What lies outside of x or dy is masked to 0. Above the upper edge an index wraps round to a
    // huge number, so one comparison finds both edges.
    var column: array<u32, WJ>;
    var column_mask: array<u32, WJ>;
    // unroll
    for (var s = 0u; s < WJ; s++) {
      column[s] = min(j0 * STRIDE + s - params.padding, params.w - 1u);
      column_mask[s] = select(0u, 0xffffffffu, j0 * STRIDE + s - params.padding < params.w);
    }
    var window: array<f32, WI * WJ>;
    // unroll
    for (var r = 0u; r < WI; r++) {
      let at = i0 * STRIDE + r - params.padding;
      let start = ((n * params.c + c) * params.h + min(at, params.h - 1u)) * params.w;
      let row_mask = select(0u, 0xffffffffu, at < params.h);
      // unroll
      for (var s = 0u; s < WJ; s++) {
        window[r * WJ + s] = bitcast<f32>(bitcast<u32>(x[start + column[s]]) & row_mask & column_mask[s]);
      }
    }
    // Not &&, which branches: hundreds of branches take a software adapter's compiler minutes.
    var pixel: array<u32, SHARE>;
    var pixel_mask: array<u32, SHARE>;
    if (POOL == 0u) {
      // The pixels of the tile that this invocation loads for all.
      // unroll
      for (var m = 0u; m < SHARE; m++) {
        let i = i0 + (m * LANES + local) / TJ;
        let j = j0 + (m * LANES + local) % TJ;
        pixel[m] = min(i, params.oh - 1u) * params.ow + min(j, params.ow - 1u);
        let inside = (m * LANES + local < TI * TJ) & (i < params.oh) & (j < params.ow);
        pixel_mask[m] = select(0u, 0xffffffffu, inside);
      }
    }
    var arrived: array<f32, WINDOW_SHARE * LANES>;
    var place: array<u32, WINDOW_SHARE * LANES>;
    if (POOL == 1u) {
      // unroll
      for (var m = 0u; m < WINDOW_SHARE; m++) {
        let i = i0 / 2u + window_i[m];
        let j = j0 / 2u + window_j[m];
        let o = o0 + min(channel[m], TO - 1u);
        let start = ((n * params.o + o) * ph + min(i, ph - 1u)) * pw + min(j, pw - 1u);
        let here = won[start];
        let loaded = select(0.0, dy[start], (channel[m] < TO) & (i < ph) & (j < pw) & (here < 4u));
        bias[m] = bias[m] + loaded;
        // unroll
        for (var l = 0u; l < LANES; l++) {
          arrived[m * LANES + l] = subgroupShuffle(loaded, l);
          place[m * LANES + l] = subgroupShuffle(here, l);
        }
      }
    }
    // unroll
    for (var o = 0u; o < TO; o++) {
      var given: array<f32, SHARE * LANES>;
      if (POOL == 0u) {
        let start = (n * params.o + o0 + o) * params.oh * params.ow;
        // unroll
        for (var m = 0u; m < SHARE; m++) {
          let loaded = bitcast<f32>(bitcast<u32>(dy[start + pixel[m]]) & pixel_mask[m]);
          bias[o] = bias[o] + loaded;
          // unroll
          for (var l = 0u; l < LANES; l++) { given[m * LANES + l] = subgroupShuffle(loaded, l); }
        }
      }
      if (POOL == 1u) {
        // unroll
        for (var i = 0u; i < TI; i++) {
          // unroll
          for (var j = 0u; j < TJ; j++) {
            let source = o * WINDOWS + i / 2u * (TJ / 2u) + j / 2u;
            given[i * TJ + j] = select(0.0, arrived[source], place[source] == i % 2u * 2u + j % 2u);
          }
        }
      }
      // unroll
      for (var p = 0u; p < K; p++) {
        // unroll
        for (var q = 0u; q < K; q++) {
          let tap = o * KK + p * K + q;
          // unroll
          for (var i = 0u; i < TI; i++) {
            // unroll
            for (var j = 0u; j < TJ; j++) {
              sum[tap] = fma(given[i * TJ + j], window[(i * STRIDE + p) * WJ + j * STRIDE + q], sum[tap]);
            }
          }
        }
      }
    }
  }

  let first = group.z * (params.o * params.c * KK + params.o);
  for (var tap = 0u; tap < TO * KK; tap++) {
    part[first + ((o0 + tap / KK) * params.c + c) * KK + tap % KK] = sum[tap];
  }
  if (POOL == 0u) {
    for (var o = 0u; o < TO; o++) {
      part[first + params.o * params.c * KK + o0 + o] = subgroupAdd(bias[o]);
    }
  }
  if (POOL == 1u) {
    // unroll
    for (var o = 0u; o < TO; o++) {
      var total = 0.0;
      // unroll
      for (var k = 0u; k < WINDOWS; k++) {
        let source = o * WINDOWS + k;
        total += subgroupShuffle(bias[source / LANES], source % LANES);
      }
      part[first + params.o * params.c * KK + o0 + o] = total;
    }
  }
}
