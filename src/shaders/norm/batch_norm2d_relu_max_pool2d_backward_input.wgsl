// dx = w * s * (dy at the x that won its K x K window, else 0, - (db + h * dw) / M), as
// batch_norm2d_backward_input.wgsl. x, dx [N,C,OH*K,OW*K]   dy, won [N,C,OH,OW]   channel [5,C]
// from batch_norm2d_backward_channel. `lanes` threads share a plane; each writes whole windows.
struct Params { planes: u32, c: u32, oh: u32, ow: u32, lanes: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> won: array<u32>;
@group(0) @binding(3) var<storage, read> channel: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

const SIZE: u32 = 64u;
const K: u32 = 2u;
const TRAINING: bool = true;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  let plane = index / params.lanes;
  if (plane >= params.planes) { return; }
  let c = plane % params.c;
  let average = channel[c];
  let scale = channel[params.c + c];
  let mean_dy = channel[3u * params.c + c];
  let slope_x = channel[4u * params.c + c];
  let windows = params.oh * params.ow;
  let first = index % params.lanes;
  var i = first / params.ow;
  var j = first % params.ow;
  let next_i = params.lanes / params.ow;
  let next_j = params.lanes % params.ow;
  for (var window = first; window < windows; window += params.lanes) {
    let corner = plane * windows * K * K + (i * params.ow * K + j) * K;
    let place = won[plane * windows + window];
    let slope = dy[plane * windows + window];
    // unroll
    for (var p = 0u; p < K; p++) {
      // unroll
      for (var q = 0u; q < K; q++) {
        let at = corner + p * params.ow * K + q;
        let passed = select(0.0, slope, place == p * K + q);
        dx[at] = scale * select(passed, passed - mean_dy - (x[at] - average) * slope_x, TRAINING);
      }
    }
    // To this thread's next window without a division, of which a processor has no vector form.
    let over = j + next_j >= params.ow;
    i += next_i + select(0u, 1u, over);
    j += next_j - select(0u, params.ow, over);
  }
}
