/** Where a run's networks began, in words. */
import * as inits from "../layers/init.ts"
import { joinPath, type Module } from "../layers/module.ts"
import type { InitFacts } from "../run/initial_weights.ts"
import { plural } from "../text/plural.ts"
import { whole } from "../text/table.ts"

const DRAWS = new Map<inits.Init, string>([
  [inits.oriented, "edge detectors in evenly spread directions, not drawn"],
  [inits.heNormal, "He’s normal draws with variance 2 / fan-in"],
  [inits.heNormalOut, "He’s normal draws with variance 2 / fan-out"],
  [inits.heUniform, "He’s uniform draws with variance 2 / fan-in"],
  [inits.glorotUniform, "Glorot’s uniform draws"],
  [inits.glorotNormal, "Glorot’s normal draws"],
])

/** How a network's weights begin without a file, each kind with the weights that have it. */
export function firstValuesText(network: Module): string {
  const kinds = new Map<string, string[]>()
  for (const [path, module] of network.modules())
    for (const [key, { shape, init }] of Object.entries(module.parameterSpecs())) {
      // Biases and the weights of norms begin as constants.
      if (shape.length < 2) continue
      const kind = DRAWS.get(init) ?? "an initialisation of the network’s own"
      kinds.set(kind, [...(kinds.get(kind) ?? []), joinPath(path, key)])
    }
  const texts = [...kinds].map(([kind, names]) => `${kind} (${names.length > 4 ? plural(names.length, "tensor") : names.join(", ")})`) // biome-ignore format: short
  return `${texts.join("; ")}. Draws come from a counter-based generator keyed by the seed`
}

/** Tensors that are named; config.json has all. */
const NAMED = 8

/** A sentence each: what was taken from where, what was done to it, what did not fit. */
export function initTexts({ path, files, source, images, taken, notes, unused, missing }: InitFacts): string[] {
  const each = files.length > 1 ? "each fold of " : ""
  const hash = files.length > 1 ? "" : `, SHA-256 ${files[0].sha256.slice(0, 16)}`
  const seen =
    images === null
      ? "Which images it was trained on is not known: none of them may be among those tested here."
      : `It was trained on ${plural(images, "image")}, none of which is tested with it.`
  return [
    `${plural(taken, "tensor")} from ${each}${path} (${source}${hash}). ${seen}`,
    ...notes.map((note) => `${note}.`),
    ...listed("Not used", unused),
    ...listed("Not in the file, drawn from the seed", missing),
  ]
}

function listed(what: string, tensors: readonly string[]): string[] {
  if (tensors.length === 0) return []
  const rest = tensors.length > NAMED ? `; and ${whole(tensors.length - NAMED)} more, all in config.json` : ""
  return [`${what}: ${tensors.slice(0, NAMED).join("; ")}${rest}.`]
}
