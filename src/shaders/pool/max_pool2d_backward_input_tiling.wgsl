// dx[n,c,r,s] = dy[n,c,i,j] where x[n,c,r,s] won its window (i,j), else 0; for windows that tile x
// exactly: stride = kernel, no padding, H = OH * kernel, W = OW * kernel. Then each x has one
// window, and one thread a window writes its whole block: 2 loads for kernel^2 elements instead of
// 2 for each. dy, argmax [N,C,OH,OW]   dx [N,C,H,W]. One thread an element of dy.
struct Params { planes: u32, h: u32, w: u32, oh: u32, ow: u32, kernel: u32, stride: u32, padding: u32 }

@group(0) @binding(0) var<storage, read> argmax: array<u32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let window = id.x + id.y * groups.x * SIZE;
  if (window >= params.planes * params.oh * params.ow) { return; }
  let j = window % params.ow;
  let i = window / params.ow % params.oh;
  let plane = window / (params.ow * params.oh) * params.h * params.w;
  let corner = i * params.kernel * params.w + j * params.kernel;
  let won = argmax[window];
  let slope = dy[window];
  for (var p = 0u; p < params.kernel; p++) {
    for (var q = 0u; q < params.kernel; q++) {
      let place = corner + p * params.w + q;
      dx[plane + place] = select(0.0, slope, place == won);
    }
  }
}
