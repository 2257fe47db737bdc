/**
 * Convolution, ReLU and 2x2 max pooling: forward, and the gradients of input, weight and bias.
 *
 * `npx cnn bench conv2d_relu_max_pool2d conv2d_relu_max_pool2d_backward` on two cores with nothing
 * else to do, 2026-11-24.
 *
 * Forward, shape refnet-s-2, operations of the convolution:
 *
 *                                                                                    Swift    lava
 *     GFLOP/s                                                                       Shader    pipe
 *     three ops: what the convolution gives is stored, loaded, stored, loaded         3.31    12.9
 *     relu with the convolution: 0 is the least that a sum may be                     4.07    15.4
 *     all at once: only the largest of each window is stored, and which it was        5.01    20.3
 *
 * All three gradients:
 *
 *                                                                                    Swift    lava
 *     GFLOP/s                                                                       Shader    pipe
 *     three ops: dz, mostly zeros, is stored and loaded twice                         5.01    16.5
 *     relu with the convolution: its mask is a pass of its own                        4.85    17.0
 *     all at once: dz is made of dy and of what won, in registers                     5.35    24.0
 */
import { conv2d } from "../src/layers/conv2d/conv2d.ts"
import { conv2dReluMaxPool2d as fused } from "../src/layers/conv2d/conv2d_relu_max_pool2d.ts"
import type { Conv2dSizes } from "../src/layers/conv2d/sizes.ts"
import { maxPool2d } from "../src/layers/max_pool2d.ts"
import { relu } from "../src/layers/relu.ts"
import { conv2dLadder, reference, shapesOf } from "./conv2d.ts"
import type { Ladder, Tensors } from "./ladder.ts"
import { backwardRung, forwardRung } from "./op_rung.ts"
import { pooled } from "./reference/conv2d_relu_max_pool2d_check.ts"
import { plain } from "./reference/gradcheck.ts"

const outputOf = ({ n, o, oh, ow }: Conv2dSizes) => [n, o, oh >> 1, ow >> 1]

const POOL = { kernel: 2 }
const threeOps = ({ x, w, b }: Tensors, sizes: Conv2dSizes) => maxPool2d(relu(conv2d(x, w, b, sizes)), POOL)
const reluAtOnce = ({ x, w, b }: Tensors, sizes: Conv2dSizes) =>
  maxPool2d(conv2d(x, w, b, { ...sizes, relu: true }), POOL)
const allAtOnce = ({ x, w, b }: Tensors, sizes: Conv2dSizes) => fused(x, w, b, sizes)

/** A shape that pooling has windows in. */
function sizes(numbers: readonly number[]): Conv2dSizes {
  const made = conv2dLadder.sizes(numbers)
  if (made.oh < 2 || made.ow < 2)
    throw new Error(`the convolution gives ${made.oh}x${made.ow} pixels, a window needs 2x2`)
  return made
}

const inputsOf = (sizes: Conv2dSizes) => {
  const { x, w, b } = shapesOf(sizes)
  return { x: { shape: x }, w: { shape: w }, b: { shape: b } }
}

/** Numbers of x, w and b, and of y. */
const numbers = ({ n, c, h, w, o, oh, ow, kh, kw }: Conv2dSizes): number =>
  n * c * h * w + o * c * kh * kw + o + n * o * (oh >> 1) * (ow >> 1)

export const conv2dReluMaxPool2d: Ladder<Conv2dSizes> = {
  ...conv2dLadder,
  name: "conv2d_relu_max_pool2d",
  formula: "y = maxPool2d(relu(conv2d(x, w, b)), { kernel: 2 })",
  sizes,
  inputs: inputsOf,
  reference(sizes, inputs) {
    const { y: z } = reference(sizes, inputs)
    return { y: pooled(z, plain(outputOf(sizes))).y }
  },
  bytes: (sizes) => 4 * numbers(sizes),
  rungs: [
    forwardRung("three ops", threeOps),
    forwardRung("relu with the convolution", reluAtOnce),
    forwardRung("all at once", allAtOnce),
  ],
}

const GRADIENTS = ["x", "w", "b"]

export const conv2dReluMaxPool2dBackward: Ladder<Conv2dSizes> = {
  ...conv2dLadder,
  name: "conv2d_relu_max_pool2d_backward",
  formula: "dx, dw and db of y = maxPool2d(relu(conv2d(x, w, b)), { kernel: 2 })",
  sizes,
  inputs: (sizes) => ({ ...inputsOf(sizes), dy: { shape: outputOf(sizes) } }),
  reference(sizes, inputs) {
    const { y: z } = reference(sizes, { x: inputs.x, w: inputs.w, b: inputs.b })
    const { dx, dw, db } = reference(sizes, { ...inputs, dy: pooled(z, inputs.dy).dz })
    return { dx, dw, db }
  },
  flops: (sizes) => 2 * conv2dLadder.flops(sizes),
  bytes: (sizes) => 8 * numbers(sizes),
  rungs: [
    backwardRung("three ops", GRADIENTS, threeOps),
    backwardRung("relu with the convolution", GRADIENTS, reluAtOnce),
    backwardRung("all at once", GRADIENTS, allAtOnce),
  ],
}
