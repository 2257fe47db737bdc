/** What each layer of a network makes of one image, and how the loss would change with it. */
import { imageAt } from "../data/pixels.ts"
import type { Module } from "../layers/module.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { imageTensor } from "../train/batches.ts"
import type { Lesson } from "./lesson.ts"

/** A tensor of one image, read back: [C,H,W], or [C] once it is no picture. */
export interface Plane {
  shape: readonly number[]
  values: Float32Array
}

export interface Activation extends Plane {
  /** Of the layer in the network. */
  name: string
  layer: Module
  /** The layer's input. */
  x: Plane
  /** The gradient of this image's loss by each value. */
  gradient: Float32Array
}

/** In eval mode, op by op: none is fused with its neighbours, so that each can be seen. */
export async function activationsOf(lesson: Lesson, index: number): Promise<Activation[]> {
  const { gpu, data, model, norm } = lesson
  model.eval()
  const input = imageTensor(gpu, data.size, 1, () => [imageAt(data, index)], norm)
  let x = input
  const made = [...model.leaves()].map(([name, layer]) => {
    x = layer.forward(x)
    return { name, layer, tensor: x }
  })
  lesson.lossOf(x, index).backward()
  const read: Activation[] = []
  let before = await planeOf(input)
  for (const { name, layer, tensor } of made) {
    const plane = await planeOf(tensor)
    read.push({ name, layer, ...plane, x: before, gradient: (await tensor.grad!.read()).slice() })
    before = plane
  }
  gpu.endStep()
  return read
}

const planeOf = async (tensor: Tensor): Promise<Plane> => ({
  shape: tensor.shape.slice(1),
  values: (await tensor.read()).slice(),
})
