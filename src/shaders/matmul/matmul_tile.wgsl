// y(m,n) = sum_k a(m,k) * b(k,n), by tiles. Each matrix may lie either way: the params say how far
// apart in memory neighbours along each index are. matmul and dense, forward and backward, are
// products of this form. y [SPLITS,M,N] holds sums over a share of the k each; where there are more
// than one, matmul_tile_sum.wgsl adds them.
//
// An invocation computes TM x TN elements. The LANES invocations of a subgroup share the TM rows of
// a: each loads its part of them and hands it round. Their columns of b are LANES apart, so that
// they load them side by side. Beyond an edge the last row or column is computed again.
enable subgroups;

struct Params {
  m: u32, n: u32, k: u32,
  a_m: u32, a_k: u32, b_k: u32, b_n: u32, y_m: u32, y_n: u32, bias_m: u32, bias_n: u32,
  share: u32, // of the k
  first_across: u32, first_part: u32, // of the workgroups, where a dispatch is one of several
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> gate: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> rows: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

const SIZE: u32 = 4u;
const LANES: u32 = 4u;
const TM: u32 = 16u; // a multiple of LANES
const TN: u32 = 8u;
const TK: u32 = 4u; // products of a sum that follow one another
const BIAS: u32 = 0u; // 1: y += bias
const RELU: u32 = 0u; // 1: y = max(y, 0) at the end
const MINUS_INFINITY: i32 = -8388608; // its bits, see relu.wgsl
const GATE: u32 = 0u; // 1: an element of a counts where gate, which lies as a does, is over 0: the gradient through a ReLU
const ROWS: u32 = 0u; // 1: rows[m] = sum_k a(m,k), the gradient of a bias
const UNROLL_STORES: u32 = 1u; // 1: where that is faster, and does not take long to compile
const SHARE: u32 = TM / LANES; // the rows of a that each invocation loads

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) own_group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let group = own_group + vec3u(params.first_across, 0u, params.first_part);
  let m0 = group.y * TM;
  let n0 = group.x * TN * LANES + lane;
  var row: array<u32, SHARE>;
  // unroll
  for (var s = 0u; s < SHARE; s++) { row[s] = min(m0 + s * LANES + lane, params.m - 1u) * params.a_m; }
  var column: array<u32, TN>;
  // unroll
  for (var n = 0u; n < TN; n++) { column[n] = min(n0 + n * LANES, params.n - 1u) * params.b_n; }

  var sum: array<f32, TM * TN>;
  var row_sum: array<f32, SHARE>;
  let end = min((group.z + 1u) * params.share, params.k);
  for (var k0 = group.z * params.share; k0 < end; k0 += TK) {
    var left: array<f32, TM * TK>;
    var right: array<f32, TN * TK>;
    // unroll
    for (var k = 0u; k < TK; k++) {
      // Behind the last of the k all is 0.
      let mask = select(0u, 0xffffffffu, k0 + k < end);
      let at = min(k0 + k, end - 1u);
      // unroll
      for (var s = 0u; s < SHARE; s++) {
        var own: array<f32, 1>;
        own[0u] = bitcast<f32>(bitcast<u32>(a[row[s] + at * params.a_k]) & mask);
        if (GATE == 1u) { own[0u] = select(own[0u], 0.0, bitcast<u32>(gate[row[s] + at * params.a_k]) == 0u); }
        if (ROWS == 1u) { row_sum[s] += own[0u]; }
        // unroll
        for (var l = 0u; l < LANES; l++) { left[(s * LANES + l) * TK + k] = subgroupShuffle(own[0u], l); }
      }
      // unroll
      for (var n = 0u; n < TN; n++) {
        right[n * TK + k] = bitcast<f32>(bitcast<u32>(b[column[n] + at * params.b_k]) & mask);
      }
    }
    // unroll
    for (var m = 0u; m < TM; m++) {
      // unroll
      for (var n = 0u; n < TN; n++) {
        // unroll
        for (var k = 0u; k < TK; k++) { sum[m * TN + n] = fma(left[m * TK + k], right[n * TK + k], sum[m * TN + n]); }
      }
    }
  }

  // unroll if UNROLL_STORES
  for (var m = 0u; m < TM; m++) {
    let at_m = min(m0 + m, params.m - 1u);
    // unroll
    for (var n = 0u; n < TN; n++) {
      let at_n = min(n0 + n * LANES, params.n - 1u);
      if (BIAS == 1u) { sum[m * TN + n] += bias[at_m * params.bias_m + at_n * params.bias_n]; }
      if (RELU == 1u) {
        let value = sum[m * TN + n];
        sum[m * TN + n] = select(value, 0.0, bitcast<i32>(value) <= MINUS_INFINITY);
      }
      y[group.z * params.m * params.n + at_m * params.y_m + at_n * params.y_n] = sum[m * TN + n];
    }
  }
  if (ROWS == 1u) {
    if (group.x > 0u) { return; }
    // unroll
    for (var s = 0u; s < SHARE; s++) { rows[min(m0 + s * LANES + lane, params.m - 1u)] = row_sum[s]; }
  }
}
