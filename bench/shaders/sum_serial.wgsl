// y[0] = sum_i x[i]
// x: n elements   y: one. One thread does it all.
struct Params { n: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(1)
fn main() {
  var sum = 0.0;
  for (var i = 0u; i < params.n; i++) { sum += x[i]; }
  y[0] = sum;
}
