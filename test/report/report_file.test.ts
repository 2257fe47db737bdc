/** report.html as a run leaves it, as `cnn report` writes it again, and as a browser shows it. */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { pathToFileURL } from "node:url"
import { parse } from "csv-parse/sync"
import type { Browser } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openBrowser } from "../support/browser.ts"
import { cnn } from "../support/cli.ts"

const PHANTOM = ["--size", "16", "--epochs", "2", "--folds", "2", "--batch", "8"]

let folder: string
const at = (...names: string[]) => path.join(folder, ...names)
const read = (...names: string[]) => readFileSync(at(...names), "utf8")
/** A page without what its pictures are encoded as. */
const pageOf = (...names: string[]) => read(...names).replaceAll(/data:image\/\w+;base64,[\w+/=]+/g, "data:")
const json = (...names: string[]) => JSON.parse(read(...names))
const table = (name: string) => parse(read(name, "predictions.csv"), { columns: true }) as Record<string, string>[]
const write = (value: unknown, ...names: string[]) => writeFileSync(at(...names), JSON.stringify(value))

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "cnn-report-"))
  const runs = [
    ["first", "--count", "24", "--seed", "3"],
    ["second", "--count", "24", "--seed", "3", "--lr", "0.001"],
    ["types", "--count", "28", "--by-type"],
  ]
  for (const [name, ...args] of runs) {
    const { code, stderr } = await cnn(["train", ...PHANTOM, ...args, "--out", at(name)])
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What would be fetched; links are for people to follow. */
const loads = (page: string) =>
  page.replaceAll(/<a href="https:\/\/doi\.org\/[^"]+">/g, "").replaceAll(/xmlns(:xlink)?="[^"]+"/g, "").match(/https?:\/\/\S+/g) // biome-ignore format: a chain

describe("the report of a run", () => {
  it("is written by the run, whole, and loads nothing", () => {
    const page = pageOf("first", "report.html")
    for (const title of ["Data and model", "Flow of images", "Parts of the folds", "Learning curves", "ROC and precision-recall", "Calibration", "Confusion matrices", "Decision curve and fixed rates", "Fold by fold", "First-layer filters", "The most confident errors", "How to reproduce this", "Limits", "CLAIM, 2024 update", "TRIPOD\\+AI"]) // biome-ignore format: a list
      expect(page).toMatch(new RegExp(`<h2>${title}`))
    expect(page).toContain("Not for clinical use.")
    expect(page).toContain("npx cnn train --size 16 --epochs 2")
    expect(page).toContain(json("first", "config.json").data.hash)
    expect(page.match(/<svg /g)).toHaveLength(10)
    expect(loads(page)).toBeNull()
    expect(page.match(/<script/g)).toHaveLength(1)
    expect(page.replace(/<script>[\s\S]*?<\/script>/, "")).not.toMatch(/undefined|NaN|\[object/)
  })

  it("has the figures of metrics.json, and each error's picture with its heatmap", () => {
    const page = pageOf("first", "report.html")
    const { pooled } = json("first", "metrics.json")
    expect(page).toContain(`AUC ${pooled.ranking.auc.value.toFixed(3)}`)
    const rows = table("first")
    const wrong = rows.filter(({ label, answer }) => label !== answer)
    const shown = Math.min(12, wrong.length)
    const errors = page.match(/<section id="errors">[\s\S]*?<\/section>/)![0]
    expect(page.match(/<strong>Typical /g)).toHaveLength(3)
    expect(errors.match(/<div class="pair"><img [^>]+><img [^>]+with its heatmap">/g) ?? []).toHaveLength(shown)
    expect(page.match(/alt="filter \d before training"/g)).toHaveLength(16)
  })

  it("has all its numbers at the folds' thresholds, errors and folds too, with calibrated probabilities", () => {
    const page = pageOf("first", "report.html")
    const { pooled, folds } = json("first", "metrics.json")
    const share = (metric: { value: number }) => `${(metric.value * 100).toFixed(1)} %`
    const tiles = { Accuracy: "accuracy", Sensitivity: "sensitivity", "Balanced accuracy": "balancedAccuracy" }
    for (const [name, key] of Object.entries(tiles))
      expect(page).toContain(`<dt>${name}</dt><dd>${share(pooled.atChosen[key])}</dd>`)
    expect(page).toMatch(/class="verdict">[^<]* 24 predictions for 24 patients \(groups\): /)
    expect(page).toMatch(new RegExp(`class="verdict">[^<]*; ${share(pooled.atChosen.accuracy)} `))
    for (const { fold, atChosen } of folds)
      expect(page).toMatch(new RegExp(`"row">fold-${fold}</th><td>\\d+</td><td>${share(atChosen.accuracy)}</td>`))
    const sure = ({ answer, calibrated }: Record<string, string>) =>
      answer === "fractured" ? Number(calibrated) : 1 - Number(calibrated)
    const wrong = table("first").filter(({ label, answer }) => label !== answer)
    const most = Math.max(...wrong.map(sure))
    expect(page).toContain(`${wrong.length} of 24 answers are wrong at the folds’ own thresholds`)
    expect(page.match(/Predicted: \w+ \(([^)]+)\)/)![1]).toBe(share({ value: most }))
  })

  it("shows more than two classes, too", () => {
    const page = pageOf("types", "report.html")
    expect(page).toContain("each class against the rest")
    expect(page).toContain("Macro F1")
    expect(page).toMatch(/Decision curve, and sensitivity at a fixed specificity, are for two classes; here are \d/)
    expect(page).not.toMatch(/undefined|NaN|\[object/)
  })

  it("is rebuilt by cnn report, with what was found since, and not where its author has changed it", async () => {
    await cp(at("first"), at("again"), { recursive: true })
    const text = '"fractured" can be predicted from <b>size</b> alone.'
    write({ findings: [{ kind: "shortcut", level: "problem", text }], advice: "Look." }, "again", "audit.json")
    const { code, stdout, stderr } = await cnn(["report", at("again")])
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(stdout).toBe(`${at("again")}/report.html: everything the run came to\n`)
    const page = read("again", "report.html")
    expect(page).toMatch(
      /<li class="problem"><b>Problem<\/b> Audit of the images: &quot;fractured&quot; can be predicted from &lt;b&gt;/,
    )
    writeFileSync(at("again", "report.html"), page.replace("The author’s to fill.", "Filled."))
    const refused = await cnn(["report", at("again")])
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/was changed after.*--force overwrites it/),
    })
    expect(read("again", "report.html")).toContain("Filled.")
    expect(await cnn(["report", at("again"), "--force", "--json"])).toMatchObject({ code: 0 })
    expect(read("again", "report.html")).not.toContain("Filled.")
  })

  it("takes a comparison on the same images, and no other", async () => {
    const figure = { value: 0.9, interval: [0.8, 0.95] }
    const rows = ["cnn-adam", "hog-svm"].map((id) => ({ id, title: `Title of ${id}`, kind: id.startsWith("cnn") ? "cnn" : "traditional", auc: figure, accuracy: figure, balancedAccuracy: figure, meanFoldAuc: 0.9, seconds: 3 })) // biome-ignore format: a row
    const comparison = {
      complete: true,
      contenders: rows,
      differences: [{ a: "cnn-adam", b: "hog-svm", ...figure, better: "cnn-adam" }],
      claims: [
        { claim: "cnn-beats-traditional", subject: "cnn-adam", better: ["hog-svm"], worse: [], open: [], holds: true },
      ],
      config: { command: ["cnn", "compare"], data: { hash: json("first", "config.json").data.hash } },
    }
    write(comparison, "comparison.json")
    const args = ["report", at("first"), "--out", at("with.html"), "--comparison"]
    expect(await cnn([...args, at("comparison.json")])).toMatchObject({ code: 0, stderr: "" })
    const forest = read("with.html").match(/<figure class="wide forest"[\s\S]*?<\/figure>/)![0]
    for (const text of ["24 images in 24 groups", "Title of hog-svm", "var(--c0)", "var(--ink)"])
      expect(forest).toContain(text)
    expect(forest).not.toMatch(/#1f2328|undefined/)
    expect(read("with.html")).toMatch(/Title of cnn-adam is better than every traditional method: <strong>holds/)
    write({ ...comparison, config: { command: [], data: { hash: "0" } } }, "comparison.json")
    const other = await cnn([...args, at("comparison.json"), "--force"])
    expect(other).toMatchObject({ code: 1, stderr: expect.stringMatching(/on other images than the run's/) })
    await cp(at("first"), at("stale"), { recursive: true })
    await cp(at("comparison.json"), at("stale", "comparison.json"))
    const stale = await cnn(["report", at("stale")])
    expect(stale).toMatchObject({ code: 1, stderr: expect.stringMatching(/stale.comparison\.json: .*on other images/) })
    write(comparison, "comparison.json")
    const told = await cnn(["report", at("stale"), "--out", at("told.html"), "--comparison", at("comparison.json")])
    expect(told).toMatchObject({ code: 0, stderr: "" })
    const none = await cnn([...args, at("none"), "--force"])
    expect(none).toMatchObject({ code: 1, stderr: expect.stringMatching(/no comparison\.json; expected a folder/) })
  })

  it("takes what cnn compare says of the folder that the run was made of, both as they are by default", async () => {
    expect(await cnn(["phantom", at("images"), "--count", "16", "--size", "32"])).toMatchObject({ code: 0 })
    const flags = ["--folds", "2", "--epochs", "1"]
    const [trained, compared] = await Promise.all([
      cnn(["train", "--data", path.relative(".", at("images")), ...flags, "--out", at("files")]),
      cnn([
        "compare",
        at("images"),
        ...flags,
        "--methods",
        "majority",
        "--optimizers",
        "none",
        "--out",
        at("majority"),
      ]),
    ])
    expect([trained, compared]).toMatchObject([{ code: 0 }, { code: 0, stderr: "" }])
    expect(json("files", "config.json").source.dir).toBe(at("images"))
    const { size, data } = json("majority", "comparison.json").config
    expect([size, data.hash]).toEqual([128, json("files", "config.json").data.hash])
    expect(await cnn(["report", at("files"), "--comparison", at("majority")])).toMatchObject({ code: 0, stderr: "" })
    expect(read("files", "report.html")).toMatch(/<h2>Beside other methods<\/h2>[\s\S]*Majority/)
  })

  it("leaves pictures out with a word where images are gone", async () => {
    await cp(at("first"), at("gone"), { recursive: true })
    const config = json("gone", "config.json")
    write({ ...config, source: { kind: "folder", dir: at("nowhere"), strict: false } }, "gone", "config.json")
    expect(await cnn(["report", at("gone")])).toMatchObject({ code: 0 })
    expect(read("gone", "report.html")).toMatch(/There are no heatmaps: .*no such file/)
    expect(read("gone", "report.html")).toContain("The images were not audited")
  })

  it("says what is missing of a folder that is no run, or whose run has not come to its end", async () => {
    await cp(at("first"), at("cut"), { recursive: true })
    await rm(at("cut", "metrics.json"))
    await cp(at("cut"), at("left"), { recursive: true })
    await mkdir(at("left", "checkpoints"))
    const cases: [string[], RegExp][] = [
      [[at("absent")], /absent.config\.json: no such file; expected a run folder/],
      [[at("cut")], /cut.metrics\.json: no such file; expected a run folder of cnn train that came to its end/],
      [
        [at("left")],
        /left: the run is unfinished\. If it is not running, continue it: npx cnn train --resume .*left\n?$/,
      ],
    ]
    const wrong: [string[], RegExp][] = [
      [[at("first"), at("first")], /named twice; expected different runs/],
      [[at("first"), at("second"), "--comparison", "x"], /--comparison goes with one run/],
      [[at("first"), "--out", ""], /--out is empty/],
    ]
    for (const [list, code] of [[cases, 1], [wrong, 2]] as const) // biome-ignore format: short
      for (const [args, message] of list)
        expect(await cnn(["report", ...args])).toMatchObject({ code, stderr: expect.stringMatching(message) })
    expect(await cnn(["report"])).toMatchObject({ code: 2 })
  })
})

describe("several runs", () => {
  it("are compared with the first, on the images that they share", async () => {
    const args = ["report", at("first"), at("second"), at("types"), "--out", at("runs.html")]
    const { code, stdout, stderr } = await cnn([...args, "--json"])
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    const { file, differences } = JSON.parse(stdout)
    expect(file).toBe(at("runs.html"))
    const [auc, other] = ["first", "second"].map((name) => json(name, "metrics.json").pooled.ranking.auc.value)
    expect(differences[0]).toMatchObject({ a: at("first"), b: at("second"), images: 24, aucA: auc, aucB: other })
    expect(differences[0].difference).toBeCloseTo(other - auc, 12)
    expect(differences[1]).toMatchObject({ images: 0, difference: null, why: expect.stringMatching(/not the same/) })
    const page = read("runs.html")
    expect(page).toContain("<h2>Differences of AUC</h2>")
    expect(loads(page)).toBeNull()
    expect((await cnn([...args])).stdout).toMatch(/^AUC +images +first +other +difference +95 % +better\n/)
    writeFileSync(at("mine.html"), "mine")
    const refused = await cnn(["report", at("first"), at("second"), "--out", at("mine.html")])
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/none of cnn's pages; --force/) })
  })
})

describe("in a browser", async () => {
  const browser: Browser | string = await openBrowser()
  afterAll(async () => {
    if (typeof browser !== "string") await browser.close()
  })

  for (const scheme of ["light", "dark"] as const)
    for (const width of [400, 1600])
      it(`is readable at ${width} pixels, ${scheme}, and nothing goes wrong in it`, async (context) => {
        if (typeof browser === "string") return context.skip(browser)
        for (const file of [at("first", "report.html"), at("types", "report.html")]) {
          expect(existsSync(file)).toBe(true)
          const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme })
          const troubles: string[] = []
          page.on("console", (message) => troubles.push(message.text()))
          page.on("pageerror", (error) => troubles.push(error.message))
          page.on("requestfailed", (request) => troubles.push(request.url()))
          page.on("request", (request) => {
            if (!/^(file|data):/.test(request.url())) troubles.push(request.url())
          })
          await page.goto(pathToFileURL(file).href)
          expect(troubles).toEqual([])
          const seen = await page.evaluate<Record<string, number>>(LOOK)
          expect(seen.wide, "the page is not wider than the window").toBe(width)
          expect(seen.tallest, "the tallest head of a table's row, in pixels").toBeLessThan(120)
          expect(seen.unseen, "images that are not shown").toBe(0)
          expect(seen.smallest, "the smallest letters, in pixels").toBeGreaterThan(9)
          expect(seen.contrast, "of text on the page").toBeGreaterThan(4.5)
          if (width === 1600) expect((await page.pdf({ format: "A4" })).length).toBeGreaterThan(10_000)
          await page.close()
        }
      })
})

/** Runs in the page; as text, since what it names is the browser's. */
const LOOK = `(() => {
  const sizes = [...document.querySelectorAll("body *")].filter((e) => e.textContent.trim() && e.children.length === 0 && !e.closest("svg, head")).map((e) => parseFloat(getComputedStyle(e).fontSize))
  const letters = [...document.querySelectorAll("svg text")].map((e) => parseFloat(getComputedStyle(e).fontSize) * Math.hypot(e.getScreenCTM().a, e.getScreenCTM().b))
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const ground = getComputedStyle(document.body).backgroundColor
  const contrast = (e) => {
    const [a, b] = [light(getComputedStyle(e).color), light(ground)].sort((x, y) => y - x)
    return (a + 0.05) / (b + 0.05)
  }
  return {
    wide: document.documentElement.scrollWidth,
    tallest: Math.max(...[...document.querySelectorAll("table:not(.checklist) th")].map((cell) => cell.clientHeight)),
    unseen: [...document.images].filter((image) => !image.complete || image.naturalWidth === 0).length,
    smallest: Math.min(...sizes, ...letters),
    contrast: Math.min(...[...document.querySelectorAll("p, td, th, dt, dd, a, figcaption, li")].map(contrast)),
  }
})()`
