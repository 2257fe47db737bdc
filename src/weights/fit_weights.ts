/** Which of some tensors a network can start from, by name and shape. */
import type { Module } from "../layers/module.ts"
import { type Shape, show } from "../tensor/tensor.ts"
import { plural } from "../text/plural.ts"
import { shapesOf } from "./check_weights.ts"
import type { Weights } from "./weights.ts"
import { isCount } from "./weights_file.ts"

export interface Fit {
  /** Tensors that are taken, by the network's names. */
  weights: Weights
  /** Tensors of the file that are not: `fc.weight [1000,512], the network has [1,512]`. */
  unused: string[]
  /** Tensors of the network that the file does not give: `fc.weight [1,512]`. */
  missing: string[]
  /** How names and numbers were changed. */
  notes: string[]
}

/** What DataParallel, torch.compile and Lightning put before a name, also one behind the other. */
const WRAPPERS = /^(module|_orig_mod|model)\./

/**
 * Takes every tensor whose name and shape fit. PyTorch's counts of batches are passed over: no
 * number of the network depends on them.
 *
 * @param file for errors, as is what the network is called
 * @throws if none fits, or one that fits holds numbers that are not finite
 */
export function fitWeights(network: Module, tensors: Weights, file: string, called: string): Fit {
  const wanted = new Map([...shapesOf(network)].filter(([name]) => !isCount(name)))
  const first = [...wanted].find(([, shape]) => shape.length === 4)?.[0]
  const weights: Weights = new Map()
  const unused: string[] = []
  const colour: string[] = []
  const prefixes = new Map<string, number>()
  for (const [given, tensor] of tensors) {
    if (isCount(given)) continue
    const name = nameIn(wanted, given)
    const taken = name === undefined || weights.has(name) ? null : fitted(tensor, wanted.get(name)!, name === first)
    if (taken === null) {
      unused.push(`${given} ${show(tensor.shape)}${whyNot(name, wanted, weights)}`)
      continue
    }
    if (!tensor.data.every(Number.isFinite))
      throw new Error(`${file}: ${given} holds numbers that are not finite; a network cannot start from it`)
    weights.set(name!, taken)
    if (taken.data !== tensor.data) colour.push(name!)
    const prefix = given.slice(0, given.length - name!.length)
    if (prefix) prefixes.set(prefix, (prefixes.get(prefix) ?? 0) + 1)
  }
  if (weights.size === 0)
    throw new Error(
      `${file}: none of its tensors has a name and shape of the network ${called}.\n` +
        `In the file: ${someOf([...tensors].map(([name, { shape }]) => `${name} ${show(shape)}`))}\n` +
        `In the network: ${someOf([...wanted].map(([name, shape]) => `${name} ${show(shape)}`))}`,
    )
  return {
    weights,
    unused,
    missing: [...wanted].filter(([name]) => !weights.has(name)).map(([name, shape]) => `${name} ${show(shape)}`),
    notes: [
      ...[...prefixes].map(([prefix, count]) => `"${prefix}" was removed from ${plural(count, "name")}`),
      ...colour.map((name) => `${name} was summed over its 3 colours, since images are gray`),
    ],
  }
}

/** The network's own name for a tensor, without the wrappers before it. */
function nameIn(wanted: ReadonlyMap<string, Shape>, given: string): string | undefined {
  if (wanted.has(given)) return given
  const inner = given.replace(WRAPPERS, "")
  return inner === given ? undefined : nameIn(wanted, inner)
}

type Kept = Weights extends Map<string, infer Value> ? Value : never

/**
 * The tensor in that shape, or null. A gray image has the same value in all colours, so the first
 * convolution's weights over colours add up to those of one channel.
 */
function fitted({ shape, data }: Kept, wanted: Shape, isFirst: boolean): Kept | null {
  if (show(shape) === show(wanted)) return { shape, data }
  const [o, , kh, kw] = wanted
  if (!isFirst || wanted[1] !== 1 || show(shape) !== show([o, 3, kh, kw])) return null
  const area = kh * kw
  const summed = Float32Array.from({ length: o * area }, (_, i) => {
    const at = Math.floor(i / area) * 3 * area + (i % area)
    return data[at] + data[at + area] + data[at + 2 * area]
  })
  return { shape: wanted, data: summed }
}

function whyNot(name: string | undefined, wanted: ReadonlyMap<string, Shape>, taken: Weights): string {
  if (name === undefined) return ", not in the network"
  return taken.has(name) ? `, ${name} is given twice` : `, the network has ${show(wanted.get(name)!)}`
}

const NAMED = 8

const someOf = (all: readonly string[]): string =>
  `${all.slice(0, NAMED).join(", ")}${all.length > NAMED ? `, ... and ${all.length - NAMED} more` : ""}`
