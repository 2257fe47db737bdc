// dx[n,c,r,s] = sum_{o,p,q} w[o,c,K-1-p,K-1-q] * dz[n,o,r+p-PAD,s+q-PAD] for stride 1, by tiles,
// where dz is dy at the z that won its 2 x 2 window, else 0 (conv2d_tile.wgsl with POOL): it is
// made up from dy and won where it is needed. w [O,C,K,K]   dy, won [N,O,PH,PW]   dx [N,C,H,W], H
// and W even.
//
// An invocation computes TI x TJ pixels of TO channels c, as in conv2d_tile.wgsl: the LANES
// invocations of a subgroup share the weights, and, with HALO, each other's windows of dy; what the
// first and the last of them lack all load together.
enable subgroups;

struct Params { n: u32, c: u32, h: u32, w: u32, o: u32, ph: u32, pw: u32 }

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> won: array<u32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const SIZE: u32 = 4u;
const LANES: u32 = 4u;
const HALO: u32 = 0u; // 0, or (PAD + 1) / 2 where rows of dx are one or more whole TJ
const K: u32 = 3u;
const PAD: u32 = 1u; // K - 1 - padding
const TI: u32 = 4u;
const TJ: u32 = 4u;
const TO: u32 = 8u;
const KK: u32 = K * K;
const WI: u32 = TI - 1u + K; // the rows and columns of dz under a tile
const WJ: u32 = TJ - 1u + K;
const PI: u32 = (WI - 1u + PAD) / 2u - PAD / 2u + 1u; // and of dy
const PJ: u32 = (WJ - 1u + PAD) / 2u - PAD / 2u + 1u;
const BEFORE: u32 = (PAD + 1u) / 2u; // the rows of dy above a tile's own, and columns to its left
const SHARE: u32 = (TO * KK + LANES - 1u) / LANES; // the weights that each invocation loads
const EDGES: u32 = 2u * HALO * PI; // the places of dy beside the tiles of a subgroup
const EDGE_SHARE: u32 = (EDGES + LANES - 1u) / LANES; // those that each invocation loads

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  if (params.h < TI || params.w < TJ || params.c < TO) { return; }
  let across = (params.w + TJ - 1u) / TJ;
  let tiles = across * ((params.h + TI - 1u) / TI);
  // Beyond the last tile the first ones are computed again: every invocation of a subgroup must
  // reach the broadcasts.
  let tile = id.x % (params.n * tiles);
  let n = tile / tiles;
  let i0 = min(tile % tiles / across * TI, params.h - TI);
  let j0 = min(tile % across * TJ, params.w - TJ);
  let c0 = min(id.y * TO, params.c - TO);

  // Where the window's rows and columns lie in dy; a mask of 0 where they lie outside. Above the
  // upper edge an index wraps round to a huge number, so one comparison finds both edges.
  var row: array<u32, PI>;
  var row_mask: array<u32, PI>;
  for (var r = 0u; r < PI; r++) {
    let at = i0 / 2u + r - BEFORE;
    row[r] = (n * params.o * params.ph + min(at, params.ph - 1u)) * params.pw;
    row_mask[r] = select(0u, 0xffffffffu, at < params.ph);
  }
  var column: array<u32, PJ>;
  var column_mask: array<u32, PJ>;
  for (var s = 0u; s < PJ; s++) {
    let at = j0 / 2u + s - BEFORE;
    column[s] = min(at, params.pw - 1u);
    column_mask[s] = select(0u, 0xffffffffu, at < params.pw);
  }
  var tap: array<u32, SHARE>;
  for (var m = 0u; m < SHARE; m++) {
    let at = min(m * LANES + lane, TO * KK - 1u);
    tap[m] = (c0 + at / KK) * KK + KK - 1u - at % KK;
  }

  // Edge e is at row e % PI, left of the first tile's window or right of the last one's.
  var edge: array<u32, EDGE_SHARE + 1u>;
  for (var m = 0u; m < EDGE_SHARE; m++) {
    let e = m * LANES + lane;
    let right = e / PI % 2u;
    let beside = right * (LANES - 1u);
    let i = subgroupShuffle(i0, beside) / 2u + e % PI - BEFORE;
    let j = subgroupShuffle(j0, beside) / 2u + e / PI / 2u + select(0u - HALO, TJ / 2u, right == 1u);
    let first = subgroupShuffle(n, beside) * params.o * params.ph;
    edge[m] = (first + min(i, params.ph - 1u)) * params.pw + min(j, params.pw - 1u);
  }

  var sum: array<f32, TO * TI * TJ>;
  for (var o = 0u; o < params.o; o++) {
    var given_beside: array<u32, EDGE_SHARE * LANES + 1u>;
    var place_beside: array<u32, EDGE_SHARE * LANES + 1u>;
    // unroll
    for (var m = 0u; m < EDGE_SHARE; m++) {
      let at = edge[m] + o * params.ph * params.pw;
      let loaded = bitcast<u32>(dy[at]);
      let loaded_place = won[at];
      // unroll
      for (var l = 0u; l < LANES; l++) {
        given_beside[m * LANES + l] = subgroupShuffle(loaded, l);
        place_beside[m * LANES + l] = subgroupShuffle(loaded_place, l);
      }
    }
    var given: array<u32, PI * PJ>;
    var place: array<u32, PI * PJ>;
    // unroll
    for (var r = 0u; r < PI; r++) {
      let start = row[r] + o * params.ph * params.pw;
      // unroll
      for (var s = HALO; s < PJ - HALO; s++) {
        given[r * PJ + s] = bitcast<u32>(dy[start + column[s]]) & row_mask[r] & column_mask[s];
        place[r * PJ + s] = won[start + column[s]];
      }
      // unroll
      for (var s = 0u; s < HALO; s++) {
        let left = 2u * s * PI + r;
        let right = (2u * s + 1u) * PI + r;
        let from_left = subgroupShuffleUp(given[r * PJ + TJ / 2u + s], 1u);
        let from_right = subgroupShuffleDown(given[r * PJ + HALO + s], 1u);
        let place_left = subgroupShuffleUp(place[r * PJ + TJ / 2u + s], 1u);
        let place_right = subgroupShuffleDown(place[r * PJ + HALO + s], 1u);
        given[r * PJ + s] = select(from_left, given_beside[left], lane == 0u) & row_mask[r] & column_mask[s];
        place[r * PJ + s] = select(place_left, place_beside[left], lane == 0u);
        given[r * PJ + TJ / 2u + HALO + s] =
          select(from_right, given_beside[right], lane == LANES - 1u) & row_mask[r] & column_mask[TJ / 2u + HALO + s];
        place[r * PJ + TJ / 2u + HALO + s] = select(place_right, place_beside[right], lane == LANES - 1u);
      }
    }
    var window: array<f32, WI * WJ>;
    // unroll
    for (var r = 0u; r < WI; r++) {
      // unroll
      for (var s = 0u; s < WJ; s++) {
        let source = ((r + PAD) / 2u - PAD / 2u) * PJ + (s + PAD) / 2u - PAD / 2u;
        let here = (r + PAD) % 2u * 2u + (s + PAD) % 2u;
        window[r * WJ + s] = select(0.0, bitcast<f32>(given[source]), place[source] == here);
      }
    }
    var weight: array<f32, SHARE * LANES>;
    // unroll
    for (var m = 0u; m < SHARE; m++) {
      let loaded = w[tap[m] + o * params.c * KK];
      // unroll
      for (var l = 0u; l < LANES; l++) { weight[m * LANES + l] = subgroupShuffle(loaded, l); }
    }
    // unroll
    for (var c = 0u; c < TO; c++) {
      // unroll
      for (var i = 0u; i < TI; i++) {
        // unroll
        for (var j = 0u; j < TJ; j++) {
          let pixel = (c * TI + i) * TJ + j;
          // unroll
          for (var p = 0u; p < K; p++) {
            // unroll
            for (var q = 0u; q < K; q++) {
              sum[pixel] = fma(weight[c * KK + p * K + q], window[(i + p) * WJ + j + q], sum[pixel]);
            }
          }
        }
      }
    }
  }

  let corner = ((n * params.c + c0) * params.h + i0) * params.w + j0;
  for (var c = 0u; c < TO; c++) {
    for (var pixel = 0u; pixel < TI * TJ; pixel++) {
      dx[corner + (c * params.h + pixel / TJ) * params.w + pixel % TJ] = sum[c * TI * TJ + pixel];
    }
  }
}
