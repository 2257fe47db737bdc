/** Networks of every layer there is, with options, sizes and weights drawn by fast-check. */
import fc from "fast-check"
import { draw } from "../../bench/reference/gradcheck.ts"
import * as cnn from "../../src/index.ts"
import { BUILT_IN } from "../../src/layers/built_in.ts"
import type { Module } from "../../src/layers/module.ts"
import { type Shape, show, sizeOf } from "../../src/tensor/tensor.ts"
import type { TensorGpu } from "../../src/tensor/tensor_gpu.ts"
import { shapesOf } from "../../src/weights/check_weights.ts"
import type { Weights } from "../../src/weights/weights.ts"

export interface Drawn {
  shape: Shape
  layers: Module[]
  seed: number
}

/** A choice that is kept small, so that a failing network shrinks to few layers. */
interface Choice {
  kind: number
  kernel: number
  stride: number
  padding: number
  dilation: number
  channels: number
  flag: boolean
  /** As many groups of a convolution as it has input channels. */
  depthwise: boolean
  /** Which of `POINTWISE`. */
  pointwise: number
}

/** Options beside the defaults, of layers that take any shape. */
const OPTIONS: Record<string, object> = {
  Dropout: { p: 0.3 },
  GELU: { approximate: "tanh" },
  LeakyReLU: { negativeSlope: 0.2 },
}

/**
 * Makes each layer that takes any shape and keeps it, found among the exports, and again with
 * options if it has any.
 */
export const POINTWISE: (() => Module)[] = Object.keys(BUILT_IN)
  .map((name) => [name, (cnn as unknown as Record<string, new (options?: object) => Module>)[name]] as const)
  .filter(([, Layer]) => keepsAnyShape(Layer))
  .flatMap(([name, Layer]) => [undefined, ...(OPTIONS[name] ? [OPTIONS[name]] : [])].map((o) => () => new Layer(o)))

function keepsAnyShape(Layer: new () => Module): boolean {
  try {
    const layer = new Layer()
    return [
      [2, 3],
      [2, 3, 4, 5],
    ].every((shape) => show(layer.outputShape(shape)) === show(shape))
  } catch {
    // It wants sizes.
    return false
  }
}

const choice: fc.Arbitrary<Choice> = fc.record({
  kind: fc.nat(8),
  kernel: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 3 }),
  padding: fc.nat(2),
  dilation: fc.integer({ min: 1, max: 2 }),
  channels: fc.integer({ min: 1, max: 5 }),
  flag: fc.boolean(),
  depthwise: fc.boolean(),
  pointwise: fc.nat(POINTWISE.length - 1),
})

/** A layer for [N,C,H,W]; null where its window does not fit. */
function spatial(shape: Shape, choice: Choice): Module | null {
  const { kind, kernel, stride, padding, flag, pointwise } = choice
  const [, c, h, w] = shape
  if (kind === 0) return new cnn.BatchNorm2d(c, { eps: flag ? 1e-5 : 1e-2 })
  if (kind === 8) return residual(c, choice.channels, flag, POINTWISE[pointwise]())
  if (kind > 3) return POINTWISE[pointwise]()
  const pad = kind === 1 ? padding : Math.min(padding, Math.floor(kernel / 2))
  const dilation = kind === 1 ? choice.dilation : 1
  if (dilation * (kernel - 1) >= Math.min(h, w) + 2 * pad) return null
  const window = { kernel, stride, padding: pad }
  if (kind === 1) {
    const [groups, channels] = choice.depthwise ? [c, c] : [1, choice.channels]
    return new cnn.Conv2d(c, channels, { ...window, dilation, groups, bias: flag })
  }
  return kind === 2 ? new cnn.MaxPool2d(window) : new cnn.AvgPool2d(window)
}

/** A residual block, with a shortcut where the channels change. */
function residual(from: number, to: number, relu: boolean, middle: Module): Module {
  const body = new cnn.Sequential({ conv: new cnn.Conv2d(from, to, { kernel: 3, padding: 1 }), middle })
  const shortcut = new cnn.Sequential(new cnn.Conv2d(from, to, { kernel: 1, bias: false }))
  return new cnn.Residual(body, from === to ? undefined : shortcut, { relu })
}

/** Layers over images, one that flattens, and some behind it. */
export const network: fc.Arbitrary<Drawn> = fc
  .record({
    shape: fc.tuple(...[3, 3, 12, 12].map((max, i) => fc.integer({ min: i < 2 ? 1 : 4, max }))),
    front: fc.array(choice, { maxLength: 6 }),
    global: fc.boolean(),
    back: fc.array(choice, { minLength: 1, maxLength: 3 }),
    nested: fc.boolean(),
    seed: fc.nat(1000),
  })
  .map(({ shape, front, global, back, nested, seed }) => {
    const layers: Module[] = []
    let at: Shape = shape
    const add = (layer: Module | null) => {
      if (!layer) return
      layers.push(layer)
      at = layer.outputShape(at)
    }
    for (const one of front) add(spatial(at, one))
    add(global ? new cnn.GlobalAvgPool() : new cnn.Flatten())
    for (const one of back) {
      if (one.kind < 4) add(new cnn.Dense(at[1], one.channels, { bias: one.flag }))
      else add(POINTWISE[one.pointwise]())
    }
    const head = nested ? [new cnn.Sequential({ front: new cnn.Sequential(...layers) })] : layers
    return { shape, layers: head, seed }
  })

/** Any numbers for a network, variances over 0. */
export function anyWeights(model: Module, seed: number): Weights {
  const scaled = (name: string, shape: Shape, i: number) => {
    const values = draw(shape, seed * 100 + i)
    if (name.endsWith("num_batches_tracked")) return values.fill(seed)
    if (name.endsWith("running_var")) return values.map((value) => 0.3 + Math.abs(value))
    // Sums of many terms stay of the size of one.
    const terms = shape.length > 1 ? sizeOf(shape.slice(1)) : 4
    return values.map((value) => value / Math.sqrt(terms))
  }
  return new Map([...shapesOf(model)].map(([name, shape], i) => [name, { shape, data: scaled(name, shape, i) }]))
}

/** What the engine makes of x with these weights, in eval mode. */
export async function outputOf(gpu: TensorGpu, model: cnn.Sequential, weights: Weights, x: Float32Array, shape: Shape) {
  model.to(gpu).eval().loadStateDict(weights)
  const y = gpu.noGrad(() => model.forward(gpu.tensor(shape, x, { requiresGrad: false })))
  const values = await y.read()
  gpu.endStep()
  return values
}
