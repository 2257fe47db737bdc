import type { Sequential } from "../layers/sequential.ts"
import type { Shape } from "../tensor/tensor.ts"
import { snapshot } from "../weights/weights.ts"
import { encodeOnnx } from "./onnx_file.ts"
import { OnnxGraph } from "./onnx_graph.ts"
import { addNetwork } from "./onnx_layers.ts"

/**
 * A network with its present weights as the bytes of an .onnx file, in eval mode: from `x` to `y`,
 * whatever the batch. Nothing is added to the layers: what goes in is normalised already, and what
 * comes out are logits. `npx cnn export FILE --format onnx` makes a classifier of gray values from
 * a weights file of `saveNetwork`.
 *
 * @param model after `to(gpu)`
 * @param inputShape of one batch, [N,C,H,W] or [N,F]; the graph takes any N
 * @throws for a layer whose descriptor has no nodes for ONNX, naming it
 */
export async function toOnnx(model: Sequential, inputShape: Shape): Promise<Uint8Array> {
  const graph = new OnnxGraph("network")
  const last = addNetwork(graph, model, await snapshot(model), graph.input("x", inputShape))
  graph.output(graph.node("Identity", [last], "y"), model.outputShape(inputShape))
  return encodeOnnx(graph, {})
}
