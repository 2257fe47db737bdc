import { AvgPool2d } from "../layers/avg_pool2d.ts"
import { BatchNorm2d } from "../layers/batch_norm2d.ts"
import { Conv2d } from "../layers/conv2d/conv2d.ts"
import { Dropout } from "../layers/dropout.ts"
import { Flatten } from "../layers/flatten.ts"
import { Dense } from "../layers/matmul/dense.ts"
import { MaxPool2d } from "../layers/max_pool2d.ts"
import type { Module } from "../layers/module.ts"
import { ReLU } from "../layers/relu.ts"
import { Sequential } from "../layers/sequential.ts"
import type { TorchLayer } from "./architecture.ts"

/** TEMPORARY stand-in for architecture.ts's. */
export function networkFrom(architecture: readonly TorchLayer[]): Sequential {
  const make = ({ name, type, options: o = {} }: TorchLayer): Module => {
    const n = (key: string) => o[key] as number
    const b = (key: string) => o[key] as boolean
    if (type === "Conv2d") return new Conv2d(n("in_channels"), n("out_channels"), { kernel: n("kernel_size"), stride: n("stride"), padding: n("padding"), bias: b("bias") })
    if (type === "Linear") return new Dense(n("in_features"), n("out_features"), { bias: b("bias") })
    if (type === "BatchNorm2d") return new BatchNorm2d(n("num_features"), { eps: n("eps"), momentum: n("momentum") })
    if (type === "ReLU") return new ReLU()
    if (type === "MaxPool2d") return new MaxPool2d({ kernel: n("kernel_size"), stride: n("stride"), padding: n("padding") })
    if (type === "AvgPool2d") return new AvgPool2d({ kernel: n("kernel_size"), stride: n("stride"), padding: n("padding") })
    if (type === "Flatten") return new Flatten()
    if (type === "Dropout") return new Dropout({ p: n("p") })
    throw new Error(`layer ${name}: there is no layer ${type}`)
  }
  return new Sequential(Object.fromEntries(architecture.map((layer) => [layer.name, make(layer)])))
}
