/**
 * ONNX files against onnxruntime and against ONNX's own checker: layer by layer, and from gray
 * values to probabilities.
 */
import { writeFileSync } from "node:fs"
import path from "node:path"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { draw } from "../../bench/reference/gradcheck.ts"
import { networksOf } from "../../src/export/networks_of.ts"
import { onnxClassifier } from "../../src/export/onnx_classifier.ts"
import { encodeOnnx } from "../../src/export/onnx_file.ts"
import { OnnxGraph } from "../../src/export/onnx_graph.ts"
import { addNetwork } from "../../src/export/onnx_layers.ts"
import { BUILT_IN } from "../../src/layers/built_in.ts"
import type { LayerDescriptor } from "../../src/layers/descriptor.ts"
import { constant } from "../../src/layers/init.ts"
import { Module } from "../../src/layers/module.ts"
import { Sequential } from "../../src/layers/sequential.ts"
import { Predictor } from "../../src/run/predictor.ts"
import type { Shape } from "../../src/tensor/tensor.ts"
import { phantomDataset } from "../support/drawn.ts"
import { expectClose, onnxruntime } from "../support/onnxruntime.ts"
import { openForTests } from "../support/open.ts"
import { pythonWith, runPython } from "../support/python.ts"
import { anyWeights, network, outputOf } from "../support/random_network.ts"
import { drawnMember } from "../support/some_weights.ts"
import { tempFolder } from "../support/temp_folder.ts"

const gpu = await openForTests()

function modelOf(layers: Module[], shape: Shape, seed: number) {
  const model = new Sequential(...layers)
  const weights = anyWeights(model, seed)
  const graph = new OnnxGraph("drawn")
  const last = addNetwork(graph, model, weights, graph.input("x", shape))
  graph.output(graph.node("Identity", [last], "y"), model.outputShape(shape))
  return { model, weights, bytes: encodeOnnx(graph, {}) }
}

describe("layers in ONNX", () => {
  it("give what ours give, in random networks", async () => {
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(network, async ({ shape, layers, seed }) => {
        const { model, weights, bytes } = modelOf(layers, shape, seed)
        for (const [, module] of model.modules()) seen.add(module.constructor.name)
        const x = draw(shape, seed)
        const { y } = await onnxruntime(bytes, "x", shape, x)
        expect(y.dims).toEqual(model.outputShape(shape))
        expectClose(y.data, await outputOf(gpu, model, weights, x, shape))
      }),
      { numRuns: 50 },
    )
    // Of 50 networks each layer is in one, but by a chance of less than 1 in 10,000.
    expect([...seen].sort()).toEqual([...Object.keys(BUILT_IN), "Sequential"].sort())
  })

  it("of one's own are the nodes of their descriptors: earlier ones, weights and numbers as inputs", async () => {
    /** y = 3 x w + x, with a weight per channel; only here is it computed in plain numbers. */
    class Scaled extends Module {
      static readonly descriptor: Partial<LayerDescriptor<Scaled>> = {
        onnx: () => [
          { name: "three", op: "Mul", inputs: ["x", 3] },
          { name: "scaled", op: "Mul", inputs: ["three", "weight"] },
          { op: "Add", inputs: ["scaled", "x"] },
        ],
      }
      override parameterSpecs = () => ({ weight: { shape: [2, 1], init: constant(1) } })
      override forward = (x: never) => x
    }
    const inner = new Sequential({ own: new Scaled() })
    const { weights, bytes } = modelOf([inner], [1, 2, 3], 1)
    const x = draw([1, 2, 3], 1)
    const { y } = await onnxruntime(bytes, "x", [1, 2, 3], x)
    const { data: w } = weights.get("0.own.weight")!
    expectClose(
      y.data,
      x.map((value, i) => 3 * value * w[Math.floor(i / 3)] + value),
    )
    class Wrong extends Scaled {
      static override readonly descriptor: Partial<LayerDescriptor<Wrong>> = {
        onnx: () => [{ op: "Mul", inputs: ["x", "gain"] }],
      }
    }
    expect(() => modelOf([new Wrong()], [1, 2, 3], 1)).toThrow(
      `ONNX: a node's input "0.gain" is neither an earlier node of its layer nor a weight`,
    )
  })

  it("refuse one that ONNX has no operator for", () => {
    class Odd extends Module {
      override forward = (x: never) => x
    }
    expect(() => modelOf([new Odd()], [1, 1, 2, 2], 0)).toThrow(
      'layer "0" (Odd) cannot be exported to ONNX: Odd has no static descriptor with "onnx"; ' +
        'add one as in docs/export.md, "A layer of your own"',
    )
  })
})

const images = phantomDataset({ count: 100, seed: 5, size: 32 })

describe("a run's networks in ONNX", () => {
  it.each([
    { model: "small", classes: ["whole", "broken"], count: 1 },
    { model: "small", classes: ["whole", "broken"], count: 3 },
    { model: "reference", classes: ["none", "hairline", "open"], count: 1 },
    { model: "small", classes: ["none", "hairline", "open", "other"], count: 2 },
    { model: "resnet18", classes: ["whole", "broken"], count: 1 },
  ])("$count of $model, $classes.length classes: the probabilities of 100 images are ours", async (given) => {
    const files = Array.from({ length: given.count }, (_, k) => drawnMember({ ...given, size: 32, fold: k }))
    const folder = await tempFolder(Object.fromEntries(files.map((bytes, k) => [`fold-${k}.safetensors`, bytes])))
    const ours = await Predictor.open(gpu, folder).predict(images.pixels)
    const bytes = onnxClassifier(networksOf(folder))
    const out = await onnxruntime(bytes, "image", [100, 1, 32, 32], Float32Array.from(images.pixels))
    for (const key of ["probabilities", "calibrated"] as const) {
      const expected = ours.flatMap((image) => image[key])
      expect(new Set(expected.map((value) => value.toFixed(4))).size).toBeGreaterThan(20)
      expectClose(out[key].data, expected)
      expect(out[key].dims).toEqual([100, given.classes.length])
    }
    expect("logits" in out).toBe(given.count === 1)
  })

  it("refuses a folder with networks of different kinds, and a fold that is not there", async () => {
    const folder = await tempFolder({
      "fold-0.safetensors": drawnMember({ model: "small", classes: ["a", "b"], size: 32, fold: 0 }),
      "fold-1.safetensors": drawnMember({ model: "small", classes: ["a", "c"], size: 32, fold: 1 }),
    })
    expect(() => networksOf(folder)).toThrow(/fold-1.* a, c\) and .*fold-0.*are of different runs/)
    expect(networksOf(folder, "1").map(({ name }) => name)).toEqual(["fold-1"])
    expect(networksOf(folder, "fold-0").map(({ name }) => name)).toEqual(["fold-0"])
    expect(() => networksOf(folder, "7")).toThrow(/no network "7" in it; there are fold-0, fold-1/)
  })
})

const python = await pythonWith("onnx")

it.skipIf(!python)("ONNX's own checker finds nothing, and reads the metadata", async () => {
  const files = [0, 1].map((fold) => drawnMember({ model: "small", classes: ["whole", 'bro"ken'], size: 32, fold }))
  const folder = await tempFolder(Object.fromEntries(files.map((bytes, k) => [`fold-${k}.safetensors`, bytes])))
  const out = path.join(folder, "model.onnx")
  writeFileSync(out, onnxClassifier(networksOf(folder)))
  const script = `
import json, onnx
model = onnx.load(${JSON.stringify(out)})
onnx.checker.check_model(model, full_check=True)
shape = lambda value: [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]
print(json.dumps({"opset": [o.version for o in model.opset_import], "ir": model.ir_version,
  "values": {v.name: shape(v) for v in [*model.graph.input, *model.graph.output]},
  "metadata": {p.key: p.value for p in model.metadata_props}}))`
  const found = JSON.parse(await runPython(python!, script))
  expect(found).toMatchObject({
    ...{ opset: [17], ir: 8 },
    values: { image: ["N", 1, 32, 32], probabilities: ["N", 2], calibrated: ["N", 2] },
    metadata: { classes: '["whole","bro\\"ken"]', size: "32", threshold: "0.45", temperature: "[1.5,1.75]" },
  })
  expect(found.metadata.input).toMatch(/gray values 0 to 255/)
})
