// What a training step wants of the loss, in one workgroup: lse and the mean y of the losses of
// softmax_cross_entropy.wgsl; dx, its gradient for dy = 1 as by
// softmax_cross_entropy_backward_input.wgsl; and with TOTALS an epoch's sums as by
// add_to_totals.wgsl. x, dx [N,C]   t [N] class indices 0 .. C-1 as floats   lse [N]   y: one
// number   totals [2]. One thread a row.
struct Params { n: u32, classes: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> t: array<f32>;
@group(0) @binding(2) var<storage, read_write> lse: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
@group(0) @binding(5) var<storage, read_write> totals: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

const SIZE: u32 = 64u;
const TOTALS: bool = false;

// Of each thread: its losses' sum, and how many rows were predicted right.
var<workgroup> partial: array<vec2f, SIZE>;

// By bits: a compiler may assume that there is no NaN, and some adapters' exp and log of it are
// numbers.
fn is_nan(v: f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }
fn exp_or_nan(v: f32) -> f32 { return select(exp(v), v, is_nan(v)); }

@compute @workgroup_size(SIZE)
fn main(@builtin(local_invocation_index) local: u32) {
  let mean = 1.0 / f32(params.n);
  var own = vec2f(0.0);
  for (var n = local; n < params.n; n += SIZE) {
    let row = n * params.classes;
    var best = 0u;
    for (var c = 1u; c < params.classes; c++) { if (x[row + c] > x[row + best]) { best = c; } }
    let top = x[row + best];
    // The largest subtracted, no exp is over 1 and one is 1: neither overflow nor log(0).
    var sum = 0.0;
    for (var c = 0u; c < params.classes; c++) { sum += exp_or_nan(x[row + c] - top); }
    let class_index = u32(clamp(t[n], 0.0, f32(params.classes - 1u)));
    var nan_bits = 0x7fc00000u;
    let valid = f32(class_index) == t[n] && !is_nan(sum);
    let log_sum = select(bitcast<f32>(nan_bits), top + log(sum), valid);
    lse[n] = log_sum;
    own.x += log_sum - x[row + class_index];
    if (f32(best) == t[n]) { own.y += 1.0; }
    for (var c = 0u; c < params.classes; c++) {
      dx[row + c] = mean * (exp_or_nan(x[row + c] - log_sum) - select(0.0, 1.0, f32(c) == t[n]));
    }
  }
  partial[local] = own;
  workgroupBarrier();
  if (local > 0u) { return; }
  var total = vec2f(0.0);
  for (var k = 0u; k < SIZE; k++) { total += partial[k]; }
  y[0] = mean * total.x;
  if (TOTALS) {
    totals[0] += total.x;
    totals[1] += total.y;
  }
}
