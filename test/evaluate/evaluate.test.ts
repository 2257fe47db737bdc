/** `cnn evaluate` as users run it: tiny runs on images that they have not seen. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { appendFile, cp, mkdir, rename, rm, writeFile } from "node:fs/promises"
import path from "node:path"
import sharp from "sharp"
import { beforeAll, describe, expect, it } from "vitest"
import { rocAuc } from "../../src/eval/auc.ts"
import { decisionCurve } from "../../src/eval/decision_curve.ts"
import { holm } from "../../src/eval/estimates.ts"
import { mean } from "../../src/eval/mean.ts"
import { operatingPoint } from "../../src/eval/operating_point.ts"
import { cnn } from "../support/cli.ts"
import { at, json, PHANTOM, SMALL, table, train, writePhantom } from "../support/train_fixture.ts"

const evaluate = (...args: string[]) => cnn(["evaluate", ...args])
const out = (name: string) => ["--out", at("out", name)]
const metrics = (name: string) => json("out", name, "metrics.json")

let fresh: string
/** By `cnn evaluate` with a labels table. */
let printed: string

beforeAll(async () => {
  await train("run", ...PHANTOM, "--seed", "3")
  await train("types", ...PHANTOM, "--by-type", "--seed", "3")
  fresh = await writePhantom("fresh", 9)
})

describe("a phantom run on a phantom of another seed", () => {
  let stdout: string

  beforeAll(async () => {
    const done = await evaluate(at("run"), fresh, ...out("fresh"))
    expect([done.code, done.stderr]).toEqual([0, expect.stringMatching(/^(cnn: .*run: .*\n)*$/)])
    stdout = done.stdout
  })

  it("names images that lie dark on bright, whose predictions mean nothing", async () => {
    const turned = at("turned")
    for (const folder of ["fractured", "not_fractured"]) {
      await mkdir(path.join(turned, folder), { recursive: true })
      for (const name of readdirSync(path.join(fresh, folder)))
        await sharp(path.join(fresh, folder, name))
          .negate()
          .toFile(path.join(turned, folder, name))
    }
    const { code, stdout: said } = await evaluate(at("run"), turned, "--no-audit", ...out("turned"))
    expect([code, said]).toEqual([
      0,
      expect.stringMatching(/^24 images of 24 look inverted, bright around and dark .*Invert them/m),
    ])
    expect(stdout).not.toContain("inverted")
    expect(readFileSync(at("out", "turned", "report.html"), "utf8")).toContain("24 images of 24 look inverted")
  })

  it("writes three files, and prints where they are", () => {
    expect(readdirSync(at("out", "fresh")).sort()).toEqual(["metrics.json", "predictions.csv", "report.html"])
    expect(stdout).toContain("mean of 2 networks on 24 images in 24 groups, with 95 % intervals")
    expect(stdout).toMatch(
      /Everything is in .*fresh: report\.html, metrics\.json, predictions\.csv\.\n\nNext: open .*fresh.report\.html\n$/,
    )
    const page = readFileSync(at("out", "fresh", "report.html"), "utf8")
    for (const id of ["data", "drop", "curves", "calibration", "confusion", "errors", "repeat"])
      expect(page).toContain(`<section id="${id}">`)
    for (const what of ["data:image", "phantom-00"]) expect(page).toContain(what)
    expect(page).toMatch(/Threshold: <output>the networks’ mean, 0\.\d\d</)
  })

  it("answers as cnn predict does", async () => {
    const rows = table("out", "fresh", "predictions.csv")
    const files = rows.map(({ file }) => path.join(fresh, file))
    const { predictions } = JSON.parse((await cnn(["predict", at("run"), ...files, "--json"])).stdout)
    expect(rows).toHaveLength(24)
    for (const [i, row] of rows.entries()) {
      expect(Number(row.probability)).toBeCloseTo(predictions[i].probability, 12)
      expect(Number(row.calibrated)).toBeCloseTo(predictions[i].calibrated, 12)
      expect(row.answer).toBe(predictions[i].label)
      expect(row.label).toBe(row.file.split("/")[0])
    }
  })

  it("sets single networks against the folds, and each number has an interval", async () => {
    const { drop, networks } = metrics("fresh").runs[0]
    const folds = json("run", "metrics.json").folds as { ranking: { auc: { value: number } }; atChosen: Record<string, { value: number }> }[] // biome-ignore format: a type
    const { auc, sensitivity } = drop
    expect(auc.outOfFold.value).toBeCloseTo(mean(folds.map(({ ranking }) => ranking.auc.value))!, 12)
    expect(sensitivity.outOfFold.value).toBeCloseTo(mean(folds.map(({ atChosen }) => atChosen.sensitivity.value))!, 12)
    const each = [0, 1].map(async (fold) => {
      const file = at("run", `fold-${fold}.safetensors`)
      const { predictions } = JSON.parse((await cnn(["predict", file, fresh, "--json"])).stdout)
      const rows = predictions as { file: string; probability: number; label: string }[]
      const positive = rows.map(({ file }) => Number(path.basename(path.dirname(file)) === "fractured"))
      const found = rows.filter(({ label }, i) => positive[i] === 1 && label === "fractured").length
      return { auc: rocAuc(positive, rows.map(({ probability }) => probability))!, sensitivity: found / 12 } // biome-ignore format: short
    })
    const single = await Promise.all(each)
    expect(auc.here.value).toBeCloseTo(mean(single.map((one) => one.auc))!, 12)
    expect(sensitivity.here.value).toBeCloseTo(mean(single.map((one) => one.sensitivity))!, 12)
    expect(networks.map((one: { metrics: typeof drop }) => one.metrics.auc.value)).toEqual(single.map((one) => expect.closeTo(one.auc, 12))) // biome-ignore format: short
    expect(auc.change.value).toBeCloseTo(auc.here.value - auc.outOfFold.value, 12)
    for (const { outOfFold, here, change, ensemble } of Object.values<typeof auc>(drop))
      for (const { value, interval } of [outOfFold, here, change, ensemble]) {
        expect(interval[0]).toBeLessThanOrEqual(value)
        expect(interval[1]).toBeGreaterThanOrEqual(value)
      }
  })

  it("writes into a folder named after the images, and beside it the next time", async () => {
    for (const _ of [1, 2])
      expect((await cnn(["evaluate", at("run"), fresh, "--no-audit"], {}, undefined, at())).stdout).toContain(
        "--no-audit",
      )
    expect(readdirSync(at("evaluations")).length).toBe(2)
  })
})

it("matches classes by their meaning, and takes labels from a table", async () => {
  const dir = await writePhantom("named", 9)
  await rename(path.join(dir, "fractured"), path.join(dir, "abnormal"))
  await rename(path.join(dir, "not_fractured"), path.join(dir, "normal"))
  const files = readdirSync(dir).flatMap((name) => readdirSync(path.join(dir, name)))
  const isBroken = new Set(readdirSync(path.join(dir, "abnormal")))
  const rows = files.map((file, i) => `${file},${isBroken.has(file) ? 1 : 0},${i >> 1},${i % 3},${i % 2}`)
  await writeFile(at("labels.csv"), ["image_id,fracture,patient,site,answer", ...rows].join("\n"))
  const flags = ["--labels", at("labels.csv"), "--label-column", "fracture", "--by", "site,answer"]
  const both = [evaluate(at("run"), dir, ...out("meaning")), evaluate(at("run"), dir, ...flags, ...out("table"))]
  for (const one of both) expect((await one).code).toBe(0)
  printed = (await both[1]).stdout
  const { runs } = metrics("fresh")
  expect(metrics("meaning").runs[0].drop.auc).toEqual(runs[0].drop.auc)
  const of = (name: string) =>
    new Map(table("out", name, "predictions.csv").map((row) => [path.basename(row.file), row]))
  const [byFolder, byTable] = [of("fresh"), of("table")]
  for (const [file, { label, probability }] of byTable) {
    expect({ label, probability }).toEqual({ label: byFolder.get(file)!.label, probability: byFolder.get(file)!.probability }) // biome-ignore format: one
    expect(byTable.get(file)!.site).toMatch(/^[012]$/)
  }
  const { evaluation, patients } = metrics("table").runs[0]
  expect([evaluation.groups, patients.evaluation.n]).toEqual([12, 12])
})

describe("a table with patients of two images each", () => {
  const predictions = () => table("out", "table", "predictions.csv")
  const isPositive = ({ label }: Record<string, string>) => Number(label === "fractured")
  const found = () => metrics("table").runs[0]

  it("keeps its columns apart from those of predictions.csv", () => {
    const [header] = readFileSync(at("out", "table", "predictions.csv"), "utf8").split("\n")
    expect(header).toBe("file,group,label,probability,calibrated,answer,run,patient,site,table_answer")
    expect(new Set(predictions().map(({ table_answer }) => table_answer))).toEqual(new Set(["0", "1"]))
  })

  it("has metrics per patient at the mean of the calibrated thresholds", () => {
    const names = [...new Set(predictions().map(({ group }) => group))]
    const members = names.map((name) => predictions().filter(({ group }) => group === name))
    const scores = members.map((rows) => mean(rows.map(({ calibrated }) => Number(calibrated)))!)
    const { patients, networks } = found()
    const logit = (p: number) => Math.log(p / (1 - p))
    const thresholds = networks.map((one: { threshold: number; temperature: number }) => 1 / (1 + Math.exp(-logit(one.threshold) / one.temperature))) // biome-ignore format: short
    const right = members.filter(
      (rows, k) => Number(scores[k] > mean(thresholds)!) === Math.max(...rows.map(isPositive)),
    )
    expect(patients.evaluation.atChosen.accuracy.value).toBeCloseTo(right.length / 12, 12)
    expect(patients.evaluation.ranking.auc.value).toBeCloseTo(rocAuc(members.map((rows) => Math.max(...rows.map(isPositive))), scores)!, 9) // biome-ignore format: short
  })

  it("has subgroups, fixed rates and the decision curve, as a run has", () => {
    const { subgroups, fixedRates, decisionCurve: curve } = found()
    expect(subgroups.by).toEqual(["site", "answer"])
    expect(subgroups.rows.map(({ value }: { value: string }) => value)).toEqual(["0", "1", "2", "0", "1"])
    const broken = predictions().filter((row) => row.site === "1" && isPositive(row))
    const sensitivity = broken.filter(({ answer }) => answer === "fractured").length / broken.length
    expect(subgroups.rows[1].metrics.sensitivity.value).toBeCloseTo(sensitivity, 12)
    const labels = predictions().map(isPositive)
    const best = operatingPoint("specificity", 0.9, labels, predictions().map(({ probability }) => Number(probability))) // biome-ignore format: short
    expect(fixedRates[0]).toMatchObject({ fixed: "specificity", least: 0.9, value: best!.sensitivity })
    const points = decisionCurve(labels, predictions().map(({ calibrated }) => Number(calibrated))) // biome-ignore format: short
    expect(curve.model).toEqual(points.map(({ model }) => model))
  })

  it("prints them and shows them on the page", () => {
    const { patients, subgroups } = found()
    expect(printed).toMatch(
      /^ {2}At a specificity of 0\.95 sensitivity [\d.]+ %.*, at a sensitivity of 0\.95 specificity /m,
    )
    expect(printed).toMatch(/^ {2}Per patient \(12; positive if any image is\): AUC \d/m)
    expect(printed).toMatch(/^ {2}by site +n +groups +AUC +Sensitivity +Specificity\n {2}0 +8 /m)
    const page = readFileSync(at("out", "table", "report.html"), "utf8")
    for (const id of ["patients", "subgroups", "decision"]) expect(page).toContain(`<section id="${id}">`)
    expect(page).toContain(`<td>${patients.evaluation.ranking.auc.value.toFixed(3)} (`)
    expect(page).toContain(`<th scope="row">1</th><td>${subgroups.rows[1].n}</td>`)
    expect(page).not.toMatch(/undefined|NaN|\[object/)
  })

  it.each<[string, string[], number, RegExp]>([
    ["no such column", ["--by", "hospital"], 2, /--by: no column "hospital": expected .*site, answer\.$/m],
    ["a column spelt wrong", ["--by", "sites"], 2, /--by: no column "sites": .* Did you mean site\?/],
    ["no table", [], 2, /--by names columns of the table that --labels FILE gives/],
  ])("refuses %s", async (name, by, code, message) => {
    const flags = by.length > 0 ? ["--labels", at("labels.csv"), "--label-column", "fracture", ...by] : ["--by", "site"]
    expect(await evaluate(at("run"), at("named"), "--no-audit", ...flags, ...out(`by ${name}`))).toMatchObject({ code, stdout: "", stderr: expect.stringMatching(message) }) // biome-ignore format: short
    expect(existsSync(at("out", `by ${name}`))).toBe(false)
  })
})

describe("with --no-images", () => {
  /** Names of folders, files and groups that name people. */
  const names = ["dr_schulz", "klinik_sued", "Mueller", "PatientAnna", "PATIENT", "befunde.csv"]
  let [ward, clinic, both]: string[] = []

  /** Films of patients, in groups of two. */
  async function writeFilms(name: string, seed: number): Promise<string> {
    const dir = await writePhantom(name, seed)
    const files = readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".png"))
    for (const file of files) await rename(path.join(dir, file), path.join(dir, file.replace("phantom-", `Mueller, ${seed} `))) // biome-ignore format: a step
    const groupOf = (k: number) => (k === 4 ? "PATIENTANNA1" : `PatientAnna${k >> 1}`)
    const rows = files.map(
      (file, k) => `"${file.replace("phantom-", `Mueller, ${seed} `)}",${groupOf(k)},${file.split("/")[0]}`,
    )
    await writeFile(at("befunde.csv"), ["file,patient,label", ...rows].join("\n"))
    await writeFile(
      path.join(dir, "groups.csv"),
      ["file,group", ...rows.map((row) => row.replace(/,\w+$/, ""))].join("\n"),
    )
    return dir
  }

  const read = (name: string, file: string) => readFileSync(at("out", name, file), "utf8")

  /** What of a text says who the images are of. */
  const found = (text: string) => [...names, at(), "data:image"].filter((name) => text.includes(name))

  beforeAll(async () => {
    ward = await writeFilms("klinik_sued", 3)
    expect((await train("hidden", "--data", ward, ...SMALL, "--no-images", "--no-audit")).code).toBe(0)
    expect((await train("open", "--data", ward, ...SMALL, "--no-audit", "--seed", "1")).code).toBe(0)
    clinic = await writeFilms("dr_schulz", 9)
    const [copy] = readdirSync(path.join(ward, "fractured"))
    await cp(path.join(ward, "fractured", copy), path.join(clinic, "fractured", "Mueller, Copy.png"))
    await writeFile(path.join(clinic, "fractured", "Mueller, Otto.png"), "no image")
    await writeFile(path.join(clinic, "Mueller, Brief.txt"), "a letter")
    const more = ["Copy", "Otto"].map((name) => `"fractured/Mueller, ${name}.png",PatientAnna${name}`)
    const csv = path.join(clinic, "groups.csv")
    await writeFile(csv, `${readFileSync(csv, "utf8")}\n${more.join("\n")}`)
    await appendFile(at("befunde.csv"), '\n"fractured/Mueller, Copy.png",PatientAnnaCopy,fractured')
    both = `${at("hidden")},${at("open")}`
  })

  it.each<[string, () => string[]]>([
    ["of a run without images", () => [at("hidden"), clinic]],
    ["that is asked for", () => [at("open"), clinic, "--no-images"]],
    ["of several runs, one of them without images", () => [both, clinic]],
    ["with labels from a table", () => [at("hidden"), clinic, "--labels", at("befunde.csv"), "--by", "patient"]],
  ])("neither page nor metrics.json names anyone: %s", async (name, args) => {
    const { code, stdout, stderr } = await evaluate(...args(), ...out(name))
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("Error")])
    expect(stdout).toMatch(/^Names in report\.html and metrics\.json are hashed; hidden_names\.csv resolves them\.$/m)
    const [page, text] = [read(name, "report.html"), read(name, "metrics.json")]
    expect(found(page)).toEqual([])
    expect(found(text)).toEqual([])
    expect(page).toContain("This page contains no images; file and group names are hashed.")
    // Not because there was nothing to hide.
    const hashed = /groups have the names of groups that the run was trained on \((group-[0-9a-f]{12})/.exec(page)!
    const of = new Map(table("out", name, "hidden_names.csv").map((row) => [row.shown, row.name]))
    expect(of.get(hashed[1])).toMatch(/^PatientAnna\d/)
    expect(page).toMatch(/differ only in case.*&quot;group-[0-9a-f]{12}&quot;/)
    expect(page).not.toContain("Weights are missing")
    const { leftOut, command, runs } = JSON.parse(text)
    expect(leftOut.map(({ file }: { file: string }) => of.get(file))).toEqual(["fractured/Mueller, Copy.png"])
    expect(leftOut[0].reason).toMatch(/^the same file as image-[0-9a-f]{12}, which (hidden|open) was trained on$/)
    expect(command.slice(0, 4)).toEqual(["cnn", "evaluate", "...", "..."])
    expect(runs.map(({ run }: { run: string }) => run).join()).toMatch(/^(hidden|open|hidden,open)$/)
    expect(table("out", name, "predictions.csv")[0].group).toMatch(/^PatientAnna\d/i)
  })

  it("names what an open evaluation shows", async () => {
    await evaluate(at("open"), clinic, ...out("shown"))
    expect(found(read("shown", "report.html"))).toEqual(expect.arrayContaining(["Mueller", "data:image", at()]))
    expect(existsSync(at("out", "shown", "hidden_names.csv"))).toBe(false)
  })

  it("refuses to show images of a run without them", async () => {
    const { code, stderr } = await evaluate(at("hidden"), clinic, "--images", ...out("refused"))
    expect([code, stderr]).toEqual([2, expect.stringMatching(/hidden: its pages hide images.*npx cnn report .*hidden --images/)]) // biome-ignore format: one
    expect(existsSync(at("out", "refused"))).toBe(false)
  })
})

it("says what one class alone leaves undefined", async () => {
  const dir = await writePhantom("one_class", 9)
  await rm(path.join(dir, "not_fractured"), { recursive: true })
  const { code, stdout } = await evaluate(at("run"), dir, ...out("one_class"))
  expect(code).toBe(0)
  expect(stdout).toContain("Classes   not_fractured: no image")
  expect(stdout).toMatch(
    /^AUC is not defined: no image is negative\.\nspecificity is not defined: no image is negative\.$/m,
  )
  const { drop, evaluation } = metrics("one_class").runs[0]
  expect(evaluation.atChosen.sensitivity.value).not.toBeNull()
  expect(evaluation.atChosen.specificity).toMatchObject({ value: null, why: "no image is negative" })
  expect(drop.auc).toMatchObject({ here: { value: null }, change: { value: null, p: null } })
})

it("compares runs on the same images, also of other sizes", async () => {
  await train("larger", "--count", "24", ...SMALL.with(1, "24"), "--seed", "4")
  const { code, stdout } = await evaluate(`${at("run")},${at("larger")}`, fresh, ...out("two"))
  expect(code).toBe(0)
  const { compared, runs } = metrics("two")
  const [a, b] = runs.map(
    (one: { evaluation: { ranking: { auc: { value: number } } } }) => one.evaluation.ranking.auc.value,
  )
  expect(compared.auc.pairs).toEqual([
    expect.objectContaining({ a: at("run"), b: at("larger"), value: expect.closeTo(a - b, 12), p: expect.any(Number) }),
  ])
  expect(compared.auc.pairs[0].interval[0]).toBeLessThanOrEqual(a - b)
  expect(stdout).toMatch(/^ {2}AUC +.*run +.*larger +[-+]?\d\.\d{3} \(/m)
  expect(table("out", "two", "predictions.csv").map(({ run }) => run)).toEqual([...new Array(24).fill(at("run")), ...new Array(24).fill(at("larger"))]) // biome-ignore format: one
})

it("corrects the differences of all pairs and metrics as one family, and says why one was not tested", async () => {
  await cp(at("run"), at("twin"), { recursive: true })
  const { code, stdout } = await evaluate(
    [at("run"), at("larger"), at("twin")].join(),
    fresh,
    "--no-audit",
    ...out("three"),
  )
  expect(code).toBe(0)
  type Pair = { a: string; b: string; p: number | null; adjusted: number | null; why?: string }
  const { compared } = metrics("three") as { compared: Record<string, { pairs: Pair[] }> }
  const all = Object.values(compared).flatMap(({ pairs }) => pairs)
  expect(all).toHaveLength(12)
  expect(all.map(({ adjusted }) => adjusted)).toEqual(holm(all.map(({ p }) => p)))
  const twins = all.filter(({ a, b }) => a === at("run") && b === at("twin"))
  for (const { p, why } of twins) expect([p, why]).toEqual([null, expect.stringContaining("came to 0")])
  const why = `AUC, ${at("run")} - ${at("twin")} has no interval: (nearly) all resamples came to 0`
  expect(stdout).toContain(why)
  expect(readFileSync(at("out", "three", "report.html"), "utf8")).toContain(why)
})

it("takes more than two classes, of which one may be missing", async () => {
  expect((await cnn(["phantom", at("drawn_types"), "--by-type", "--count", "24", "--size", "32", "--seed", "8"])).code).toBe(0) // biome-ignore format: one
  await rm(at("drawn_types", "transverse"), { recursive: true })
  const { code, stdout } = await evaluate(at("types"), at("drawn_types"), ...out("types"))
  expect(code).toBe(0)
  expect(stdout).toContain("AUC is not defined: a class has no image, or all of them.")
  expect(metrics("types").runs[0].drop.accuracy.here.interval).toHaveLength(2)
})

describe("images that the run was trained on", () => {
  beforeAll(async () => {
    expect((await cnn(["phantom", at("films"), "--count", "16", "--size", "128", "--seed", "1"])).code).toBe(0)
    expect((await train("of_films", "--data", at("films"), ...SMALL, "--no-audit")).code).toBe(0)
    await cnn(["phantom", at("set"), "--count", "12", "--size", "128", "--seed", "2"])
    const [first, second] = readdirSync(at("films", "fractured"))
    await cp(at("films", "fractured", first), at("set", "fractured", "same.png"))
    const turned = sharp(at("films", "fractured", second))
      .rotate(20, { background: "#000" })
      .linear(0.9, 8)
    await turned.toFile(at("set", "fractured", "turned.png"))
  })

  it("are left out by name, as the same file and as near copies", async () => {
    const { code, stdout } = await evaluate(at("of_films"), at("set"), ...out("set"))
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^Left out {2}2 images:\n {2}fractured\/same\.png: the same file as fractured\/.*\n {2}fractured\/turned\.png: a near copy of fractured\//m,
    )
    expect(metrics("set").leftOut.map(({ file }: { file: string }) => file)).toEqual(["fractured/same.png", "fractured/turned.png"]) // biome-ignore format: one
    expect(table("out", "set", "predictions.csv")).toHaveLength(12)
  })

  it("are left out of a phantom's films of any size", async () => {
    await cnn(["phantom", at("large"), "--count", "12", "--size", "80", "--seed", "9"])
    expect((await train("of_phantom", "--count", "12", "--seed", "9", ...SMALL)).code).toBe(0)
    const { code, stderr } = await evaluate(at("of_phantom"), at("large"), ...out("large"))
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/no image is left, since .*of_phantom was trained on all 12/),
    ])
  })

  it("say so where the run's images are gone, and end it with --strict", async () => {
    const strict = await evaluate(at("of_films"), at("set"), "--strict", ...out("strict"))
    expect([strict.code, strict.stderr]).toEqual([1, expect.stringContaining("was trained on 2 images of 14, and --strict allows none")]) // biome-ignore format: one
    await rename(at("films"), at("moved"))
    const { stdout } = await evaluate(at("of_films"), at("set"), ...out("gone"))
    expect(stdout).toMatch(
      /^Near copies of the run's images could not be looked for: none of its images is in .*films any more\.$/m,
    )
    expect(table("out", "gone", "predictions.csv")).toHaveLength(13)
    await rename(at("moved"), at("films"))
  })

  it("leave nothing of the run's own folder", async () => {
    const { code, stderr } = await evaluate(at("of_films"), at("films"), ...out("own"))
    expect([code, stderr]).toEqual([1, expect.stringContaining("no image is left, since")])
    expect(existsSync(at("out", "own"))).toBe(false)
  })
})

describe("refuses, and writes nothing", () => {
  beforeAll(async () => {
    const dir = await writePhantom("others", 9)
    await rename(path.join(dir, "fractured"), path.join(dir, "wrist"))
    await rename(path.join(dir, "not_fractured"), path.join(dir, "hand"))
    await mkdir(at("empty"))
    await mkdir(at("loose"))
    const [name] = readdirSync(path.join(fresh, "fractured"))
    await cp(path.join(fresh, "fractured", name), at("loose", name))
    await mkdir(at("taken"))
    await writeFile(at("taken", "mine.txt"), "mine")
    await writeFile(at("strange.csv"), "file,label\nnobody.png,fractured\nnothing.png,normal\n")
    await writeFile(at("wrong.csv"), "file,label\nphantom-0001.png,dog\n")
    await cp(at("run"), at("unfinished"), { recursive: true })
    await rm(at("unfinished", "metrics.json"))
  })

  it.each<[string, number, (at: (...names: string[]) => string) => string[], RegExp]>([
    ["other classes", 2, (at) => [at("run"), at("others")], /others: "hand", "wrist" are none of the run's classes, "not_fractured", "fractured"\. .*--classes not_fractured=DIR,fractured=DIR/],
    ["a folder without images", 1, (at) => [at("run"), at("empty")], /empty: no images found/],
    ["images in no class folder", 1, (at) => [at("run"), at("loose")], /loose: no class folder with images/],
    ["no such folder", 1, (at) => [at("run"), at("absent")], /absent: no such folder; expected a folder of images/],
    ["a table of other files", 1, (at) => [at("run"), at("fresh"), "--labels", at("strange.csv")], /strange\.csv: none of its 2 rows names one of the 24 images/],
    ["a table of other classes", 2, (at) => [at("run"), at("fresh"), "--labels", at("wrong.csv")], /wrong\.csv: "dog" is none of the run's classes.*--label-column/],
    ["no run", 1, (at) => [at("fresh"), at("fresh")], /fresh.*expected a run folder of cnn train/],
    ["no such run", 1, (at) => [at("absent"), at("fresh")], /absent: no such folder; expected a finished run folder/],
    ["an unfinished run", 1, (at) => [at("unfinished"), at("fresh")], /metrics\.json: no such file/],
    ["a run twice", 2, (at) => [`${at("run")},${at("run")}/`, at("fresh")], /named twice/],
    ["runs of other classes", 1, (at) => [`${at("run")},${at("types")}`, at("fresh")], /types: its classes are .*those of .*run not_fractured, fractured/],
    ["a full folder", 1, (at) => [at("run"), at("fresh"), "--out", at("taken")], /taken: the folder holds 1 file already/],
    ["a folder in the run", 2, (at) => [at("run"), at("fresh"), "--out", at("run", "here")], /here: is inside .*run, which the evaluation must not change/],
    ["a folder in the images", 2, (at) => [at("run"), at("fresh"), "--out", at("fresh", "here")], /here: is inside .*fresh/],
  ])("%s", async (name, code, args, message) => {
    const given = args(at)
    const where = given.includes("--out") ? [] : out(`refused ${name}`)
    const done = await evaluate(...given, ...where)
    expect([done.code, done.stderr]).toEqual([code, expect.stringMatching(message)])
    expect(existsSync(at("out", `refused ${name}`))).toBe(false)
    expect([existsSync(at("run", "here")), existsSync(at("fresh", "here"))]).toEqual([false, false])
    expect(readdirSync(at("taken"))).toEqual(["mine.txt"])
  }) // biome-ignore format: a table
})
