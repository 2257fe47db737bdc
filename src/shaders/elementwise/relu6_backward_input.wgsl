// dx[i] = dy[i] where 0 < y[i] < 6 or y[i] is NaN, else 0
// y, dy, dx: n elements of any shape
//
// y went through relu6, so its bits are those of 0 or of 6 wherever x was cut.
struct Params { n: u32 }

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let threads = groups.x * groups.y * SIZE;
  for (var i = id.x + id.y * groups.x * SIZE; i < params.n; i += threads) {
    let bits = bitcast<u32>(y[i]);
    dx[i] = select(dy[i], 0.0, (bits == 0u) | (bits == bitcast<u32>(6.0)));
  }
}
