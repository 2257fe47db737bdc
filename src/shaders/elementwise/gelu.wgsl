// y[i] = x[i] * P(x[i]), P the normal distribution function, or with TANH its approximation   x, y: n elements of any shape
struct Params { n: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const SIZE: u32 = 64u;
const TANH: bool = false;

// The part of the normal distribution below v. WGSL has no erf: M. Abramowitz, I. Stegun, 1964, 26.2.17, to 7.5e-8.
fn below(v: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.2316419 * abs(v));
  let series = ((((1.330274429 * t - 1.821255978) * t + 1.781477937) * t - 0.356563782) * t + 0.319381530) * t;
  let tail = 0.3989422804 * exp(-0.5 * v * v) * series;
  return select(tail, 1.0 - tail, v > 0.0);
}

// (1 + tanh(w)) / 2 with w = sqrt(2 / pi) * (v + 0.044715 v^3) is 1 / (1 + exp(-2w)); exp of a negative number only.
fn below_tanh(v: f32) -> f32 {
  let w = 0.7978845608 * (v + 0.044715 * v * v * v);
  let u = exp(-2.0 * abs(w));
  return select(u, 1.0, w > 0.0) / (1.0 + u);
}

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * SIZE;
  if (i >= params.n) { return; }
  let v = x[i];
  if (TANH) { y[i] = v * below_tanh(v); } else { y[i] = v * below(v); }
}
