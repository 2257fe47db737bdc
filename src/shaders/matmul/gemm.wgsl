// y[m,n] = bias[n] + sum_k A[m,k] * B[k,n], and relu(y) with RELU: what matmul, dense and their
// gradients have in common. A [M,K], or its transpose [K,M] with A_TRANSPOSED   B [K,N], or [N,K]
// with B_TRANSPOSED   bias [N]   y [M,N]. With GATE an element of A counts where that of gate,
// which lies as A, is over 0: so a gradient goes back through relu. With ROWS rows[m] = sum_k
// A[m,k], as if B had one more column, of ones: so a bias gets its gradient.
//
// A workgroup computes BM x BN of y. In each step it loads BM x BK of A and BK x BN of B into
// workgroup memory, every number once, and each invocation multiplies TM rows by TN columns from
// there: TM + TN loads for TM * TN products.
struct Params { m: u32, n: u32, k: u32 }

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> gate: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> rows: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

const SIZE: u32 = 256u; // BM / TM * BN / TN
const BM: u32 = 64u;
const BN: u32 = 64u;
const BK: u32 = 16u;
const TM: u32 = 4u;
const TN: u32 = 4u;
const A_TRANSPOSED: bool = false;
const B_TRANSPOSED: bool = false;
const BIAS: bool = false;
const RELU: bool = false;
const MINUS_INFINITY: i32 = -8388608; // its bits, see relu.wgsl
const GATE: bool = false;
const ROWS: bool = false;
const DOWN: u32 = BM / TM; // an invocation's rows are DOWN apart, its columns ACROSS,
const ACROSS: u32 = BN / TN; // so that neighbours have neighbouring columns
const FOURS: u32 = BK / 4u;
const A_PITCH: u32 = BM + 32u / BK; // the few more keep neighbours' writes out of one bank of the memory
const B_PITCH: u32 = BN + 32u / BK;
const A_LOADS: u32 = (FOURS * BM + SIZE - 1u) / SIZE;
const B_LOADS: u32 = (FOURS * BN + SIZE - 1u) / SIZE;

// By four k in a vec4f; number f of a step has k0 + f + (0, FOURS, 2 FOURS, 3 FOURS), so that
// neighbours load neighbours.
var<workgroup> tile_a: array<vec4f, FOURS * A_PITCH>;
var<workgroup> tile_b: array<vec4f, FOURS * B_PITCH>;

fn load_a(m: u32, k: u32) -> f32 {
  let there = m < params.m && k < params.k;
  let at = select(0u, select(m * params.k + k, k * params.m + m, A_TRANSPOSED), there);
  return select(0.0, a[at], there && (!GATE || bitcast<u32>(gate[at]) != 0u));
}

fn load_b(k: u32, n: u32) -> f32 {
  let there = n < params.n && k < params.k;
  let at = select(0u, select(k * params.n + n, n * params.k + k, B_TRANSPOSED), there);
  return select(select(0.0, 1.0, ROWS && n == params.n), b[at], there);
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = group.x + group.y * groups.x;
  let down = (params.m + BM - 1u) / BM;
  let m0 = index % down * BM;
  let n0 = index / down * BN;
  if (n0 >= params.n + select(0u, 1u, ROWS)) { return; }

  let row = local / ACROSS;
  let column = local % ACROSS;
  var sum: array<f32, TM * TN>;
  for (var k0 = 0u; k0 < params.k; k0 += BK) {
    // Neighbours take what lies side by side: along k, or along m and n where those run fastest.
    // unroll
    for (var t = 0u; t < A_LOADS; t++) {
      let slot = local + t * SIZE;
      if (slot < FOURS * BM) {
        let f = select(slot % FOURS, slot / BM, A_TRANSPOSED);
        let m = select(slot / FOURS, slot % BM, A_TRANSPOSED);
        let k = k0 + f;
        tile_a[f * A_PITCH + m] = vec4f(
          load_a(m0 + m, k),
          load_a(m0 + m, k + FOURS),
          load_a(m0 + m, k + 2u * FOURS),
          load_a(m0 + m, k + 3u * FOURS),
        );
      }
    }
    // unroll
    for (var t = 0u; t < B_LOADS; t++) {
      let slot = local + t * SIZE;
      if (slot < FOURS * BN) {
        let f = select(slot / BN, slot % FOURS, B_TRANSPOSED);
        let n = select(slot % BN, slot / FOURS, B_TRANSPOSED);
        let k = k0 + f;
        tile_b[f * B_PITCH + n] = vec4f(
          load_b(k, n0 + n),
          load_b(k + FOURS, n0 + n),
          load_b(k + 2u * FOURS, n0 + n),
          load_b(k + 3u * FOURS, n0 + n),
        );
      }
    }
    workgroupBarrier();

    for (var f = 0u; f < FOURS; f++) {
      var left: array<vec4f, TM>;
      // unroll
      for (var m = 0u; m < TM; m++) { left[m] = tile_a[f * A_PITCH + row + m * DOWN]; }
      // unroll
      for (var n = 0u; n < TN; n++) {
        let right = tile_b[f * B_PITCH + column + n * ACROSS];
        // unroll
        for (var m = 0u; m < TM; m++) {
          sum[m * TN + n] = fma(left[m].x, right.x, sum[m * TN + n]);
          sum[m * TN + n] = fma(left[m].y, right.y, sum[m * TN + n]);
          sum[m * TN + n] = fma(left[m].z, right.z, sum[m * TN + n]);
          sum[m * TN + n] = fma(left[m].w, right.w, sum[m * TN + n]);
        }
      }
    }
    // Nobody may load the next step's numbers over those that another still multiplies.
    workgroupBarrier();
  }

  // unroll
  for (var n = 0u; n < TN; n++) {
    let at = n0 + column + n * ACROSS;
    // unroll
    for (var m = 0u; m < TM; m++) {
      let over = m0 + row + m * DOWN;
      if (over < params.m && at < params.n) {
        var value = sum[m * TN + n];
        if (BIAS) { value += bias[at]; }
        if (RELU) { value = select(value, 0.0, bitcast<i32>(value) <= MINUS_INFINITY); }
        y[over * params.n + at] = value;
      }
      if (ROWS && over < params.m && at == params.n) { rows[over] = sum[m * TN + n]; }
    }
  }
}
