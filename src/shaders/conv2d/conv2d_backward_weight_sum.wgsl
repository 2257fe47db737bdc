// dw[k] = sum_s part[s,k] and db[o] = sum_s part[s,DW+o], in the order of s, so that the same
// numbers give the same sum. part [SPLITS, DW + O]   dw [DW] with DW = O*C*K*K   db [O]. One thread
// an element of dw or db.
struct Params { splits: u32, dw: u32, o: u32 }

@group(0) @binding(0) var<storage, read> part: array<f32>;
@group(0) @binding(1) var<storage, read_write> dw: array<f32>;
@group(0) @binding(2) var<storage, read_write> db: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  let length = params.dw + params.o;
  if (index >= length) { return; }
  var sum = 0.0;
  for (var s = 0u; s < params.splits; s++) { sum += part[s * length + index]; }
  if (index < params.dw) {
    dw[index] = sum;
  } else {
    db[index - params.dw] = sum;
  }
}
