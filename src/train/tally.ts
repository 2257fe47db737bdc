import type { Tensor } from "../tensor/tensor.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"

/** Running loss and accuracy of an epoch, summed on the GPU so that no step has to read back. */
export class Tally {
  /** What a loss adds its batch to, see `TotalsOptions`. */
  readonly totals: Tensor

  constructor(readonly gpu: TensorGpu) {
    this.totals = gpu.persistent([2])
  }

  reset(): void {
    this.gpu.write(this.totals.slice, new Float32Array(2))
  }

  /** Means over the `seen` images so far. */
  async read(seen: number): Promise<{ loss: number; accuracy: number }> {
    const [loss, right] = await this.totals.read()
    return { loss: loss / seen, accuracy: right / seen }
  }
}
