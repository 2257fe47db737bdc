// y[n,c,i,j] = (x[n,c,i,j] - mean[c]) / sqrt(variance[c] + eps) * w[c] + b[c] with the batch's own
// mean and (biased) variance.  x, y [N,C,H*W]   w, b [C]. One thread a channel: over its numbers
// once for the mean, once for the variance, once for y.
struct Params { n: u32, c: u32, pixels: u32, eps: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const SIZE: u32 = 64u;

fn place(channel: u32, k: u32) -> u32 {
  return (k / params.pixels * params.c + channel) * params.pixels + k % params.pixels;
}

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let channel = id.x;
  if (channel >= params.c) { return; }
  let numbers = params.n * params.pixels;
  var sum = 0.0;
  for (var k = 0u; k < numbers; k++) { sum += x[place(channel, k)]; }
  let mean = sum / f32(numbers);
  var squares = 0.0;
  for (var k = 0u; k < numbers; k++) {
    let d = x[place(channel, k)] - mean;
    squares += d * d;
  }
  let scale = w[channel] / sqrt(squares / f32(numbers) + params.eps);
  for (var k = 0u; k < numbers; k++) {
    let at = place(channel, k);
    y[at] = (x[at] - mean) * scale + b[channel];
  }
}
