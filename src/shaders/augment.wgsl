// y[n,c,i,j] = gain * x[n,c,(i,j) carried back to the input] + offset: one bilinear sampling for the whole transform.
// x, y [N,C,H,W]   transform [N,8]: matrix row by row, shift (x, y), gain, offset. One thread an element of y.
struct Params { n: u32, c: u32, h: u32, w: u32, black: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> transform: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;

fn pixel(plane: u32, row: i32, column: i32) -> f32 {
  if (row < 0 || column < 0 || row >= i32(params.h) || column >= i32(params.w)) { return params.black; }
  return x[plane + u32(row) * params.w + u32(column)];
}

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  if (index >= params.n) { return; }
  let j = index % params.w;
  let i = index / params.w % params.h;
  let plane = index - i * params.w - j;
  let t = index / (params.w * params.h * params.c) * 8u;

  let centre = vec2f(f32(params.w) - 1.0, f32(params.h) - 1.0) * 0.5;
  let out = vec2f(f32(j), f32(i)) - centre;
  let source = centre + vec2f(
    transform[t] * out.x + transform[t + 1u] * out.y + transform[t + 4u],
    transform[t + 2u] * out.x + transform[t + 3u] * out.y + transform[t + 5u],
  );
  // Far outside everything is black; the clamp keeps the conversion to integers defined.
  let corner = clamp(floor(source), vec2f(-2.0), vec2f(f32(params.w), f32(params.h)) + 1.0);
  let part = clamp(source - corner, vec2f(0.0), vec2f(1.0));
  let column = i32(corner.x);
  let row = i32(corner.y);
  let above = mix(pixel(plane, row, column), pixel(plane, row, column + 1), part.x);
  let below = mix(pixel(plane, row + 1, column), pixel(plane, row + 1, column + 1), part.x);
  y[index] = transform[t + 6u] * mix(above, below, part.y) + transform[t + 7u];
}
