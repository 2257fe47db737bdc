// dw[o,c,p,q] = sum_{n,i,j} dy[n,o,i,j] * x[n,c0+c,i*s+p*d-pad,j*s+q*d-pad]
// x [N,C,H,W]   dy [N,O,OH,OW]   dw [O,C/G,KH,KW]; c0 is the first channel that o's group reads.
// One thread an element of dw.
struct Params {
  n: u32, c: u32, h: u32, w: u32, o: u32, oh: u32, ow: u32, kh: u32, kw: u32, stride: u32, padding: u32,
  dilation: u32, groups: u32,
  first: u32, // element of dw
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = params.first + id.x + id.y * groups.x * SIZE;
  let inputs = params.c / params.groups;
  if (index >= params.o * inputs * params.kh * params.kw) { return; }
  let q = index % params.kw;
  let p = index / params.kw % params.kh;
  let o = index / (params.kw * params.kh * inputs);
  let c = o / (params.o / params.groups) * inputs + index / (params.kw * params.kh) % inputs; // of x

  var sum = 0.0;
  for (var n = 0u; n < params.n; n++) {
    // Each image has a sum of its own: one long float32 sum over batch and pixels would lose
    // digits.
    var image = 0.0;
    for (var i = 0u; i < params.oh; i++) {
      let row = i * params.stride + p * params.dilation - params.padding;
      if (row >= params.h) { continue; }
      for (var j = 0u; j < params.ow; j++) {
        let column = j * params.stride + q * params.dilation - params.padding;
        if (column >= params.w) { continue; }
        image += dy[((n * params.o + o) * params.oh + i) * params.ow + j]
               * x[((n * params.c + c) * params.h + row) * params.w + column];
      }
    }
    sum += image;
  }
  dw[index] = sum;
}
