// sums[.,0,c] = sum dy and sums[.,1,c] = sum dy * (x - mean[c]) over a slice: so many images of one
// channel. With RELU a dy counts only where relu let y through, where y is over 0 or NaN. It is
// computed again, which costs less than loading it. x, dy [N,C,H*W]   mean, variance, w, b [C]
// sums [slices,2,C] with slices = ceil(N / images). One workgroup a slice.
struct Params { n: u32, c: u32, pixels: u32, images: u32, eps: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read> variance: array<f32>;
@group(0) @binding(4) var<storage, read> w: array<f32>;
@group(0) @binding(5) var<storage, read> b: array<f32>;
@group(0) @binding(6) var<storage, read_write> sums: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

const SIZE: u32 = 64u;
const RELU: bool = false;
const MINUS_INFINITY: i32 = -8388608; // its bits, see relu.wgsl

var<workgroup> partial: array<vec2f, SIZE>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let c = group.x;
  let start = group.y * params.images;
  let end = min(start + params.images, params.n);
  let average = mean[c];
  let scale = w[c] / sqrt(variance[c] + params.eps);
  let shift = b[c];
  var sum = vec2f(0.0);
  for (var n = start; n < end; n++) {
    let plane = (n * params.c + c) * params.pixels;
    for (var pixel = local; pixel < params.pixels; pixel += SIZE) {
      let centred = x[plane + pixel] - average;
      let slope = dy[plane + pixel];
      let y = bitcast<i32>(centred * scale + shift);
      let passed = select(slope, 0.0, RELU && ((y <= MINUS_INFINITY) | (y == 0)));
      sum += vec2f(passed, passed * centred);
    }
  }
  partial[local] = sum;
  workgroupBarrier();
  if (local == 0u) {
    for (var k = 1u; k < SIZE; k++) { sum += partial[k]; }
    sums[group.y * 2u * params.c + c] = sum.x;
    sums[(group.y * 2u + 1u) * params.c + c] = sum.y;
  }
}
