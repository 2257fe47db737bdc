// u = momentum u + g   p -= lr u, or with Nesterov's look ahead p -= lr (g + momentum u). n times
// four floats.
struct Params { n: u32 }
struct Hyper { lr: f32, momentum: f32, decay: f32 }

@group(0) @binding(0) var<storage, read_write> values: array<vec4f>;
@group(0) @binding(1) var<storage, read> grads: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> u: array<vec4f>;
@group(0) @binding(3) var<storage, read> hyper: Hyper;
@group(0) @binding(4) var<uniform> params: Params;

const SIZE: u32 = 64u;
const NESTEROV: bool = false;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let threads = groups.x * groups.y * SIZE;
  for (var i = id.x + id.y * groups.x * SIZE; i < params.n; i += threads) {
    let p = values[i];
    let g = grads[i] + hyper.decay * p;
    let u_new = hyper.momentum * u[i] + g;
    u[i] = u_new;
    values[i] = p - hyper.lr * select(u_new, g + hyper.momentum * u_new, NESTEROV);
  }
}
