// db[o] = sum_{n,i,j} dy[n,o,i,j]
// dy [N,O,OH*OW]   db [O]. One workgroup a channel.
struct Params { n: u32, o: u32, pixels: u32 }

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> db: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const SIZE: u32 = 64u;

var<workgroup> partial: array<f32, SIZE>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let o = group.x;
  var sum = 0.0;
  for (var n = 0u; n < params.n; n++) {
    for (var pixel = local; pixel < params.pixels; pixel += SIZE) {
      sum += dy[(n * params.o + o) * params.pixels + pixel];
    }
  }
  partial[local] = sum;
  workgroupBarrier();
  if (local == 0u) {
    var total = 0.0;
    for (var k = 0u; k < SIZE; k++) { total += partial[k]; }
    db[o] = total;
  }
}
