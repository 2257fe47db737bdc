// y[n,c,i,j] = gain * x[n,c,(i,j) carried back to the input] + offset: one bilinear sampling for
// the whole transform. x, y [N,C,H,W]   transform [N,8]: matrix row by row, shift (x, y), gain,
// offset. `lanes` threads share a plane.
struct Params { planes: u32, c: u32, h: u32, w: u32, lanes: u32, black: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> transform: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;

// What lies outside is black. Loaded all the same, from the nearest pixel inside: a branch costs
// more than a load.
fn pixel(plane: u32, row: i32, column: i32) -> f32 {
  let r = clamp(row, 0, i32(params.h) - 1);
  let s = clamp(column, 0, i32(params.w) - 1);
  return select(params.black, x[plane + u32(r) * params.w + u32(s)], (r == row) & (s == column));
}

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  if (index / params.lanes >= params.planes) { return; }
  let plane = index / params.lanes * params.h * params.w;
  let t = index / params.lanes / params.c * 8u;
  let matrix = mat2x2f(transform[t], transform[t + 2u], transform[t + 1u], transform[t + 3u]);
  let shift = vec2f(transform[t + 4u], transform[t + 5u]);
  let gain = transform[t + 6u];
  let offset = transform[t + 7u];
  let extent = vec2f(f32(params.w), f32(params.h));
  let centre = (extent - 1.0) * 0.5;

  for (var at = index % params.lanes; at < params.h * params.w; at += params.lanes) {
    let out = vec2f(f32(at % params.w), f32(at / params.w)) - centre;
    let source = centre + matrix * out + shift;
    // Far outside everything is black; the clamp keeps the conversion to integers defined.
    let corner = clamp(floor(source), vec2f(-2.0), extent + 1.0);
    let part = clamp(source - corner, vec2f(0.0), vec2f(1.0));
    let column = i32(corner.x);
    let row = i32(corner.y);
    let above = mix(pixel(plane, row, column), pixel(plane, row, column + 1), part.x);
    let below = mix(pixel(plane, row + 1, column), pixel(plane, row + 1, column + 1), part.x);
    y[plane + at] = gain * mix(above, below, part.y) + offset;
  }
}
