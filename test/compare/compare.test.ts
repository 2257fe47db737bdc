/** `cnn compare`: its parts, and as users run it, from the built command line to the files. */
import { spawn } from "node:child_process"
import { copyFileSync, existsSync, readdirSync, readFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { Writable } from "node:stream"
import { fileURLToPath } from "node:url"
import { parse } from "csv-parse/sync"
import sharp from "sharp"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { breathing } from "../../src/classic/breath.ts"
import { compareTerminalView, type ShownEvent } from "../../src/cli/compare_view.ts"
import { type Comparison, claimsOf, differenceOf, rowOf } from "../../src/compare/comparison.ts"
import type { Outcome, Tested } from "../../src/compare/contender.ts"
import { methods } from "../../src/compare/methods.ts"
import { bestOf, optimizers, runOptimizer } from "../../src/compare/optimizers.ts"
import { FeatureStore, runMethod } from "../../src/compare/traditional.ts"
import type { Dataset } from "../../src/data/dataset.ts"
import { aspectRatios } from "../../src/data/dimensions.ts"
import { Random } from "../../src/tensor/random.ts"
import { planFolds } from "../../src/train/cross_validation.ts"
import { defaultConfig } from "../../src/train/defaults.ts"
import type { FoldResult } from "../../src/train/fold.ts"
import { cnn } from "../support/cli.ts"
import { phantomDataset } from "../support/drawn.ts"
import { openForTests } from "../support/open.ts"
import { tempFolder } from "../support/temp_folder.ts"

const SIZE = 16
const SMALL = ["--size", `${SIZE}`, "--epochs", "2", "--folds", "2", "--batch", "8", "--seed", "3"]
const PHANTOM = ["--count", "32", ...SMALL]

let folder: string
const at = (...names: string[]) => path.join(folder, ...names)
const compare = (name: string, ...args: string[]) => cnn(["compare", ...args, "--out", at(name)])
const read = (name: string) => JSON.parse(readFileSync(at(name, "comparison.json"), "utf8")) as Comparison
const table = (...names: string[]) => parse(readFileSync(at(...names)), { columns: true }) as Record<string, string>[]

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "cnn-compare-"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe("traditional methods", () => {
  const data = phantomDataset({ count: 40, seed: 2, size: 24 })
  const plan = planFolds(data, { ...defaultConfig, folds: 2 })
  const run = (id: string, some: Dataset = data) =>
    runMethod(id, new FeatureStore(some, some.files.map((_, i) => 1 + (i % 5))), plan, breathing(), () => {}) // biome-ignore format: short

  it.each(Object.keys(methods))(
    "%s tests each image once and never looks at the label of one that it tests",
    async (id) => {
      const { predictions, choices } = await run(id)
      expect(predictions.map(({ index }) => index).sort((a, b) => a - b)).toEqual([...data.files.keys()])
      expect(choices.map(({ setting, tried }) => [tried.length, tried.some((one) => one.setting === setting)])).toEqual(
        plan.map(() => [methods[id].grid.length, true]),
      )
      const [{ split }] = plan
      const labels = data.labels.map((label, i) => (split.test.includes(i) ? 1 - label : label))
      const other = await run(id, { ...data, labels })
      const ofFirst = ({ predictions }: Outcome) => predictions.filter(({ fold }) => fold === 0)
      expect(ofFirst(other)).toEqual(ofFirst({ predictions } as Outcome))
      expect(other.choices[0]).toEqual(choices[0])
    },
  )

  it("take of equally good settings the first, and answer what there is more of where a score says nothing", async () => {
    const labels = data.labels.map((_, i) => (i % 4 === 0 ? 0 : 1))
    const { predictions, choices } = await run("majority", { ...data, labels })
    expect(choices.map(({ setting }) => setting)).toEqual([{}, {}])
    expect(predictions.every(({ score, answer }) => score === 0 && answer === 1)).toBe(true)
    const row = rowOf({ ...data, labels }, await run("majority", { ...data, labels }), 0)
    expect([row.auc.value, row.auc.interval, row.accuracy.value]).toEqual([0.5, null, 0.75])
    expect((await run("aspect")).predictions.every(({ answer }) => answer === 0 || answer === 1)).toBe(true)
  })

  it("find what they are to find: the aspect ratio, and a bright image", async () => {
    const aspects = [...data.labels].map((label, i) => (label === 1 ? 1.5 : 0.8) + 0.01 * (i % 3))
    const store = new FeatureStore(data, aspects)
    const found = await runMethod("aspect", store, plan, breathing(), () => {})
    expect(rowOf(data, found, 0).auc.value).toBe(1)
    const area = data.size ** 2
    const pixels = data.pixels.map((gray, k) => gray / 2 + (data.labels[Math.floor(k / area)] === 1 ? 100 : 0))
    for (const id of ["logistic", "knn"])
      expect(rowOf(data, await run(id, { ...data, pixels }), 0).auc.value, id).toBeGreaterThan(0.95)
  })
})

it("aspect ratios are those of the file as it is to be seen", async () => {
  const raw = (width: number, height: number) =>
    sharp(new Uint8Array(width * height), { raw: { width, height, channels: 1 } })
  const files = {
    "a/wide.png": await raw(30, 10).png().toBuffer(),
    "b/turned.jpg": await raw(40, 10).jpeg().withMetadata({ orientation: 6 }).toBuffer(),
  }
  expect(await aspectRatios(await tempFolder(files), Object.keys(files))).toEqual([3, 0.25])
  expect(await aspectRatios(undefined, ["drawn"])).toEqual([1])
})

describe("what a comparison comes to", () => {
  const n = 60
  const labels = Uint8Array.from({ length: n }, (_, i) => i % 2)
  const data = { labels, groups: [...labels.keys()].map((i) => `g${i >> 1}`) } as unknown as Dataset
  const random = new Random(1, 8)
  const made = (id: string, kind: Outcome["kind"], signal: number): Outcome => {
    const predictions = [...labels].map((label, index): Tested => {
      const score = signal * (label - 0.5) + random.normal()
      return { repeat: 0, fold: index % 3, index, score, answer: score > 0 ? 1 : 0 }
    })
    const choices = [0, 1, 2].map((fold) => ({ repeat: 0, fold, setting: {}, tried: [] }))
    return { id, title: id, kind, choices, predictions, seconds: 1 }
  }
  const adam = made("cnn-adam", "cnn", 2)
  const sgd = made("cnn-sgd", "cnn", 0)
  const forest = made("hog-forest", "traditional", 9)
  const knn = { ...adam, id: "knn", kind: "traditional" as const }
  const all = [forest, knn, adam, sgd]

  it("calls better what is, and nothing else", () => {
    const better = (a: Outcome, b: Outcome) => differenceOf(data, a, b, 0).better
    expect([better(adam, sgd), better(sgd, adam)]).toEqual(["cnn-adam", "cnn-adam"])
    expect(better(forest, adam)).toBe("hog-forest")
    const same = differenceOf(data, adam, knn, 0)
    expect(same).toMatchObject({ value: 0, interval: null, better: null, why: expect.stringMatching(/came to 0/) })
    const { value, interval } = differenceOf(data, adam, sgd, 0)
    const [a, b] = [rowOf(data, adam, 0), rowOf(data, sgd, 0)]
    expect(value).toBeCloseTo(a.auc.value! - b.auc.value!, 12)
    expect(interval![0]).toBeGreaterThan(0)
    expect([value! > interval![0], value! < interval![1], a.foldAuc.length]).toEqual([true, true, 3])
  })

  it("holds a claim only where the subject is better than each", () => {
    const pairs = (some: Outcome[]) => some.flatMap((a, i) => some.slice(i + 1).map((b) => differenceOf(data, a, b, 0)))
    expect(claimsOf(all, pairs(all))).toEqual([
      { claim: "cnn-beats-traditional", subject: "cnn-adam", better: [], worse: ["hog-forest"], open: ["knn"], holds: false }, // biome-ignore format: a table
      { claim: "adam-beats-optimizers", subject: "cnn-adam", better: ["cnn-sgd"], worse: [], open: [], holds: true },
    ])
    expect(claimsOf([forest, knn], pairs([forest, knn]))).toEqual([])
    expect(claimsOf([knn, sgd], pairs([knn, sgd]))).toMatchObject([{ subject: "cnn-sgd" }])
  })
})

it("the learning rate with the highest AUC is taken, of equals that with the lower loss, and none that diverged", () => {
  const place = { repeat: 0, fold: 0, title: "CNN, SGD" }
  const chosen = (...rows: [lr: number, auc: number | null, loss: number | null][]) => {
    const tried = rows.map(([lr, auc, loss]) => ({ lr, auc, loss, result: loss === null ? null : ({} as FoldResult) }))
    return bestOf(tried, place).choice.setting.lr
  }
  expect(chosen([0.1, 0.6, 0.5], [0.3, 0.8, 2], [1, 0.7, 0.4])).toBe(0.3)
  expect(chosen([0.1, 0.8, 0.5], [0.3, 0.8, 0.4], [1, 0.8, 0.6])).toBe(0.3)
  expect(chosen([0.1, null, null], [0.3, null, 0.7], [1, null, 0.6])).toBe(1)
  expect(() => chosen([0.1, null, null], [0.3, null, null])).toThrow("diverges with all learning rates: 0.1, 0.3")
})

it("a learning rate that diverges is not taken, and all that do are told", async () => {
  const gpu = await openForTests()
  const data = phantomDataset({ count: 16, seed: 1, size: SIZE })
  const config = { ...defaultConfig, folds: 2, epochs: 1, schedule: "constant" as const }
  const job = { gpu, data, config, plan: planFolds(data, config) }
  const { sgd } = optimizers
  const { lrs } = sgd
  try {
    sgd.lrs = [1e38, 0.1]
    const { choices, predictions } = await runOptimizer("sgd", job, () => {})
    for (const { setting, tried } of choices) {
      expect(setting).toEqual({ lr: 0.1 })
      expect(tried[0].validation).toBeNull()
    }
    expect(predictions.every(({ score }) => Number.isFinite(score))).toBe(true)
    sgd.lrs = [1e38]
    await expect(runOptimizer("sgd", job, () => {})).rejects.toThrow("CNN, SGD: the training diverges with all")
  } finally {
    sgd.lrs = lrs
  }
})

describe("on a terminal", () => {
  it("a bar shows what is under way, and gives way to lines", async () => {
    const sent: string[] = []
    const stream = new Writable({ write: (chunk, _, done) => done(void sent.push(String(chunk))) })
    const terminal = Object.assign(stream, { isTTY: true, columns: 100 }) as unknown as NodeJS.WriteStream
    const view = compareTerminalView(terminal)
    const shown = async (event: ShownEvent, bar: RegExp) => {
      sent.length = 0
      view.show(event)
      await vi.waitFor(() => expect(sent.join("")).toMatch(bar))
    }
    try {
      await shown({ type: "open" }, /Opening the adapter ░+ {2}0:0\d/)
      await shown({ type: "read", what: "decode", done: 5, total: 10 }, /Reading the images █+░+ {2}5 of 10/)
      await shown({ type: "contender", id: "knn", title: "Neighbours", at: 1, of: 3 }, /2\/3 Neighbours ░+/)
      await shown({ type: "progress", part: 0.25, left: 90 }, /2\/3 Neighbours █+░+ {2}25\.0 % {2}1:30 left/)
      await shown({ type: "note", text: "Ending after this step." }, /Ending after this step\.\n[\s\S]*2\/3 Neighbours/)
      sent.length = 0
      view.show({ type: "abandoned", text: "Nothing was written." })
      expect(sent.join("")).toMatch(/Nothing was written\.\n$/)
    } finally {
      view.close()
    }
  })
})

describe("cnn compare", () => {
  let first: Awaited<ReturnType<typeof cnn>>
  beforeAll(async () => {
    first = await compare("first", ...PHANTOM, "--optimizers", "sgd,adam")
  })

  it("leaves a folder and says in plain lines what came out", () => {
    expect(first).toMatchObject({ code: 0, stderr: "" })
    const ids = [...Object.keys(methods), "cnn-adam", "cnn-sgd"]
    const predictions = ids.map((id) => `predictions-${id}.csv`)
    expect(readdirSync(at("first")).sort()).toEqual(
      ["comparison.csv", "comparison.json", "comparison.svg", ...predictions].sort(),
    )
    const { complete, contenders, differences, claims, config } = read("first")
    expect(complete).toBe(true)
    expect(contenders.map(({ id }) => id)).toEqual(ids)
    expect(differences).toHaveLength((9 * 8) / 2)
    expect(claims.map(({ subject }) => subject)).toEqual(["cnn-adam", "cnn-adam"])
    expect(config).toMatchObject({
      size: SIZE,
      optimizers: ["adam", "sgd"],
      train: { epochs: 2 },
      data: { images: 32 },
    })
    expect(config.train).not.toHaveProperty("lr")
    for (const { title, auc } of contenders)
      expect(first.stdout).toMatch(new RegExp(`^${title} +${auc.value!.toFixed(3)} `, "m"))
    expect(first.stdout).toMatch(/^CNN, Adam minus +AUC +95 % interval/m)
    expect(first.stdout).toMatch(
      /(Not shown: that .* beats the traditional methods\.|beats the traditional methods: it is better)/,
    )
    expect(first.stdout).toContain(at("first"))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal would be sent
    expect(first.stdout).not.toMatch(/\u001b|\r/)
    const svg = readFileSync(at("first", "comparison.svg"), "utf8")
    for (const { title } of contenders) expect(svg).toContain(title)
    expect(table("first", "comparison.csv").map(({ id, auc }) => [id, Number(auc)])).toEqual(
      contenders.map(({ id, auc }) => [id, auc.value]),
    )
  })

  it("tests on the folds of cnn train, and its networks are those that cnn train makes", async () => {
    const { contenders } = read("first")
    const { choices } = contenders.find(({ id }) => id === "cnn-adam")!
    const { lr } = choices[0].setting
    const run = await cnn(["train", ...PHANTOM, "--lr", `${lr}`, "--out", at("train")])
    expect(run.code).toBe(0)
    const trained = table("train", "predictions.csv")
    for (const { predictions } of contenders)
      expect(table("first", predictions).map(({ file, fold, label }) => [file, fold, label])).toEqual(
        trained.map(({ file, fold, label }) => [file, fold, label]),
      )
    const inFirst = <Row extends Record<string, string>>(rows: Row[]) => rows.filter(({ fold }) => fold === "0")
    expect(inFirst(table("first", "predictions-cnn-adam.csv")).map(({ score }) => score)).toEqual(
      inFirst(trained).map(({ logit }) => logit),
    )
  })

  it("repeats bit for bit, with repeats and without networks or methods", async () => {
    const flags = [...PHANTOM, "--repeats", "2", "--methods", "hog-forest, knn", "--optimizers", "none"]
    const [once, twice] = [await compare("once", ...flags), await compare("twice", ...flags, "--json")]
    expect([once.code, twice.code]).toEqual([0, 0])
    expect(read("once")).toMatchObject({
      complete: true,
      claims: [],
      config: { adapter: null, methods: ["knn", "hog-forest"] },
    })
    for (const name of ["predictions-knn.csv", "predictions-hog-forest.csv"]) {
      expect(table("once", name)).toHaveLength(64)
      expect(readFileSync(at("twice", name)).equals(readFileSync(at("once", name)))).toBe(true)
    }
    const types: string[] = twice.stdout.trimEnd().split("\n").map((text) => JSON.parse(text).type) // biome-ignore format: short
    // Progress comes ten times per second at most: how much of it there is depends on the machine.
    expect(types.filter((type) => type !== "progress" && type !== "read")).toEqual([
      "open",
      "start",
      "contender",
      "contender-end",
      "contender",
      "contender-end",
      "end",
    ])
    const networks = await compare("networks", ...PHANTOM, "--methods", "none", "--optimizers", "adam")
    expect(networks.code).toBe(0)
    expect(read("networks").claims).toEqual([])
  })

  it("reads images from a folder, with their aspect ratios", async () => {
    expect((await cnn(["phantom", at("images"), "--count", "24", "--size", "32"])).code).toBe(0)
    const flags = [...SMALL, "--methods", "aspect,logistic", "--optimizers", "none"]
    const { code, stdout } = await compare("files", at("images"), ...flags)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Images +.*12 not_fractured, 12 fractured; 16 x 16 gray$/m)
    expect(read("files").contenders[0]).toMatchObject({ id: "aspect", auc: { value: 0.5 } })
    const again = await compare("files", at("images"), ...flags)
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringMatching(/holds 5 files already, and nothing is overwritten/),
    ])
  })

  it("audits a folder first: warns, and refuses with --strict", async () => {
    expect((await cnn(["phantom", at("copied"), "--count", "16", "--size", "64"])).code).toBe(0)
    const [file] = readdirSync(at("copied", "fractured"))
    copyFileSync(at("copied", "fractured", file), at("copied", "not_fractured", "again.png"))
    const flags = [at("copied"), ...SMALL, "--methods", "majority", "--optimizers", "none"]
    const strict = await compare("strict", ...flags, "--strict")
    expect([strict.code, existsSync(at("strict"))]).toEqual([1, false])
    expect(strict.stderr).toMatch(/--strict allows no problems, and the audit found these:\n {2}1 radiograph lies in/)
    const warned = await compare("warned", ...flags)
    expect([warned.code, warned.stdout]).toEqual([0, expect.stringMatching(/^Audit {5}1 radiograph lies in more/m)])
    const quiet = await compare("quiet", ...flags, "--no-audit")
    expect([quiet.code, quiet.stdout]).toEqual([0, expect.not.stringMatching(/^Audit/m)])
  })

  it.each([
    [["--methods", "none", "--optimizers", "none"], /leave nothing to compare/],
    [["--methods", "knm"], /--methods has "knm"; .*, or none\. Did you mean knn\?/],
    [["--methods", "knn,svm"], /--methods has "svm"; expected some of majority, aspect, .*, or none/],
    [["--optimizers", ""], /--optimizers has ""; expected some of adam/],
    [["--optimizers", "adam", "--optimizers", "sgd"], /--optimizers was given 2 times/],
    [["--lr", "0.1"], /Unknown argument: lr/],
    [["--by-type"], /Unknown argument/],
    [["--strict"], /--strict goes with DIR/],
    [["x", "--count", "9"], /--count is for the built-in phantom, not for DIR/],
    [["--size", "8", "--optimizers", "none"], /HOG needs images of 16 x 16 pixels or more, got 8/],
    [["--size", "10", "--methods", "none"], /--size 10: the network small needs images of 16 pixels or more/],
  ])("refuses %j and says what it expects", async (args, message) => {
    const { code, stderr } = await cnn(["compare", ...args])
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  it("names a folder that is not there", async () => {
    const { code, stderr } = await cnn(["compare", "nowhere", "--optimizers", "none"])
    expect([code, stderr]).toEqual([1, expect.stringMatching(/nowhere/)])
  })

  it("refuses more than two classes, and leaves nothing", async () => {
    expect((await cnn(["phantom", at("types"), "--count", "28", "--size", "32", "--by-type"])).code).toBe(0)
    const { code, stderr } = await compare("three", at("types"), ...SMALL, "--optimizers", "none")
    expect([code, stderr]).toEqual([1, expect.stringMatching(/needs two classes, but there are 7/)])
    expect(existsSync(at("three"))).toBe(false)
  })

  it.each([
    ["knn", "contender-end", ["majority"]],
    ["majority", "start", undefined],
  ])("ends on Ctrl-C and keeps what is finished, %s", async (_, when, kept) => {
    const MAIN = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url))
    const name = `interrupted-${when}`
    const flags = ["--methods", kept ? "majority,hog-forest" : "hog-forest", "--optimizers", "none", "--count", "200"]
    const args = [MAIN, "compare", "--json", ...flags, "--size", "48", "--out", at(name)]
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] })
    let stdout = ""
    let sent = false
    child.stdout.on("data", (chunk) => {
      stdout += chunk
      if (sent || !stdout.includes(`"type":"${when}"`)) return
      sent = true
      child.kill("SIGINT")
    })
    const code = await new Promise((resolve) => child.on("close", resolve))
    expect(code).toBe(130)
    const last = JSON.parse(stdout.trimEnd().split("\n").at(-1)!)
    expect(last.type).toBe(kept ? "end" : "abandoned")
    expect(existsSync(at(name))).toBe(kept !== undefined)
    if (!kept) return
    expect(read(name)).toMatchObject({ complete: false, contenders: kept.map((id) => ({ id })) })
    expect(existsSync(at(name, "comparison.svg"))).toBe(true)
  })
})
