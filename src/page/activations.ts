/** What each layer of a network makes of one image, read back layer by layer. */
import { imageAt } from "../data/pixels.ts"
import type { Module } from "../layers/module.ts"
import { imageTensor } from "../train/batches.ts"
import type { Lesson } from "./lesson.ts"

export interface Activation {
  /** Of the layer in the network. */
  name: string
  layer: Module
  /** Without the batch: [C,H,W], or [C] where there is no picture any more. */
  shape: readonly number[]
  values: Float32Array
}

/** In eval mode, op by op: none is fused with its neighbours, so that each can be seen. */
export async function activationsOf({ gpu, data, model, norm }: Lesson, index: number): Promise<Activation[]> {
  model.eval()
  const made = gpu.noGrad(() => {
    let x = imageTensor(gpu, data.size, 1, () => [imageAt(data, index)], norm)
    return [...model.leaves()].map(([name, layer]) => {
      x = layer.forward(x)
      return { name, layer, tensor: x }
    })
  })
  const read: Activation[] = []
  for (const { name, layer, tensor } of made)
    read.push({ name, layer, shape: tensor.shape.slice(1), values: (await tensor.read()).slice() })
  gpu.endStep()
  return read
}
