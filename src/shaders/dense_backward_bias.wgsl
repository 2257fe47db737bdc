// db[o] = sum_n dy[n,o]                                               dy [N,O]   db [O]. One thread an element of db.
struct Params { n: u32, o: u32 }

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> db: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let o = id.x + id.y * groups.x * SIZE;
  if (o >= params.o) { return; }
  var sum = 0.0;
  for (var n = 0u; n < params.n; n++) { sum += dy[n * params.o + o]; }
  db[o] = sum;
}
