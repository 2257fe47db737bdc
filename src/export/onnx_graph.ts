/**
 * An ONNX graph while it is put together: nodes in order, each with one output, and the numbers
 * that they use.
 */
import type { OnnxAttributes } from "../layers/descriptor.ts"
import type { Shape } from "../tensor/tensor.ts"
import type { Weights } from "../weights/weights.ts"

/** An input or output of the graph, float32; its first extent is the batch, which stays open. */
export interface OnnxValue {
  name: string
  shape: Shape
}

interface OnnxNode {
  /** An operator of https://onnx.ai/onnx/operators/ */
  op: string
  input: string[]
  /** The name of its value, and of the node. */
  output: string
  attributes: OnnxAttributes
}

export class OnnxGraph {
  readonly inputs: OnnxValue[] = []
  readonly outputs: OnnxValue[] = []
  readonly nodes: OnnxNode[] = []
  readonly tensors: Weights = new Map()

  constructor(readonly name: string) {}

  /** An input of the graph; returns its name. */
  input(name: string, shape: Shape): string {
    this.inputs.push({ name, shape })
    return name
  }

  output(name: string, shape: Shape): void {
    this.outputs.push({ name, shape })
  }

  /**
   * Adds an operator.
   *
   * @param output a name that no other value has
   * @returns that name
   */
  node(op: string, input: string[], output: string, attributes: OnnxAttributes = {}): string {
    if (this.nodes.some((node) => node.output === output)) throw new Error(`ONNX: two values are called ${output}`)
    this.nodes.push({ op, input, output, attributes })
    return output
  }

  /** Numbers that are part of the model; returns their name. */
  tensor(name: string, shape: Shape, data: ArrayLike<number>): string {
    this.tensors.set(name, { shape, data: Float32Array.from(data) })
    return name
  }
}
