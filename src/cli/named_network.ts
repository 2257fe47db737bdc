/**
 * `--model` of commands that measure a network: one that can be trained, or a reference network of
 * the benchmark.
 */
import type { Options } from "yargs"
import { build, REFNETS } from "../../bench/refnet.ts"
import type { Sequential } from "../layers/sequential.ts"
import { defaultConfig } from "../train/defaults.ts"
import { modelFlag, NAMES, openModel } from "./flag_model.ts"
import { asUsage } from "./usage_error.ts"

/** The names of the reference networks. */
export const REFNET_NAMES = Object.keys(REFNETS)

export const namedNetworkFlag = (describe: string): Options =>
  modelFlag(`${describe}: ${REFNET_NAMES.join(", ")}, ${NAMES}, or a file`, {
    value: defaultConfig.model,
    further: REFNET_NAMES,
  })

/**
 * Builds the network for one logit and its default image size, unless another size is given.
 *
 * @throws if a file cannot be loaded, or its network does not take images of that size
 */
export async function namedNetwork(model: string, size?: number): Promise<{ network: Sequential; size: number }> {
  const flag = size === undefined ? "" : `--size ${size}: `
  if (Object.hasOwn(REFNETS, model)) {
    const reference = REFNETS[model]
    const side = size ?? reference.size
    return { network: asUsage(() => build({ ...reference, size: side }), flag), size: side }
  }
  const definition = await openModel(model)
  const side = size ?? definition.size
  return { network: asUsage(() => definition.buildChecked(side, 1), flag), size: side }
}
