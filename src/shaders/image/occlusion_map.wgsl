// y[i,j] = mean of drop[p] over the patches p that hide (i,j): in rows and columns those of a
// range. drop [COUNT,COUNT]; patch (r,s) has its upper left corner at (r,s) * stride - overhang   y
// [SIZE,SIZE]. One thread a pixel.
struct Params { size: u32, count: u32, side: u32, stride: u32, overhang: u32 }

@group(0) @binding(0) var<storage, read> drop: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const SIZE: u32 = 64u;

// The first of the patches that hide row or column `at`, and the one behind the last.
fn hiding(at: u32) -> vec2u {
  let place = at + params.overhang;
  let first = (max(place + 1u, params.side) - params.side + params.stride - 1u) / params.stride;
  return vec2u(first, min(place / params.stride + 1u, params.count));
}

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  if (index >= params.size * params.size) { return; }
  let rows = hiding(index / params.size);
  let columns = hiding(index % params.size);
  var sum = 0.0;
  for (var r = rows.x; r < rows.y; r++) {
    for (var s = columns.x; s < columns.y; s++) { sum += drop[r * params.count + s]; }
  }
  y[index] = sum / f32((rows.y - rows.x) * (columns.y - columns.x));
}
