// y[n,i,j] = max(0, sum_c w[n,c] * a[n,c,i,j])                    a [N,C,H*W]   w [N,C]   y [N,H*W]. One thread a pixel.
struct Params { n: u32, c: u32, pixels: u32 }

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  if (index >= params.n * params.pixels) { return; }
  let first = index / params.pixels * params.c;
  let pixel = index % params.pixels;
  var sum = 0.0;
  for (var c = first; c < first + params.c; c++) { sum += w[c] * a[c * params.pixels + pixel]; }
  y[index] = max(sum, 0.0);
}
