/**
 * A network's layers as ONNX operators, in eval mode: the nodes that the layers' descriptors give,
 * joined.
 */
import { describedBy } from "../layers/descriptor.ts"
import { joinPath, type Module } from "../layers/module.ts"
import type { Sequential } from "../layers/sequential.ts"
import type { Weights } from "../weights/weights.ts"
import type { OnnxGraph } from "./onnx_graph.ts"

/**
 * Adds a network's layers to a graph.
 *
 * @param x the value that goes into it
 * @param prefix of all names in the graph; names in `weights` have none
 * @returns the value that comes out
 * @throws for a layer whose descriptor has no nodes for ONNX
 */
export function addNetwork(graph: OnnxGraph, network: Sequential, weights: Weights, x: string, prefix = ""): string {
  return addChain({ graph, weights, prefix }, network, "", x)
}

interface Into {
  graph: OnnxGraph
  weights: Weights
  prefix: string
}

function addChain(into: Into, chain: Sequential, path: string, x: string): string {
  let value = x
  for (const named of chain.leaves(path)) value = addLayer(into, named, value)
  return value
}

/** Returns the value of the layer's last node, or `x` if it has none. */
function addLayer(into: Into, named: [string, Module], x: string): string {
  const { graph, weights, prefix } = into
  const [path, layer] = named
  const nodes = describedBy(named, "onnx", "be exported to ONNX")(layer as never)
  const values = new Map([["x", x]])
  for (const branch of layer.branches())
    values.set(branch.name, addChain(into, branch.chain, joinPath(path, branch.path), x))
  let value = x
  for (const [i, { name = String(i), op, inputs = ["x"], attributes }] of nodes.entries()) {
    const output = `${prefix}${path}${i < nodes.length - 1 ? `.${name}` : ""}`
    const from = inputs.map((input, k) =>
      typeof input === "number"
        ? graph.tensor(`${output}.${k}`, [], [input])
        : (values.get(input) ?? weightOf(graph, `${path}.${input}`, weights, prefix)),
    )
    value = graph.node(op, from, output, attributes)
    values.set(name, value)
  }
  return value
}

/** Takes a weight into the graph, and returns its name there. */
function weightOf(graph: OnnxGraph, key: string, weights: Weights, prefix: string): string {
  const found = weights.get(key)
  if (found) return graph.tensor(`${prefix}${key}`, found.shape, found.data)
  throw new Error(`ONNX: a node's input "${key}" is neither an earlier node of its layer nor a weight`)
}
