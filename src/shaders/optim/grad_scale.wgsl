// g *= min(1, limit / (norm + 1e-6)). n times four floats, in place.
struct Params { n: u32, limit: f32 }

@group(0) @binding(0) var<storage, read> norm: array<f32>;
@group(0) @binding(1) var<storage, read_write> grads: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let threads = groups.x * groups.y * SIZE;
  let factor = min(1.0, params.limit / (norm[0] + 1e-6));
  for (var i = id.x + id.y * groups.x * SIZE; i < params.n; i += threads) { grads[i] *= factor; }
}
