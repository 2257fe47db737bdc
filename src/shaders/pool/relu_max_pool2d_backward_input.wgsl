// dx[n,c,r,s] = dy[n,c,i,j] where x[n,c,r,s] won its 2 x 2 window (i,j), else 0
// (relu_max_pool2d.wgsl). dy, won [N,C,PH,PW]   dx [N,C,H,W]. One thread a window, those that reach
// beyond the last row or column included.
struct Params { planes: u32, h: u32, w: u32, ph: u32, pw: u32 }

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> won: array<u32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  let across = (params.w + 1u) / 2u;
  let down = (params.h + 1u) / 2u;
  if (index >= params.planes * down * across) { return; }
  let j = index % across;
  let i = index / across % down;
  let plane = index / (across * down);
  var given = 0.0;
  var place = 4u;
  if (i < params.ph && j < params.pw) {
    let window = (plane * params.ph + i) * params.pw + j;
    given = dy[window];
    place = won[window];
  }
  for (var k = 0u; k < 4u; k++) {
    let row = 2u * i + k / 2u;
    let column = 2u * j + k % 2u;
    if (row < params.h && column < params.w) {
      dx[(plane * params.h + row) * params.w + column] = select(0.0, given, place == k);
    }
  }
}
