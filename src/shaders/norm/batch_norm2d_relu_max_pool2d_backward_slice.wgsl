// sums[.,0,c] = sum dy and sums[.,1,c] = sum dy * (x - mean[c]) over a slice: so many images of one
// channel. Of each K x K window only the x that won it has a dy, so one in K * K is looked at. x
// [N,C,OH*K,OW*K]   dy, won [N,C,OH,OW]   mean [C]   sums [slices,2,C], slices = ceil(N / images).
// One workgroup a slice.
struct Params { n: u32, c: u32, oh: u32, ow: u32, images: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> won: array<u32>;
@group(0) @binding(3) var<storage, read> mean: array<f32>;
@group(0) @binding(4) var<storage, read_write> sums: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

const SIZE: u32 = 64u;
const K: u32 = 2u;
const TRAINING: bool = true;

var<workgroup> partial: array<vec2f, SIZE>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let c = group.x;
  let start = group.y * params.images;
  let end = min(start + params.images, params.n);
  let average = mean[c];
  let windows = params.oh * params.ow;
  var sum = vec2f(0.0);
  for (var n = start; n < end; n++) {
    let plane = (n * params.c + c) * windows;
    for (var window = local; window < windows; window += SIZE) {
      let place = won[plane + window];
      let slope = select(0.0, dy[plane + window], place < K * K);
      let corner = plane * K * K + window / params.ow * params.ow * K * K + window % params.ow * K;
      if (TRAINING) {
        // Where relu let none through the place is past the window; any of its numbers will do,
        // times 0.
        let centred = x[corner + place / K % K * params.ow * K + place % K] - average;
        sum += vec2f(slope, slope * centred);
        continue;
      }
      // All of the window, since 0 times an x that is not finite is NaN. In training such an x has
      // made the mean NaN.
      for (var k = 0u; k < K * K; k++) {
        let passed = select(0.0, slope, place == k);
        sum += vec2f(passed, passed * (x[corner + k / K * params.ow * K + k % K] - average));
      }
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
