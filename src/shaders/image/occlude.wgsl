// y[p,c,i,j] = fill[p,c] where (i,j) lies in patch p, else x[0,c,i,j]: a copy of the image for each
// patch. x [1,C,H,W]   corners [P,2]: row and column of each patch, may be negative   fill [P,C]
// y [P,C,H,W]. `lanes` threads share a plane of y.
struct Params { planes: u32, c: u32, h: u32, w: u32, lanes: u32, side: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> corners: array<f32>;
@group(0) @binding(2) var<storage, read> fill: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  let plane = index / params.lanes;
  if (plane >= params.planes) { return; }
  let p = plane / params.c;
  let pixels = params.h * params.w;
  let source = plane % params.c * pixels;
  let corner = vec2i(i32(corners[2u * p]), i32(corners[2u * p + 1u]));
  let value = fill[plane];
  for (var at = index % params.lanes; at < pixels; at += params.lanes) {
    let inside = vec2i(i32(at / params.w), i32(at % params.w)) - corner;
    let hidden = all(inside >= vec2i(0)) && all(inside < vec2i(i32(params.side)));
    y[plane * pixels + at] = select(x[source + at], value, hidden);
  }
}
