/**
 * y = mean_i of -(posWeight * t * log(sigmoid(x)) + (1 - t) * log(1 - sigmoid(x))),
 * the binary cross-entropy
 * dx = dy / n * ((1 - t) * sigmoid(x) - posWeight * t * sigmoid(-x))
 *
 * x, t: n elements of one shape   y: a single number, shape [].
 * A label outside 0 to 1 is refused, or makes the loss NaN if an op computed it.
 * As https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html
 */
import { checkGiven, checkShape } from "../tensor/check.ts"
import { op } from "../tensor/tape.ts"
import { show, type Tensor } from "../tensor/tensor.ts"
import { total } from "./sum.ts"
import { addToTotals, type TotalsOptions } from "./totals.ts"

export interface BceOptions extends TotalsOptions {
  /** Weight of the positive examples; over 1 it trades precision for sensitivity. */
  posWeight?: number
}

const LABEL = "a label from 0 to 1; for class indices there is softmaxCrossEntropy"

function sizes(x: Tensor, t: Tensor, { posWeight = 1 }: BceOptions) {
  checkShape("bceWithLogits", "targets", t, x.shape, `logits ${show(x.shape)}`)
  checkGiven("bceWithLogits", "targets", t, (label) => label >= 0 && label <= 1, LABEL)
  if (!(posWeight > 0 && Number.isFinite(posWeight))) {
    throw new Error(`bceWithLogits: posWeight is ${posWeight}, expected a number over 0`)
  }
  return { n: x.size, pos_weight: posWeight }
}

/** Logits x and targets t in 0..1; the targets get no gradient. */
export const bceWithLogits = op("bceWithLogits", {
  forward(x: Tensor, t: Tensor, options: BceOptions = {}) {
    const { gpu } = x
    const params = sizes(x, t, options)
    const { totals } = options
    const loss = gpu.empty(x.shape)
    gpu.run("bce_with_logits", { x, t, loss }, params, [x.size])
    const y = total(loss, 1 / x.size)
    if (totals) addToTotals(y, x, t, totals)
    return y
  },
  backward(dy, _y, x, t, options = {}) {
    if (!x.requiresGrad) return [null, null]
    const dx = x.gradient()
    x.gpu.run("bce_with_logits_backward_input", { x, t, dy, dx }, sizes(x, t, options), [x.size])
    return [dx, null]
  },
})
