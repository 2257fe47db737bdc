/**
 * Patients, subgroups and what reviewers look for: from a run with a labels table to metrics.json,
 * terminal and report.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { cp } from "node:fs/promises"
import { beforeAll, describe, expect, it } from "vitest"
import { rocAuc } from "../../src/eval/auc.ts"
import { decisionCurve } from "../../src/eval/decision_curve.ts"
import { mean } from "../../src/eval/mean.ts"
import { operatingPoint } from "../../src/eval/operating_point.ts"
import { alerts } from "../../src/report/alerts.ts"
import { aucOfRun, type RunFiles, readRunFiles } from "../../src/report/run_files.ts"
import { cnn } from "../support/cli.ts"
import { at, json, SMALL, table, train, writePhantom } from "../support/train_fixture.ts"

const read = (...names: string[]) => readFileSync(at(...names), "utf8")

/** Two images per patient, of both classes for every third one; sites of both classes. */
async function writeTable(): Promise<string[]> {
  const dir = await writePhantom("images", 5)
  const files = Array.from({ length: 24 }, (_, i) => i).map((i) => {
    const [label, n] = i < 12 ? ["fractured", i] : ["not_fractured", i - 12]
    const patient = n < 4 ? `both${n}` : `${label}${n >> 1}`
    return { label, n, patient, site: n % 3 === 0 ? "north" : "south", view: n % 2 === 0 ? "front" : "side" }
  })
  const names = (await import("node:fs")).readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".png")).sort() // biome-ignore format: a list
  const rows = names.map((name, i) => `${name},${files[i].label},${files[i].patient},${files[i].site},${files[i].view}`)
  writeFileSync(at("labels.csv"), ["file,label,patient,site,view", ...rows, ""].join("\n"))
  return ["--data", dir, "--labels", at("labels.csv"), "--no-audit"]
}

let data: string[]
let printed: string
beforeAll(async () => {
  data = await writeTable()
  const { code, stdout, stderr } = await train("run", ...data, ...SMALL, "--by", "site", "--repeats", "2")
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
  printed = stdout
})

/** Rows of predictions.csv. */
const predictions = () => table("run", "predictions.csv")
const isPositive = ({ label }: Record<string, string>) => Number(label === "fractured")

describe("a run with patients of several images and a column of sites", () => {
  it.each([
    [0.9, 0.95, true],
    [0.9, 0.85, false],
    // A clue at chance is no line to beat.
    [0.4, 0.5, false],
  ])("warns if images give the class away: AUC %d, without looking at the bone %d", (own, clue, warns) => {
    const run = structuredClone(readRunFiles(at("run")))
    aucOfRun(run).value = own
    const withoutBone = [{ name: "gray histogram", auc: { ...aucOfRun(run), value: clue } }]
    const texts = alerts({ ...run, audit: { findings: [], advice: "", withoutBone } } as RunFiles)
    expect(texts.some(({ text }) => text.includes("rank no better than the gray histogram alone"))).toBe(warns)
    expect(texts.some(({ text }) => text.includes("remove it from the table"))).toBe(false)
  })

  it("has metrics per patient: the mean of calibrated probabilities, positive if any image is", () => {
    const { patients } = json("run", "metrics.json")
    const keys = [...new Set(predictions().map((row) => `${row.repeat} ${row.group}`))]
    const members = keys.map((key) => predictions().filter((row) => `${row.repeat} ${row.group}` === key))
    const labels = members.map((rows) => Math.max(...rows.map(isPositive)))
    const scores = members.map((rows) => mean(rows.map((row) => Number(row.calibrated)))!)
    expect(patients.evaluation.n).toBe(keys.length)
    expect(patients.evaluation.groups).toBe(keys.length / 2)
    expect(patients.evaluation.n).toBeLessThan(predictions().length)
    expect(patients.evaluation.ranking.auc.value).toBeCloseTo(rocAuc(labels, scores)!, 9)
    const right = scores.filter((score, k) => Number(score > 0.5) === labels[k]).length
    expect(patients.evaluation.atHalf.accuracy.value).toBeCloseTo(right / keys.length, 12)
    expect(patients.mixed).toBe(0)
    expect(printed).toMatch(/^Per patient \(\d+; positive if any image is\): AUC \d/m)
  })

  it("has each site's sensitivity at the chosen thresholds, and the difference from the rest", () => {
    const { subgroups } = json("run", "metrics.json")
    const sensitivity = (site: string) => {
      const own = predictions().filter((row) => row.site === site && isPositive(row))
      return own.filter(({ answer }) => answer === "fractured").length / own.length
    }
    expect(subgroups.by).toEqual(["site"])
    expect(subgroups.rows.map(({ value }: { value: string }) => value)).toEqual(["north", "south"])
    const [north, south] = subgroups.rows
    expect(north.metrics.sensitivity.value).toBeCloseTo(sensitivity("north"), 12)
    expect(north.metrics.sensitivity.difference.value).toBeCloseTo(sensitivity("north") - sensitivity("south"), 12)
    expect(south.metrics.auc.difference.value).toBeCloseTo(-north.metrics.auc.difference.value, 12)
    expect(north.n + south.n).toBe(predictions().length)
    expect(printed).toMatch(/^by site +n +groups +AUC +Sensitivity +Specificity\nnorth +16 /m)
    expect(printed).toMatch(
      /^(Beyond chance|No difference from the rest is beyond chance) after Holm correction for \d/m,
    )
  })

  it("has rates at fixed others, and the decision curve of calibrated probabilities", () => {
    const { fixedRates, decisionCurve: curve } = json("run", "metrics.json")
    const labels = predictions().map(isPositive)
    const logits = predictions().map(({ logit }) => Number(logit))
    for (const { fixed, least, value, interval, reached } of fixedRates) {
      const best = operatingPoint(fixed, least, labels, logits)!
      expect([value, reached]).toEqual(
        fixed === "specificity" ? [best.sensitivity, best.specificity] : [best.specificity, best.sensitivity],
      )
      expect(interval[0]).toBeLessThanOrEqual(value)
    }
    expect(fixedRates.map(({ fixed, least }: { fixed: string; least: number }) => [fixed, least])).toEqual([
      ...[["specificity", 0.9], ["specificity", 0.95], ["sensitivity", 0.9], ["sensitivity", 0.95]], // biome-ignore format: pairs
    ])
    const points = decisionCurve(labels, predictions().map(({ calibrated }) => Number(calibrated))) // biome-ignore format: short
    expect(curve.model).toEqual(points.map(({ model }) => model))
    expect(curve.all).toEqual(points.map(({ all }) => all))
    expect(printed).toMatch(
      /^At a specificity of 0\.95 sensitivity [\d.]+ %.*, at a sensitivity of 0\.95 specificity /m,
    )
  })

  it("counts images, patients and classes of each part of each fold", () => {
    for (const { repeat, fold, validation, parts } of json("run", "metrics.json").folds) {
      const own = predictions().filter((row) => Number(row.repeat) === repeat && Number(row.fold) === fold)
      const positives = own.filter(isPositive).length
      expect(parts.test).toEqual({
        images: own.length,
        groups: new Set(own.map(({ group }) => group)).size,
        classes: [own.length - positives, positives],
      })
      expect(parts.validation.images).toBe(validation)
      const all = [parts.train, parts.validation, parts.test]
      const sum = (of: (part: typeof parts.test) => number) => all.map(of).reduce((a, b) => a + b)
      expect(sum(({ images }) => images)).toBe(24)
      expect(sum(({ groups }) => groups)).toBe(new Set(predictions().map(({ group }) => group)).size)
      expect(sum(({ classes }) => classes[0])).toBe(12)
    }
  })

  it("shows all of it on its page", () => {
    const page = read("run", "report.html")
    const { patients, subgroups, folds, fixedRates } = json("run", "metrics.json")
    for (const title of [
      "Flow of images",
      "Parts of the folds",
      "Patients",
      "Subgroups",
      "Decision curve and fixed rates",
    ])
      expect(page).toContain(`<h2>${title}</h2>`)
    for (const title of ["Learning rate", "Decision curve"]) expect(page).toContain(`<h3>${title}</h3>`)
    expect(page).toContain(`<td>${patients.evaluation.ranking.auc.value.toFixed(3)} (`)
    expect(page).toContain(`<th scope="row">north</th><td>${subgroups.rows[0].n}</td>`)
    expect(page).toContain(`<td>training</td><td>${folds[0].parts.train.images}</td>`)
    expect(page).toContain(`<td>Sensitivity</td><td>${(fixedRates[0].value * 100).toFixed(1)} %`)
    expect(page).toMatch(/<dt>Versions<\/dt><dd>cnn /)
    expect(page).toMatch(/--by patient,view<|--by view</)
    expect(page).not.toMatch(/undefined|NaN|\[object/)
  })
})

describe("cnn report", () => {
  it("takes another column, and names those there are", async () => {
    const { code, stdout, stderr } = await cnn([
      "report",
      at("run"),
      "--by",
      "view,site",
      "--out",
      at("by.html"),
      "--json",
    ])
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    const { subgroups } = JSON.parse(stdout)
    expect(subgroups.by).toEqual(["view", "site"])
    expect(subgroups.rows.map(({ value }: { value: string }) => value)).toEqual(["front", "side", "north", "south"])
    expect(read("by.html")).toContain("<h3>By view</h3>")
    const wrong: [string[], RegExp][] = [
      [["--by", "hospital"], /--by: no column "hospital": expected .*site, view/],
      [["--by", "site,"], /--by is "site,"; expected COLUMN\[,COLUMN\]/],
      [["--by", "site,site"], /--by names site twice/],
    ]
    for (const [args, message] of wrong)
      expect(await cnn(["report", at("run"), ...args])).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(message),
      })
  })

  it("computes the same for a run whose metrics.json has none of it", async () => {
    await cp(at("run"), at("old"), { recursive: true })
    const { patients, subgroups, fixedRates, decisionCurve: curve, ...metrics } = json("run", "metrics.json")
    for (const fold of metrics.folds) delete fold.parts
    writeFileSync(at("old", "metrics.json"), JSON.stringify(metrics))
    const { code, stderr } = await cnn(["report", at("old"), "--by", "site"])
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    // Charts are numbered by process.
    const section = (page: string, id: string) =>
      page.match(new RegExp(`<section id="${id}">[\\s\\S]*?</section>`))![0].replaceAll(/\bzr\d+-\w+(-\d+)?/g, "zr")
    for (const id of ["patients", "decision"])
      expect(section(read("old", "report.html"), id)).toBe(section(read("run", "report.html"), id))
    const rows = (page: string) => section(page, "subgroups").match(/<tr>.*<\/tr>/g)
    expect(rows(read("old", "report.html"))).toEqual(rows(read("run", "report.html")))
    expect(section(read("old", "report.html"), "parts")).toContain("an earlier version")
  })
})

describe("cnn train --by", () => {
  it("ends before anything is read where there is no such column", async () => {
    const wrong: [string[], RegExp][] = [
      [[...data, "--by", "hospital"], /--by: no column "hospital": expected .*site, view/],
      [["--by", "site"], /--by names columns of the table that --labels FILE gives/],
    ]
    for (const [args, message] of wrong)
      expect(await train("none", ...args, ...SMALL)).toMatchObject({
        code: 2,
        stdout: "",
        stderr: expect.stringMatching(message),
      })
  })
})
