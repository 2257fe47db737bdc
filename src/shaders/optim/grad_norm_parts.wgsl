// parts[first + k] = the sum of squares of the k-th workgroup's elements: its PARTS threads share a
// stretch, then another PARTS * PARTS further on. n times four floats.
struct Params { n: u32, first: u32 }

@group(0) @binding(0) var<storage, read> grads: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> parts: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const PARTS: u32 = 64u;

var<workgroup> squares: array<f32, PARTS>;

@compute @workgroup_size(PARTS)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  var sum = 0.0;
  for (var i = id.x; i < params.n; i += PARTS * PARTS) { sum += dot(grads[i], grads[i]); }
  squares[local] = sum;
  workgroupBarrier();
  if (local == 0u) {
    var total = 0.0;
    for (var k = 0u; k < PARTS; k++) { total += squares[k]; }
    parts[params.first + group.x] = total;
  }
}
