// dw[c,0,p,q] = sum_{n,i,j} dy[n,c,i,j] * x[n,c,i*s+p-pad,j*s+q-pad]
// as conv2d_backward_weight.wgsl, with as many groups as channels, and db[c] = sum_{n,i,j}
// dy[n,c,i,j]; both in parts that conv2d_backward_weight_sum.wgsl adds.
// x [N,C,H,W]   dy [N,C,OH,OW]   part [SPLITS, C*K*K + C]: dw and then db over a SPLITS-th of all
// tiles of TI x TJ pixels of dy.
//
// One workgroup a channel and part; its invocations walk over tiles side by side.
struct Params {
  n: u32, c: u32, h: u32, w: u32, oh: u32, ow: u32, padding: u32, splits: u32,
  first_channels: u32, first_split: u32, // of the workgroups, if a dispatch is one of several
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> part: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;
const K: u32 = 3u;
const STRIDE: u32 = 1u;
const TI: u32 = 4u;
const TJ: u32 = 4u;
const KK: u32 = K * K;
const WI: u32 = (TI - 1u) * STRIDE + K; // the rows and columns of x under a tile
const WJ: u32 = (TJ - 1u) * STRIDE + K;

var<workgroup> sums: array<f32, SIZE * (KK + 1u)>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let c = group.y + params.first_channels;
  let split = group.z + params.first_split;
  let across = (params.ow + TJ - 1u) / TJ;
  let tiles = across * ((params.oh + TI - 1u) / TI);
  let share = (params.n * tiles + params.splits - 1u) / params.splits;
  let end = min((split + 1u) * share, params.n * tiles);

  var sum: array<f32, KK + 1u>;
  for (var tile = split * share + local; tile < end; tile += SIZE) {
    let plane = tile / tiles * params.c + c;
    let i0 = tile % tiles / across * TI;
    let j0 = tile % across * TJ;

    // Above the upper edge an index wraps round to a huge number, so one comparison finds both
    // edges.
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
    // unroll
    for (var i = 0u; i < TI; i++) {
      let start = (plane * params.oh + min(i0 + i, params.oh - 1u)) * params.ow;
      // unroll
      for (var j = 0u; j < TJ; j++) {
        let inside = (i0 + i < params.oh) & (j0 + j < params.ow);
        let given = select(0.0, dy[start + min(j0 + j, params.ow - 1u)], inside);
        sum[KK] += given;
        // unroll
        for (var tap = 0u; tap < KK; tap++) {
          let at = (i * STRIDE + tap / K) * WJ + j * STRIDE + tap % K;
          sum[tap] = fma(given, window[at], sum[tap]);
        }
      }
    }
  }
  for (var tap = 0u; tap <= KK; tap++) { sums[tap * SIZE + local] = sum[tap]; }
  workgroupBarrier();
  for (var tap = local; tap <= KK; tap += SIZE) {
    var total = 0.0;
    for (var k = 0u; k < SIZE; k++) { total += sums[tap * SIZE + k]; }
    // The bias is behind all weights.
    let at = select(c * KK + tap, params.c * KK + c, tap == KK);
    part[split * params.c * (KK + 1u) + at] = total;
  }
}
