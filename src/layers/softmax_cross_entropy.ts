/**
 * y = mean_n of (log sum_c exp(x[n,c]) - x[n,t[n]]),
 * the negative log of the softmax at the right class
 * dx[n,c] = dy / N * (softmax(x)[n,c] - [c = t[n]])
 *
 * x [N,C]   t [N] class indices 0 .. C-1   y: a single number, shape [].
 * An index that is no class is refused, or makes the loss NaN if an op computed it.
 * As https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
 */
import { checkGiven, checkRank, checkShape } from "../tensor/check.ts"
import { op } from "../tensor/tape.ts"
import { show, type Tensor } from "../tensor/tensor.ts"
import { total } from "./sum.ts"
import { addToTotals, type TotalsOptions } from "./totals.ts"

/** Logits x and class indices t; the indices get no gradient. */
export const softmaxCrossEntropy = op("softmaxCrossEntropy", {
  forward(x: Tensor, t: Tensor, { totals }: TotalsOptions = {}) {
    const { gpu } = x
    checkRank("softmaxCrossEntropy", "logits", x, 2)
    const [n, classes] = x.shape
    checkShape("softmaxCrossEntropy", "classIndices", t, [n], `logits ${show(x.shape)}`)
    const isClass = (index: number) => Number.isInteger(index) && index >= 0 && index < classes
    checkGiven("softmaxCrossEntropy", "classIndices", t, isClass, `a class index from 0 to ${classes - 1}`)
    const [lse, loss] = [gpu.empty([n]), gpu.empty([n])]
    gpu.run("softmax_cross_entropy", { x, t, lse, loss }, { n, classes }, [n * 64])
    const y = total(loss, 1 / n)
    if (totals) addToTotals(y, x, t, totals)
    return { y, lse }
  },
  backward(dy, { lse }, x, t) {
    if (!x.requiresGrad) return [null, null]
    const [n, classes] = x.shape
    const dx = x.gradient()
    const tensors = { x, t, lse, dy, dx }
    x.gpu.run("softmax_cross_entropy_backward_input", tensors, { n, classes }, [x.size])
    return [dx, null]
  },
})
