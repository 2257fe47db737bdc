/** A network made from its weights. */
import type { Sequential } from "../layers/sequential.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { networks } from "./networks.ts"
import type { Network, WeightsInfo } from "./weights_file.ts"

export interface Member {
  /** Of its weights. */
  file: string
  model: Sequential
  info: WeightsInfo
}

/** @throws where the weights are not those of the network that they name */
export function makeMember(gpu: TensorGpu, file: string, { weights, info }: Network): Member {
  const network = Object.hasOwn(networks, info.model) ? networks[info.model] : undefined
  if (!network)
    throw new Error(`${file}: weights of a model "${info.model}"; there are ${Object.keys(networks).join(", ")}`)
  const model = network.build(info.size, info.outputs).to(gpu)
  try {
    model.loadStateDict(weights)
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error })
  }
  return { file, model, info }
}

/** @throws where networks are not of one kind: other images, or other classes */
export function checkAlike(members: readonly Member[]): void {
  const kind = ({ info }: Member) => `${info.size} pixels, ${info.classes.join(", ")}`
  const [first] = members
  const other = members.find((member) => kind(member) !== kind(first))
  if (!other) return
  throw new Error(
    `${other.file} (${kind(other)}) and ${first.file} (${kind(first)}) are of different runs; predict with one of them`,
  )
}
