// y[n,o] = b[o] + sum_f w[o,f] * x[n,f] x [N,F]   w [O,F]   b [O]   y [N,O]. One workgroup 4 rows
// by 4 outputs, its threads share the features: 8 loads serve 16 products.
struct Params { n: u32, o: u32, f: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const SIZE: u32 = 64u; // 4 or more
const BIAS: bool = true;
const RELU: bool = false; // y = max(y, 0), with which a relu behind it is done
const MINUS_INFINITY: i32 = -8388608; // its bits, see relu.wgsl

// By row of the tile, then by thread.
var<workgroup> partial: array<array<vec4f, SIZE>, 4>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  // Past the edge the last one is computed again, and not written.
  let o = min(group.x * 4u + vec4u(0u, 1u, 2u, 3u), vec4u(params.o - 1u));
  let n = min(group.y * 4u + vec4u(0u, 1u, 2u, 3u), vec4u(params.n - 1u));
  var row0 = vec4f(0.0);
  var row1 = vec4f(0.0);
  var row2 = vec4f(0.0);
  var row3 = vec4f(0.0);
  for (var f = local; f < params.f; f += SIZE) {
    let at = o * params.f + f;
    let weights = vec4f(w[at.x], w[at.y], w[at.z], w[at.w]);
    row0 += weights * x[n.x * params.f + f];
    row1 += weights * x[n.y * params.f + f];
    row2 += weights * x[n.z * params.f + f];
    row3 += weights * x[n.w * params.f + f];
  }
  partial[0][local] = row0;
  partial[1][local] = row1;
  partial[2][local] = row2;
  partial[3][local] = row3;
  workgroupBarrier();
  let row = group.y * 4u + local;
  if (local >= 4u || row >= params.n) { return; }
  var total = vec4f(0.0);
  if (BIAS) { total = vec4f(b[o.x], b[o.y], b[o.z], b[o.w]); }
  for (var k = 0u; k < SIZE; k++) { total += partial[local][k]; }
  if (RELU) { total = select(total, vec4f(0.0), bitcast<vec4i>(total) <= vec4i(MINUS_INFINITY)); }
  for (var k = 0u; k < min(4u, params.o - group.x * 4u); k++) { y[row * params.o + o.x + k] = total[k]; }
}
