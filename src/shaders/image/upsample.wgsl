// y[n,i,j] = x[n] between its pixels at ((i + 0.5) * H/OH - 0.5, (j + 0.5) * W/OW - 0.5), bilinear,
// edges going on. x [N,H,W]   y [N,OH,OW]. Both cover the same square: pixel 0 of x is a cell of
// OH/H rows. One thread a pixel of y.
struct Params { planes: u32, h: u32, w: u32, oh: u32, ow: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  if (index >= params.planes * params.oh * params.ow) { return; }
  let plane = index / (params.oh * params.ow) * params.h * params.w;
  let out = vec2f(f32(index / params.ow % params.oh), f32(index % params.ow));
  let size = vec2u(params.h, params.w);
  let scale = vec2f(size) / vec2f(f32(params.oh), f32(params.ow));
  // The centre of an outermost cell and all beyond it have its value.
  let place = clamp((out + 0.5) * scale - 0.5, vec2f(0.0), vec2f(size - 1u));
  let low = vec2u(place);
  let high = min(low + 1u, size - 1u);
  let part = place - vec2f(low);
  let above = mix(x[plane + low.x * params.w + low.y], x[plane + low.x * params.w + high.y], part.y);
  let below = mix(x[plane + high.x * params.w + low.y], x[plane + high.x * params.w + high.y], part.y);
  y[index] = mix(above, below, part.x);
}
