/** A network made from its weights. */
import type { Sequential } from "../layers/sequential.ts"
import type { NetworkDefinition } from "../models/define_network.ts"
import { show } from "../tensor/tensor.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { networkFrom } from "./architecture.ts"
import { checkWeights } from "./check_weights.ts"
import { layersOf, ownLayers } from "./layers_of.ts"
import type { SavedNetwork, WeightsInfo } from "./weights_file.ts"

export interface Member {
  /** Of its weights. */
  file: string
  model: Sequential
  info: WeightsInfo
}

/** A network with layers that only its own file can build, and no such file was given. */
export class NeedsNetworkFile extends Error {
  /** @param cure what to do about it on the command line */
  constructor(
    readonly why: string,
    cure: string,
  ) {
    super(`${why} ${cure}`)
  }

  /** The same for the page, which runs no code of others. */
  forPage(): Error {
    return new Error(
      `${this.why} The page has built-in layers only. Use npx cnn predict or npx cnn explain, with --model`,
      { cause: this },
    )
  }
}

/**
 * @param definition the network of `--model`; without it the layers are those that the weights
 * file names
 * @throws if the weights are not those of the network
 */
export function makeMember(
  gpu: TensorGpu,
  file: string,
  { weights, info }: Pick<SavedNetwork, "weights" | "info">,
  definition: NetworkDefinition | null = null,
): Member {
  const model = networkFor(info, file, definition)
  // Before buffers are made: a damaged file may name layers of any size.
  checkWeights(model, weights, file)
  model.to(gpu).loadStateDict(weights)
  return { file, model, info }
}

/**
 * The layers that a weights file belongs to, without its weights.
 *
 * @throws NeedsNetworkFile if only the network's own file can build them
 */
export function networkFor(info: WeightsInfo, file: string, definition: NetworkDefinition | null = null): Sequential {
  return definition ? fromDefinition(info, file, definition) : rebuilt(info, file)
}

function rebuilt({ architecture, model, size, outputs, builtBy, inCode }: WeightsInfo, file: string): Sequential {
  if (inCode !== null)
    throw new NeedsNetworkFile(
      `${file}: the network ${model} was defined in code, and only that code can build ${inCode}.`,
      "Pass its definition as `network`; on the command line, put the code into a file and add: --model FILE",
    )
  if (builtBy !== null || !architecture)
    throw new NeedsNetworkFile(
      `${file}: the network ${model} has custom layers, which only the file that defines it can build.`,
      `A run folder keeps a copy of that file. Add: --model ${copyBeside(file, model)}`,
    )
  try {
    const network = networkFrom(architecture)
    const given = show(network.outputShape([1, 1, size, size]))
    if (given === show([1, outputs])) return network
    throw new Error(`its layers make ${show([1, 1, size, size])} into ${given}, expected ${show([1, outputs])}`)
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error })
  }
}

function fromDefinition(
  { architecture, builtBy, inCode, model, size, outputs }: WeightsInfo,
  file: string,
  definition: NetworkDefinition,
): Sequential {
  const { name, file: source } = definition
  if (builtBy !== null && source?.sha256 !== builtBy)
    throw new Error(
      `${file}: --model names ${source ? `${name}, which is another file or has changed since` : `the built-in ${name}`}, ` +
        `and the network was defined by ${model} with SHA-256 ${builtBy.slice(0, 12)}... ` +
        wayOn(file, definition, model),
    )
  const network = definition.build(size, outputs)
  if (inCode !== null && ownLayers(network) !== inCode)
    throw new Error(
      `${file}: its network has custom layers, ${inCode}, and ${name} has ${ownLayers(network) ?? "none"}. ` +
        `Use the definition that ${model} was trained from`,
    )
  if (architecture && JSON.stringify(layersOf(definition, network).architecture) !== JSON.stringify(architecture))
    throw new Error(`${file}: its network has other layers than ${name}. Leave out --model, or name another`)
  return network
}

/**
 * A changed file may compute something else, so weights and file are joined by `import` alone,
 * which says so.
 */
function wayOn(file: string, { name, file: source }: NetworkDefinition, model: string): string {
  if (!source) return `A run folder keeps a copy of that file. Use: --model ${copyBeside(file, model)}`
  const renewed = `npx cnn import ${file} --model FILE --out new.safetensors`
  if (name === copyName(model))
    return (
      `If it is the copy in the run folder, undo the change: save your version as another FILE, and ` +
      `restore ${name} from the original. To use these weights with your version: ${renewed}`
    )
  return (
    `A run folder keeps a copy of that file. Use: --model ${copyBeside(file, model)}\n` +
    `If you only added descriptors to it, import the weights for your new FILE: ${renewed}`
  )
}

/** The name of a network file's copy in a run folder. */
export const copyName = (model: string): string => (/\.m?ts$/.test(model) ? "network.ts" : "network.mjs")

/** Where the copy lies if the weights file is in its run folder. */
const copyBeside = (file: string, model: string): string => file.replace(/[^/\\]*$/, copyName(model))

/** @throws unless all take images of one size and tell the same classes apart */
export function checkAlike(members: readonly Pick<Member, "file" | "info">[]): void {
  const kind = ({ size, classes }: WeightsInfo) => `${size} pixels, ${classes.join(", ")}`
  const [first] = members
  const other = members.find(({ info }) => kind(info) !== kind(first.info))
  if (!other) return
  const [a, b] = [other, first].map(({ file, info }) => `${file} (${kind(info)})`)
  throw new Error(`${a} and ${b} are of different runs; take one of them`)
}
