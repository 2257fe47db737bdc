// y[n,c,i,j] = max over the 2 x 2 window (i,j) of max(x, 0): relu and max_pool2d in one pass. won
// is the place in the window, p * 2 + q, of the x that gave y, and 4 where relu let none through. x
// [N,C,H,W]   y, won [N,C,PH,PW]; a last row or column that fills no window is left out. One thread
// an element of y.
struct Params { planes: u32, h: u32, w: u32, ph: u32, pw: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> won: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;
const INFINITY: i32 = 0x7f800000; // its bits

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  if (index >= params.planes * params.ph * params.pw) { return; }
  let j = index % params.pw;
  let i = index / params.pw % params.ph;
  let corner = (index / (params.pw * params.ph) * params.h + 2u * i) * params.w + 2u * j;
  var best = 0;
  var place = 4u;
  for (var k = 0u; k < 4u; k++) {
    // The first of equals wins, and of NaN the last, as in PyTorch. Bits tell, since a compiler may
    // assume that there is no NaN: those above 0 have the order of their numbers.
    let bits = bitcast<i32>(x[corner + k / 2u * params.w + k % 2u]);
    let magnitude = bits & 0x7fffffff;
    if ((bits > best) | (magnitude > INFINITY)) {
      best = magnitude;
      place = k;
    }
  }
  y[index] = bitcast<f32>(best);
  won[index] = place;
}
