// sum_dy = sum dy and sum_dy_x = sum dy * (x - mean[c]) over a slice: so many images of one channel.
// x, dy [N,C,H*W]   mean [C]   sum_dy, sum_dy_x [slices,C] with slices = ceil(N / images). One workgroup a slice.
struct Params { n: u32, c: u32, pixels: u32, images: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read_write> sum_dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> sum_dy_x: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

const SIZE: u32 = 64u;

var<workgroup> partial_dy: array<f32, SIZE>;
var<workgroup> partial_dy_x: array<f32, SIZE>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let c = group.x;
  let start = group.y * params.images;
  let end = min(start + params.images, params.n);
  var dys = 0.0;
  var dy_xs = 0.0;
  for (var n = start; n < end; n++) {
    for (var pixel = local; pixel < params.pixels; pixel += SIZE) {
      let index = (n * params.c + c) * params.pixels + pixel;
      let slope = dy[index];
      dys += slope;
      dy_xs += slope * (x[index] - mean[c]);
    }
  }
  partial_dy[local] = dys;
  partial_dy_x[local] = dy_xs;
  workgroupBarrier();
  if (local == 0u) {
    for (var k = 1u; k < SIZE; k++) {
      dys += partial_dy[k];
      dy_xs += partial_dy_x[k];
    }
    sum_dy[group.y * params.c + c] = dys;
    sum_dy_x[group.y * params.c + c] = dy_xs;
  }
}
