/** Weights files of networks that nobody trained, with numbers such that their answers differ. */
import { networks } from "../../src/models/networks.ts"
import { encodeWeights, type WeightsInfo } from "../../src/weights/weights_file.ts"
import { anyWeights } from "./random_network.ts"

export const drawnInfo = (given: Pick<WeightsInfo, "model" | "classes" | "size" | "fold">): WeightsInfo => ({
  ...{ ...given, outputs: given.classes.length === 2 ? 1 : given.classes.length, repeat: 0, version: "0.1.0" },
  normalisation: { mean: 0.3 + given.fold / 10, sd: 0.25 },
  threshold: 0.4 + given.fold / 10,
  temperature: 1.5 + given.fold / 4,
})

/** The bytes of fold `fold`'s. The head's weights are larger than they would be, so that images get different answers. */
export function drawnMember(given: Pick<WeightsInfo, "model" | "classes" | "size" | "fold">): Uint8Array {
  const info = drawnInfo(given)
  const weights = anyWeights(networks[info.model].build(info.size, info.outputs), given.fold + 1)
  const [head] = [...weights.values()].slice(-2)
  head.data = head.data.map((value) => value * 4)
  return encodeWeights(weights, info)
}
