// norm[0] = sqrt(sum of the parts), in fixed order: the same bits every time. n parts, one thread.
struct Params { n: u32 }

@group(0) @binding(0) var<storage, read> parts: array<f32>;
@group(0) @binding(1) var<storage, read_write> norm: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(1)
fn main() {
  var sum = 0.0;
  for (var i = 0u; i < params.n; i++) { sum += parts[i]; }
  norm[0] = sqrt(sum);
}
