// dx[n,c,r,s] = sum of dy[n,c,i,j] over the windows (i,j) that x[n,c,r,s] won. dy, argmax
// [N,C,OH,OW]   dx [N,C,H,W]. One thread an element of dx gathers, so overlapping windows need no
// atomics.
struct Params { planes: u32, h: u32, w: u32, oh: u32, ow: u32, kernel: u32, stride: u32, padding: u32 }

@group(0) @binding(0) var<storage, read> argmax: array<u32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;

// The first window that reaches a row or column, counted from the padded edge.
fn first(reach: u32) -> u32 {
  return select(0u, (reach - params.kernel) / params.stride + 1u, reach >= params.kernel);
}

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  if (index >= params.planes * params.h * params.w) { return; }
  let column = index % params.w;
  let row = index / params.w % params.h;
  let place = row * params.w + column;
  let plane = index / (params.w * params.h) * params.oh * params.ow;

  let last_i = min((row + params.padding) / params.stride, params.oh - 1u);
  let last_j = min((column + params.padding) / params.stride, params.ow - 1u);
  var sum = 0.0;
  for (var i = first(row + params.padding); i <= last_i; i++) {
    for (var j = first(column + params.padding); j <= last_j; j++) {
      let window = plane + i * params.ow + j;
      if (argmax[window] == place) { sum += dy[window]; }
    }
  }
  dx[index] = sum;
}
