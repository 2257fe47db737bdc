import type { Tensor } from "../tensor/tensor.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"

/** Running loss and accuracy of an epoch, summed on the GPU so that no step has to read back. */
export class EpochTotals {
  /** What a loss adds its batch to, see `TotalsOptions`. */
  readonly totals: Tensor

  constructor(readonly gpu: TensorGpu) {
    this.totals = gpu.persistent([2])
  }

  reset(): void {
    this.load([0, 0])
  }

  /** Loss and hits as sums, for `load` to go on from. */
  async sums(): Promise<[loss: number, right: number]> {
    const [loss, right] = await this.totals.read()
    return [loss, right]
  }

  load(sums: readonly [loss: number, right: number]): void {
    this.gpu.write(this.totals.slice, Float32Array.from(sums))
  }

  /** Means over the `seen` images so far. */
  async read(seen: number): Promise<{ loss: number; accuracy: number }> {
    const [loss, right] = await this.sums()
    return { loss: loss / seen, accuracy: right / seen }
  }
}
