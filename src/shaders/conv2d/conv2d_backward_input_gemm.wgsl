// dx[n,c,r,t] = sum over o and over the (p,q) whose output (i,j) used x[r,t]: w[o,c,p,q] *
// dy[n,o,i,j], where i * s + p - pad = r and j * s + q - pad = t; as conv2d_backward_input.wgsl. w
// [O,C,KH,KW]   dy [N,O,OH,OW]   dx [N,C,H,W]. KH and KW are at most 15.
//
// As a product of matrices, by workgroups as in conv2d_gemm.wgsl:
//
//     dx [C, N*H*W] = w [C, O*KH*KW] * reached [O*KH*KW, N*H*W]
//
// A column of reached is the dy that one pixel of x went into. With a stride of s only one in s*s
// of them exists; the others are multiplied as zeros.
struct Params { n: u32, c: u32, h: u32, w: u32, o: u32, oh: u32, ow: u32, stride: u32, padding: u32 }

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 128u; // BM / TM * BN / TN, and a multiple of BN
const BM: u32 = 64u;
const BN: u32 = 128u;
const BK: u32 = 16u;
const TM: u32 = 8u;
const TN: u32 = 8u;
const KH: u32 = 3u;
const KW: u32 = 3u;
const DOWN: u32 = BM / TM;
const ACROSS: u32 = BN / TN;
const FOURS: u32 = BK / 4u;
const PITCH: u32 = BM + 32u / BK;
const W_LOADS: u32 = (FOURS * BM + SIZE - 1u) / SIZE;
const DY_LOADS: u32 = (FOURS * BN + SIZE - 1u) / SIZE;

var<workgroup> tile_w: array<vec4f, FOURS * PITCH>;
var<workgroup> tile_dy: array<vec4f, FOURS * BN>;
var<workgroup> weight_at: array<vec4u, FOURS>; // where k = (o,p,q) lies in w, for c = 0
var<workgroup> tap_at: array<vec4u, FOURS>; // where in dy, from the output that p = 0, q = 0 leads to
var<workgroup> tap_bits: array<vec4u, FOURS>; // its row and its column in the window, as one bit each

fn load_dy(at: u32, there: bool) -> f32 { return select(0.0, dy[select(0u, at, there)], there); }
fn load_w(at: u32, there: bool) -> f32 { return select(0.0, w[select(0u, at, there)], there); }

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let depth = params.o * KH * KW;
  let pixels = params.h * params.w;
  let columns = params.n * pixels;
  let index = group.x + group.y * groups.x;
  let down = (params.c + BM - 1u) / BM;
  let c0 = index % down * BM;
  let column0 = index / down * BN;
  if (column0 >= columns) { return; }

  // The pixel of x whose dy this invocation gathers. Bit p of `inside`: a whole output row i used
  // it through row p of the window; bit 16 + q: a column j through column q. If
  // i = (r + pad - p) / s is whole, it is (r + pad) / s - p / s, each rounded down, and so all p
  // and q are one step each from the same corner.
  let mine = column0 + local % BN;
  let bottom = mine % pixels / params.w + params.padding;
  let right = mine % params.w + params.padding;
  let corner = (mine / pixels * params.o * params.oh + bottom / params.stride) * params.ow + right / params.stride;
  var inside = 0u;
  for (var p = 0u; p < KH; p++) {
    let i = (bottom - p) / params.stride;
    inside |= select(0u, 1u << p, i * params.stride == bottom - p && i < params.oh);
  }
  for (var q = 0u; q < KW; q++) {
    let j = (right - q) / params.stride;
    inside |= select(0u, 0x10000u << q, j * params.stride == right - q && j < params.ow);
  }
  if (mine >= columns) { inside = 0u; }

  let row = local / ACROSS;
  let column = local % ACROSS;
  var sum: array<f32, TM * TN>;
  for (var k0 = 0u; k0 < depth; k0 += BK) {
    if (local < FOURS) {
      let k = k0 + local + vec4u(0u, FOURS, 2u * FOURS, 3u * FOURS);
      let o = k / (KH * KW);
      let p = k % (KH * KW) / KW;
      let q = k % KW;
      weight_at[local] = o * params.c * (KH * KW) + k % (KH * KW);
      tap_at[local] = (o * params.oh - p / params.stride) * params.ow - q / params.stride;
      // More bits than a window has, where there is no such k.
      tap_bits[local] = select(vec4u(0xffffffffu), (vec4u(1u) << p) | (vec4u(0x10000u) << q), k < vec4u(depth));
    }
    workgroupBarrier();

    // unroll
    for (var t = 0u; t < W_LOADS; t++) {
      let slot = local + t * SIZE;
      if (slot < FOURS * BM) {
        let f = slot % FOURS;
        let at = min(c0 + slot / FOURS, params.c - 1u) * (KH * KW) + weight_at[f];
        let there = tap_bits[f] != vec4u(0xffffffffu);
        tile_w[f * PITCH + slot / FOURS] =
          vec4f(load_w(at.x, there.x), load_w(at.y, there.y), load_w(at.z, there.z), load_w(at.w, there.w));
      }
    }
    // unroll
    for (var t = 0u; t < DY_LOADS; t++) {
      let f = local / BN + t * (SIZE / BN);
      if (f < FOURS) {
        let at = corner + tap_at[f];
        let there = (vec4u(inside) & tap_bits[f]) == tap_bits[f];
        tile_dy[f * BN + local % BN] =
          vec4f(load_dy(at.x, there.x), load_dy(at.y, there.y), load_dy(at.z, there.z), load_dy(at.w, there.w));
      }
    }
    workgroupBarrier();

    for (var f = 0u; f < FOURS; f++) {
      var weight: array<vec4f, TM>;
      // unroll
      for (var m = 0u; m < TM; m++) { weight[m] = tile_w[f * PITCH + row + m * DOWN]; }
      // unroll
      for (var n = 0u; n < TN; n++) {
        let given = tile_dy[f * BN + column + n * ACROSS];
        // unroll
        for (var m = 0u; m < TM; m++) {
          sum[m * TN + n] = fma(weight[m].x, given.x, sum[m * TN + n]);
          sum[m * TN + n] = fma(weight[m].y, given.y, sum[m * TN + n]);
          sum[m * TN + n] = fma(weight[m].z, given.z, sum[m * TN + n]);
          sum[m * TN + n] = fma(weight[m].w, given.w, sum[m * TN + n]);
        }
      }
    }
  }

  // unroll
  for (var n = 0u; n < TN; n++) {
    let at = column0 + column + n * ACROSS;
    if (at < columns) {
      let plane = at / pixels * params.c;
      // unroll
      for (var m = 0u; m < TM; m++) {
        let c = c0 + row + m * DOWN;
        if (c < params.c) { dx[(plane + c) * pixels + at % pixels] = sum[m * TN + n]; }
      }
    }
  }
}
