// dw[o,c,p,q] = sum_{n,i,j} dy[n,o,i,j] * x[n,c,i*s+p-pad,j*s+q-pad], as
// conv2d_backward_weight.wgsl, and db[o] = sum_{n,i,j} dy[n,o,i,j]; both in parts that
// conv2d_backward_weight_sum_wide.wgsl adds. x [N,C,H,W]   dy [N,O,OH,OW]   part [SPLITS, O*C*KH*KW
// + O]: dw and then db over a SPLITS-th of all (n,i,j).
//
// As a product of matrices, by workgroups as in conv2d_gemm.wgsl:
//
//     [dw db] [O, C*KH*KW + 1] = dy [O, N*OH*OW] * windows^T [N*OH*OW, C*KH*KW + 1]
//
// The bias is one more weight, whose pixel is always 1. The result is small and k = (n,i,j) long,
// so it is split: else a few workgroups would do all the work.
struct Params { n: u32, c: u32, h: u32, w: u32, o: u32, oh: u32, ow: u32, stride: u32, padding: u32, splits: u32, first_split: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> part: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 256u; // BM / TM * BN / TN
const BM: u32 = 64u;
const BN: u32 = 64u;
const BK: u32 = 16u;
const TM: u32 = 4u;
const TN: u32 = 4u;
const KH: u32 = 3u;
const KW: u32 = 3u;
const DOWN: u32 = BM / TM;
const ACROSS: u32 = BN / TN;
const FOURS: u32 = BK / 4u;
const DY_PITCH: u32 = BM + 32u / BK;
const X_PITCH: u32 = BN + 32u / BK;
const DY_LOADS: u32 = (FOURS * BM + SIZE - 1u) / SIZE;
const X_LOADS: u32 = (FOURS * BN + SIZE - 1u) / SIZE;

// By four k in a vec4f, as in conv2d_gemm.wgsl: here neighbours load neighbouring pixels, of dy and
// of x.
var<workgroup> tile_dy: array<vec4f, FOURS * DY_PITCH>;
var<workgroup> tile_x: array<vec4f, FOURS * X_PITCH>;
var<workgroup> dy_at: array<vec4u, FOURS>; // where k = (n,i,j) lies in dy, for o = 0
var<workgroup> x_at: array<vec4u, FOURS>; // where in x, for c = 0, of the window's upper left without the padding
var<workgroup> x_row: array<vec4u, FOURS>;
var<workgroup> x_column: array<vec4u, FOURS>;

fn load_dy(at: u32, there: bool) -> f32 { return select(0.0, dy[select(0u, at, there)], there); }
fn load_x(at: u32, there: bool) -> f32 { return select(0.0, x[select(0u, at, there)], there); }

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let taps = params.c * KH * KW;
  let pixels = params.oh * params.ow;
  let depth = params.n * pixels;
  // Workgroups that share k follow each other, while those lie in the cache.
  let index = group.x + group.y * groups.x;
  let down = (params.o + BM - 1u) / BM;
  let across = (taps + BN) / BN;
  let o0 = index % down * BM;
  let tap0 = index / down % across * BN;
  let split = params.first_split + index / down / across;
  if (split >= params.splits) { return; }
  let share = (depth + params.splits * BK - 1u) / (params.splits * BK) * BK;
  let end = min((split + 1u) * share, depth);

  let row = local / ACROSS;
  let column = local % ACROSS;
  var sum: array<f32, TM * TN>;
  for (var k0 = split * share; k0 < end; k0 += BK) {
    // The divisions by which k becomes n, i, j, once for all.
    if (local < FOURS) {
      let k = k0 + local + vec4u(0u, FOURS, 2u * FOURS, 3u * FOURS);
      let n = k / pixels;
      let i = k % pixels / params.ow;
      let j = k % pixels % params.ow;
      dy_at[local] = n * params.o * pixels + k % pixels;
      x_row[local] = i * params.stride;
      x_column[local] = j * params.stride;
      x_at[local] = (n * params.c * params.h + i * params.stride) * params.w + j * params.stride;
    }
    workgroupBarrier();

    // unroll
    for (var t = 0u; t < DY_LOADS; t++) {
      let slot = local + t * SIZE;
      if (slot < FOURS * BM) {
        let f = slot % FOURS;
        let o = o0 + slot / FOURS;
        let at = dy_at[f] + o * pixels;
        let there = (k0 + f + vec4u(0u, FOURS, 2u * FOURS, 3u * FOURS) < vec4u(end)) & vec4<bool>(o < params.o);
        tile_dy[f * DY_PITCH + slot / FOURS] =
          vec4f(load_dy(at.x, there.x), load_dy(at.y, there.y), load_dy(at.z, there.z), load_dy(at.w, there.w));
      }
    }
    // unroll
    for (var t = 0u; t < X_LOADS; t++) {
      let slot = local + t * SIZE;
      if (slot < FOURS * BN) {
        let f = slot % FOURS;
        let tap = tap0 + slot / FOURS;
        // Above the upper edge they wrap round to a huge number, so one comparison finds both
        // edges.
        let down_by = tap % (KH * KW) / KW - params.padding;
        let right_by = tap % KW - params.padding;
        let at = x_at[f] + (tap / (KH * KW) * params.h + down_by) * params.w + right_by;
        let there = (k0 + f + vec4u(0u, FOURS, 2u * FOURS, 3u * FOURS) < vec4u(end)) & vec4<bool>(tap < taps)
          & (x_row[f] + down_by < vec4u(params.h)) & (x_column[f] + right_by < vec4u(params.w));
        let loaded =
          vec4f(load_x(at.x, there.x), load_x(at.y, there.y), load_x(at.z, there.z), load_x(at.w, there.w));
        tile_x[f * X_PITCH + slot / FOURS] = select(loaded, vec4f(1.0), tap == taps);
      }
    }
    workgroupBarrier();

    for (var f = 0u; f < FOURS; f++) {
      var given: array<vec4f, TM>;
      // unroll
      for (var m = 0u; m < TM; m++) { given[m] = tile_dy[f * DY_PITCH + row + m * DOWN]; }
      // unroll
      for (var n = 0u; n < TN; n++) {
        let pixel = tile_x[f * X_PITCH + column + n * ACROSS];
        // unroll
        for (var m = 0u; m < TM; m++) {
          sum[m * TN + n] = fma(given[m].x, pixel.x, sum[m * TN + n]);
          sum[m * TN + n] = fma(given[m].y, pixel.y, sum[m * TN + n]);
          sum[m * TN + n] = fma(given[m].z, pixel.z, sum[m * TN + n]);
          sum[m * TN + n] = fma(given[m].w, pixel.w, sum[m * TN + n]);
        }
      }
    }
  }

  let first = split * params.o * (taps + 1u);
  // unroll
  for (var n = 0u; n < TN; n++) {
    let tap = tap0 + column + n * ACROSS;
    // unroll
    for (var m = 0u; m < TM; m++) {
      let o = o0 + row + m * DOWN;
      if (o < params.o && tap <= taps) {
        part[first + select(o * taps + tap, params.o * taps + o, tap == taps)] = sum[m * TN + n];
      }
    }
  }
}
