/**
 * The engine in this page: opened once, when a view first needs it, and taken in turns: a step on
 * the GPU ends what another began before it.
 */

import { Turns } from "../data/turns.ts"
import { DeviceLost } from "../gpu/device_lost.ts"
import { openGpu, type TensorGpu } from "../tensor/tensor_gpu.ts"

const turns = new Turns()
let opened: Promise<TensorGpu> | undefined

/** Opens the device. @throws where the browser has none, with what to do */
export const engine = (): Promise<TensorGpu> => (opened ??= openGpu())

/**
 * Work on the GPU, behind all that was asked for before. @throws where the device is lost, with
 * what to do
 */
export async function onGpu<T>(work: (gpu: TensorGpu) => Promise<T>): Promise<T> {
  const gpu = await engine()
  try {
    return await turns.take(() => work(gpu))
  } catch (error) {
    // All networks were on it.
    if (error instanceof DeviceLost) throw new Error(`${error.message}. Reload the page`, { cause: error })
    throw error
  }
}
