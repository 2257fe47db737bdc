// dx[n,c,r,t] = sum over the o of its group and the (p,q) whose output (i,j) used x[r,t]:
// w[o,c-c0,p,q] * dy[n,o,i,j], where i * s + p * d - pad = r and j * s + q * d - pad = t.
// w [O,C/G,KH,KW]   dy [N,O,OH,OW]   dx [N,C,H,W]. One thread an element of dx.
struct Params {
  n: u32, c: u32, h: u32, w: u32, o: u32, oh: u32, ow: u32, kh: u32, kw: u32, stride: u32, padding: u32,
  dilation: u32, groups: u32,
}

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  if (index >= params.n * params.c * params.h * params.w) { return; }
  let column = index % params.w;
  let row = index / params.w % params.h;
  let c = index / (params.w * params.h) % params.c;
  let n = index / (params.w * params.h * params.c);

  let inputs = params.c / params.groups;
  let outputs = params.o / params.groups;
  let o0 = c / inputs * outputs;
  var sum = 0.0;
  for (var p = 0u; p < params.kh; p++) {
    let reach_i = row + params.padding - p * params.dilation;
    let i = reach_i / params.stride;
    if (i * params.stride != reach_i || i >= params.oh) { continue; }
    for (var q = 0u; q < params.kw; q++) {
      let reach_j = column + params.padding - q * params.dilation;
      let j = reach_j / params.stride;
      if (j * params.stride != reach_j || j >= params.ow) { continue; }
      for (var o = o0; o < o0 + outputs; o++) {
        sum += w[((o * inputs + c % inputs) * params.kh + p) * params.kw + q]
             * dy[((n * params.o + o) * params.oh + i) * params.ow + j];
      }
    }
  }
  dx[index] = sum;
}
