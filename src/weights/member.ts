/** A network made from its weights. */
import type { Sequential } from "../layers/sequential.ts"
import { networks } from "../models/networks.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import type { Network, WeightsInfo } from "./weights_file.ts"

export interface Member {
  /** Of its weights. */
  file: string
  model: Sequential
  info: WeightsInfo
}

/** @throws where the weights are not those of the network that they name */
export function makeMember(gpu: TensorGpu, file: string, { weights, info }: Network): Member {
  const model = networkFor(info, file).to(gpu)
  try {
    model.loadStateDict(weights)
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error })
  }
  return { file, model, info }
}

/** The layers that a weights file is of, without its weights. @throws where there is no such model */
export function networkFor({ model, size, outputs }: WeightsInfo, file: string): Sequential {
  if (Object.hasOwn(networks, model)) return networks[model].build(size, outputs)
  throw new Error(`${file}: weights of a model "${model}"; there are ${Object.keys(networks).join(", ")}`)
}

/** @throws unless all take images of one size and tell the same classes apart */
export function checkAlike(members: readonly Pick<Member, "file" | "info">[]): void {
  const kind = ({ size, classes }: WeightsInfo) => `${size} pixels, ${classes.join(", ")}`
  const [first] = members
  const other = members.find(({ info }) => kind(info) !== kind(first.info))
  if (!other) return
  const [a, b] = [other, first].map(({ file, info }) => `${file} (${kind(info)})`)
  throw new Error(`${a} and ${b} are of different runs; take one of them`)
}
