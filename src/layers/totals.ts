/**
 * What a training step wants of a loss besides its value: the gradient, and an epoch's running
 * sums.
 */
import { type Candidate, choose, type Plan } from "../gpu/plan.ts"
import type { Tensor } from "../tensor/tensor.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"

export interface TotalsOptions {
  /**
   * Running sums [2], to which a loss adds: [0] the loss of each example, [1] how many of them are
   * predicted right.
   */
  totals?: Tensor
}

/** A loss over a batch, and how its kernels compute it. */
interface Loss {
  examples: number
  classes: number
  /** One workgroup computes loss, gradient and sums; for a large batch it would take long. */
  atOnce: Plan
  /** Loss by loss, which are then added up. */
  plain: Plan
}

const CANDIDATES: Candidate<Loss>[] = [
  {
    name: "at once",
    when: "1024 examples and 64 classes or fewer",
    applies: (_, { examples, classes }) => examples <= 1024 && classes <= 64,
    plan: (_, { atOnce }) => atOnce,
  },
  { name: "plain", when: "fits every batch", applies: () => true, plan: (_, { plain }) => plain },
]

export const planLoss = ({ adapter }: TensorGpu, loss: Loss): Plan => choose(CANDIDATES, adapter, loss)!

/**
 * Adds a batch whose mean loss was computed. logits [N] or [N,1] with targets 0 or 1, or [N,C] with
 * class indices [N]
 */
export function addToTotals(loss: Tensor, logits: Tensor, targets: Tensor, totals: Tensor): void {
  const n = targets.size
  loss.gpu.run("add_to_totals", { loss, logits, targets, totals }, { n }, [1], { CLASSES: logits.size / n })
}
