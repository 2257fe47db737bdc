// y[n,i,j] = max(0, sum_c weight * a[n,c,i,j])   with the weight w[n,c], which is Grad-CAM,
// or with LAYER max(0, w[n,c,i,j]), which is LayerCAM with the gradients of a for w.
// a [N,C,H*W]   w [N,C], or with LAYER [N,C,H*W]   y [N,H*W]. One thread a pixel.
struct Params { n: u32, c: u32, pixels: u32 }

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;
const LAYER: bool = false;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  if (index >= params.n * params.pixels) { return; }
  let first = index / params.pixels * params.c;
  let pixel = index % params.pixels;
  var sum = 0.0;
  for (var c = first; c < first + params.c; c++) {
    let at = c * params.pixels + pixel;
    var weight = w[select(c, at, LAYER)];
    if (LAYER) { weight = max(weight, 0.0); }
    sum += weight * a[at];
  }
  y[index] = max(sum, 0.0);
}
