// dx[n,c,i*K+p,j*K+q] = 1 / K^2 * dy[n,c,i,j], for windows that tile x: each of its pixels lies in one of them.
// dy [N,C,OH,OW]   dx [N,C,OH*K,OW*K]. `lanes` threads share a plane.
struct Params { planes: u32, oh: u32, ow: u32, lanes: u32 }

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const SIZE: u32 = 64u;
const K: u32 = 2u;

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
    let slope = dy[plane * windows + window] / f32(K * K);
    // unroll
    for (var p = 0u; p < K; p++) {
      // unroll
      for (var q = 0u; q < K; q++) { dx[corner + p * params.ow * K + q] = slope; }
    }
    // To this thread's next window without a division, of which a processor has no vector form.
    let over = j + next_j >= params.ow;
    i += next_i + select(0u, 1u, over);
    j += next_j - select(0u, params.ow, over);
  }
}
