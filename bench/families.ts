/**
 * All ladders, in the order in which they run. A new one is a file beside this one and a line here.
 */

import { didYouMean } from "../src/text/nearest.ts"
import { adam } from "./adam.ts"
import { augmentation } from "./augmentation.ts"
import { avgPool2d, avgPool2dBackward } from "./avg_pooling.ts"
import { batchNorm2dBackward, batchNorm2dForward, batchNorm2dReluMaxPool2d } from "./batch_norm.ts"
import { conv2dBackwardInput } from "./conv2d_backward_input.ts"
import { conv2dBackwardWeight } from "./conv2d_backward_weight.ts"
import { conv2dForward } from "./conv2d_forward.ts"
import { conv2dReluMaxPool2d, conv2dReluMaxPool2dBackward } from "./conv2d_relu_max_pool2d.ts"
import { denseBackwardInput, denseBackwardWeight, denseForward } from "./dense.ts"
import { dispatches } from "./dispatch.ts"
import { add, relu } from "./elementwise.ts"
import type { Ladder } from "./ladder.ts"
import { matmul } from "./matmul.ts"
import { globalAvgPool, maxPool2d, maxPool2dBackward } from "./pooling.ts"
import { sum } from "./reductions.ts"
import { download, upload } from "./transfer.ts"

const ALL = [
  ...[conv2dForward, conv2dBackwardInput, conv2dBackwardWeight],
  ...[conv2dReluMaxPool2d, conv2dReluMaxPool2dBackward],
  ...[matmul, denseForward, denseBackwardInput, denseBackwardWeight],
  ...[maxPool2d, maxPool2dBackward, avgPool2d, avgPool2dBackward, globalAvgPool],
  ...[batchNorm2dForward, batchNorm2dBackward, batchNorm2dReluMaxPool2d],
  ...[relu, add, sum, adam, augmentation],
  ...[dispatches, upload, download],
]

// The sizes of a ladder come from itself and go back to it: nobody else must know their type.
export const LADDERS = ALL as Ladder<never>[] as Ladder[]

/**
 * The ladders of these families or of these names; all where none is given.
 *
 * @throws for a name that there is not, naming those that there are
 */
export function ladders(words: readonly string[]): Ladder[] {
  const names = [...new Set(LADDERS.flatMap(({ family, name }) => [family, name]))]
  const unknown = words.find((word) => !names.includes(word))
  if (unknown !== undefined)
    throw new Error(`no family is called "${unknown}"; there are ${names.join(", ")}.${didYouMean(unknown, names)}`)
  return LADDERS.filter(({ family, name }) => words.length === 0 || words.includes(family) || words.includes(name))
}
