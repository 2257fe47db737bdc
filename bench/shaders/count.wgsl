// y[0] += 1
// What is left of a dispatch when it has nothing to do.
@group(0) @binding(0) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(1)
fn main() {
  y[0] += 1.0;
}
