// loss[i] = pos_weight * t * softplus(-x) + (1 - t) * softplus(x)   with softplus(x) = max(x, 0) +
// log(1 + exp(-|x|)) x, t, loss: n elements of any shape. No exp of a positive number, so it holds
// at any logit.
struct Params { n: u32, pos_weight: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> t: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;

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
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * SIZE;
  if (i >= params.n) { return; }
  let tail = log1p(exp(-abs(x[i])));
  let term = params.pos_weight * t[i] * (max(-x[i], 0.0) + tail) + (1.0 - t[i]) * (max(x[i], 0.0) + tail);
  loss[i] = checked(term, x[i], t[i]);
}
