/**
 * y = mean_n of (log sum_c exp(x[n,c]) - x[n,t[n]]), the negative log of the softmax at the right class
 * dx[n,c] = dy / N * (softmax(x)[n,c] - [c = t[n]])
 *
 * x [N,C]   t [N] class indices 0 .. C-1   y: a single number, shape []. An index that is no class makes the loss NaN.
 * As https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
 */
import { checkRank, checkShape } from "../tensor/check.ts"
import { op } from "../tensor/tape.ts"
import { show, type Tensor } from "../tensor/tensor.ts"
import { total } from "./sum.ts"

/** Logits x and class indices t; the indices get no gradient. */
export const softmaxCrossEntropy = op("softmaxCrossEntropy", {
  forward(x: Tensor, t: Tensor) {
    checkRank("softmaxCrossEntropy", "logits", x, 2)
    const [n, classes] = x.shape
    checkShape("softmaxCrossEntropy", "classIndices", t, [n], `logits ${show(x.shape)}`)
    const lse = x.gpu.empty([n])
    const loss = x.gpu.empty([n])
    x.gpu.run("softmax_cross_entropy", { x, t, lse, loss }, { n, classes }, [n * 64])
    return { y: total(loss, 1 / n), lse }
  },
  backward(dy, { lse }, x, t) {
    if (!x.requiresGrad) return [null, null]
    const [n, classes] = x.shape
    const dx = x.gradient()
    x.gpu.run("softmax_cross_entropy_backward_input", { x, t, lse, dy, dx }, { n, classes }, [x.size])
    return [dx, null]
  },
})
