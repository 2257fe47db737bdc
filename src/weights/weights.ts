import type { Module } from "../layers/module.ts"
import type { Shape } from "../tensor/tensor.ts"

/** A network's parameters and buffers on the host, by PyTorch's names. */
export type Weights = Map<string, { shape: Shape; data: Float32Array }>

/** Reads everything in a module's state dict back. */
export async function snapshot(model: Module): Promise<Weights> {
  const entries = [...model.stateDict()].map(
    async ([name, tensor]) => [name, { shape: tensor.shape, data: await tensor.read() }] as const,
  )
  return new Map(await Promise.all(entries))
}

/** Whether every one of them is a number. */
export const allFinite = (weights: Weights): boolean =>
  [...weights.values()].every(({ data }) => data.every(Number.isFinite))
