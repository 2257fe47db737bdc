// lse[n] = log sum_c exp(x[n,c])   loss[n] = lse[n] - x[n,t[n]], NaN where t[n] is no class
// x [N,C]   t [N] class indices 0 .. C-1 as floats   lse, loss [N]. One workgroup a row.
struct Params { n: u32, classes: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> t: array<f32>;
@group(0) @binding(2) var<storage, read_write> lse: array<f32>;
@group(0) @binding(3) var<storage, read_write> loss: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const SIZE: u32 = 64u;

var<workgroup> partial: array<f32, SIZE>;
var<workgroup> top: f32;

// By bits: a compiler may assume that there is no NaN, and some adapters' exp and log of it are
// numbers.
fn is_nan(v: f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }
fn exp_or_nan(v: f32) -> f32 { return select(exp(v), v, is_nan(v)); }

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let n = group.x + group.y * groups.x;
  if (n >= params.n) { return; }
  let row = n * params.classes;
  var largest = x[row];
  for (var c = local; c < params.classes; c += SIZE) { largest = max(largest, x[row + c]); }
  partial[local] = largest;
  workgroupBarrier();
  if (local == 0u) {
    for (var k = 1u; k < SIZE; k++) { largest = max(largest, partial[k]); }
    top = largest;
  }
  workgroupBarrier();

  // The largest subtracted, no exp is over 1 and one is 1: neither overflow nor log(0).
  var sum = 0.0;
  for (var c = local; c < params.classes; c += SIZE) { sum += exp_or_nan(x[row + c] - top); }
  partial[local] = sum;
  workgroupBarrier();
  if (local == 0u) {
    var total = 0.0;
    for (var k = 0u; k < SIZE; k++) { total += partial[k]; }
    let class_index = u32(clamp(t[n], 0.0, f32(params.classes - 1u)));
    let valid = f32(class_index) == t[n] && !is_nan(total);
    var nan_bits = 0x7fc00000u;
    let log_sum = select(bitcast<f32>(nan_bits), top + log(total), valid);
    lse[n] = log_sum;
    loss[n] = log_sum - x[row + class_index];
  }
}
