/** What a training step wants of a loss besides its value: an epoch's running sums. */
import type { Tensor } from "../tensor/tensor.ts"

export interface TotalsOptions {
  /**
   * Running sums [2], to which a loss adds: [0] the loss of each example, [1] how many of them are
   * predicted right.
   */
  totals?: Tensor
}

/**
 * Adds a batch whose mean loss was computed. logits [N] or [N,1] with targets 0 or 1, or [N,C] with
 * class indices [N]
 */
export function addToTotals(loss: Tensor, logits: Tensor, targets: Tensor, totals: Tensor): void {
  const n = targets.size
  loss.gpu.run("add_to_totals", { loss, logits, targets, totals }, { n }, [1], { CLASSES: logits.size / n })
}
