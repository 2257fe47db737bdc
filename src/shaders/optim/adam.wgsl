// m = b1 m + (1 - b1) g   v = b2 v + (1 - b2) g^2   p -= step_size * m / (sqrt(v) * scale + eps)
// with step_size = lr / (1 - b1^t) and scale = 1 / sqrt(1 - b2^t). All parameters of a model at
// once: n times four floats.
struct Params { n: u32 }
struct Hyper {
  step_size: f32, scale: f32, beta1: f32, beta2: f32, eps: f32,
  // Adam: the weight decay itself. AdamW (DECOUPLED): the factor 1 - lr * weight decay.
  decay: f32,
  // 1 - beta1 and 1 - beta2, taken in float64.
  rest1: f32, rest2: f32,
}

@group(0) @binding(0) var<storage, read_write> values: array<vec4f>;
@group(0) @binding(1) var<storage, read> grads: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> v: array<vec4f>;
@group(0) @binding(4) var<storage, read> hyper: Hyper;
@group(0) @binding(5) var<uniform> params: Params;

const SIZE: u32 = 64u;
const DECOUPLED: bool = false;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let threads = groups.x * groups.y * SIZE;
  for (var i = id.x + id.y * groups.x * SIZE; i < params.n; i += threads) {
    var p = values[i];
    var g = grads[i];
    if (DECOUPLED) { p *= hyper.decay; } else { g += hyper.decay * p; }
    let m_new = hyper.beta1 * m[i] + hyper.rest1 * g;
    let v_new = hyper.beta2 * v[i] + hyper.rest2 * g * g;
    m[i] = m_new;
    v[i] = v_new;
    values[i] = p - hyper.step_size * m_new / (sqrt(v_new) * hyper.scale + hyper.eps);
  }
}
