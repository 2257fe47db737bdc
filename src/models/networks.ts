/**
 * The networks that `--model` knows. Another is a few lines here: the size of its images, and a function from size and
 * number of logits to a Sequential.
 */
import { AvgPool2d } from "../layers/avg_pool2d.ts"
import { BatchNorm2d } from "../layers/batch_norm2d.ts"
import { Conv2d } from "../layers/conv2d/conv2d.ts"
import { Dropout } from "../layers/dropout.ts"
import { Flatten } from "../layers/flatten.ts"
import { glorotUniform, heNormal, oriented } from "../layers/init.ts"
import { Dense } from "../layers/matmul/dense.ts"
import { MaxPool2d } from "../layers/max_pool2d.ts"
import type { Module } from "../layers/module.ts"
import { ReLU } from "../layers/relu.ts"
import { Sequential } from "../layers/sequential.ts"

interface Network {
  /** Width and height of the phantom's images, in pixels, where no other size is asked for. */
  size: number
  /** The layers for images [N,1,size,size] and so many logits. */
  build(size: number, outputs: number): Sequential
}

/**
 * Batch-normalised, made for few images: the first filters begin as edges in eight directions, pooling takes means, and
 * the last layer keeps parts of 32 x 32 pixels of the image apart (research/tuning.md has what each of that is worth).
 * The first convolution takes steps of 2, so that the most expensive part of an image, its full resolution, is looked at once.
 */
const small: Network["build"] = (size, outputs) => {
  if (size < 16) throw new Error(`--model small needs images of 16 pixels or more, got ${size}`)
  const sides = [2, 4, 8, 16].map((part) => Math.ceil(size / part))
  // Padding where 2 does not divide the side, so that the border is seen, too.
  const [pool1, pool2, pool3, pool4] = sides.map((side) => new AvgPool2d({ kernel: 2, padding: side % 2 }))
  return new Sequential(
    ...[...block(1, 8, { kernel: 5, stride: 2, init: oriented }), pool1],
    ...[...block(8, 16), pool2],
    ...[...block(16, 32), pool3],
    ...[...block(32, 64), pool4],
    new Flatten(),
    new Dense(64 * Math.ceil(size / 32) ** 2, outputs, { init: glorotUniform }),
  )
}

/** Convolution that keeps the size (divided by the stride), batch normalisation, ReLU. The norm's shift is the bias. */
function block(from: number, to: number, { kernel = 3, stride = 1, init = heNormal } = {}): Module[] {
  const convolution = new Conv2d(from, to, { kernel, stride, padding: (kernel - 1) / 2, bias: false, init })
  return [convolution, new BatchNorm2d(to), new ReLU()]
}

/** The reference network, for 128 x 128 pixels: three valid 3x3 convolutions, each with ReLU and a 2x2 max-pool, and a dense layer of 128. */
const seed: Network["build"] = (size, outputs) => {
  const side = [32, 64, 128].reduce((extent) => Math.floor((extent - 2) / 2), size)
  if (side < 1) throw new Error(`--model seed needs images of 22 pixels or more, got ${size}`)
  return new Sequential(
    ...[new Conv2d(1, 32, { kernel: 3 }), new ReLU(), new MaxPool2d({ kernel: 2 })],
    ...[new Conv2d(32, 64, { kernel: 3 }), new ReLU(), new MaxPool2d({ kernel: 2 })],
    ...[new Conv2d(64, 128, { kernel: 3 }), new ReLU(), new MaxPool2d({ kernel: 2 })],
    new Flatten(),
    ...[new Dense(128 * side * side, 128), new ReLU(), new Dropout({ p: 0.5 })],
    new Dense(128, outputs, { init: glorotUniform }),
  )
}

export const networks: Record<string, Network> = {
  small: { size: 80, build: small },
  seed: { size: 128, build: seed },
}

/** Of images in files, for all networks: a radiograph shows more, and smaller, than the phantom. */
export const FILE_SIZE = 128

/** Width and height of a run's images, in pixels, where no other size is asked for. */
export const defaultSize = (model: string, source: "phantom" | "folder"): number =>
  source === "folder" ? FILE_SIZE : networks[model].size
