// dx[i] = dy[i] where x[i] > 0, else slope * dy[i]
// x, dy, dx: n elements of any shape
struct Params { n: u32, slope: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;
const INFINITY: u32 = 0x7f800000u; // its bits

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * SIZE;
  if (i >= params.n) { return; }
  // x > 0 by bits, see relu.wgsl; they tell for denormals too, which adapters may take for 0.
  let positive = bitcast<u32>(x[i]) - 1u < INFINITY;
  dx[i] = select(params.slope * dy[i], dy[i], positive);
}
