// y[g] = scale * (sum of the g-th BLOCK elements of x)
// x: n elements   y: one element a workgroup. Run again on y until one is left.
//
// The order is fixed by the sizes alone, so the same x gives the same bits.
struct Params { n: u32, scale: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const SIZE: u32 = 64u;
const BLOCK: u32 = 4096u;

var<workgroup> partial: array<f32, SIZE>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let slot = group.x + group.y * groups.x;
  let start = slot * BLOCK;
  let end = min(start + BLOCK, params.n);
  var sum = 0.0;
  for (var i = start + local; i < end; i += SIZE) { sum += x[i]; }
  partial[local] = sum;
  workgroupBarrier();
  if (local == 0u && start < params.n) {
    var total = 0.0;
    for (var k = 0u; k < SIZE; k++) { total += partial[k]; }
    y[slot] = params.scale * total;
  }
}
