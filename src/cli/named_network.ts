/** `--model` of commands that measure a network: one that can be trained, or a reference network of the benchmark. */
import type { Options } from "yargs"
import { build, refNetM, refNetS } from "../../bench/refnet.ts"
import type { Sequential } from "../layers/sequential.ts"
import { defaultConfig } from "../train/defaults.ts"
import { modelFlag, NAMES, openModel } from "./flag_model.ts"
import { asUsage } from "./usage_error.ts"

const REFERENCE = { "refnet-s": refNetS, "refnet-m": refNetM }
const REFNETS = Object.keys(REFERENCE)

export const namedNetworkFlag = (describe: string): Options =>
  modelFlag(`${describe}: ${REFNETS.join(", ")}, ${NAMES}, or a file`, { value: defaultConfig.model, further: REFNETS })

/**
 * For one logit, and images of its own size unless given.
 *
 * @throws if a file cannot be loaded, or its network does not take images of that size
 */
export async function namedNetwork(model: string, size?: number): Promise<{ network: Sequential; size: number }> {
  const reference = REFERENCE[model as keyof typeof REFERENCE]
  if (reference) {
    const side = size ?? reference.size
    const network = asUsage(() => build({ ...reference, size: side }), `--size ${side}: `)
    return { network, size: side }
  }
  const definition = await openModel(model)
  const side = size ?? definition.size
  const network = asUsage(() => definition.buildChecked(side, 1), `--size ${side}: `)
  return { network, size: side }
}
