/**
 * The reference networks that speed and parity are measured on: 3x3 convolutions that keep the
 * size, each with ReLU and a 2x2 max-pool, a dense layer with ReLU, one logit; mean BCE, Adam. S:
 * 1x64x64. M: 1x128x128. Batch 32.
 */

import { Conv2d, Dense, Flatten, MaxPool2d, type Module, ReLU, Sequential } from "../src/index.ts"
import { trainingFlops } from "./flops.ts"

export interface RefNet {
  name: string
  size: number
  channels: number[]
  hidden: number
}

export const BATCH = 32

export const refNetS: RefNet = { name: "RefNet-S", size: 64, channels: [16, 32, 64], hidden: 64 }
export const refNetM: RefNet = { name: "RefNet-M", size: 128, channels: [16, 32, 64, 128], hidden: 128 }

/** By the names that commands take. */
export const REFNETS: Readonly<Record<string, RefNet>> = { "refnet-s": refNetS, "refnet-m": refNetM }

/** The network with the parameter names of the PyTorch original: conv1.weight ... fc2.bias. */
export function build({ size, channels, hidden }: RefNet): Sequential {
  const layers: Record<string, Module> = {}
  channels.forEach((out, i) => {
    layers[`conv${i + 1}`] = new Conv2d(channels[i - 1] ?? 1, out, { kernel: 3, padding: 1 })
    layers[`relu${i + 1}`] = new ReLU()
    layers[`pool${i + 1}`] = new MaxPool2d({ kernel: 2 })
  })
  const side = size / 2 ** channels.length
  layers.flatten = new Flatten()
  layers.fc1 = new Dense(channels[channels.length - 1] * side * side, hidden)
  layers.relu = new ReLU()
  layers.fc2 = new Dense(hidden, 1)
  return new Sequential(layers)
}

/** Floating-point operations of a training step, as bench/flops.ts counts them. */
export const stepFlops = (net: RefNet): number => trainingFlops(build(net), [BATCH, 1, net.size, net.size])
