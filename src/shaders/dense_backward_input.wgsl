// dx[n,f] = sum_o w[o,f] * dy[n,o]
// w [O,F]   dy [N,O]   dx [N,F]. One thread a feature in 4 rows of dx, so that a weight is loaded once for the 4.
struct Params { n: u32, o: u32, f: u32 }

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  let f = index % params.f;
  let first = index / params.f * 4u;
  if (first >= params.n) { return; }
  // Past the edge the last row is computed again, and not written.
  let n = min(first + vec4u(0u, 1u, 2u, 3u), vec4u(params.n - 1u));
  var sum = vec4f(0.0);
  for (var o = 0u; o < params.o; o++) {
    let at = n * params.o + o;
    sum += w[o * params.f + f] * vec4f(dy[at.x], dy[at.y], dy[at.z], dy[at.w]);
  }
  for (var k = 0u; k < min(4u, params.n - first); k++) { dx[(first + k) * params.f + f] = sum[k]; }
}
