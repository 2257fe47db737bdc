import type { Tensor } from "../tensor/tensor.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"

/** Running loss and accuracy of an epoch, summed on the GPU so that no step has to read back. */
export class Tally {
  readonly #totals: Tensor

  constructor(
    readonly gpu: TensorGpu,
    /** Logits an image: 1 for detection. */
    readonly outputs: number,
  ) {
    this.#totals = gpu.persistent([2])
  }

  reset(): void {
    this.gpu.write(this.#totals.slice, new Float32Array(2))
  }

  /** Adds a batch. loss [], logits [N, outputs], targets as the loss takes them */
  add(loss: Tensor, logits: Tensor, targets: Tensor): void {
    const tensors = { loss, logits, targets, totals: this.#totals }
    this.gpu.run("tally", tensors, { n: logits.shape[0] }, [1], { CLASSES: this.outputs })
  }

  /** Means over the `seen` images so far. */
  async read(seen: number): Promise<{ loss: number; accuracy: number }> {
    const [loss, right] = await this.#totals.read()
    return { loss: loss / seen, accuracy: right / seen }
  }
}
