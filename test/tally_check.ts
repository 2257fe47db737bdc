/** The running sums of an epoch against the same in float64. */
import type { TensorGpu } from "../src/tensor/tensor_gpu.ts"
import { Tally } from "../src/train/tally.ts"
import { compare, draw, plain } from "./gradcheck.ts"

/** Whether a row of logits means the target: for one logit its sign, else the first of the largest. */
const right = (logits: number[], target: number): boolean =>
  (logits.length === 1 ? Number(logits[0] > 0) : logits.indexOf(Math.max(...logits))) === target

/** Batches of two sizes, with ties among the logits; throws where the mean loss or the accuracy is off. */
export async function checkTally(gpu: TensorGpu, outputs: number): Promise<void> {
  const tally = new Tally(gpu, outputs)
  let [seen, loss, hits] = [0, 0, 0]
  for (const n of [7, 4]) {
    const values = draw([n, outputs], n).fill(0, 0, outputs)
    const targets = Array.from({ length: n }, (_, i) => i % Math.max(2, outputs))
    const mean = 0.3 * n
    tally.add(gpu.tensor([], [mean]), gpu.tensor([n, outputs], values), gpu.tensor([n], targets))
    gpu.endStep()
    seen += n
    loss += n * mean
    hits += targets.filter((t, i) => right([...values.subarray(i * outputs, (i + 1) * outputs)], t)).length
  }
  const read = await tally.read(seen)
  const expected = plain([2], [loss / seen, hits / seen])
  compare({ name: `tally of ${outputs}`, terms: 1 }, "means", [read.loss, read.accuracy], expected)
}
