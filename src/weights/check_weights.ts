/** Whether weights are those of a network, before anything is made of them. */
import { joinPath, type Module } from "../layers/module.ts"
import { type Shape, show } from "../tensor/tensor.ts"
import type { Weights } from "./weights.ts"
import { isCount } from "./weights_file.ts"

/** Names and shapes as the network's state dict will have them; needs no device. */
export function shapesOf(network: Module): Map<string, Shape> {
  const named = [...network.modules()].flatMap(([path, module]) =>
    Object.entries({ ...module.parameterSpecs(), ...module.bufferSpecs() }).map(
      ([key, { shape }]) => [joinPath(path, key), shape] as const,
    ),
  )
  return new Map(named)
}

/**
 * @param file for errors, as is what the network is called
 * @throws with both lists where names or shapes are not the network's, and where a number is not
 * finite
 */
export function checkWeights(network: Module, weights: Weights, file: string, called = "network"): void {
  const wanted = shapesOf(network)
  const names = new Set([...wanted.keys(), ...weights.keys()])
  const differing = [...names].filter((name) => told(wanted.get(name)) !== told(weights.get(name)?.shape))
  if (differing.length > 0) {
    const rows = differing.map(
      (name) => `\n  ${name}: ${told(weights.get(name)?.shape)} in the file, ${told(wanted.get(name))} in the network`,
    )
    throw new Error(
      `${file}: its tensors are not those of the ${called}, ${differing.length} of ${names.size} differ:${rows.join("")}`,
    )
  }
  const broken = [...weights].find(([, { data }]) => !data.every(Number.isFinite))
  if (broken) throw new Error(`${file}: ${broken[0]} holds numbers that are not finite; nothing can be done with them`)
  checkCounts(weights, file)
}

/** @throws where what PyTorch counts in whole numbers is none */
function checkCounts(weights: Weights, file: string): void {
  for (const [name, { data }] of weights)
    if (isCount(name) && !data.every(Number.isInteger))
      throw new Error(`${file}: ${name} is ${[...data].join(", ")}, expected whole numbers`)
}

const told = (shape: Shape | undefined): string => (shape ? show(shape) : "none")
