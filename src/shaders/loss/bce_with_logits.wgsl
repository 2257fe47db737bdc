// loss[i] = pos_weight * t * softplus(-x) + (1 - t) * softplus(x)   with softplus(x) = max(x, 0) + log(1 + exp(-|x|))
// x, t, loss: n elements of any shape. No exp of a positive number, so it holds at any logit.
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

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * SIZE;
  if (i >= params.n) { return; }
  let tail = log1p(exp(-abs(x[i])));
  loss[i] = params.pos_weight * t[i] * (max(-x[i], 0.0) + tail) + (1.0 - t[i]) * (max(x[i], 0.0) + tail);
}
