/** `cnn train` and `cnn predict` as users run them, from the built command line to the files. */
import { spawn } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { parse } from "csv-parse/sync"
import sharp from "sharp"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { FILE_SIZE } from "../src/train/networks.ts"
import { cnn } from "./cli.ts"
import { phantomDataset } from "./drawn.ts"

const SIZE = 16
const SMALL = ["--size", `${SIZE}`, "--epochs", "2", "--folds", "2", "--batch", "8"]
const PHANTOM = ["--count", "24", ...SMALL]
const RUN_FILES = [
  "config.json",
  "fold-0.safetensors",
  "fold-1.safetensors",
  "history.csv",
  "metrics.json",
  "predictions.csv",
  "report.html",
  "summary.json",
]

let folder: string
const at = (...names: string[]) => path.join(folder, ...names)
const train = (name: string, ...args: string[]) => cnn(["train", ...args, "--out", at(name)])
const json = (...names: string[]) => JSON.parse(readFileSync(at(...names), "utf8"))
const table = (...names: string[]) => parse(readFileSync(at(...names)), { columns: true }) as Record<string, string>[]

/** The phantom as files, one folder a class. */
async function writePhantom(name: string, seed: number): Promise<string> {
  const { files, pixels } = phantomDataset({ count: 24, seed, size: SIZE })
  for (const [i, file] of files.entries()) {
    await mkdir(path.dirname(at(name, file)), { recursive: true })
    const raw = { width: SIZE, height: SIZE, channels: 1 as const }
    const image = sharp(pixels.subarray(i * SIZE * SIZE, (i + 1) * SIZE * SIZE), { raw }).toColourspace("b-w")
    await writeFile(at(name, file), await image.png().toBuffer())
  }
  return at(name)
}

let first: Awaited<ReturnType<typeof cnn>>
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "cnn-train-"))
  first = await train("first", ...PHANTOM, "--seed", "3")
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe("cnn train", () => {
  it("leaves a run folder and says in plain lines what came out", () => {
    expect(first).toMatchObject({ code: 0, stderr: "" })
    expect(readdirSync(at("first")).sort()).toEqual(RUN_FILES)
    expect(json("first", "config.json").train).toMatchObject({ epochs: 2, patience: 1 })
    const { pooled } = json("first", "summary.json")
    const percent = (part: number) => `${(part * 100).toFixed(1)} %`
    expect(first.stdout).toContain(`Out of fold, ${percent(pooled.accuracy)} of 24 images are right.`)
    expect(first.stdout).toMatch(/Always answering "(not_)?fractured" is right for 50\.0 %/)
    expect(first.stdout).toContain("Each drawn image is a patient of its own.")
    expect(first.stdout).toContain(at("first"))
    expect(first.stdout).not.toMatch(/validating|testing|opening/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal would be sent
    expect(first.stdout).not.toMatch(/\u001b|\r/)
  })

  it("tests every image once, and its summary follows from its predictions", () => {
    const rows = table("first", "predictions.csv")
    const data = phantomDataset({ count: 24, seed: 3, size: SIZE })
    expect(rows.map(({ file }) => file)).toEqual(data.files)
    const { folds, pooled } = json("first", "summary.json")
    const accuracy = (some: typeof rows) =>
      some.filter(({ label, probability }) => (Number(probability) > 0.5 ? "fractured" : "not_fractured") === label)
        .length / some.length
    expect(pooled.accuracy).toBeCloseTo(accuracy(rows), 12)
    for (const { fold, n, accuracy: reported } of folds) {
      const part = rows.filter((row) => row.fold === `${fold}`)
      expect(n).toBe(part.length)
      expect(reported).toBeCloseTo(accuracy(part), 12)
    }
    for (const { logit, probability } of rows)
      expect(Number(probability)).toBeCloseTo(1 / (1 + Math.exp(-Number(logit))), 12)
    const history = table("first", "history.csv")
    expect(history.map(({ fold, epoch }) => `${fold} ${epoch}`)).toEqual(["0 1", "0 2", "1 1", "1 2"])
  })

  it("gives the same weights and predictions for the same seed, bit for bit, and others for another", async () => {
    const again = await train("again", ...PHANTOM, "--seed", "3", "--json")
    expect(again).toMatchObject({ code: 0, stderr: "" })
    await train("other", ...PHANTOM, "--seed", "4")
    for (const name of ["fold-0.safetensors", "fold-1.safetensors", "predictions.csv"]) {
      expect(readFileSync(at("again", name)).equals(readFileSync(at("first", name))), name).toBe(true)
      expect(readFileSync(at("other", name)).equals(readFileSync(at("first", name))), name).toBe(false)
    }
    const events = again.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
    const types = events.map(({ type }) => type).filter((type, i, all) => type !== all[i - 1])
    const epoch = ["batch", "evaluate", "epoch"]
    const fold = ["fold", ...epoch, ...epoch, "evaluate", "fold-end"]
    const firstFold = ["fold", "first-step", ...fold.slice(1)]
    expect(types).toEqual(["open", "read", "start", "compiling", "compile", ...firstFold, ...fold, "end"])
    const compiled = events.filter(({ type }) => type === "compiling")
    expect(compiled.at(-1)).toEqual({ type: "compiling", done: compiled.length, total: compiled.length })
    const looked = events.filter(({ type, done, total }) => type === "evaluate" && done === total)
    expect(looked.map(({ part }) => part)).toEqual(Array(2).fill(["validation", "validation", "test"]).flat())
    expect(looked.filter(({ part }) => part === "test").map(({ total }) => total)).toEqual([12, 12])
    expect(events.at(-1)).toMatchObject({ interrupted: false, summary: json("again", "summary.json") })
    expect(events.find(({ type }) => type === "start").config).toEqual(json("again", "config.json"))
  })

  it("says how far the figures may have been elsewhere, and what the chosen thresholds come to", () => {
    const { atHalf, atChosen, ranking } = json("first", "metrics.json").pooled
    const { pooled, folds } = json("first", "summary.json")
    const [low, high] = atHalf.accuracy.interval.map((end: number) => (end * 100).toFixed(1))
    expect(atHalf.accuracy).toMatchObject({ value: pooled.accuracy, method: "wilson" })
    expect(ranking.auc.value).toBe(pooled.auc)
    expect(first.stdout).toContain(`accuracy ${(pooled.accuracy * 100).toFixed(1)} % (${low} to ${high})`)
    expect(first.stdout).toContain("at thresholds from validation images (Youden, ")
    const rows = table("first", "predictions.csv")
    const above = rows.map(({ fold, probability }) => Number(probability) > folds[Number(fold)].threshold)
    expect(rows.map(({ answer }) => answer === "fractured")).toEqual(above)
    const found = rows.filter(({ label, answer }) => label === "fractured" && answer === "fractured").length
    expect(atChosen.sensitivity.value).toBe(found / 12)
    for (const { fold, logit, calibrated } of rows)
      expect(Number(calibrated)).toBeCloseTo(1 / (1 + Math.exp(-logit / folds[Number(fold)].temperature)), 12)
  })

  it("repeats the cross-validation with other folds, the first repeat as without", async () => {
    const flags = ["--repeats", "2", "--sensitivity", "0.9"]
    const { code, stdout } = await train("repeated", ...PHANTOM, "--seed", "3", ...flags)
    expect(code).toBe(0)
    const weights = ["fold-0", "fold-1", "repeat-1-fold-0", "repeat-1-fold-1"].map((name) => `${name}.safetensors`)
    expect(readdirSync(at("repeated")).filter((name) => name.endsWith("safetensors"))).toEqual(weights)
    const bytes = (name: string) => readFileSync(at("repeated", name))
    expect(bytes("fold-1.safetensors").equals(readFileSync(at("first", "fold-1.safetensors")))).toBe(true)
    const rows = table("repeated", "predictions.csv")
    const once = (row: Record<string, string>) => [row.file, row.fold, row.logit]
    expect(rows.slice(0, 24).map(once)).toEqual(table("first", "predictions.csv").map(once))
    expect(rows.slice(24).map(({ fold }) => fold)).not.toEqual(rows.slice(0, 24).map(({ fold }) => fold))
    const { folds, repeats, pooled, thresholdRule } = json("repeated", "metrics.json")
    expect(thresholdRule).toBe("sensitivity 0.9")
    expect(folds.map((row: Record<string, number>) => [row.repeat, row.fold])).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ])
    expect(repeats).toMatchObject([{ n: 24 }, { n: 24 }])
    expect(pooled).toMatchObject({ n: 48, groups: 24 })
    expect(json("repeated", "summary.json")).toMatchObject({ complete: true, foldCount: 4 })
    expect(stdout).toMatch(/^Accuracy of each of the 2 repeats: [\d.]+ %, [\d.]+ %\.$/m)
    expect(stdout).toMatch(/^repeat-1-fold-1 +\d/m)
  })

  it("weighs classes and draws them equally often where told to", async () => {
    const flags = ["--pos-weight", "auto", "--sampling", "balanced"]
    const { code, stdout } = await train("weighed", ...PHANTOM, "--seed", "3", ...flags)
    expect(code).toBe(0)
    expect(stdout).toMatch(/positive weight auto, balanced sampling/)
    expect(json("weighed", "config.json").train).toMatchObject({ posWeight: "auto", sampling: "balanced" })
  })

  it("says how long compiling and the first step took", () => {
    const { compile } = json("first", "summary.json")
    const times = Object.entries<number>(compile.milliseconds)
    const [slowest, longest] = times.reduce((a, b) => (b[1] > a[1] ? b : a))
    expect(times.length).toBeGreaterThan(10)
    expect(first.stdout).toContain(
      `${times.length} kernels compiled in ${compile.seconds.toFixed(1)} s, the slowest ${slowest.split(" ")[0]} in ` +
        `${(longest / 1000).toFixed(1)} s`,
    )
    expect(first.stdout).toContain(`First step in ${compile.firstStepSeconds.toFixed(1)} s`)
    expect(times.reduce((sum, [, milliseconds]) => sum + milliseconds, 0) / 1000).toBeLessThan(compile.seconds + 0.01)
  })

  it("prints a line a kernel with CNN_TRACE=1, and comes to the same", async (context) => {
    const traced = await cnn(["train", ...PHANTOM, "--seed", "3", "--out", at("traced")], { CNN_TRACE: "1" })
    if (/has no timestamps/.test(traced.stderr)) {
      expect(traced).toMatchObject({ code: 1, stdout: expect.not.stringContaining("fold-0") })
      context.skip()
    }
    expect(traced.code).toBe(0)
    expect(readFileSync(at("traced", "predictions.csv")).equals(readFileSync(at("first", "predictions.csv")))).toBe(
      true,
    )
    expect(traced.stdout).not.toContain("dispatches")
    const folds = traced.stderr.split(/^(?=fold-)/m)
    expect(folds).toHaveLength(2)
    for (const [i, text] of folds.entries()) {
      const [title, header, ...lines] = text.trimEnd().split("\n")
      expect(header).toMatch(/^ +kernel +dispatches +total ms +mean ms +share$/)
      const cells = lines.map((line) => line.trim().split(/ {2,}/))
      const numbers = cells.map((row) => row.slice(1).map((cell) => Number(cell.replace(/,| %/g, ""))))
      const column = (at: number) => numbers.map((row) => row[at])
      const total = (at: number) => column(at).reduce((sum, value) => sum + value, 0)
      const [, fold, seconds, dispatches] =
        /^fold-(\d): ([\d.]+) s on the adapter in ([\d,]+) dispatches, by kernel$/.exec(title)!
      expect(Number(fold)).toBe(i)
      expect(Number(dispatches.replace(",", ""))).toBe(total(0))
      expect(Number(seconds)).toBeCloseTo(total(1) / 1000, 1)
      expect(total(3)).toBeCloseTo(100, -1)
      expect(column(1)).toEqual(column(1).toSorted((a, b) => b - a))
      const names = cells.map(([name]) => name)
      expect(new Set(names).size).toBe(names.length)
      // Two batches an epoch, two epochs a fold: of training alone.
      for (const kernel of ["adam", "augment", "bce_with_logits_at_once"])
        expect(numbers[names.indexOf(kernel)][0]).toBe(4)
    }
  })

  it("learns from files what it learns from the same images drawn", async () => {
    const result = await train("files", "--data", await writePhantom("images", 3), ...SMALL, "--seed", "3")
    expect(result).toMatchObject({ code: 0, stderr: "" })
    expect(table("files", "predictions.csv")).toEqual(table("first", "predictions.csv"))
    expect(json("files", "config.json").source).toMatchObject({ kind: "folder", dir: at("images"), strict: false })
    expect(json("files", "config.json").data.hash).toBe(json("first", "config.json").data.hash)
  })

  it("keeps groups together, lists what it cannot read, and ends there with --strict", async () => {
    const dir = await writePhantom("grouped", 5)
    await writeFile(path.join(dir, "fractured", "broken.png"), "no image")
    const { files } = phantomDataset({ count: 24, seed: 5, size: SIZE })
    const lines = [...files, "fractured/broken.png"].map((file, i) => `${file},p${Math.floor(i / 3)}`)
    await writeFile(at("g.csv"), ["file,group", ...lines].join("\n"))
    const args = ["--data", dir, "--groups", at("g.csv"), ...SMALL, "--no-augment"]
    const { code, stdout } = await train("groups", ...args)
    expect(code).toBe(0)
    expect(stdout).toMatch(/Skipped +1 file:\n +fractured\/broken\.png: not an image/)
    const foldsOf = new Map<string, Set<string>>()
    for (const { group, fold } of table("groups", "predictions.csv"))
      foldsOf.set(group, (foldsOf.get(group) ?? new Set()).add(fold))
    expect(foldsOf.size).toBe(8)
    expect([...foldsOf.values()].every((folds) => folds.size === 1)).toBe(true)
    expect(json("groups", "config.json")).toMatchObject({ train: { augment: null }, data: { skipped: [{}] } })
    const strict = await train("strict", ...args, "--strict")
    expect(strict.code).toBe(1)
    expect(strict.stderr).toMatch(/fractured\/broken\.png: not an image/)
    expect(existsSync(at("strict"))).toBe(false)
  })

  it("tells fracture types apart with a softmax head", async () => {
    const { code, stdout } = await train("types", "--by-type", "--count", "28", ...SMALL)
    expect(code).toBe(0)
    const { classes, pooled, positive } = json("types", "summary.json")
    expect(classes).toHaveLength(7)
    expect(positive).toBeUndefined()
    expect(pooled.confusion.flat().reduce((a: number, b: number) => a + b)).toBe(28)
    expect(stdout).toContain("true \\ answered")
    for (const row of table("types", "predictions.csv")) {
      const probabilities = classes.map((name: string) => Number(row[`probability_${name}`]))
      expect(probabilities.reduce((a: number, b: number) => a + b)).toBeCloseTo(1, 9)
    }
    await writePhantom("some", 6)
    const image = at("some", "fractured", "phantom-0001.png")
    const { stdout: told } = await cnn(["predict", at("types"), image, "--csv"])
    const [row] = parse(told, { columns: true }) as Record<string, string>[]
    expect(Object.keys(row)).toEqual([
      "file",
      "probability",
      "calibrated",
      "label",
      ...classes.map((name: string) => `probability_${name}`),
    ])
    expect(row.probability).toBe(row[`probability_${row.label}`])
  })

  it.each([
    ["small", 80],
    ["seed", 128],
  ])("--model %s has images of %i pixels, unless told otherwise", async (model, size) => {
    const few = ["--count", "8", "--folds", "2", "--epochs", "1"]
    expect(await train(`size-${model}`, "--model", model, ...few)).toMatchObject({ code: 0, stderr: "" })
    expect(json(`size-${model}`, "config.json")).toMatchObject({ size, train: { model } })
    expect((await cnn(["train", "--help"])).stdout.replace(/\s+/g, " ")).toContain(`${size} with --model ${model}`)
  })

  it("reads files at a size of their own, unless told otherwise", async () => {
    const data = await writePhantom("files", 3)
    expect(await train("size-files", "--data", data, "--folds", "2", "--epochs", "1")).toMatchObject({ code: 0 })
    expect(json("size-files", "config.json")).toMatchObject({ size: FILE_SIZE, train: { model: "small" } })
    expect((await cnn(["train", "--help"])).stdout.replace(/\s+/g, " ")).toContain(`${FILE_SIZE} with --data`)
  })

  it("overwrites no run", async () => {
    const before = readFileSync(at("first", "summary.json"))
    const { code, stderr } = await train("first", ...PHANTOM)
    expect(code).toBe(1)
    expect(stderr).toMatch(/the folder holds 8 files already, and nothing is overwritten/)
    expect(readFileSync(at("first", "summary.json")).equals(before)).toBe(true)
  })

  it("leaves nothing behind where the training cannot begin", async () => {
    const { code, stderr } = await train("few", "--count", "6", "--size", "16")
    expect(code).toBe(1)
    expect(stderr).toMatch(/has 3 groups of images, fewer than the 5 folds/)
    expect(existsSync(at("few"))).toBe(false)
  })

  it("says of images that cannot be trained on what is wrong with them, and leaves nothing", async () => {
    const gray = await sharp(new Uint8Array(64).fill(99), { raw: { width: 8, height: 8, channels: 1 } })
      .png()
      .toBuffer()
    const files = async (name: string, paths: string[], content: (i: number) => Uint8Array | string) => {
      for (const [i, file] of paths.entries()) {
        await mkdir(path.dirname(at(name, file)), { recursive: true })
        await writeFile(at(name, file), content(i))
      }
      return at(name)
    }
    const noise = async (n: number) => {
      const pixels = Uint8Array.from({ length: 64 }, (_, i) => (i * n * 37) % 251)
      return sharp(pixels, { raw: { width: 8, height: 8, channels: 1 } })
        .png()
        .toBuffer()
    }
    const images = await Promise.all(Array.from({ length: 20 }, (_, i) => noise(i + 1)))
    const both = (n: number) => [...Array(n).keys()].flatMap((i) => [`fractured/a${i}x.png`, `normal/b${i}x.png`])
    const cases: [string, string, RegExp][] = [
      [
        "two",
        await files("in-two", both(1), (i) => images[i]),
        /has 1 group of images, fewer than the 2 folds.*Add images/,
      ],
      [
        "one",
        await files("in-one", ["fractured/a.png"], () => gray),
        /only one class folder.*Expected one folder a class/,
      ],
      ["equal", await files("in-equal", both(4), () => gray), /all 8 images are equal, pixel by pixel.*Look at/],
    ]
    for (const [name, dir, message] of cases) {
      const { code, stderr } = await train(name, "--data", dir, ...SMALL)
      expect([code, stderr]).toEqual([1, expect.stringMatching(message)])
      expect(existsSync(at(name))).toBe(false)
    }
    const dir = await files("in-corrupt", both(10), (i) => (i < 2 ? "no image" : images[i]))
    const lines = both(10).map((file) => `${file},p${file.replace(/\D/g, "")}`)
    await writeFile(at("pairs.csv"), ["file,group", ...lines].join("\n"))
    const { code, stdout } = await train("corrupt", "--data", dir, "--groups", at("pairs.csv"), ...SMALL)
    expect(code).toBe(0)
    expect(stdout).toMatch(/Skipped +2 files:[\s\S]*10\.0 % of all files: were they copied whole\?/)
    expect(stdout).toMatch(/^Mixed +9 groups hold images of more than one class, such as p1: .*fractured.*normal/m)
  })

  const commands = [...readFileSync("docs/evaluation.md", "utf8").matchAll(/^npx cnn train (.+)$/gm)].map(
    ([, flags]) => flags,
  )

  it.each(commands)("docs/evaluation.md: npx cnn train %s", async (flags) => {
    const name = flags.replaceAll(/\W+/g, "-")
    expect(await train(name, ...flags.split(" "))).toMatchObject({ code: 0, stderr: "" })
    expect(existsSync(at(name, "metrics.json"))).toBe(true)
  })

  it("refuses with more than two classes what only two have", async () => {
    const flags = ["--by-type", "--count", "28", ...SMALL]
    expect((await train("weight", ...flags, "--pos-weight", "auto")).stderr).toMatch(/--pos-weight is for two classes/)
    expect((await train("least", ...flags, "--sensitivity", "0.9")).stderr).toMatch(/--sensitivity is for two classes/)
    expect([existsSync(at("weight")), existsSync(at("least"))]).toEqual([false, false])
  })

  it("ends with advice where the loss is no number any more", async () => {
    const { code, stderr } = await train("diverged", ...PHANTOM, "--lr", "1e38", "--schedule", "constant")
    expect(code).toBe(1)
    expect(stderr).toMatch(/fold-0: the loss is (NaN|Infinity) in epoch 1.*--lr/)
    expect(existsSync(at("diverged"))).toBe(false)
  })

  it.each([
    [["--model", "seed", "--size", "16"], /--model seed needs images of 22 pixels or more, got 16/],
    [["--lr", "0"], /--lr is "0"; expected a number over 0/],
    [["--lr", "fast"], /--lr is "fast"; expected a number over 0/],
    [["--folds", "1"], /--folds is "1"; expected a whole number from 2 to 255/],
    [["--epochs", "1.5"], /--epochs is "1.5"; expected a whole number of 1 or more/],
    [["--validation", "1"], /--validation is "1"; expected a number over 0 and under 1/],
    [["--zoom", "-0.1"], /--zoom is "-0.1"; expected a number from 0 to 0.9/],
    [["--lr", "1", "--lr", "2"], /--lr was given 2 times: 1, 2/],
    [["--model", "seed", "--model", "small"], /--model was given 2 times: seed, small/],
    [["--model", "resnet"], /Argument: model, Given: "resnet", Choices: "small", "seed"/],
    [["--pos-weight", "-1"], /--pos-weight is "-1"; expected a number over 0, or auto/],
    [["--sensitivity", "1.5"], /--sensitivity is "1.5"; expected a number over 0 and up to 1/],
    [["--sampling", "even"], /Argument: sampling, Given: "even", Choices: "shuffled", "balanced"/],
    [["--no-augment", "--zoom", "0.1"], /--no-augment turns the augmentation off/],
    [["--strict"], /--strict goes with --data/],
    [["--data", "x", "--count", "9"], /--count is for the built-in phantom/],
    [["images"], /Unknown argument: images/],
  ])("refuses %j and says what it expects", async (args, message) => {
    const { code, stdout, stderr } = await cnn(["train", ...args])
    expect(code).toBeGreaterThan(0)
    expect(stdout).toBe("")
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/^\s+at /m)
  })
})

describe("Ctrl-C", () => {
  const MAIN = fileURLToPath(new URL("../dist/src/cli/main.js", import.meta.url))

  /** Runs a script and sends SIGINT when a line of its output says so. */
  async function interrupted(args: string[], when: RegExp) {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] })
    let stdout = ""
    let sent = false
    child.stdout.on("data", (chunk) => {
      stdout += chunk
      if (sent || !when.test(stdout)) return
      sent = true
      child.kill("SIGINT")
    })
    const code = await new Promise((resolve) => child.on("close", (code, signal) => resolve(code ?? signal)))
    return {
      code,
      events: stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    }
  }

  it("ends with the folds that are finished", async () => {
    const args = [MAIN, "train", ...PHANTOM, "--seed", "3", "--json", "--out", at("stopped")]
    const { code, events } = await interrupted(args, /"type":"fold","fold":1/)
    expect(code).toBe(130)
    const left = ["checkpoints", ...RUN_FILES.filter((name) => name !== "fold-1.safetensors")]
    expect(readdirSync(at("stopped")).sort()).toEqual(left)
    const goesOn = `npx cnn train --resume ${at("stopped")} goes on from here.`
    expect(events.at(-2)).toEqual({ type: "note", text: goesOn })
    expect(events.at(-1)).toMatchObject({ type: "end", interrupted: true, summary: { complete: false, foldCount: 2 } })
    expect(json("stopped", "summary.json").folds).toHaveLength(1)
    expect(
      readFileSync(at("stopped", "fold-0.safetensors")).equals(readFileSync(at("first", "fold-0.safetensors"))),
    ).toBe(true)
  })

  it("before the first fold is finished leaves settings and history", async () => {
    const sizes = ["--count", "24", "--size", `${SIZE}`, "--epochs", "5000"]
    const args = [MAIN, "train", ...sizes, "--json", "--out", at("early")]
    const { code, events } = await interrupted(args, /"type":"epoch"/)
    expect(code).toBe(130)
    expect(readdirSync(at("early")).sort()).toEqual(["checkpoints", "config.json", "history.csv"])
    expect(events.at(-1)).toMatchObject({ type: "end", interrupted: true, summary: { folds: [], pooled: null } })
  })

  it.each([
    ["images are read", ["--count", "5000"], /"done":2,/],
    ["kernels are compiled", PHANTOM, /"type":"start"/],
  ])("while %s leaves nothing", async (_, args, when) => {
    const { code, events } = await interrupted([MAIN, "train", ...args, "--json", "--out", at("empty")], when)
    expect(code).toBe(130)
    expect(events.at(-1)).toMatchObject({ type: "abandoned", text: expect.stringMatching(/nothing was written/) })
    expect(existsSync(at("empty"))).toBe(false)
  })

  it("twice ends at once, and one that comes twice within a moment counts once", async () => {
    const module = new URL("../dist/src/cli/interrupt.js", import.meta.url).href
    const script = `import { onInterrupt } from "${module}"
      onInterrupt(() => console.log("first"))
      setInterval(() => {}, 1000)
      console.log("ready")`
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    })
    const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve(code ?? signal)))
    let told = ""
    child.stdout.on("data", (chunk) => (told += chunk))
    const saying = (word: string) => vi.waitFor(() => expect(told).toContain(word), { timeout: 10_000 })
    await saying("ready")
    child.kill("SIGINT")
    await saying("first")
    child.kill("SIGINT")
    const still = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 800, "running"))])
    expect(still).toBe("running")
    child.kill("SIGINT")
    expect(await ended).toBe(130)
    expect(told).toBe("ready\nfirst\n")
  })
})

describe("cnn predict", () => {
  const predictions = async (source: string, images: string[]) => {
    const { stdout, code } = await cnn(["predict", source, ...images, "--json"])
    expect(code).toBe(0)
    return JSON.parse(stdout).predictions as { file: string; probability: number; calibrated: number; label: string }[]
  }

  it("says of an image what the run's own network said of it, and averages the folds", async () => {
    const dir = await writePhantom("phantom", 3)
    const rows = table("first", "predictions.csv")
    const files = rows.map(({ file }) => path.join(dir, file))
    const each = [0, 1].map((fold) => predictions(at("first", `fold-${fold}.safetensors`), files))
    const [zero, one] = await Promise.all(each)
    rows.forEach(({ fold, probability, calibrated, answer }, i) => {
      const own = fold === "0" ? zero[i] : one[i]
      expect(own.probability).toBeCloseTo(Number(probability), 6)
      expect(own.calibrated).toBeCloseTo(Number(calibrated), 6)
      expect(own.label).toBe(answer)
    })
    const both = await predictions(at("first"), files)
    const folds: { threshold: number }[] = json("first", "summary.json").folds
    const threshold = (folds[0].threshold + folds[1].threshold) / 2
    both.forEach(({ file, probability, calibrated, label }, i) => {
      expect(file).toBe(files[i])
      expect(probability).toBeCloseTo((zero[i].probability + one[i].probability) / 2, 12)
      expect(calibrated).toBeCloseTo((zero[i].calibrated + one[i].calibrated) / 2, 12)
      expect(label).toBe(probability > threshold ? "fractured" : "not_fractured")
    })
  })

  it("tells which images it could not use and predicts the others, as a table and as CSV", async () => {
    await writeFile(at("text.png"), "no image")
    const image = path.join(await writePhantom("others", 3), "fractured", "phantom-0001.png")
    const images = [at("text.png"), image, at("absent.png"), folder]
    const plain = await cnn(["predict", at("first"), ...images])
    expect(plain.code).toBe(1)
    expect(plain.stdout).toMatch(
      /^file +probability of fractured +calibrated +label\n.*phantom-0001\.png +0\.\d{4} +0\.\d{4} +(not_)?fractured\n$/,
    )
    expect(plain.stderr).toMatch(/text\.png: not an image/)
    expect(plain.stderr).toMatch(/absent\.png: no such file/)
    expect(plain.stderr).toMatch(/: is a folder; name the images in it/)
    const csv = await cnn(["predict", at("first"), image, "--csv"])
    const [row] = parse(csv.stdout, { columns: true }) as Record<string, string>[]
    expect(Object.keys(row)).toEqual(["file", "probability", "calibrated", "label"])
    expect(row.file).toBe(image)
  })

  it("refuses what holds no weights", async () => {
    const cases: [string, RegExp][] = [
      [at("absent"), /absent: no such file or folder; expected a run folder or a weights file/],
      [folder, /: no weights \(\*\.safetensors\) in this folder/],
      [at("text.png"), /text\.png: not a safetensors file that can be read/],
    ]
    await writeFile(at("text.png"), "no image")
    for (const [source, message] of cases) {
      const { code, stderr } = await cnn(["predict", source, at("text.png")])
      expect(code).toBe(1)
      expect(stderr).toMatch(message)
    }
  })
})

describe("cnn augment", () => {
  it("draws the image and its transforms side by side, and overwrites nothing unasked", async () => {
    const image = path.join(await writePhantom("sheet", 7), "fractured", "phantom-0001.png")
    const args = ["augment", image, "--out", at("sheet.png"), "--size", "32", "--count", "5", "--seed", "2"]
    expect(await cnn(args)).toMatchObject({ code: 0, stderr: "" })
    const sheet = await sharp(at("sheet.png")).toColourspace("b-w").raw().toBuffer({ resolveWithObject: true })
    expect(sheet.info).toMatchObject({ width: 3 * 36 + 4, height: 2 * 36 + 4 })
    const original = await sharp(image).resize(32, 32).toColourspace("b-w").raw().toBuffer()
    const corner = await sharp(at("sheet.png")).extract({ left: 4, top: 4, width: 32, height: 32 })
    const tile = await corner.toColourspace("b-w").raw().toBuffer()
    expect(tile.equals(original)).toBe(true)

    const before = readFileSync(at("sheet.png"))
    const refused = await cnn([...args, "--rotation", "90"])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/sheet\.png: there is such a file already; --force overwrites it/)
    expect(readFileSync(at("sheet.png")).equals(before)).toBe(true)
    expect((await cnn([...args, "--rotation", "90", "--force"])).code).toBe(0)
    expect(readFileSync(at("sheet.png")).equals(before)).toBe(false)
  })
})
