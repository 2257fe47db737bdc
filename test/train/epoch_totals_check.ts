/** The running sums of an epoch against the same in float64. */

import { compare, draw, plain } from "../../bench/reference/gradcheck.ts"
import * as plainly from "../../bench/reference/references.ts"
import { bceWithLogits } from "../../src/layers/bce_with_logits.ts"
import { softmaxCrossEntropy } from "../../src/layers/softmax_cross_entropy.ts"
import { addToTotals } from "../../src/layers/totals.ts"
import type { Tensor } from "../../src/tensor/tensor.ts"
import type { TensorGpu } from "../../src/tensor/tensor_gpu.ts"
import { EpochTotals } from "../../src/train/epoch_totals.ts"

/**
 * Whether a row of logits means the target: for one logit its sign, else the first of the largest.
 */
const right = (logits: number[], target: number): boolean =>
  (logits.length === 1 ? Number(logits[0] > 0) : logits.indexOf(Math.max(...logits))) === target

/** A batch, with ties among the logits. */
function batch(n: number, outputs: number) {
  const values = draw([n, outputs], n).fill(0, 0, outputs)
  const targets = Float32Array.from({ length: n }, (_, i) => i % Math.max(2, outputs))
  const rows = Array.from(targets, (_, i) => [...values.subarray(i * outputs, (i + 1) * outputs)])
  return { values, targets, hits: rows.filter((row, i) => right(row, targets[i])).length }
}

/** Adds two batches with means of its own; throws where the mean loss or the accuracy is off. */
export const checkEpochTotals = (gpu: TensorGpu, outputs: number): Promise<void> =>
  check(gpu, `totals of ${outputs}`, [7, 4], outputs, (totals, n) => {
    const { values, targets } = batch(n, outputs)
    addToTotals(gpu.tensor([], [0.3 * n]), gpu.tensor([n, outputs], values), gpu.tensor([n], targets), totals)
    return 0.3 * n
  })

/** The same as a loss does it; with one logit binary cross-entropy, else softmax. */
export const checkLossTally = (gpu: TensorGpu, outputs: number, sizes = [70, 4]): Promise<void> =>
  check(gpu, `loss of ${outputs}`, sizes, outputs, (totals, n) => {
    const { values, targets } = batch(n, outputs)
    const shape = outputs === 1 ? [n, 1] : [n]
    const [x, t] = [gpu.tensor([n, outputs], values), gpu.tensor(shape, targets, { requiresGrad: false })]
    const [plainX, plainT] = [plain([n, outputs], values), plain(shape, targets)]
    if (outputs === 1) {
      bceWithLogits(x, t, { posWeight: 2, totals })
      return plainly.bceWithLogits(2)(plainX, plainT).data[0]
    }
    softmaxCrossEntropy(x, t, { totals })
    return plainly.softmaxCrossEntropy(plainX, plainT).data[0]
  })

/** @param add adds a batch of so many, and returns its mean loss */
async function check(
  gpu: TensorGpu,
  name: string,
  sizes: number[],
  outputs: number,
  add: (totals: Tensor, n: number) => number,
): Promise<void> {
  const totals = new EpochTotals(gpu)
  let [seen, loss, hits] = [0, 0, 0]
  for (const n of sizes) {
    loss += n * add(totals.totals, n)
    gpu.endStep()
    seen += n
    hits += batch(n, outputs).hits
  }
  const read = await totals.read(seen)
  compare({ name, terms: 1 }, "means", [read.loss, read.accuracy], plain([2], [loss / seen, hits / seen]))
}
