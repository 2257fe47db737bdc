/** How one value of a layer comes about: the same sum as the layer's kernel, in plain numbers. */
import { AvgPool2d } from "../layers/avg_pool2d.ts"
import { BatchNorm2d } from "../layers/batch_norm2d.ts"
import { Conv2d } from "../layers/conv2d/conv2d.ts"
import { Dense } from "../layers/matmul/dense.ts"
import { MaxPool2d } from "../layers/max_pool2d.ts"
import { ReLU } from "../layers/relu.ts"
import type { Activation } from "./activations.ts"
import { shortly } from "./wording.ts"

export interface Place {
  channel: number
  row: number
  column: number
}

/** A part of the input, and what each value is multiplied by. */
export interface Patch {
  channel: number
  values: number[][]
  /** Absent in pooling. */
  kernel?: number[][]
  /** What it comes to. */
  sum: number
}

export interface Arithmetic {
  /** What is computed, with the numbers. */
  formula: string
  result: number
  patches: Patch[]
  /** The kernel's file in src/shaders, without its folder and ending. */
  shader: string
}

/** The layer's parameters and running statistics, by their names in it. */
export type Weights = (name: string) => Float32Array | undefined

type Rule = (activation: Activation, place: Place, weights: Weights) => Arithmetic

const total = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

/** The window of an input channel at an output pixel; what lies outside counts as `outside`. */
function windowAt({ layer, x }: Activation, place: Place, channel: number, outside = 0): number[][] {
  const { kernel, stride, padding, dilation = 1 } = layer as Conv2d
  const [, height, width] = x.shape
  return Array.from({ length: kernel }, (_, p) =>
    Array.from({ length: kernel }, (_, q) => {
      const row = place.row * stride + p * dilation - padding
      const column = place.column * stride + q * dilation - padding
      const inside = row >= 0 && row < height && column >= 0 && column < width
      return inside ? x.values[(channel * height + row) * width + column] : outside
    }),
  )
}

const conv2d: Rule = (activation, place, weights) => {
  const { kernel: side, groups, inChannels, outChannels } = activation.layer as Conv2d
  const inputs = inChannels / groups
  const first = Math.floor(place.channel / (outChannels / groups)) * inputs
  const w = weights("weight")!
  const patches = Array.from({ length: inputs }, (_, c) => {
    const values = windowAt(activation, place, first + c)
    const at = (place.channel * inputs + c) * side * side
    const kernel = Array.from({ length: side }, (_, p) => [...w.subarray(at + p * side, at + (p + 1) * side)])
    return {
      channel: first + c,
      values,
      kernel,
      sum: total(values.flatMap((row, p) => row.map((v, q) => v * kernel[p][q]))),
    }
  })
  const bias = weights("bias")?.[place.channel]
  const sum = total(patches.map((patch) => patch.sum))
  const formula = `sum of patch times kernel ${shortly(sum)}${bias === undefined ? ", no bias" : `, plus bias ${shortly(bias)}`}`
  return { formula, result: sum + (bias ?? 0), patches, shader: "conv2d" }
}

const valueBefore = ({ x }: Activation, { channel, row, column }: Place): number =>
  x.shape.length === 3 ? x.values[(channel * x.shape[1] + row) * x.shape[2] + column] : x.values[channel]

const batchNorm2d: Rule = (activation, place, weights) => {
  const { eps } = activation.layer as BatchNorm2d
  const x = valueBefore(activation, place)
  const of = (name: string) => weights(name)![place.channel]
  const [mean, variance, scale, shift] = ["running_mean", "running_var", "weight", "bias"].map(of)
  const formula = `(${shortly(x)} - mean ${shortly(mean)}) / spread ${shortly(Math.sqrt(variance + eps))} times ${shortly(scale)}, plus ${shortly(shift)}`
  const result = ((x - mean) / Math.sqrt(variance + eps)) * scale + shift
  return { formula, result, patches: [], shader: "batch_norm2d" }
}

const relu: Rule = (activation, place) => {
  const x = valueBefore(activation, place)
  return { formula: `max(${shortly(x)}, 0)`, result: Math.max(x, 0), patches: [], shader: "relu" }
}

const maxPool2d: Rule = (activation, place) => {
  const values = windowAt(activation, place, place.channel, Number.NEGATIVE_INFINITY)
  const result = Math.max(...values.flat())
  const patches = [{ channel: place.channel, values, sum: result }]
  return { formula: "the highest of the window", result, patches, shader: "max_pool2d" }
}

const avgPool2d: Rule = (activation, place) => {
  const values = windowAt(activation, place, place.channel)
  const sum = total(values.flat())
  const count = values.length ** 2
  const patches = [{ channel: place.channel, values, sum }]
  return { formula: `sum ${shortly(sum)} / ${count}`, result: sum / count, patches, shader: "avg_pool2d" }
}

const dense: Rule = ({ x }, { channel }, weights) => {
  const { length } = x.values
  const w = weights("weight")!.subarray(channel * length, (channel + 1) * length)
  const sum = total([...w].map((weight, i) => weight * x.values[i]))
  const bias = weights("bias")?.[channel]
  const formula = `sum of ${length} inputs times their weights ${shortly(sum)}${bias === undefined ? "" : `, plus bias ${shortly(bias)}`}`
  return { formula, result: sum + (bias ?? 0), patches: [], shader: "dense" }
}

const rules = new Map<unknown, Rule>([
  [Conv2d, conv2d],
  [BatchNorm2d, batchNorm2d],
  [ReLU, relu],
  [MaxPool2d, maxPool2d],
  [AvgPool2d, avgPool2d],
  [Dense, dense],
])

/** @returns undefined for a layer without a rule here */
export function arithmeticOf(activation: Activation, place: Place, weights: Weights): Arithmetic | undefined {
  return rules.get(activation.layer.constructor)?.(activation, place, weights)
}

/** The lines of a kernel that compute, without the declarations above them. */
export function mainLines(wgsl: string): string {
  const from = wgsl.indexOf("@compute")
  return wgsl.slice(from).trimEnd()
}
