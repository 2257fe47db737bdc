/**
 * ONNX's protobuf messages as files, by the official schema beside this file (onnx.proto of onnx
 * 1.23, Apache-2.0, as it is there).
 */
import { readFileSync } from "node:fs"
import protobuf from "protobufjs"
import { PACKAGE, packageVersion } from "../files/package.ts"
import type { Shape } from "../tensor/tensor.ts"
import type { OnnxGraph, OnnxValue } from "./onnx_graph.ts"

/**
 * Of the operators, and the version of the format that came with it:
 * https://onnx.ai/onnx/repo-docs/Versioning.html
 */
export const OPSET = 17
const IR_VERSION = 8

/** TensorProto.DataType. */
const FLOAT = 1

/**
 * The bytes of an .onnx file.
 *
 * @param metadata free text for whoever uses the model, `metadata_props`
 * @throws where the schema does not allow what the graph holds
 */
export function encodeOnnx(graph: OnnxGraph, metadata: Record<string, string>): Uint8Array {
  const Model = schema().lookupType("onnx.ModelProto")
  const message = Model.fromObject({
    irVersion: IR_VERSION,
    producerName: "cnn",
    producerVersion: packageVersion(),
    opsetImport: [{ domain: "", version: OPSET }],
    graph: graphProto(graph),
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  })
  const problem = Model.verify(message)
  if (problem) throw new Error(`not an ONNX model: ${problem}`)
  return Model.encode(message).finish()
}

let root: protobuf.Root | undefined

function schema(): protobuf.Root {
  root ??= protobuf.parse(readFileSync(new URL("src/export/onnx.proto", PACKAGE), "utf8")).root
  return root
}

const graphProto = ({ name, inputs, outputs, nodes, tensors }: OnnxGraph) => ({
  name,
  input: inputs.map(valueInfo),
  output: outputs.map(valueInfo),
  node: nodes.map(({ op, input, output, attributes }) => ({
    ...{ name: output, opType: op, input, output: [output] },
    attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
  })),
  initializer: [...tensors].map(([key, { shape, data }]) => ({
    ...{ name: key, dims: shape, dataType: FLOAT },
    rawData: littleEndian(data),
  })),
})

/** The batch is dynamic: its extent is the name N. */
const valueInfo = ({ name, shape }: OnnxValue) => ({
  name,
  type: { tensorType: { elemType: FLOAT, shape: { dim: [{ dimParam: "N" }, ...extents(shape)] } } },
})

const extents = (shape: Shape) => shape.slice(1).map((extent) => ({ dimValue: extent }))

const attribute = (name: string, value: number | { float: number } | readonly number[]) =>
  Array.isArray(value)
    ? { name, type: "INTS", ints: value }
    : typeof value === "number"
      ? { name, type: "INT", i: value }
      : { name, type: "FLOAT", f: (value as { float: number }).float }

function littleEndian(data: Float32Array): Uint8Array {
  const bytes = new Uint8Array(data.length * 4)
  const view = new DataView(bytes.buffer)
  for (const [i, value] of data.entries()) view.setFloat32(i * 4, value, true)
  return bytes
}
