/**
 * A run's networks as one ONNX graph, from gray values to probabilities: each network normalises as
 * its training images were, and of several the mean is taken, as `cnn predict` does.
 *
 *     image [N,1,S,S] -> probabilities [N,classes], calibrated [N,classes]
 *
 * A single network also gives its logits [N,outputs].
 */
import { mean } from "../eval/mean.ts"
import type { WeightsInfo } from "../weights/weights_file.ts"
import type { ExportedNetwork } from "./networks_of.ts"
import { encodeOnnx } from "./onnx_file.ts"
import { OnnxGraph } from "./onnx_graph.ts"
import { addNetwork } from "./onnx_layers.ts"

const PREPROCESSING =
  "gray values 0 to 255 as float32, nothing subtracted or divided, the graph does that; the image scaled with " +
  "antialiasing until its longer side fills the square, not stretched, centred on black (0)"

/** @param networks of one kind: the same size and classes */
export function onnxClassifier(networks: readonly ExportedNetwork[]): Uint8Array {
  const [{ info }] = networks
  const { size, classes, outputs } = info
  const graph = new OnnxGraph(info.model)
  const image = graph.input("image", [1, 1, size, size])
  const unit = graph.node("Div", [image, graph.tensor("white", [], [255])], "gray")
  const several = networks.length > 1
  const each = networks.map((network) => addMember(graph, network, unit, several ? `${network.name}/` : ""))
  for (const key of ["probabilities", "calibrated"] as const) {
    if (several) {
      graph.node(
        "Mean",
        each.map((member) => member[key]),
        key,
      )
    }
    graph.output(key, [1, classes.length])
  }
  if (!several) graph.output(each[0].logits, [1, outputs])
  return encodeOnnx(graph, metadataOf(networks))
}

/** One network's values: logits, and what they say without and with its temperature. */
function addMember(graph: OnnxGraph, { network, weights, info }: ExportedNetwork, unit: string, prefix: string) {
  const { mean: gray, sd } = info.normalisation
  const centred = graph.node("Sub", [unit, graph.tensor(`${prefix}mean`, [], [gray])], `${prefix}centred`)
  const x = graph.node("Div", [centred, graph.tensor(`${prefix}sd`, [], [sd])], `${prefix}normalised`)
  const last = addNetwork(graph, network, weights, x, prefix)
  const logits = graph.node("Identity", [last], `${prefix}logits`)
  const temperature = graph.tensor(`${prefix}temperature`, [], [info.temperature])
  const cooled = graph.node("Div", [logits, temperature], `${prefix}cooled`)
  const probabilities = (from: string, to: string) => addProbabilities(graph, info, from, `${prefix}${to}`)
  return {
    logits,
    probabilities: probabilities(logits, "probabilities"),
    calibrated: probabilities(cooled, "calibrated"),
  }
}

/**
 * [N,classes] from logits: of two classes sigmoid of the one logit and of its negative, of more
 * softmax.
 */
function addProbabilities(graph: OnnxGraph, { classes }: WeightsInfo, logits: string, name: string): string {
  if (classes.length > 2) return graph.node("Softmax", [logits], name, { axis: 1 })
  const second = graph.node("Sigmoid", [logits], `${name}.second`)
  const first = graph.node("Sigmoid", [graph.node("Neg", [logits], `${name}.negative`)], `${name}.first`)
  return graph.node("Concat", [first, second], name, { axis: 1 })
}

/** All that is needed to use the model, for people and for programs: numbers and lists are JSON. */
function metadataOf(networks: readonly ExportedNetwork[]): Record<string, string> {
  const infos = networks.map(({ info }) => info)
  const [{ model, size, classes, version }] = infos
  const threshold = mean(infos.map((info) => info.threshold))!
  const binary = classes.length === 2
  return {
    ...{ model, version, size: String(size), classes: JSON.stringify(classes) },
    networks: JSON.stringify(networks.map(({ name }) => name)),
    input: `image [N,1,${size},${size}]: ${PREPROCESSING}`,
    output: `probabilities [N,${classes.length}], a column a class; calibrated, the same with logits divided by the temperature`,
    decision: binary
      ? `${JSON.stringify(classes[1])} where its probability, not the calibrated one, is above the threshold`
      : "the most probable class",
    ...(binary ? { threshold: String(threshold) } : {}),
    temperature: JSON.stringify(infos.map((info) => info.temperature)),
    mean: JSON.stringify(infos.map((info) => info.normalisation.mean)),
    sd: JSON.stringify(infos.map((info) => info.normalisation.sd)),
  }
}
