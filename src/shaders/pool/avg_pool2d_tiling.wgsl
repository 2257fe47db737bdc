// For windows that tile x: y[n,c,i,j] = 1 / K^2 * sum_{p,q} x[n,c,i*K+p,j*K+q], from x in `given` to y in `made`;
// with BACKWARD dx[n,c,i*K+p,j*K+q] = 1 / K^2 * dy[n,c,i,j], from dy in `given` to dx in `made`.
// x, dx [N,C,OH*K,OW*K]   y, dy [N,C,OH,OW]. `lanes` threads share a plane.
struct Params { planes: u32, oh: u32, ow: u32, lanes: u32 }

@group(0) @binding(0) var<storage, read> given: array<f32>;
@group(0) @binding(1) var<storage, read_write> made: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const SIZE: u32 = 64u;
const K: u32 = 2u;
const BACKWARD: u32 = 0u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  let plane = index / params.lanes;
  if (plane >= params.planes) { return; }
  let windows = params.oh * params.ow;
  let first = index % params.lanes;
  var i = first / params.ow;
  var j = first % params.ow;
  let next_i = params.lanes / params.ow;
  let next_j = params.lanes % params.ow;
  for (var window = first; window < windows; window += params.lanes) {
    let corner = plane * windows * K * K + (i * params.ow * K + j) * K;
    if (BACKWARD == 0u) {
      var sum = 0.0;
      // unroll
      for (var p = 0u; p < K; p++) {
        // unroll
        for (var q = 0u; q < K; q++) { sum += given[corner + p * params.ow * K + q]; }
      }
      made[plane * windows + window] = sum / f32(K * K);
    }
    if (BACKWARD == 1u) {
      let slope = given[plane * windows + window] / f32(K * K);
      // unroll
      for (var p = 0u; p < K; p++) {
        // unroll
        for (var q = 0u; q < K; q++) { made[corner + p * params.ow * K + q] = slope; }
      }
    }
    // To this thread's next window without a division, of which a processor has no vector form.
    let over = j + next_j >= params.ow;
    i += next_i + select(0u, 1u, over);
    j += next_j - select(0u, params.ow, over);
  }
}
