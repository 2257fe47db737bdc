/**
 * The two kinds of task: detection (two classes, one logit, BCE) and types (more classes, softmax).
 */
import { bceWithLogits } from "../layers/bce_with_logits.ts"
import { softmaxCrossEntropy } from "../layers/softmax_cross_entropy.ts"
import type { Tensor } from "../tensor/tensor.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"

export interface Head {
  /** Logits an image. */
  outputs: number
  /** `n` labels as the loss wants them; which ones, `labels` says now and at each replay. */
  targets(gpu: TensorGpu, n: number, labels: () => ArrayLike<number>): Tensor
  /** Mean loss of a batch, which is added to the totals of a tally besides. logits [N, outputs] */
  loss(logits: Tensor, targets: Tensor, totals: Tensor): Tensor
  /** Class probabilities of one image from its logits. */
  probabilities(logits: readonly number[]): number[]
  /** Loss of one image in float64, the same formula as `loss`. */
  lossOf(logits: readonly number[], label: number): number
}

const binary = (posWeight: number): Head => ({
  outputs: 1,
  targets: (gpu, n, labels) => gpu.tensor([n, 1], labels, { requiresGrad: false }),
  loss: (logits, targets, totals) => bceWithLogits(logits, targets, { posWeight, totals }),
  probabilities: ([logit]) => [1 / (1 + Math.exp(logit)), 1 / (1 + Math.exp(-logit))],
  lossOf: ([logit], label) =>
    (label === 1 ? posWeight : 1) * (Math.max(logit, 0) - logit * label + Math.log1p(Math.exp(-Math.abs(logit)))),
})

const types = (classes: number): Head => ({
  outputs: classes,
  targets: (gpu, n, labels) => gpu.tensor([n], labels, { requiresGrad: false }),
  loss: (logits, targets, totals) => softmaxCrossEntropy(logits, targets, { totals }),
  probabilities: (logits) => logits.map((logit) => Math.exp(logit - logSumExp(logits))),
  lossOf: (logits, label) => logSumExp(logits) - logits[label],
})

function logSumExp(values: readonly number[]): number {
  const top = Math.max(...values)
  return top + Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0))
}

/**
 * The head for so many classes.
 *
 * @param posWeight of the positive class's loss; of two classes only
 */
export const headFor = (classes: number, posWeight = 1): Head => (classes === 2 ? binary(posWeight) : types(classes))
