// y[n,c,i,j] = max over the K x K window (i,j) of max((x - mean[c]) / sqrt(variance[c] + eps) *
// w[c] + b[c], 0), for windows that tile x: batch_norm2d, relu and max_pool2d in one pass, so that
// what lies between them is never stored. won is the place in the window, p * K + q, of the x that
// gave y, and K * K where relu let none through. x [N,C,OH*K,OW*K]   mean, variance, w, b [C]   y,
// won [N,C,OH,OW]. `lanes` threads share a plane.
struct Params { planes: u32, c: u32, oh: u32, ow: u32, lanes: u32, eps: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> mean: array<f32>;
@group(0) @binding(2) var<storage, read> variance: array<f32>;
@group(0) @binding(3) var<storage, read> w: array<f32>;
@group(0) @binding(4) var<storage, read> b: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<storage, read_write> won: array<u32>;
@group(0) @binding(7) var<uniform> params: Params;

const SIZE: u32 = 64u;
const K: u32 = 2u;
const INFINITY: i32 = 0x7f800000; // its bits

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  let plane = index / params.lanes;
  if (plane >= params.planes) { return; }
  let c = plane % params.c;
  let average = mean[c];
  let scale = w[c] / sqrt(variance[c] + params.eps);
  let shift = b[c];
  let windows = params.oh * params.ow;
  let first = index % params.lanes;
  var i = first / params.ow;
  var j = first % params.ow;
  let next_i = params.lanes / params.ow;
  let next_j = params.lanes % params.ow;
  for (var window = first; window < windows; window += params.lanes) {
    let corner = plane * windows * K * K + (i * params.ow * K + j) * K;
    var best = 0;
    var place = K * K;
    // unroll
    for (var p = 0u; p < K; p++) {
      // unroll
      for (var q = 0u; q < K; q++) {
        let value = (x[corner + p * params.ow * K + q] - average) * scale + shift;
        // By bits, as in relu_max_pool2d.wgsl.
        let bits = bitcast<i32>(value);
        let magnitude = bits & 0x7fffffff;
        let more = (bits > best) | (magnitude > INFINITY);
        place = select(place, p * K + q, more);
        best = select(best, magnitude, more);
      }
    }
    y[plane * windows + window] = bitcast<f32>(best);
    won[plane * windows + window] = place;
    // To this thread's next window without a division, of which a processor has no vector form.
    let over = j + next_j >= params.ow;
    i += next_i + select(0u, 1u, over);
    j += next_j - select(0u, params.ow, over);
  }
}
