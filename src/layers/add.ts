/** y = a + b; da = db = dy. a, b, y: one shape. */
import { checkShape } from "../tensor/check.ts"
import { overRows } from "../tensor/rows.ts"
import { op } from "../tensor/tape.ts"
import { show, type Tensor } from "../tensor/tensor.ts"

export const add = op("add", {
  forward(a: Tensor, b: Tensor) {
    checkShape("add", "b", b, a.shape, `nothing is broadcast: a ${show(a.shape)}`)
    const y = a.gpu.empty(a.shape)
    overRows([a, b, y], ([a, b, y]) => a.gpu.run("binary", { a, b, y }, { n: y.size }, [y.size]))
    return y
  },
  backward(dy) {
    return [dy, dy]
  },
})
