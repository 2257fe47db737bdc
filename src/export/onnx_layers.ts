/** Our layers as ONNX operators, in eval mode. A new layer is a row of `LAYERS`. */
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
import type { Weights } from "../weights/weights.ts"
import type { Attributes, OnnxGraph } from "./onnx_graph.ts"

/** Where a layer is put. */
interface Place {
  graph: OnnxGraph
  /** The value that it takes. */
  x: string
  /** Of the layer, in the whole graph. */
  name: string
  /** Takes one of the layer's own weights into the graph, and returns its name there. */
  weight(key: string): string
}

/**
 * Adds a network's layers to a graph.
 *
 * @param x the value that goes into it
 * @param prefix of all names in the graph; of the weights' names in `weights` there is none
 * @returns the value that comes out
 * @throws for a layer that has no row here
 */
export function addNetwork(graph: OnnxGraph, network: Sequential, weights: Weights, x: string, prefix = ""): string {
  const add = (layers: Sequential, value: string, path: string): string =>
    layers.layers().reduce((from, [key, layer]) => {
      const name = `${path}${key}`
      if (layer instanceof Sequential) return add(layer, from, `${name}.`)
      const weight = (own: string) => {
        const { shape, data } = weights.get(`${name}.${own}`)!
        return graph.tensor(`${prefix}${name}.${own}`, shape, data)
      }
      return operatorOf(layer)({ graph, x: from, name: `${prefix}${name}`, weight })
    }, value)
  return add(network, x, "")
}

function operatorOf(layer: Module): (place: Place) => string {
  const row = LAYERS.find(([type]) => layer instanceof type)
  if (row) return (place) => row[1](layer, place)
  throw new Error(`a ${layer.constructor.name} cannot be exported to ONNX; there are ${NAMES.join(", ")}`)
}

/** A row of `LAYERS`. */
function is<Layer extends Module>(
  type: abstract new (...args: never[]) => Layer,
  add: (layer: Layer, place: Place) => string,
): [abstract new (...args: never[]) => Module, (layer: Module, place: Place) => string] {
  return [type, add as (layer: Module, place: Place) => string]
}

/** An operator without weights. */
const simple = ({ graph, x, name }: Place, op: string, attributes?: Attributes): string =>
  graph.node(op, [x], name, attributes)

const LAYERS = [
  is(Conv2d, ({ kernel, stride, padding, bias }, { graph, x, name, weight }) => {
    const input = [x, weight("weight"), ...(bias ? [weight("bias")] : [])]
    return graph.node("Conv", input, name, window({ kernel, stride, padding }))
  }),
  is(Dense, ({ bias }, { graph, x, name, weight }) =>
    graph.node("Gemm", [x, weight("weight"), ...(bias ? [weight("bias")] : [])], name, { transB: 1 }),
  ),
  is(BatchNorm2d, ({ eps }, { graph, x, name, weight }) => {
    const input = [x, ...["weight", "bias", "running_mean", "running_var"].map(weight)]
    return graph.node("BatchNormalization", input, name, { epsilon: { float: eps } })
  }),
  is(ReLU, (_, place) => simple(place, "Relu")),
  is(LeakyReLU, ({ options: { negativeSlope = 0.01 } }, place) =>
    simple(place, "LeakyRelu", { alpha: { float: negativeSlope } }),
  ),
  is(Sigmoid, (_, place) => simple(place, "Sigmoid")),
  is(MaxPool2d, ({ options }, place) => simple(place, "MaxPool", window(options))),
  // Padding counts in the divisor, as in PyTorch.
  is(AvgPool2d, ({ options }, place) => simple(place, "AveragePool", { ...window(options), count_include_pad: 1 })),
  is(GlobalAvgPool, (_, { graph, x, name }) =>
    graph.node("Flatten", [graph.node("GlobalAveragePool", [x], `${name}.pool`)], name),
  ),
  is(Flatten, (_, place) => simple(place, "Flatten")),
  // In eval mode it lets everything through.
  is(Dropout, (_, { x }) => x),
]

const NAMES = LAYERS.map(([type]) => type.name)

function window({ kernel, stride = kernel, padding = 0 }: Pool2d["options"]): Attributes {
  return {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
  }
}
