/** What `cnn train` leaves and says when all goes well. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import path from "node:path"
import { parse } from "csv-parse/sync"
import { beforeAll, describe, expect, it } from "vitest"
import { networks } from "../../src/models/networks.ts"
import { readWeights } from "../../src/weights/read_weights.ts"
import { cnn } from "../support/cli.ts"
import { phantomDataset } from "../support/drawn.ts"
import { at, json, PHANTOM, RUN_FILES, SIZE, SMALL, table, train, writePhantom } from "../support/train_fixture.ts"

let first: Awaited<ReturnType<typeof cnn>>
beforeAll(async () => {
  first = await train("first", ...PHANTOM, "--seed", "3")
})

describe("cnn train", () => {
  it("leaves a run folder and says in plain lines what came out", () => {
    expect(first).toMatchObject({ code: 0, stderr: "" })
    expect(readdirSync(at("first")).sort()).toEqual(RUN_FILES)
    expect(json("first", "config.json")).toMatchObject({ kernels: "default", train: { epochs: 2, patience: 1 } })
    const { pooled } = json("first", "summary.json")
    const percent = (part: number) => `${(part * 100).toFixed(1)} %`
    expect(first.stdout).toContain(`Out of fold, ${percent(pooled.accuracy)} of 24 images are right.`)
    expect(first.stdout).toMatch(/Always answering "(not_)?fractured" is right for 50\.0 %/)
    expect(first.stdout).toContain("Each drawn image is its own patient.")
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

  it("gives the same weights and predictions for the same seed, bit for bit, and tells each step as JSON", async () => {
    const again = await train("again", ...PHANTOM, "--seed", "3", "--json")
    expect(again).toMatchObject({ code: 0, stderr: "" })
    for (const name of ["fold-0.safetensors", "fold-1.safetensors", "predictions.csv"]) {
      expect(readFileSync(at("again", name)).equals(readFileSync(at("first", name))), name).toBe(true)
    }
    const events = again.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
    // Those of progress come at most ten times per second.
    const types = events.map(({ type }) => type).filter((type) => !/read|compiling|batch|evaluate/.test(type))
    const fold = ["fold", "epoch", "epoch", "fold-end"]
    expect(types).toEqual(["open", "start", "compile", "first-step", "estimate", ...fold, ...fold, "end"])
    // SwiftShader or a GPU: the buffers are the same, and the weights files those that are written.
    const { seconds, atMost, weights, checkpoint } = events.find(({ type }) => type === "estimate")
    expect([atMost, seconds > 0, checkpoint > weights]).toEqual([false, true, true])
    const bytes = [0, 1].map((fold) => readFileSync(at("again", `fold-${fold}.safetensors`)).length)
    expect(bytes[0] + bytes[1]).toBeGreaterThan(weights)
    expect(bytes[0] + bytes[1]).toBeLessThan(weights + 2 * 8192)
    expect(events.find(({ type }) => type === "read")).toMatchObject({ what: "draw", done: 0, total: 24 })
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
    const [theirs, ours] = ["repeated", "first"].map((run) => readWeights(at(run, "fold-1.safetensors")).weights)
    expect(theirs).toEqual(ours)
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
    const said = /^.*?(\d+) kernels compiled in ([\d.]+) s, the slowest (\w+) in ([\d.]+) s/m.exec(first.stdout)
    expect(said?.slice(1, 4)).toEqual([String(times.length), compile.seconds.toFixed(1), slowest.split(" ")[0]])
    // The file's milliseconds are rounded, too.
    expect(Math.abs(Number(said?.[4]) - longest / 1000)).toBeLessThan(0.06)
    expect(first.stdout).toContain(`First step in ${compile.firstStepSeconds.toFixed(1)} s`)
    expect(times.reduce((sum, [, milliseconds]) => sum + milliseconds, 0) / 1000).toBeLessThan(compile.seconds + 0.01)
  })

  it("prints one line per kernel with CNN_TRACE=1, with the same result", async (context) => {
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
      for (const kernel of ["adam", "augment", "bce_with_logits"]) expect(numbers[names.indexOf(kernel)][0]).toBe(4)
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
    expect(stdout).toMatch(/Skipped +1 file: 1 not an image\n +fractured\/broken\.png: not an image/)
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
      "warning",
    ])
    expect(row.probability).toBe(row[`probability_${row.label}`])
  })

  it("has images of a size that suits the network or the files, and its help names it", async () => {
    const { small, reference } = networks
    expect([small, reference].map((network) => network.defaultSize("phantom"))).toEqual([80, 128])
    expect([small, reference].map((network) => network.defaultSize("folder"))).toEqual([128, 128])
    const help = (await cnn(["train", "--help"])).stdout.replace(/\s+/g, " ")
    expect(help).toContain("[default: that of --model: small 80 (128 with --data), reference 128")
  })
})
