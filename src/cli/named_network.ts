/**
 * The networks that a command can measure: those of `--model`, and the reference networks of the
 * benchmark.
 */
import { build, refNetM, refNetS } from "../../bench/refnet.ts"
import type { Sequential } from "../layers/sequential.ts"
import { networks } from "../models/networks.ts"

const REFERENCE = { "refnet-s": refNetS, "refnet-m": refNetM }

export const NAMED_NETWORKS = [...Object.keys(networks), ...Object.keys(REFERENCE)]

/** For one logit, and images of its own size unless given. */
export function namedNetwork(model: string, size?: number): { network: Sequential; size: number } {
  const reference = REFERENCE[model as keyof typeof REFERENCE]
  const side = size ?? reference?.size ?? networks[model].size
  return { network: reference ? build({ ...reference, size: side }) : networks[model].build(side, 1), size: side }
}
