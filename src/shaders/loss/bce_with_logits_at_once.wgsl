// What a training step wants of the loss, in one workgroup: y, the mean of the terms of
// bce_with_logits.wgsl; dx, its gradient for dy = 1 as by bce_with_logits_backward_input.wgsl; and
// with TOTALS an epoch's sums as by add_to_totals.wgsl. x, t, dx: n elements of any shape   y: one
// number   totals [2]
struct Params { n: u32, pos_weight: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> t: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<storage, read_write> totals: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

const SIZE: u32 = 64u;
const TOTALS: bool = false;

// Of each thread: its terms' sum, and how many of them were predicted right.
var<workgroup> partial: array<vec2f, SIZE>;

// log(1 + u) for u in (0, 1]: log alone loses the digits of a small u.
fn log1p(u: f32) -> f32 {
  if (u < 0.05) { return u * (1.0 - u * (0.5 - u * (1.0 / 3.0 - u * (0.25 - u / 5.0)))); }
  return log(1.0 + u);
}

// NaN if the logit is, by bits since a compiler may assume that there is none, and if the label
// lies outside 0 to 1.
fn checked(value: f32, logit: f32, label: f32) -> f32 {
  let valid = (bitcast<u32>(logit) & 0x7fffffffu) <= 0x7f800000u && clamp(label, 0.0, 1.0) == label;
  var nan_bits = 0x7fc00000u;
  return select(bitcast<f32>(nan_bits), value, valid);
}

@compute @workgroup_size(SIZE)
fn main(@builtin(local_invocation_index) local: u32) {
  let mean = 1.0 / f32(params.n);
  var own = vec2f(0.0);
  for (var i = local; i < params.n; i += SIZE) {
    let positive = x[i] > 0.0;
    let u = exp(-abs(x[i]));
    let tail = log1p(u);
    let term = params.pos_weight * t[i] * (max(-x[i], 0.0) + tail) + (1.0 - t[i]) * (max(x[i], 0.0) + tail);
    own.x += checked(term, x[i], t[i]);
    if (select(0.0, 1.0, positive) == t[i]) { own.y += 1.0; }
    // sigmoid(x) and sigmoid(-x), each without the difference of near equals that 1 - sigmoid would
    // be.
    let large = 1.0 / (1.0 + u);
    let small = u / (1.0 + u);
    let up = select(small, large, positive);
    let down = select(large, small, positive);
    dx[i] = checked(mean * ((1.0 - t[i]) * up - params.pos_weight * t[i] * down), x[i], t[i]);
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
