/** Weights files of networks that nobody trained, with numbers such that their answers differ. */
import { networks } from "../../src/models/networks.ts"
import { layersOf } from "../../src/weights/layers_of.ts"
import { encodeWeights, type WeightsInfo } from "../../src/weights/weights_file.ts"
import { anyWeights } from "./random_network.ts"

type Given = Pick<WeightsInfo, "model" | "classes" | "size" | "fold">

export const drawnInfo = (given: Given): WeightsInfo => ({
  ...{ ...given, outputs: outputsOf(given), repeat: 0, version: "0.1.0" },
  normalisation: { mean: 0.3 + given.fold / 10, sd: 0.25 },
  threshold: 0.4 + given.fold / 10,
  temperature: 1.5 + given.fold / 4,
  ...layersOf(networks[given.model], networks[given.model].build(given.size, outputsOf(given))),
})

const outputsOf = ({ classes }: Given): number => (classes.length === 2 ? 1 : classes.length)

/**
 * The bytes of fold `fold`'s. The head's weights are larger than they would be, so that images get
 * different answers.
 */
export function drawnMember(given: Given): Uint8Array {
  const info = drawnInfo(given)
  const weights = anyWeights(networks[info.model].build(info.size, info.outputs), given.fold + 1)
  const [head] = [...weights.values()].slice(-2)
  head.data = head.data.map((value) => value * 4)
  return encodeWeights(weights, info)
}
