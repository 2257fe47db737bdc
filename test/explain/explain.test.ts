/**
 * Where a network looked: on the phantom, whose fractures are known, the maps must point at them,
 * and for a reason.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import sharp from "sharp"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { correlation, randomMaps } from "../../bench/random_maps.ts"
import { loadFolder } from "../../src/data/load.ts"
import { wilson } from "../../src/eval/interval.ts"
import { camLayers, fineLayer, lastLayer, named } from "../../src/explain/cam_layers.ts"
import { distanceTo, hitRate } from "../../src/explain/hit_rate.ts"
import { peakOf } from "../../src/explain/peak.ts"
import { RunExplainer, type RunExplainOptions, type RunExplanation } from "../../src/explain/run_explainer.ts"
import { towards } from "../../src/explain/towards.ts"
import {
  Conv2d,
  Dense,
  explain,
  Flatten,
  MaxPool2d,
  Module,
  ReLU,
  Residual,
  Sequential,
  type Tensor,
} from "../../src/index.ts"
import { networks } from "../../src/models/networks.ts"
import type { RunImage } from "../../src/run/read_run.ts"
import { runConfig } from "../../src/run/run_config.ts"
import { RunFolder } from "../../src/run/run_folder.ts"
import { crossValidate } from "../../src/train/cross_validation.ts"
import { defaultConfig } from "../../src/train/defaults.ts"
import type { Emit } from "../../src/train/events.ts"
import { cnn } from "../support/cli.ts"
import { phantomDataset } from "../support/drawn.ts"
import { openForTests } from "../support/open.ts"

const gpu = await openForTests()
const SIZE = 64
const source = { kind: "phantom" as const, count: 240, seed: 0, byType: false }

let folder: string
let run: string
let explainer: RunExplainer
const at = (...names: string[]) => path.join(folder, ...names)
const json = (...names: string[]) => JSON.parse(readFileSync(at(...names), "utf8"))

/** One fold of five: a network, and the images that it has not seen. */
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "cnn-explain-"))
  run = at("run")
  const data = phantomDataset({ ...source, size: SIZE })
  const train = { ...defaultConfig, epochs: 14 }
  const config = runConfig(
    { command: ["cnn", "train"], adapter: gpu.adapter, exact: false, train, source },
    data,
    new Date(),
  )
  mkdirSync(run)
  const left = RunFolder.create(run, data, config)
  const abort = new AbortController()
  const emit: Emit = (event) => {
    left.take(event)
    if (event.type === "fold-end") abort.abort(new Error("one is enough"))
  }
  await crossValidate(gpu, data, train, { emit, signal: abort.signal })
  explainer = RunExplainer.open(gpu, run)
}, 300_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

const found = () => explainer.run.images.filter(({ label, answer }) => label === 1 && answer === 1)

async function explained(images: readonly RunImage[], options: RunExplainOptions = {}): Promise<RunExplanation[]> {
  const all: RunExplanation[] = []
  for await (const one of explainer.explain(images, options)) all.push(one)
  return all
}

const fracturesOf = (images: readonly RunImage[]) => Promise.all(images.map(explainer.images.fracture!))

async function rateOf(maps: readonly Float32Array[], images: readonly RunImage[]) {
  const fractures = await fracturesOf(images)
  return hitRate(maps.map((map, i) => ({ peak: peakOf(map, SIZE), fracture: fractures[i] })), SIZE) // biome-ignore format: short
}

describe("on the phantom, LayerCAM", () => {
  it("peaks at the fracture in at least 80 % of the true positives, where chance gives a tenth", async () => {
    const images = found()
    expect(images.length).toBeGreaterThan(14)
    const maps = (await explained(images)).map(({ map }) => map)
    const { rate, anywhere, elsewhere, truePositives } = await rateOf(maps, images)
    expect(truePositives).toBe(images.length)
    expect(rate).toBeGreaterThanOrEqual(0.8)
    expect(anywhere).toBeLessThan(0.1)
    expect(elsewhere).toBeLessThan(0.5)
  })

  /** J. Adebayo et al., Sanity checks for saliency maps, 2018, https://arxiv.org/abs/1810.03292 */
  it("is another map with other weights, from the last convolution on and further, and then points at nothing", async () => {
    const images = found()
    const [member] = explainer.predictor.members
    const pixels = new Uint8Array(images.length * SIZE * SIZE)
    for (const [i, image] of images.entries()) pixels.set(await explainer.images.pixels(image), i * SIZE * SIZE)
    const before = await randomMaps(gpu, member, pixels, Infinity)
    const correlations: number[] = []
    for (const first of [16, 12, 8, 0]) {
      const after = await randomMaps(gpu, member, pixels, first)
      correlations.push(after.reduce((sum, map, i) => sum + correlation(map, before[i]), 0) / after.length)
      if (first === 0) expect((await rateOf(after, images)).rate).toBeLessThan(0.4)
    }
    expect(await randomMaps(gpu, member, pixels, Infinity)).toEqual(before)
    const [head, ...deeper] = correlations
    expect(head).toBeLessThan(0.95)
    expect(Math.max(...deeper)).toBeLessThan(0.7)
    expect(deeper[2]).toBeLessThan(0.4)
  })

  it("asks what speaks against a fracture when told to, which lies elsewhere", async () => {
    const images = found().slice(0, 8)
    const towardsIt = await explained(images)
    const away = await explained(images, { label: 0 })
    expect(away.map(({ label }) => label)).toEqual(images.map(() => 0))
    const same = away.filter(({ map }, i) => correlation(map, towardsIt[i].map) > 0.5)
    expect(same.length).toBeLessThan(3)
  })
})

it("occlusion, too, peaks at the fracture: what is hidden there costs most of the logit", async () => {
  const images = found().slice(0, 10)
  const all = await explained(images, { method: "occlusion", patch: 8, stride: 4 })
  const fractures = await fracturesOf(images)
  const near = all.filter(({ peak }, i) => distanceTo(fractures[i], peak) <= SIZE / 10)
  expect(near.length).toBeGreaterThanOrEqual(7)
  // Hiding the whole image at once leaves nothing to see: then the drop is the same for every
  // pixel.
  const [whole] = await explained(images.slice(0, 1), { method: "occlusion", patch: SIZE, stride: SIZE })
  expect(new Set(whole.map).size).toBe(1)
})

describe("the feature maps of a network", () => {
  const small = (size: number) => camLayers(networks.small.build(size, 1), [1, 1, size, size])
  const seed = camLayers(networks.reference.build(128, 1), [1, 1, 128, 128])

  it("lie behind each convolution, its norm and its ReLU", () => {
    expect(small(80)).toEqual([
      { at: 3, name: "2", shape: [1, 8, 40, 40] },
      { at: 7, name: "6", shape: [1, 16, 20, 20] },
      { at: 11, name: "10", shape: [1, 32, 10, 10] },
      { at: 15, name: "14", shape: [1, 64, 5, 5] },
    ])
    expect(seed.map(({ name, shape }) => [name, shape[2]])).toEqual([
      ["1", 126],
      ["4", 61],
      ["7", 28],
    ])
  })

  it("are taken deep, but not so deep that a cell is no place any more", () => {
    expect(fineLayer(small(80)).name).toBe("6")
    expect(fineLayer(small(256)).name).toBe("14")
    expect(fineLayer(small(16)).name).toBe("2")
    expect(fineLayer(seed).name).toBe("7")
    expect(lastLayer(small(80)).name).toBe("14")
    expect(() => named(small(80), "5")).toThrow(
      'layer "5" ends no feature map; those that do are 2 (40 x 40), 6 (20 x 20)',
    )
    expect(() => camLayers(new Sequential(new Flatten(), new Dense(4, 1)), [1, 1, 2, 2])).toThrow("has no convolution")
  })

  it("lie behind residual blocks as a whole, in chains inside others too", async () => {
    const convolution = () => new Conv2d(2, 2, { kernel: 3, padding: 1 })
    const block = () => new Residual(new Sequential(convolution(), new ReLU(), convolution()))
    const features = new Sequential({ conv: new Conv2d(1, 2, { kernel: 3, stride: 2, padding: 1 }), relu: new ReLU() })
    const blocks = new Sequential(block(), new MaxPool2d({ kernel: 2 }), block(), new ReLU())
    const head = { flat: new Flatten(), fc: new Residual(new Sequential(new Dense(32, 32))), last: new Dense(32, 1) }
    const model = new Sequential({ features, blocks, ...head }).to(gpu, { seed: 1 })
    expect(camLayers(model, [1, 1, 16, 16])).toEqual([
      { at: 2, name: "features.relu", shape: [1, 2, 8, 8] },
      { at: 3, name: "blocks.0", shape: [1, 2, 8, 8] },
      { at: 6, name: "blocks.3", shape: [1, 2, 4, 4] },
    ])
    const data = phantomDataset({ count: 2, seed: 1, size: 16 })
    const network = { model, info: { normalisation: { mean: 0.5, sd: 0.3 }, outputs: 1 } }
    const map = (layer: string) => explain(gpu, network, data.pixels.subarray(0, 256), 1, { layer })
    const [first, last] = [await map("blocks.0"), await map("blocks.3")]
    expect(Math.max(...first)).toBeGreaterThan(0)
    expect(first).not.toEqual(last)
    await expect(map("blocks.0.2")).rejects.toThrow(
      'layer "blocks.0.2" ends no feature map; those that do are features.relu (8 x 8), blocks.0 (8 x 8), blocks.3 (4 x 4)',
    )
  })

  it("is behind layers of one's own only if their descriptors say so; an error names those that do not", () => {
    class Odd extends Module {
      override forward = (x: Tensor) => x
    }
    class Kept extends Odd {
      static readonly descriptor = { featureMap: "continues" }
    }
    class First extends Odd {
      static readonly descriptor = { featureMap: "begins" }
    }
    const mapsOf = (...layers: Module[]) => camLayers(new Sequential(...layers), [1, 1, 4, 4]).map(({ at }) => at)
    const convolution = () => new Conv2d(1, 1, { kernel: 3, padding: 1 })
    expect(mapsOf(convolution(), new Kept(), new ReLU(), new Odd(), new ReLU())).toEqual([3])
    expect(mapsOf(new ReLU(), new First(), new ReLU(), convolution())).toEqual([3, 4])
    expect(() => mapsOf(new ReLU(), new Odd(), new Sequential(new Odd()))).toThrow(
      'if one is in layer "1" (Odd), "2.0" (Odd), say so in its static descriptor: featureMap: "begins"',
    )
  })
})

it("a class is a direction of the logits", () => {
  expect([towards(1, 1), towards(0, 1), towards(2, 4)]).toEqual([[1], [-1], [0, 0, 1, 0]])
})

it("hits are counted within a twentieth of the image, beside what chance would hit", () => {
  const peak = (x: number, y: number) => ({ x, y, value: 1 })
  const cases = [
    {
      peak: peak(10, 10.9),
      fracture: [
        { x: 15, y: 15 },
        { x: 10, y: 10 },
      ],
    },
    { peak: peak(10, 11.1), fracture: [{ x: 10, y: 10 }] },
  ]
  const rate = hitRate(cases, 20)
  // Pixels whose centres lie within 1 of (10, 10), a corner of four pixels.
  expect(rate).toEqual({
    tolerance: 1,
    truePositives: 2,
    hits: 1,
    rate: 0.5,
    anywhere: expect.closeTo((8 + 4) / 2 / 400, 9),
    elsewhere: 0.5,
    middle: 1,
    interval: wilson(1, 2),
  })
  expect(hitRate([], 20)).toMatchObject({ truePositives: 0, rate: null, anywhere: null, elsewhere: null, middle: null })
})

describe("a run and its images", () => {
  it("are the same as the run had: changed weights or images are refused", async () => {
    const copy = at("changed")
    cpSync(run, copy, { recursive: true })
    const config = json("changed", "config.json")
    writeFileSync(at("changed", "config.json"), JSON.stringify({ ...config, source: { ...source, seed: 9 } }))
    const other = RunExplainer.open(gpu, copy)
    await expect(other.explainOwn(other.run.images[0])).rejects.toThrow(
      /^fractured\/phantom-\d+\.png: its fold's network gives the logit .* predictions\.csv says .*: image or weights have changed/,
    )
  })

  it("go together, or what does not is named", () => {
    const broken = (
      name: string,
      change: (text: string) => string | undefined,
      copy = at(`broken-${name}-${Math.random()}`),
    ) => {
      cpSync(run, copy, { recursive: true })
      const text = change(readFileSync(path.join(copy, name), "utf8"))
      if (text === undefined) rmSync(path.join(copy, name))
      else writeFileSync(path.join(copy, name), text)
      return () => RunExplainer.open(gpu, copy)
    }
    expect(broken("config.json", () => undefined)).toThrow(
      /config\.json: no such file; expected a run folder of cnn train/,
    )
    expect(broken("config.json", () => "{")).toThrow(/config\.json: no JSON/)
    expect(broken("config.json", () => "{}")).toThrow(/config\.json: no "command" in it.*expected a run folder/)
    expect(broken("config.json", (text) => text.replace('"size": 64', '"size": 80'))).toThrow(
      /networks are for 64 pixels/,
    )
    expect(broken("predictions.csv", () => undefined)).toThrow(/predictions\.csv: no such file/)
    expect(broken("predictions.csv", (text) => text.split("\n")[0])).toThrow(/it holds no predictions/)
    expect(broken("predictions.csv", (text) => text.replace("probability", "chance"))).toThrow(
      /line 2: no column "probability"/,
    )
    expect(broken("predictions.csv", (text) => text.replace(/,fractured,/, ",cracked,"))).toThrow(
      /line 2: label is "cracked", expected one of not_fractured, fractured/,
    )
  })
})

describe("cnn explain", () => {
  const explain = (...args: string[]) => cnn(["explain", ...args])

  it("writes a heatmap of an image of the run, by the network that has not seen it", async () => {
    const [image] = found()
    const out = at("heat.png")
    const args = [run, image.file, "--out", out]
    const { code, stdout, stderr } = await explain(...args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(stdout).toContain(
      `the evidence in ${image.file} for "fractured", by layer-cam; by fold-0, which was not trained on it`,
    )
    const { data, info } = await sharp(out).raw().toBuffer({ resolveWithObject: true })
    expect([info.width, info.height, info.channels]).toEqual([448, 448, 3])
    const { peak } = await explainer.explainOwn(image)
    const [x, y] = [peak.x, peak.y].map((place) => Math.floor((place * 448) / SIZE))
    const [red, green, blue] = data.subarray((y * 448 + x) * 3)
    expect(Math.min(red, green) - blue, "yellow at the peak").toBeGreaterThan(60)
    const again = await explain(...args)
    expect(again).toMatchObject({
      code: 1,
      stderr: `cnn: ${out}: there is such a file already; --force overwrites it\n`,
    })
    const forced = await explain(...args, "--force", "--json", "--method", "occlusion", "--class", "not_fractured")
    expect(JSON.parse(forced.stdout)).toMatchObject({
      file: image.file,
      out,
      method: "occlusion",
      class: "not_fractured",
      fold: 0,
    })
  })

  it("takes a file that is none of the run's, and says so", async () => {
    const file = at("other.png")
    const { pixels } = phantomDataset({ count: 2, seed: 99, size: SIZE })
    await sharp(pixels.subarray(0, SIZE * SIZE), { raw: { width: SIZE, height: SIZE, channels: 1 } })
      .png()
      .toFile(file)
    const { stdout, code } = await explain(run, file, "--out", at("other-heat.png"))
    expect(code).toBe(0)
    expect(stdout).toContain("not an image of the run: the mean of all its networks")
  })

  it("explains all images of a run, and leaves the rate of hits in its folder", async () => {
    const { code, stdout, stderr } = await explain(run, "--all", "--out", at("heat"))
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    const made = json("run", "explanations.json")["layer-cam"]
    expect(made.images.map(({ file }: { file: string }) => file)).toEqual(explainer.run.images.map(({ file }) => file))
    expect(made.hitRate.rate).toBeGreaterThanOrEqual(0.8)
    const { truePositives, hits } = made.hitRate
    expect(truePositives).toBe(found().length)
    expect(stdout).toContain(`within 3.2 pixels of the fracture in ${hits} of ${truePositives} true positives`)
    const whole = made.images.find(({ label }: { label: string }) => label === "not_fractured")
    expect(whole).toMatchObject({ fold: 0, class: "fractured", distance: null })
    expect(readdirSync(at("heat", "fractured"))).toHaveLength(
      explainer.run.images.filter(({ label }) => label === 1).length,
    )
    expect((await explain(run, "--all")).stderr).toContain(
      "explanations.json has layer-cam already; --force overwrites it",
    )
    expect((await explain(run, "--all", "--out", at("heat"))).stderr).toContain("nothing is overwritten")
    const second = await explain(run, "--all", "--method", "grad-cam", "--layer", "10", "--json")
    expect(JSON.parse(second.stdout)).toMatchObject({ method: "grad-cam", options: { layer: "10" }, out: null })
    expect(Object.keys(json("run", "explanations.json"))).toEqual(["layer-cam", "grad-cam"])
  })

  it("scores peaks on files against boxes.csv, next to chance and to random weights", async () => {
    const films = at("films")
    const lines = ["file,x0,y0,x1,y1"]
    for (const image of explainer.run.images) {
      const file = path.join(films, image.file)
      mkdirSync(path.dirname(file), { recursive: true })
      const raw = { width: SIZE, height: SIZE, channels: 1 as const }
      await sharp(await explainer.images.pixels(image), { raw })
        .toColourspace("b-w")
        .png()
        .toFile(file)
      const points = await explainer.images.fracture!(image)
      if (points.length === 0) continue
      const [x, y] = (["x", "y"] as const).map((axis) => points.map((point) => Math.min(1, Math.max(0, point[axis] / SIZE)))) // biome-ignore format: short
      lines.push([image.file, Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)].join())
    }
    writeFileSync(path.join(films, "boxes.csv"), lines.join("\n"))
    cpSync(run, at("on-films"), { recursive: true })
    const config = json("on-films", "config.json")
    writeFileSync(at("on-films", "config.json"), JSON.stringify({ ...config, source: { kind: "folder", dir: films, strict: false } })) // biome-ignore format: short

    const { code, stdout, stderr } = await explain(at("on-films"), "--all", "--force")
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    const { hitRate } = json("on-films", "explanations.json")["layer-cam"]
    expect(hitRate.truePositives).toBe(found().length)
    expect(hitRate.rate).toBeGreaterThanOrEqual(0.8)
    expect(hitRate.interval).toEqual(wilson(hitRate.hits, hitRate.truePositives))
    expect(hitRate.random).toBeLessThan(hitRate.rate - 0.3)
    expect(stdout).toMatch(
      /true positives, [\d.]+ % \([\d.]+ to [\d.]+\)\.\nBy chance, a point anywhere .* the middle of each image in [\d.]+ %, .* random weights in [\d.]+ %\./,
    )

    const data = await loadFolder(films, { size: 16, cacheDir: false })
    expect([data.files.length, data.skipped]).toEqual([explainer.run.images.length, []])
    expect(data.groups).toEqual(data.files)
    expect(data.grouping).not.toContain("boxes")

    writeFileSync(path.join(films, "boxes.csv"), "file,x0,y0,x1,y1\nother.png,0,0,1,1\n")
    expect(await explain(at("on-films"), "--all", "--force")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/boxes\.csv: names none of the run's \d+ images, such as .*found other\.png/),
    })
  })

  it.each<[string[], RegExp, number?]>([
    [["RUN"], /expected an image, or --all/, 2],
    [["RUN", "x.png"], /expected --out FILE\.png/, 2],
    [["RUN", "x.png", "--all"], /x\.png: an image and --all; expected one of them/, 2],
    [["RUN", "x.png", "--out", "x.jpg"], /--out is "x\.jpg"; expected a name ending in \.png/, 2],
    [["RUN", "x.png", "--out", "X"], /x\.png: no such file, and the run has no image of that name/],
    [["RUN", "--all", "--patch", "4"], /--patch needs --method occlusion, not layer-cam/, 2],
    [["RUN", "--all", "--method", "occlusion", "--layer", "2"], /--layer needs a class activation map/, 2],
    [["RUN", "--all", "--class", "broken"], /--class is "broken"; the run's classes are not_fractured, fractured/],
    [["RUN", "--all", "--method", "grad-cam", "--layer", "5", "--force"], /layer "5" ends no feature map/],
    [
      ["RUN", "--all", "--method", "occlusion", "--patch", "65"],
      /a patch of 65 pixels, expected at most the image's 64/,
    ],
    [["RUN", "--all", "--patch", "0"], /--patch is "0"; expected a whole number from 1 to 4096/, 2],
    [["nowhere", "--all"], /nowhere.config\.json: no such file; expected a run folder/],
  ])("refuses %j", async (args, message, exit = 1) => {
    const { code, stderr } = await explain(
      ...args.map((arg) => (arg === "RUN" ? run : arg === "X" ? at("x.png") : arg)),
    )
    expect(stderr).toMatch(message)
    expect(code).toBe(exit)
    expect(existsSync(at("x.png"))).toBe(false)
  })
})
