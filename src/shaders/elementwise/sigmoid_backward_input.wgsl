// dx[i] = dy[i] * y[i] * (1 - y[i])
// y, dy, dx: n elements of any shape
struct Params { n: u32 }

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * SIZE;
  if (i >= params.n) { return; }
  dx[i] = dy[i] * y[i] * (1.0 - y[i]);
}
