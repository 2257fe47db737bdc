// mean and m2 = sum (x - mean)^2 of a slice: so many images of one channel. x [N,C,H*W]
// slice_mean, slice_m2 [slices,C] with slices = ceil(N / images). One workgroup a slice.
struct Params { n: u32, c: u32, pixels: u32, images: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> slice_mean: array<f32>;
@group(0) @binding(2) var<storage, read_write> slice_m2: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;

var<workgroup> means: array<f32, SIZE>;
var<workgroup> m2s: array<f32, SIZE>;
var<workgroup> counts: array<f32, SIZE>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let c = group.x;
  let start = group.y * params.images;
  let end = min(start + params.images, params.n);
  // Sums of x - shift: with a shift among the data one pass over it is enough, at no loss of
  // digits.
  let shift = x[(start * params.c + c) * params.pixels + min(local, params.pixels - 1u)];
  var sum = 0.0;
  var squares = 0.0;
  for (var n = start; n < end; n++) {
    let plane = (n * params.c + c) * params.pixels;
    for (var pixel = local; pixel < params.pixels; pixel += SIZE) {
      let d = x[plane + pixel] - shift;
      sum += d;
      squares += d * d;
    }
  }
  var count = f32((end - start) * ((params.pixels + SIZE - 1u - local) / SIZE));
  let size = max(count, 1.0);
  means[local] = shift + sum / size;
  m2s[local] = max(squares - sum * sum / size, 0.0);
  counts[local] = count;
  workgroupBarrier();
  if (local == 0u) {
    // T. Chan, G. Golub, R. LeVeque, 1979.
    var average = means[0];
    var m2 = m2s[0];
    for (var k = 1u; k < SIZE; k++) {
      let all = count + counts[k];
      let delta = means[k] - average;
      average += delta * counts[k] / all;
      m2 += m2s[k] + delta * delta * count * counts[k] / all;
      count = all;
    }
    slice_mean[group.y * params.c + c] = average;
    slice_m2[group.y * params.c + c] = m2;
  }
}
