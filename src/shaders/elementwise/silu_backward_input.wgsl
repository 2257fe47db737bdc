// dx[i] = dy[i] * (s + x[i] * s * (1 - s)) with s = 1 / (1 + exp(-x[i]))           x, dy, dx: n elements of any shape
struct Params { n: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * SIZE;
  if (i >= params.n) { return; }
  let v = x[i];
  let u = exp(-abs(v));
  let s = select(u, 1.0, v > 0.0) / (1.0 + u);
  dx[i] = dy[i] * (s + v * s * (select(1.0, u, v > 0.0) / (1.0 + u)));
}
