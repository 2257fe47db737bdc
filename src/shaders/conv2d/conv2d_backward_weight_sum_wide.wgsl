// dw[k] = sum_s part[s,k] and db[o] = sum_s part[s,DW+o], as conv2d_backward_weight_sum.wgsl, where
// the parts are many and elements few: a workgroup ELEMENTS elements, and SHARES invocations share
// each. part [SPLITS, DW + O]   dw [DW] with DW = O*C*KH*KW   db [O].
struct Params { splits: u32, dw: u32, o: u32 }

@group(0) @binding(0) var<storage, read> part: array<f32>;
@group(0) @binding(1) var<storage, read_write> dw: array<f32>;
@group(0) @binding(2) var<storage, read_write> db: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 256u;
const SHARES: u32 = 16u;
const ELEMENTS: u32 = SIZE / SHARES;

var<workgroup> partial: array<f32, SIZE>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let element = (group.x + group.y * groups.x) * ELEMENTS + local % ELEMENTS;
  let length = params.dw + params.o;
  var sum = 0.0;
  if (element < length) {
    for (var s = local / ELEMENTS; s < params.splits; s += SHARES) { sum += part[s * length + element]; }
  }
  partial[local] = sum;
  workgroupBarrier();
  if (local >= ELEMENTS || element >= length) { return; }
  var total = 0.0;
  for (var k = 0u; k < SHARES; k++) { total += partial[k * ELEMENTS + local]; }
  if (element < params.dw) {
    dw[element] = total;
  } else {
    db[element - params.dw] = total;
  }
}
