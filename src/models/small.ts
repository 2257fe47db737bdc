import { AvgPool2d } from "../layers/avg_pool2d.ts"
import { BatchNorm2d } from "../layers/batch_norm2d.ts"
import { Conv2d } from "../layers/conv2d/conv2d.ts"
import { Flatten } from "../layers/flatten.ts"
import { glorotUniform, heNormal, oriented } from "../layers/init.ts"
import { Dense } from "../layers/matmul/dense.ts"
import type { Module } from "../layers/module.ts"
import { ReLU } from "../layers/relu.ts"
import { Sequential } from "../layers/sequential.ts"
import { defineNetwork } from "./define_network.ts"

/**
 * The default network: batch-normalised, made for few images. The first filters begin as edges in
 * eight directions, pooling takes means, and the last layer keeps parts of 32 x 32 pixels of the
 * image apart (research/tuning.md has what each of that is worth). The first convolution takes
 * steps of 2: the image's full resolution is the most expensive part, and is looked at once.
 */
export const small = defineNetwork({
  name: "small",
  size: 80,
  // A radiograph shows more than the phantom, and smaller.
  fileSize: 128,
  minSize: 16,
  build(size, outputs) {
    const sides = [2, 4, 8, 16].map((part) => Math.ceil(size / part))
    // If 2 does not divide the side, padding keeps its border in view.
    const [pool1, pool2, pool3, pool4] = sides.map((side) => new AvgPool2d({ kernel: 2, padding: side % 2 }))
    return new Sequential(
      ...[...block(1, 8, { kernel: 5, stride: 2, init: oriented }), pool1],
      ...[...block(8, 16), pool2],
      ...[...block(16, 32), pool3],
      ...[...block(32, 64), pool4],
      new Flatten(),
      new Dense(64 * Math.ceil(size / 32) ** 2, outputs, { init: glorotUniform }),
    )
  },
})

/** Convolution with the input's size over the stride, norm, ReLU. The norm's shift is the bias. */
function block(from: number, to: number, { kernel = 3, stride = 1, init = heNormal } = {}): Module[] {
  const convolution = new Conv2d(from, to, { kernel, stride, padding: (kernel - 1) / 2, bias: false, init })
  return [convolution, new BatchNorm2d(to), new ReLU()]
}
