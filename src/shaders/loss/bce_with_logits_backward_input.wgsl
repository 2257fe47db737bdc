// dx[i] = dy / n * ((1 - t) * sigmoid(x) - pos_weight * t * sigmoid(-x))
// x, t, dx: n elements of any shape   dy: one number, the gradient of the mean
struct Params { n: u32, pos_weight: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> t: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const SIZE: u32 = 64u;

// NaN if the logit is, by bits since a compiler may assume that there is none, and if the label
// lies outside 0 to 1.
fn checked(value: f32, logit: f32, label: f32) -> f32 {
  let valid = (bitcast<u32>(logit) & 0x7fffffffu) <= 0x7f800000u && clamp(label, 0.0, 1.0) == label;
  var nan_bits = 0x7fc00000u;
  return select(bitcast<f32>(nan_bits), value, valid);
}

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * SIZE;
  if (i >= params.n) { return; }
  // sigmoid(|x|) and sigmoid(-|x|), each without the difference of near equals that 1 - sigmoid
  // would be.
  let u = exp(-abs(x[i]));
  let large = 1.0 / (1.0 + u);
  let small = u / (1.0 + u);
  let positive = x[i] > 0.0;
  let up = select(small, large, positive);
  let down = select(large, small, positive);
  dx[i] = checked(dy[0] / f32(params.n) * ((1.0 - t[i]) * up - params.pos_weight * t[i] * down), x[i], t[i]);
}
