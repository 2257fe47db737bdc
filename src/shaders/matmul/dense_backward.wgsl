// The gradients of dense: dx[n,f] = sum_o w[o,f] * dy[n,o]   dw[o,f] = sum_n x[n,f] * dy[n,o]
// db[o] = sum_n dy[n,o] x, dx [N,F]   w, dw [O,F]   db [O]   y, dy [N,O]. One thread an element of
// dx, then of dw, then of db, of those wanted.
struct Params { n: u32, o: u32, f: u32, want_dx: u32, want_dw: u32, want_db: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
@group(0) @binding(5) var<storage, read_write> dw: array<f32>;
@group(0) @binding(6) var<storage, read_write> db: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

const SIZE: u32 = 64u;
const RELU: bool = false; // y went through a ReLU: dy counts where y is not 0

fn gradient(n: u32, o: u32) -> f32 {
  let at = n * params.o + o;
  if (RELU) { return select(dy[at], 0.0, bitcast<u32>(y[at]) == 0u); }
  return dy[at];
}

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let inputs = params.want_dx * params.n * params.f;
  let weights = params.want_dw * params.o * params.f;
  let index = id.x + id.y * groups.x * SIZE;
  var sum = 0.0;
  if (index < inputs) {
    let n = index / params.f;
    let f = index % params.f;
    for (var o = 0u; o < params.o; o++) { sum += w[o * params.f + f] * gradient(n, o); }
    dx[index] = sum;
  } else if (index - inputs < weights) {
    let o = (index - inputs) / params.f;
    let f = (index - inputs) % params.f;
    for (var n = 0u; n < params.n; n++) { sum += x[n * params.f + f] * gradient(n, o); }
    dw[index - inputs] = sum;
  } else if (index - inputs - weights < params.want_db * params.o) {
    let o = index - inputs - weights;
    for (var n = 0u; n < params.n; n++) { sum += gradient(n, o); }
    db[o] = sum;
  }
}
