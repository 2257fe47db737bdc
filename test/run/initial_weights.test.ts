/** Which weights a run may start from, without training one. */
import { mkdirSync, writeFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { sha256 } from "../../src/files/sha256.ts"
import { reference } from "../../src/models/reference.ts"
import { small } from "../../src/models/small.ts"
import { trainedOn } from "../../src/run/image_ids.ts"
import { checkInit, initialWeights, sameInitialWeights } from "../../src/run/initial_weights.ts"
import { planFolds } from "../../src/train/cross_validation.ts"
import { defaultConfig } from "../../src/train/defaults.ts"
import { writeSafetensors } from "../../src/weights/safetensors.ts"
import { encodeWeights } from "../../src/weights/weights_file.ts"
import { phantomDataset } from "../support/drawn.ts"
import { anyWeights } from "../support/random_network.ts"
import { drawnInfo } from "../support/some_weights.ts"

const SIZE = 16
const use = { network: small.build(SIZE, 1), model: "small" }
const weights = anyWeights(use.network, 1)
const info = drawnInfo({ model: "small", classes: ["no", "yes"], size: SIZE, fold: 0 })
const data = phantomDataset({ count: 12, seed: 1, size: SIZE })
const plan = planFolds(data, { ...defaultConfig, folds: 2 })
let folder: string
const at = (name: string) => path.join(folder, name)

beforeAll(async () => {
  const whole = writeSafetensors(weights)
  const one = (name: string, shape: number[], value: number) =>
    writeSafetensors(new Map([[name, { shape, data: new Float32Array(shape.reduce((a, b) => a * b)).fill(value) }]]))
  folder = await mkdtemp(path.join(tmpdir(), "cnn-init-"))
  const files = {
    "whole.safetensors": whole,
    "cut.safetensors": whole.subarray(0, whole.length - 100),
    "short.safetensors": whole.subarray(0, 5),
    "shapes.safetensors": one("0.weight", [9, 9], 1),
    "nan.safetensors": one("17.bias", [1], Number.NaN),
    "some.safetensors": one("17.bias", [1], 3),
    "torch.pth": "PK",
  }
  for (const [name, content] of Object.entries(files)) writeFileSync(at(name), content)
  mkdirSync(at("empty"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe("files that are refused", () => {
  it.each([
    ["cut.safetensors", /cut\.safetensors: not a safetensors file that can be read: its tensors take .* cut short\?/],
    ["short.safetensors", /short\.safetensors: .*5 bytes, a header length alone takes 8/],
    ["shapes.safetensors", /none of its tensors has a name and shape of the network small\.\nIn the file: 0\.weight \[9,9\]\nIn the network: 0\.weight \[8,1,5,5\]/], // biome-ignore format: a pair
    ["nan.safetensors", /nan\.safetensors: 17\.bias holds numbers that are not finite/],
    ["torch.pth", /torch\.pth: this is a file of PyTorch; expected \.safetensors\. docs\/init_weights\.md/],
    ["nowhere", /nowhere: no such file or folder; expected a run folder or a weights file/],
    ["empty", /empty: no weights \(\*\.safetensors\) in this folder; expected a run folder/],
  ])("%s", (name, message) => expect(() => checkInit(at(name), use)).toThrow(message))

  it("for another network", () => {
    const other = { network: reference.build(22, 1), model: "reference" }
    expect(() => checkInit(at("whole.safetensors"), other)).toThrow(/a name and shape of the network reference/)
  })

  it("that leave out what is frozen", () => {
    expect(() => checkInit(at("some.safetensors"), { ...use, freeze: ["17"] })).toThrow(
      "some.safetensors: 17.weight would stay frozen at random values, since the file does not give them. " +
        "Freeze only what it gives (--freeze)",
    )
    checkInit(at("some.safetensors"), { ...use, freeze: ["17.bias"] })
  })

  it("with damaged hashes of images", () => {
    const file = at("hashes.safetensors")
    writeFileSync(file, writeSafetensors(weights, { trained_on: "abc" }))
    expect(() => checkInit(file, use)).toThrow(
      /"trained_on" in its metadata is no list of hashes of 16 hexadecimal digits/,
    )
  })
})

describe("images that the weights were trained on", () => {
  const write = (name: string, split: { train: number[]; validation: number[] }, set = data, seen: string[] = []) => {
    writeFileSync(at(name), encodeWeights(weights, info, trainedOn(set, split, seen)))
    return at(name)
  }
  const [first, second] = plan.map(({ split }) => split)

  it.each(["train", "validation"] as const)("are not tested, those of the %s part", (part) => {
    const none = { train: [], validation: [] }
    const file = write("seen.safetensors", { ...none, [part]: [second.test[2]] })
    expect(() => initialWeights(file, use, data, plan)).toThrow(
      `${file}: it was trained on images that this run would test, so the result would not be out of fold:\n` +
        `  fold-1: 1 image (${data.files[second.test[2]]})\nStart from weights that were trained on other images`,
    )
  })

  it("are named, three of each fold", () => {
    const file = write("all.safetensors", { train: [...data.files.keys()], validation: [] })
    const [a, b, c] = first.test.map((index) => data.files[index])
    expect(() => initialWeights(file, use, data, plan)).toThrow(
      new RegExp(
        `\n  fold-0: ${first.test.length} images \\(${a}, ${b}, ${c}, \\.\\.\\.\\)\n  fold-1: ${second.test.length} images`,
      ),
    )
  })

  it("may be those of another set, under the same names", () => {
    const other = { ...phantomDataset({ count: 12, seed: 2, size: SIZE }), name: "another" }
    const file = write("other.safetensors", { train: [...other.files.keys()], validation: [] }, other)
    const { facts, seen, weights: of } = initialWeights(file, use, data, plan)
    expect(facts).toMatchObject({ images: 12, unused: [], missing: [], source: "cnn 0.1.0, small, fold 0" })
    expect(seen(plan[1])).toHaveLength(12)
    expect(of(plan[1])).toBe(of(plan[0]))
  })

  it("are known by the content of their files, whatever they are called", () => {
    const hashes = data.files.map((_, i) => sha256(String(i)))
    const ours = { ...data, hashes }
    const moved = { ...ours, name: "elsewhere", files: data.files.map((file) => `x/${file}`) }
    const file = write("moved.safetensors", { train: [first.test[0]], validation: [] }, moved)
    expect(() => initialWeights(file, use, ours, plan)).toThrow(/fold-0: 1 image \(/)
  })
})

it("resumes with the same files alone", () => {
  const { facts } = initialWeights(at("whole.safetensors"), use, data, plan)
  const again = sameInitialWeights(facts, use, plan)
  expect(again.weights(plan[0])).toEqual(initialWeights(at("whole.safetensors"), use, data, plan).weights(plan[0]))
  expect(() => sameInitialWeights({ ...facts, path: at("some.safetensors") }, use, plan)).toThrow(
    /some\.safetensors: it has changed since the run started from it\. Restore it, or give its new place: --init/,
  )
  expect(() => sameInitialWeights({ ...facts, path: at("gone") }, use, plan)).toThrow(
    /gone: no such file; the run started/,
  )
})
