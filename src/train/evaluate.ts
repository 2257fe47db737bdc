import type { Normalisation } from "../data/augment.ts"
import type { Dataset } from "../data/dataset.ts"
import type { Module } from "../layers/module.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { batches, imageTensor } from "./batches.ts"

/**
 * Images at once in evaluation, for images of size x size pixels: enough to keep the adapter busy, and no more pixels than
 * 64 images of 128 x 128 have, since what a layer gives must fit into the adapter's memory.
 */
export const evaluationBatch = (size: number): number =>
  Math.max(1, Math.min(64, Math.floor((64 * 128 ** 2) / size ** 2)))

/**
 * The network's logits for these images, in eval mode and without a tape; one array an image.
 *
 * @param onProgress is called before the first and after each batch
 */
export async function logitsOf(
  { gpu, model }: { gpu: TensorGpu; model: Module },
  data: Pick<Dataset, "pixels" | "size">,
  indices: readonly number[],
  norm: Normalisation,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<number[][]> {
  model.eval()
  const out: number[][] = []
  onProgress(0, indices.length)
  for (const part of batches(indices, evaluationBatch(data.size))) {
    const logits = gpu.noGrad(() => model.forward(imageTensor(gpu, data, part, norm)))
    const [n, outputs] = logits.shape
    const values = await logits.read()
    gpu.endStep()
    for (let i = 0; i < n; i++) out.push([...values.subarray(i * outputs, (i + 1) * outputs)])
    onProgress(out.length, indices.length)
  }
  return out
}
