/** A network's layers in PyTorch's words: a weights file tells them, and whoever has torch.nn builds the same network from it. */
import { AvgPool2d } from "../layers/avg_pool2d.ts"
import { BatchNorm2d } from "../layers/batch_norm2d.ts"
import { Conv2d } from "../layers/conv2d/conv2d.ts"
import { Dropout } from "../layers/dropout.ts"
import { Flatten } from "../layers/flatten.ts"
import { GlobalAvgPool } from "../layers/global_avg_pool.ts"
import { LeakyReLU } from "../layers/leaky_relu.ts"
import { Dense } from "../layers/matmul/dense.ts"
import { MaxPool2d } from "../layers/max_pool2d.ts"
import type { Module } from "../layers/module.ts"
import type { Pool2d } from "../layers/pool.ts"
import { ReLU } from "../layers/relu.ts"
import { Sequential } from "../layers/sequential.ts"
import { Sigmoid } from "../layers/sigmoid.ts"

/** `torch.nn[type](**options)`; a Sequential has layers inside, whose names are those of the state dict. */
interface TorchModule {
  type: string
  options?: Record<string, number | boolean>
  layers?: TorchLayer[]
}

export interface TorchLayer extends TorchModule {
  name: string
}

/** @throws for a layer that PyTorch does not have */
export const architectureOf = (network: Sequential): TorchLayer[] =>
  network.layers().map(([name, layer]) => ({ name, ...torchModule(name, layer) }))

function torchModule(name: string, layer: Module): TorchModule {
  if (layer instanceof Sequential) return { type: "Sequential", layers: architectureOf(layer) }
  const row = TORCH.find(([type]) => layer instanceof type)
  if (!row) throw new Error(`${name}: a ${layer.constructor.name} cannot be told in PyTorch's words`)
  return row[1](layer)
}

/** A row of `TORCH`. */
function is<Layer extends Module>(
  type: abstract new (...args: never[]) => Layer,
  told: (layer: Layer) => TorchModule,
): [abstract new (...args: never[]) => Module, (layer: Module) => TorchModule] {
  return [type, told as (layer: Module) => TorchModule]
}

const TORCH = [
  is(Conv2d, conv2d),
  is(Dense, ({ inFeatures, outFeatures, bias }) => ({
    type: "Linear",
    options: { in_features: inFeatures, out_features: outFeatures, bias },
  })),
  is(BatchNorm2d, ({ channels, eps, momentum }) => ({
    type: "BatchNorm2d",
    options: { num_features: channels, eps, momentum },
  })),
  is(ReLU, () => ({ type: "ReLU" })),
  is(LeakyReLU, ({ options: { negativeSlope = 0.01 } }) => ({
    type: "LeakyReLU",
    options: { negative_slope: negativeSlope },
  })),
  is(Sigmoid, () => ({ type: "Sigmoid" })),
  is(MaxPool2d, (layer) => ({ type: "MaxPool2d", options: pool(layer) })),
  is(AvgPool2d, (layer) => ({ type: "AvgPool2d", options: pool(layer) })),
  is(GlobalAvgPool, () => ({
    type: "Sequential",
    layers: [
      { name: "0", type: "AdaptiveAvgPool2d", options: { output_size: 1 } },
      { name: "1", type: "Flatten" },
    ],
  })),
  is(Flatten, () => ({ type: "Flatten" })),
  is(Dropout, ({ p }) => ({ type: "Dropout", options: { p } })),
]

function conv2d({ inChannels, outChannels, kernel, stride, padding, bias }: Conv2d): TorchModule {
  const channels = { in_channels: inChannels, out_channels: outChannels }
  return { type: "Conv2d", options: { ...channels, kernel_size: kernel, stride, padding, bias } }
}

function pool({ options: { kernel, stride = kernel, padding = 0 } }: Pool2d): Record<string, number> {
  return { kernel_size: kernel, stride, padding }
}
