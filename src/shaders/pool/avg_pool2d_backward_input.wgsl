// dx[n,c,r,s] = 1 / K^2 * sum of dy[n,c,i,j] over the windows (i,j) that x[n,c,r,s] lies in. dy
// [N,C,OH,OW]   dx [N,C,H,W]. One thread an element of dx gathers, so overlapping windows need no
// atomics.
struct Params { planes: u32, h: u32, w: u32, oh: u32, ow: u32, kernel: u32, stride: u32, padding: u32 }

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const SIZE: u32 = 64u;

// The first window that reaches a row or column, counted from the padded edge.
fn first(reach: u32) -> u32 {
  return select(0u, (reach - params.kernel) / params.stride + 1u, reach >= params.kernel);
}

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  if (index >= params.planes * params.h * params.w) { return; }
  let column = index % params.w + params.padding;
  let row = index / params.w % params.h + params.padding;
  let plane = index / (params.w * params.h) * params.oh * params.ow;

  let last_i = min(row / params.stride, params.oh - 1u);
  let last_j = min(column / params.stride, params.ow - 1u);
  var sum = 0.0;
  for (var i = first(row); i <= last_i; i++) {
    for (var j = first(column); j <= last_j; j++) { sum += dy[plane + i * params.ow + j]; }
  }
  dx[index] = sum / f32(params.kernel * params.kernel);
}
