/**
 * The engine in this page: opened once, when a view first needs it, and taken in turns: a step on
 * the GPU ends what another began before it. A lost device is replaced by the next one asked for.
 */

import { Turns } from "../data/turns.ts"
import { DeviceLost } from "../gpu/device_lost.ts"
import { openGpu, type TensorGpu } from "../tensor/tensor_gpu.ts"

const turns = new Turns()
let opened: Promise<TensorGpu> | undefined

/** Opens the device. @throws where the browser has none, with what to do */
export function engine(): Promise<TensorGpu> {
  if (opened) return opened
  const opening = openGpu()
  opened = opening
  opening.catch(() => opened === opening && (opened = undefined))
  return opening
}

/**
 * Work on the GPU, behind all that was asked for before. @throws DeviceLost where the device is
 * lost; the next call opens another one
 */
export async function onGpu<T>(work: (gpu: TensorGpu) => Promise<T>): Promise<T> {
  const opening = engine()
  const gpu = await opening
  try {
    return await turns.take(() => work(gpu))
  } catch (error) {
    if (error instanceof DeviceLost && opened === opening) opened = undefined
    throw error
  }
}

/**
 * The same work once more if the device was lost meanwhile. It must take its networks from the
 * device of today: those of the lost one are gone with it.
 */
export async function recovering<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof DeviceLost)) throw error
    return work()
  }
}
