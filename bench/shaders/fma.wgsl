// The most multiply-adds that can be had: CHAINS independent chains of fma on values in registers.
// A load nowhere, one store a thread. y: a number a thread. 2 * CHAINS * STEPS * rounds FLOP a
// thread.
struct Params { n: u32, rounds: u32, a: f32, b: f32 }

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<uniform> params: Params;

const SIZE: u32 = 64u;
const CHAINS: u32 = 8u;
const STEPS: u32 = 32u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  if (index >= params.n) { return; }
  let a = params.a;
  let b = params.b;
  var chain: array<f32, CHAINS>;
  // unroll
  for (var k = 0u; k < CHAINS; k++) { chain[k] = f32(index + k); }
  for (var round = 0u; round < params.rounds; round++) {
    // unroll
    for (var step = 0u; step < STEPS; step++) {
      // unroll
      for (var k = 0u; k < CHAINS; k++) { chain[k] = fma(chain[k], a, b); }
    }
  }
  var sum = 0.0;
  for (var k = 0u; k < CHAINS; k++) { sum += chain[k]; }
  y[index] = sum;
}
