// dx[i] = dy[i] * (P(x[i]) + x[i] * P'(x[i])), P as in gelu.wgsl                  x, dy, dx: n elements of any shape
struct Params { n: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;
const TANH: bool = false;

fn slope(v: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.2316419 * abs(v));
  let series = ((((1.330274429 * t - 1.821255978) * t + 1.781477937) * t - 0.356563782) * t + 0.319381530) * t;
  let density = 0.3989422804 * exp(-0.5 * v * v);
  let tail = density * series;
  return select(tail, 1.0 - tail, v > 0.0) + v * density;
}

// P = 1 / (1 + exp(-2w)), so P' = 2 P (1 - P) w'
fn slope_tanh(v: f32) -> f32 {
  let w = 0.7978845608 * (v + 0.044715 * v * v * v);
  let dw = 0.7978845608 * (1.0 + 0.134145 * v * v);
  let u = exp(-2.0 * abs(w));
  let p = select(u, 1.0, w > 0.0) / (1.0 + u);
  let q = select(1.0, u, w > 0.0) / (1.0 + u);
  return p + v * 2.0 * p * q * dw;
}

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * SIZE;
  if (i >= params.n) { return; }
  if (TANH) { dx[i] = dy[i] * slope_tanh(x[i]); } else { dx[i] = dy[i] * slope(x[i]); }
}
