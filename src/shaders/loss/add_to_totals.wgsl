// Running sums of an epoch: totals[0] += N * loss, totals[1] += images whose class was predicted
// right. CLASSES 1: logits [N,1], targets [N,1], right where the logit's sign is the label's. Else
// logits [N,CLASSES] and targets [N] hold class indices, right where the largest logit is the
// target's. One thread: N is a batch.
struct Params { n: u32 }

@group(0) @binding(0) var<storage, read> loss: array<f32>;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<f32>;
@group(0) @binding(3) var<storage, read_write> totals: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const CLASSES: u32 = 1u;

fn predicted(n: u32) -> f32 {
  if (CLASSES == 1u) { return select(0.0, 1.0, logits[n] > 0.0); }
  var best = 0u;
  for (var k = 1u; k < CLASSES; k++) {
    if (logits[n * CLASSES + k] > logits[n * CLASSES + best]) { best = k; }
  }
  return f32(best);
}

@compute @workgroup_size(1)
fn main() {
  var right = 0.0;
  for (var n = 0u; n < params.n; n++) {
    if (predicted(n) == targets[n]) { right += 1.0; }
  }
  totals[0] += f32(params.n) * loss[0];
  totals[1] += right;
}
