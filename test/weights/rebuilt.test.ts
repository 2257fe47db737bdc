/** A network rebuilt from its weights file, also from one of cnn 0.2.0, and what is refused. */
import { cpSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { parse } from "csv-parse/sync"
import { describe, expect, it } from "vitest"
import { phantom } from "../../src/data/phantom.ts"
import { Dense, defineNetwork, Flatten, type Module, ReLU, Sequential } from "../../src/index.ts"
import { reference } from "../../src/models/reference.ts"
import { small } from "../../src/models/small.ts"
import { Predictor } from "../../src/run/predictor.ts"
import { readConfig } from "../../src/run/read_run.ts"
import { layersOf } from "../../src/weights/layers_of.ts"
import { networkFor } from "../../src/weights/member.ts"
import { type Metadata, readSafetensors, writeSafetensors } from "../../src/weights/safetensors.ts"
import { decodeWeights, encodeWeights } from "../../src/weights/weights_file.ts"
import { openForTests } from "../support/open.ts"
import { anyWeights } from "../support/random_network.ts"
import { tempFolder } from "../support/temp_folder.ts"

const gpu = await openForTests()
/** `cnn train --count 24 --size 16 --epochs 2 --folds 2 --batch 8 --seed 3` by cnn 0.2.0. */
const OLD = path.join("test", "fixtures", "run_0.2.0")
const oldBytes = readFileSync(path.join(OLD, "fold-0.safetensors"))

/** The bytes of the old file with other metadata; undefined takes a key out. */
function changed(changes: Record<string, string | undefined>): Uint8Array {
  const { tensors, metadata } = readSafetensors(oldBytes)
  const kept = Object.entries({ ...metadata, ...changes }).filter(([, value]) => value !== undefined)
  return writeSafetensors(tensors, Object.fromEntries(kept) as Metadata, (name) => name.endsWith("batches_tracked"))
}

const network = (changes: Record<string, string | undefined>) =>
  networkFor(decodeWeights(changed(changes), "f.safetensors").info, "f.safetensors")

describe("a weights file of cnn 0.2.0", () => {
  it("predicts what its run said of the images that it had not seen", async () => {
    const rows = parse(readFileSync(path.join(OLD, "predictions.csv")), { columns: true }) as Record<string, string>[]
    const { files, pixels } = phantom({ count: 24, seed: 3, size: 16 })
    const answers = await Predictor.open(gpu, path.join(OLD, "fold-0.safetensors")).predict(pixels)
    const own = rows.filter(({ fold }) => fold === "0")
    expect(own).toHaveLength(12)
    for (const { file, probability, answer } of own) {
      const at = files.indexOf(file)
      expect(answers[at].probabilities[1]).toBeCloseTo(Number(probability), 4)
      expect(answers[at].label).toBe(answer)
    }
  })

  it("is one of the network reference where it says seed, and so is its run", async () => {
    expect(decodeWeights(changed({ model: "seed" }), "f").info.model).toBe("reference")
    const folder = await tempFolder()
    cpSync(OLD, folder, { recursive: true })
    const file = path.join(folder, "config.json")
    writeFileSync(file, readFileSync(file, "utf8").replace('"model": "small"', '"model": "seed"'))
    expect(readConfig(file).train.model).toBe("reference")
  })

  it("needs no network of its name", () => {
    const built = network({ model: "gone" })
    expect(built.summary([1, 1, 16, 16]).parameters).toBe(24_697)
    expect(built.layers().map(([, layer]) => layer.constructor)).toEqual(
      small
        .build(16, 1)
        .layers()
        .map(([, layer]) => layer.constructor),
    )
  })
})

describe("a network defined in code, with a layer of its own", () => {
  class Swish extends ReLU {}
  class Quick extends ReLU {
    static override readonly descriptor = ReLU.descriptor
  }
  const define = (layer: () => Module) =>
    defineNetwork({
      ...{ size: 8, name: "mine" },
      build: (size, outputs) => new Sequential(new Flatten(), layer(), new Dense(size ** 2, outputs)),
    })
  const { info } = decodeWeights(oldBytes, "f")

  it.each([
    ["without a descriptor", () => new Swish(), /only that code can build layer "1" \(Swish\)\. Pass its definition/],
    ["that claims to be built in", () => new Quick(), /only that code can build layer "1" \(Quick\)\. Pass its/],
  ])("%s, is read back with its definition and refused without", async (_, layer, message) => {
    const mine = define(layer)
    const weights = anyWeights(mine.build(8, 1), 1)
    const about = { ...info, model: "mine", size: 8, ...layersOf(mine, mine.build(8, 1)) }
    const file = path.join(await tempFolder({ "f.safetensors": encodeWeights(weights, about) }), "f.safetensors")
    expect(Predictor.open(gpu, file, { network: mine }).size).toBe(8)
    expect(() => Predictor.open(gpu, file)).toThrow(message)
    expect(() => Predictor.open(gpu, file, { network: define(() => new ReLU()) })).toThrow(
      /its network has custom layers, layer "1" \(\w+\), and mine has none\. Use the definition that mine/,
    )
  })
})

describe("refuses", () => {
  const architecture = (layers: unknown) => ({ architecture: JSON.stringify(layers) })
  const linear = (inputs: number, outputs: number) => ({
    ...{ name: "1", type: "Linear" },
    options: { in_features: inputs, out_features: outputs, bias: true },
  })
  it.each<[what: string, changes: Record<string, string | undefined>, message: RegExp]>([
    [
      "a file from before there were layers in it, by its version",
      { architecture: undefined, version: "0.1.3" },
      /^f\.safetensors: cnn 0\.1\.3 wrote it, before .* layers\. Use cnn 0\.1\.3 for it, or train again\.$/,
    ],
    ["no JSON", { architecture: "[{" }, /^f\.safetensors: "architecture" in its metadata is no JSON array of layers/],
    ["no list", { architecture: "{}" }, /"architecture" in its metadata is no JSON array of layers/],
    [
      "a layer that there is not",
      architecture([{ name: "0", type: "Conv9d" }]),
      /^f\.safetensors: layer "0" is a "Conv9d", which this program does not have/,
    ],
    [
      "layers that do not lead to the outputs",
      architecture([{ name: "0", type: "Flatten" }, linear(256, 3)]),
      /^f\.safetensors: its layers make \[1,1,16,16\] into \[1,3\], expected \[1,1\]/,
    ],
    [
      "layers that do not fit",
      architecture([{ name: "0", type: "Flatten" }, linear(9, 1)]),
      /^f\.safetensors: .*expects \[N,9\]/,
    ],
    [
      "custom layers",
      { architecture: undefined, network_sha256: "ab".repeat(32), model: "my_net.ts" },
      /^f\.safetensors: the network my_net\.ts has custom layers, .* Add: --model network\.ts$/,
    ],
  ])("%s", (_, changes, message) => {
    expect(() => network(changes)).toThrow(message)
  })

  it("tensors that are not those of its layers, before it makes a buffer", async () => {
    const huge = [{ name: "0", type: "Flatten" }, linear(256, 1)]
    const folder = await tempFolder({ "f.safetensors": changed(architecture(huge)) })
    expect(() => Predictor.open(gpu, path.join(folder, "f.safetensors"))).toThrow(
      /f\.safetensors: its tensors are not those of the network, \d+ of \d+ differ/,
    )
  })

  it("a --model with other layers", () => {
    const { info } = decodeWeights(oldBytes, "f")
    expect(networkFor(info, "f", small).layers()).toHaveLength(18)
    expect(() => networkFor({ ...info, size: 32 }, "f", reference)).toThrow(
      /^f: its network has other layers than reference\. Leave out --model, or name another$/,
    )
  })
})
