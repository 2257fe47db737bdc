// dx[n,c,r,s] = dy[n,c] / (H*W)
// dy [N,C]   dx [N,C,H*W]. One thread an element of dx.
struct Params { n: u32, pixels: u32 }

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * SIZE;
  if (i >= params.n) { return; }
  dx[i] = dy[i / params.pixels] / f32(params.pixels);
}
