/** Keeps parts of a network as they are while the rest is trained. */
import type { Module } from "./module.ts"

/** "layer1" covers itself and "layer1.0.weight", not "layer10.weight". */
const covers = (prefix: string, name: string): boolean => name === prefix || name.startsWith(`${prefix}.`)

/**
 * The names of the parameters that these prefixes freeze, in order; needs no device.
 *
 * @throws if a prefix freezes no parameter, or if no parameter is left to train
 */
export function frozenParameters(network: Module, prefixes: readonly string[]): string[] {
  const names = [...network.modules()].flatMap(([path, module]) =>
    Object.keys(module.parameterSpecs()).map((key) => (path ? `${path}.${key}` : key)),
  )
  const idle = prefixes.find((prefix) => !names.some((name) => covers(prefix, name)))
  if (idle !== undefined)
    throw new Error(`"${idle}" freezes nothing: no parameter is called so or lies below. ${layersText(names)}`)
  const frozen = names.filter((name) => prefixes.some((prefix) => covers(prefix, name)))
  if (frozen.length === names.length)
    throw new Error(`${prefixes.join(",")} freezes everything: no parameter is left to train. ${layersText(names)}`)
  return frozen
}

const layersText = (names: readonly string[]): string =>
  `Layers with parameters: ${[...new Set(names.map((name) => name.split(".").slice(0, -1).join(".")))].join(", ")}`

/**
 * Freezes what lies at or below these prefixes of names. Its parameters get no gradient, and no
 * optimiser or clipping counts them; its layers act as in evaluation, so batch norms use and keep
 * their running statistics. Backward ends at the lowest layer that is trained.
 *
 * @param model the outermost module, on its device
 * @throws as `frozenParameters` does
 */
export function freeze(model: Module, prefixes: readonly string[]): void {
  const frozen = new Set(frozenParameters(model, prefixes))
  for (const [path, module] of model.modules()) module.frozen = prefixes.some((prefix) => covers(prefix, path))
  for (const parameter of model.parameters()) parameter.requiresGrad = !frozen.has(parameter.name)
}
