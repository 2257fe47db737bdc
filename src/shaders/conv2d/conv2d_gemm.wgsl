// y[n,o,i,j] = b[o] + sum_{c,p,q} w[o,c,p,q] * x[n,c,i*s+p-pad,j*s+q-pad], as conv2d.wgsl, and
// relu(y) with RELU. x [N,C,H,W]   w [O,C,KH,KW]   b [O]   y [N,O,OH,OW]; what lies outside of x
// counts as 0. KH and KW are at most 15.
//
// As a product of matrices (GEMM):
//
//     y [O, N*OH*OW] = w [O, C*KH*KW] * windows [C*KH*KW, N*OH*OW]
//
// A column of windows is the x in the window of one pixel of y. That matrix is nowhere stored
// (hence "implicit GEMM"): a workgroup computes BM x BN of y, and in each step gathers BK rows of
// its columns from x into workgroup memory, and BK columns of w. From there each invocation
// multiplies TM rows by TN columns.
struct Params { n: u32, c: u32, h: u32, w: u32, o: u32, oh: u32, ow: u32, stride: u32, padding: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const SIZE: u32 = 128u; // BM / TM * BN / TN, and a multiple of BN
const BM: u32 = 64u;
const BN: u32 = 128u;
const BK: u32 = 16u;
const TM: u32 = 8u;
const TN: u32 = 8u;
const KH: u32 = 3u;
const KW: u32 = 3u;
const BIAS: bool = true;
const RELU: bool = false;
const MINUS_INFINITY: i32 = -8388608; // its bits, see relu.wgsl
const DOWN: u32 = BM / TM; // an invocation's rows are DOWN apart, its columns ACROSS,
const ACROSS: u32 = BN / TN; // so that neighbours have neighbouring columns
const FOURS: u32 = BK / 4u;
const PITCH: u32 = BM + 32u / BK; // the few more keep neighbours' writes out of one bank of the memory
const W_LOADS: u32 = (FOURS * BM + SIZE - 1u) / SIZE;
const X_LOADS: u32 = (FOURS * BN + SIZE - 1u) / SIZE;

// By four k in a vec4f; number f of a step has k0 + f + (0, FOURS, 2 FOURS, 3 FOURS), so that
// neighbours load neighbours.
var<workgroup> tile_w: array<vec4f, FOURS * PITCH>;
var<workgroup> tile_x: array<vec4f, FOURS * BN>;
var<workgroup> tap_at: array<vec4u, FOURS>; // where k lies in x, from the upper left of the window
var<workgroup> tap_bits: array<vec4u, FOURS>; // its row and its column in the window, as one bit each

fn load_x(at: u32, there: bool) -> f32 { return select(0.0, x[select(0u, at, there)], there); }
fn load_w(o: u32, k: u32, depth: u32) -> f32 { return select(0.0, w[o * depth + min(k, depth - 1u)], k < depth); }

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let depth = params.c * KH * KW;
  let pixels = params.oh * params.ow;
  let columns = params.n * pixels;
  // Workgroups that share columns follow each other, while those lie in the cache.
  let index = group.x + group.y * groups.x;
  let down = (params.o + BM - 1u) / BM;
  let o0 = index % down * BM;
  let column0 = index / down * BN;
  if (column0 >= columns) { return; }

  // The window that this invocation gathers. Above the upper edge a row wraps round to a huge
  // number, so one comparison finds both edges. Bit p of `inside`: row p of the window lies in x;
  // bit 16 + q: column q does.
  let mine = column0 + local % BN;
  let top = mine % pixels / params.ow * params.stride - params.padding;
  let left = mine % params.ow * params.stride - params.padding;
  let corner = (mine / pixels * params.c * params.h + top) * params.w + left;
  var inside = 0u;
  for (var p = 0u; p < KH; p++) { inside |= select(0u, 1u << p, top + p < params.h); }
  for (var q = 0u; q < KW; q++) { inside |= select(0u, 0x10000u << q, left + q < params.w); }
  if (mine >= columns) { inside = 0u; }

  let row = local / ACROSS;
  let column = local % ACROSS;
  var sum: array<f32, TM * TN>;
  for (var k0 = 0u; k0 < depth; k0 += BK) {
    // The divisions by which k becomes c, p, q, once for all.
    if (local < FOURS) {
      let k = k0 + local + vec4u(0u, FOURS, 2u * FOURS, 3u * FOURS);
      let p = k % (KH * KW) / KW;
      let q = k % KW;
      tap_at[local] = (k / (KH * KW) * params.h + p) * params.w + q;
      // More bits than a window has, where there is no such k.
      tap_bits[local] = select(vec4u(0xffffffffu), (vec4u(1u) << p) | (vec4u(0x10000u) << q), k < vec4u(depth));
    }
    workgroupBarrier();

    // unroll
    for (var t = 0u; t < W_LOADS; t++) {
      let slot = local + t * SIZE;
      if (slot < FOURS * BM) {
        let o = min(o0 + slot / FOURS, params.o - 1u);
        let k = k0 + slot % FOURS;
        tile_w[slot % FOURS * PITCH + slot / FOURS] = vec4f(
          load_w(o, k, depth),
          load_w(o, k + FOURS, depth),
          load_w(o, k + 2u * FOURS, depth),
          load_w(o, k + 3u * FOURS, depth),
        );
      }
    }
    // unroll
    for (var t = 0u; t < X_LOADS; t++) {
      let f = local / BN + t * (SIZE / BN);
      if (f < FOURS) {
        let at = corner + tap_at[f];
        let there = (vec4u(inside) & tap_bits[f]) == tap_bits[f];
        tile_x[f * BN + local % BN] =
          vec4f(load_x(at.x, there.x), load_x(at.y, there.y), load_x(at.z, there.z), load_x(at.w, there.w));
      }
    }
    workgroupBarrier();

    for (var f = 0u; f < FOURS; f++) {
      var weight: array<vec4f, TM>;
      // unroll
      for (var m = 0u; m < TM; m++) { weight[m] = tile_w[f * PITCH + row + m * DOWN]; }
      // unroll
      for (var n = 0u; n < TN; n++) {
        let pixel = tile_x[f * BN + column + n * ACROSS];
        // unroll
        for (var m = 0u; m < TM; m++) {
          sum[m * TN + n] = fma(weight[m].x, pixel.x, sum[m * TN + n]);
          sum[m * TN + n] = fma(weight[m].y, pixel.y, sum[m * TN + n]);
          sum[m * TN + n] = fma(weight[m].z, pixel.z, sum[m * TN + n]);
          sum[m * TN + n] = fma(weight[m].w, pixel.w, sum[m * TN + n]);
        }
      }
    }
  }

  // unroll
  for (var n = 0u; n < TN; n++) {
    let at = column0 + column + n * ACROSS;
    if (at < columns) {
      let plane = at / pixels * params.o;
      // unroll
      for (var m = 0u; m < TM; m++) {
        let o = o0 + row + m * DOWN;
        if (o < params.o) {
          var value = sum[m * TN + n];
          if (BIAS) { value += b[o]; }
          if (RELU) { value = select(value, 0.0, bitcast<i32>(value) <= MINUS_INFINITY); }
          y[(plane + o) * pixels + at % pixels] = value;
        }
      }
    }
  }
}
