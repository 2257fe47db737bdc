/** What the package exports, as somebody who installed it uses it. */
import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import path from "node:path"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { root } from "../support/docs_pages.ts"
import { tempFolder } from "../support/temp_folder.ts"

/** In the project's folder the names "cnn" and "cnn/node" lead to the project as it is built. */
async function inNode(program: string, ...args: string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program, ...args], {
    cwd: root,
    env: { ...process.env, CNN_DEBUG: "" },
  })
  return JSON.parse(stdout)
}

const namesOf = (entry: string) =>
  inNode(`console.log(JSON.stringify(Object.keys(await import("${entry}"))))`) as Promise<string[]>

const [browserNames, nodeNames] = await Promise.all(["cnn", "cnn/node"].map(namesOf))

describe("the package's names", () => {
  it.each([
    ["read a folder", nodeNames, ["loadFolder"]],
    ["decode an image", nodeNames, ["decodeImage", "readImage"]],
    ["weights", browserNames, ["readSafetensors", "writeSafetensors", "snapshot"]],
    ["a trained network", nodeNames, ["saveNetwork", "loadNetwork", "Predictor"]],
    ["ONNX", nodeNames, ["toOnnx"]],
    ["checkpoints", nodeNames, ["Checkpoints", "resumable"]],
    ["folds by patient", browserNames, ["folds"]],
    ["metrics", browserNames, ["binaryMetrics", "typeMetrics", "evaluate", "patients", "rocAuc"]],
    ["cross-validation", browserNames, ["crossValidate", "defaultConfig", "outOfFold", "defineNetwork"]],
    ["augmentation", browserNames, ["augment", "drawTransform"]],
    ["heatmaps", browserNames, ["explain", "gradCam", "layerCam"]],
  ])("hold what is needed: %s", (_, names, wanted) => {
    expect(names).toEqual(expect.arrayContaining(wanted))
  })

  it("are in one entry each, so that both can be imported at once", () => {
    expect(nodeNames.filter((name) => browserNames.includes(name))).toEqual([])
  })

  it("are refused deeper inside", async () => {
    const deep = ["cnn/dist/src/weights/safetensors.js", "cnn/train", "cnn/data"]
    const program = `const codes = process.argv.slice(1).map((deep) => import(deep).then(() => "none", ({ code }) => code))
      console.log(JSON.stringify(await Promise.all(codes)))`
    expect(await inNode(program, ...deep)).toEqual(deep.map(() => "ERR_PACKAGE_PATH_NOT_EXPORTED"))
  })
})

/**
 * The functions and classes that an entry's text exports from files outside src/layers, with their
 * files.
 */
const exportsOf = (entry: string): [name: string, file: string][] =>
  [...entry.matchAll(/^export \{([^}]+)\} from "\.\/([^"]+)"/gm)]
    .filter(([, , file]) => !file.startsWith("layers/index"))
    .flatMap(([, names, file]) =>
      names
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== "" && !name.startsWith("type "))
        .map((name): [string, string] => [name, file]),
    )

/** Whether a doc comment stands before the declaration. */
const isDocumented = (name: string, text: string): boolean =>
  new RegExp(String.raw`\*/\nexport (async |abstract )*(function|class|const) ${name}\b`).test(text)

describe("each function and class has a doc comment", () => {
  const source = (name: string) => readFileSync(path.join(root, "src", name), "utf8")

  it.each(["index.ts", "node.ts"])("in %s", (entry) => {
    const found = exportsOf(source(entry))
    expect(found.length).toBeGreaterThan(8)
    expect(found.filter(([name, file]) => !isDocumented(name, source(file))).map(String)).toEqual([])
  })

  it("and one without is noticed", () => {
    expect(isDocumented("f", "/** Adds. */\nexport function f() {}")).toBe(true)
    expect(isDocumented("f", "const g = 1\nexport function f() {}")).toBe(false)
  })
})

/** Everything from a folder to a heatmap, with a layer of the user's own. */
const PROGRAM = `
import * as cnn from "cnn"
import * as node from "cnn/node"
import { writeFileSync } from "node:fs"
const [folder] = process.argv.slice(1)

class Residual extends cnn.Module {
  inner = new cnn.Conv2d(4, 4, { kernel: 3, padding: 1 })
  children() { return { inner: this.inner } }
  forward(x) { return cnn.add(x, cnn.relu(this.inner.forward(x))) }
}
const network = cnn.defineNetwork({ size: 16, build: (_, outputs) => new cnn.Sequential(
  new cnn.Conv2d(1, 4, { kernel: 3, padding: 1 }), new Residual(), new cnn.GlobalAvgPool(), new cnn.Dense(4, outputs)) })
const gpu = await cnn.openGpu()
const data = cnn.phantom({ count: 24, seed: 0, size: 16 })
const config = { ...cnn.defaultConfig, folds: 2, epochs: 2 }

// Stopped after the first fold, then continued.
const stop = new AbortController()
const emit = ({ type }) => type === "fold-end" && stop.abort()
const begun = node.resumable(folder, data, config, { network, emit })
const first = await cnn.crossValidate(gpu, data, config, { ...begun, signal: stop.signal })
const run = node.resumable(folder, data, config, { network })
const results = [...run.finished, ...(await cnn.crossValidate(gpu, data, config, run))]
const whole = await cnn.crossValidate(gpu, data, config, { network })
const other = (() => { try { node.resumable(folder, data, { ...config, lr: 1 }, { network }) } catch (e) { return e.message } })()

const found = cnn.evaluate(cnn.outOfFold(data, results), data.classes)
const file = folder + "/fold-0.safetensors"
const refused = (() => { try { node.loadNetwork(gpu, file) } catch (e) { return e.message } })()
const member = node.loadNetwork(gpu, file, network)
const pixels = data.pixels.subarray(0, 256)
const [prediction] = await node.Predictor.open(gpu, file, { network }).predict(pixels)
const own = results[0].predictions[0]
const again = await node.Predictor.open(gpu, file, { network }).predict(data.pixels.slice(own.index * 256, (own.index + 1) * 256))
const map = await cnn.explain(gpu, member, pixels, 1)
const png = await node.heatmap(pixels, map, 16)
writeFileSync(folder + "/heat.png", png)
const image = await node.decodeImage(png, 32)

const plain = new cnn.Sequential(new cnn.Dense(2, 3), new cnn.ReLU()).to(gpu, { seed: 1 })
const copy = new cnn.Sequential(new cnn.Dense(2, 3), new cnn.ReLU()).to(gpu, { seed: 2 })
copy.loadStateDict(cnn.readSafetensors(cnn.writeSafetensors(await cnn.snapshot(plain))).tensors)
const [a, b] = await Promise.all([plain, copy].map((model) => node.toOnnx(model, [1, 2])))
const noOnnx = await node.toOnnx(member.model, [1, 1, 16, 16]).catch((e) => e.message)
const square = await cnn.explain(gpu, member, pixels.subarray(1), 1).catch((e) => e.message)
const label = await cnn.explain(gpu, member, pixels, 2).catch((e) => e.message)
console.log(JSON.stringify({
  first: first.length, finished: run.finished.length, results: results.length,
  same: JSON.stringify(results.map((r) => r.predictions)) === JSON.stringify(whole.map((r) => r.predictions)),
  other, n: found.n, auc: found.ranking.auc, refused, label, square, prediction,
  saved: Math.abs(again[0].probabilities[1] - own.probabilities[1]) < 1e-6,
  map: [map.length, map.every((v) => v >= 0), map.some((v) => v > 0)], image: image.length,
  onnx: a.length > 100 && Buffer.compare(a, b) === 0, noOnnx,
}))
gpu.close()
`

it("own layers: trained, stopped and continued, evaluated, saved, loaded, explained and exported", async () => {
  const folder = await tempFolder()
  expect(await inNode(PROGRAM, folder)).toMatchObject({
    ...{ first: 1, finished: 1, results: 2, same: true, saved: true, n: 24, image: 32 ** 2, onnx: true },
    auc: { value: expect.any(Number), interval: [expect.any(Number), expect.any(Number)] },
    prediction: { probabilities: [expect.any(Number), expect.any(Number)] },
    map: [256, true, true],
    other: expect.stringMatching(/its checkpoints are of other images, another config or another network/),
    refused: expect.stringMatching(
      /was defined in code, and only that code can build layer .* Pass its definition as `network`/,
    ),
    noOnnx: expect.stringMatching(/^layer "1" \(Residual\) cannot be exported to ONNX/),
    square: "explain: got 255 pixels, expected a square image, size x size gray values",
    label: "explain: there is no class 2, expected a whole number from 0 to 1",
  })
})
