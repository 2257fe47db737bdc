// dw[o,f] = sum_n dy[n,o] * x[n,f]
// x [N,F]   dy [N,O]   dw [O,F]. One thread a feature of 4 outputs of dw, so that an x is loaded once for the 4.
struct Params { n: u32, o: u32, f: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  let f = index % params.f;
  let first = index / params.f * 4u;
  if (first >= params.o) { return; }
  // Past the edge the last output is computed again, and not written.
  let o = min(first + vec4u(0u, 1u, 2u, 3u), vec4u(params.o - 1u));
  var sum = vec4f(0.0);
  for (var n = 0u; n < params.n; n++) {
    let at = n * params.o + o;
    sum += vec4f(dy[at.x], dy[at.y], dy[at.z], dy[at.w]) * x[n * params.f + f];
  }
  for (var k = 0u; k < min(4u, params.o - first); k++) { dw[(first + k) * params.f + f] = sum[k]; }
}
