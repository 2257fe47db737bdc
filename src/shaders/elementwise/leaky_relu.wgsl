// y[i] = x[i] where x[i] > 0, else slope * x[i]
// x, y: n elements of any shape
struct Params { n: u32, slope: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * SIZE;
  if (i >= params.n) { return; }
  y[i] = select(params.slope * x[i], x[i], x[i] > 0.0);
}
