// y[p,c] = mean of x[0,c] over patch p widened by `margin` pixels to all sides, as far as that lies
// in the image. x [1,C,H,W]   corners [P,2]: row and column of each patch, may be negative   y
// [P,C]. One thread an element of y.
struct Params { patches: u32, c: u32, h: u32, w: u32, side: u32, margin: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> corners: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  if (index >= params.patches * params.c) { return; }
  let p = index / params.c;
  let plane = index % params.c * params.h * params.w;
  let corner = vec2i(i32(corners[2u * p]), i32(corners[2u * p + 1u]));
  let extent = vec2i(i32(params.h), i32(params.w));
  let start = max(corner - i32(params.margin), vec2i(0));
  let end = min(corner + i32(params.side + params.margin), extent);
  var sum = 0.0;
  for (var row = start.x; row < end.x; row++) {
    for (var column = start.y; column < end.y; column++) { sum += x[plane + u32(row) * params.w + u32(column)]; }
  }
  let size = end - start;
  y[index] = sum / f32(size.x * size.y);
}
