/**
 * Labels of a folder that a run contradicts: which image is which, and what `cnn audit --doubt`
 * makes of it.
 */
import { copyFileSync, readFileSync, renameSync, rmSync } from "node:fs"
import path from "node:path"
import { expect, it } from "vitest"
import { imageFolder, runDoubts } from "../../src/audit/run_doubts.ts"
import type { Run, RunImage } from "../../src/run/read_run.ts"
import { cnn } from "../support/cli.ts"
import { tempFolder } from "../support/temp_folder.ts"

const predicted = (file: string, label: number, p: number) => ({ file, label, probabilities: [1 - p, p] }) as RunImage

async function runOf(images: RunImage[], hashes?: string): Promise<Run> {
  const folder = await tempFolder(hashes === undefined ? {} : { "files.csv": `file,sha256\n${hashes}` })
  return { folder, classes: ["no", "yes"], images } as Run
}

it("takes today's label of an image, by its content wherever it lies now", async () => {
  const images = [
    predicted("no/kept.png", 0, 0.9),
    predicted("no/moved.png", 0, 0.95),
    predicted("no/wrong.png", 0, 0.99),
    predicted("no/gone.png", 0, 0.99),
    predicted("yes/right.png", 1, 0.8),
  ]
  const run = await runOf(images, "no/kept.png,1\nno/moved.png,2\nno/wrong.png,3\nno/gone.png,4\nyes/right.png,5\n")
  const files = ["no/kept.png", "no/wrong.png", "yes/moved.png", "yes/new.png", "yes/right.png"]
  const folder = { dir: "d", files, hashes: ["1", "x", "2", "y", "5"], classes: ["yes", "no"], labels: [1, 1, 0, 0, 0] }
  expect(runDoubts(folder, run)).toEqual({
    run: run.folder,
    doubts: [{ file: "no/kept.png", label: "no", answer: "yes", probability: expect.closeTo(0.1, 9), confidence: 0.9 }],
    missing: ["no/gone.png"],
    changed: ["no/wrong.png"],
    unknown: ["no/wrong.png", "yes/new.png"],
  })
})

it("goes by names where the run has no hashes, and says what does not fit", async () => {
  const run = await runOf([predicted("no/a.png", 0, 0.9), predicted("yes/b.png", 1, 0.9)])
  const folder = { dir: "d", files: ["no/a.png"], hashes: ["1"], classes: ["no", "yes"], labels: [0] }
  expect(runDoubts(folder, run)).toMatchObject({ doubts: [{ file: "no/a.png" }], missing: ["yes/b.png"] })
  expect(() => runDoubts({ ...folder, files: ["c.png"] }, run)).toThrow(
    /none of its 2 images is in d, such as no\/a\.png\. Name the folder/,
  )
  expect(() => runDoubts({ ...folder, classes: ["no", "maybe"] }, run)).toThrow(
    /was trained to tell no, yes apart, and d has the classes no, maybe; expected the same/,
  )
  const config = { data: { table: { file: "my labels.csv", labelColumn: "broken" } } } as Run["config"]
  expect(() => runDoubts({ ...folder, classes: ["no", "maybe"] }, { ...run, config })).toThrow(
    /With its labels: --labels 'my labels\.csv' --label-column broken$/,
  )
  const drawn = { kind: "phantom", count: 12, seed: 3, byType: false }
  expect(() => imageFolder({ folder: "r", config: { source: drawn } } as Run)).toThrow(
    /npx cnn phantom r.drawn --count 12 --seed 3$/,
  )
  expect(imageFolder({ folder: "r", config: { source: { kind: "folder", dir: "/d" } } } as Run)).toBe("/d")
})

it("cnn audit --doubt RUN ranks labels of the run's own folder; the run and its report have the line to beat", async () => {
  const base = await tempFolder()
  const at = (...names: string[]) => path.join(base, ...names)
  const small = ["--size", "16", "--epochs", "2", "--folds", "2", "--batch", "8"]
  expect(await cnn(["phantom", at("drawn"), "--count", "32", "--size", "64"])).toMatchObject({ code: 0 })
  expect(await cnn(["train", "--data", at("drawn"), ...small, "--out", at("run")])).toMatchObject({ code: 0 })
  const { withoutBone } = JSON.parse(readFileSync(at("run", "audit.json"), "utf8"))
  expect(withoutBone.map(({ name }: { name: string }) => name).sort()).toEqual([
    ...["16x16 thumbnail", "file header", "gray histogram"],
  ])
  const report = readFileSync(at("run", "report.html"), "utf8")
  expect(report).toContain("<h2>AUC without looking at the bone</h2>")
  expect(report).toMatch(/The networks reach AUC [\d.]+ \([\d.]+ to [\d.]+\), the [\w ]+ alone [\d.]+ \(/)
  expect(report).toContain(`${withoutBone[0].auc.value.toFixed(3)} without looking at the bone`)

  const file = (index: number) =>
    `${index % 2 ? "fractured" : "not_fractured"}/phantom-${`${index}`.padStart(4, "0")}.png`
  rmSync(at("drawn", file(0)))
  expect(await cnn(["phantom", at("other"), "--count", "4", "--size", "64", "--seed", "5"])).toMatchObject({ code: 0 })
  copyFileSync(at("other", file(1)), at("drawn", file(1)))
  renameSync(at("drawn", file(2)), at("drawn", "fractured/moved.png"))
  const { code, stdout, stderr } = await cnn(["audit", "--doubt", at("run"), "--out", at("found")])
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
  const { doubt } = JSON.parse(readFileSync(at("found", "audit.json"), "utf8"))
  expect(doubt).toMatchObject({ missing: [file(0)], changed: [file(1)], unknown: [file(1)] })
  expect(doubt.doubts.length).toBeGreaterThan(0)
  expect(stdout).toContain(`${at("run")} contradicts ${doubt.doubts.length} label`)
  expect(stdout).toMatch(/^image +given +predicted +probability$/m)
  expect(stdout).toContain(`1 image of the run not there any more: ${file(0)}`)
  expect(stdout).toContain(`1 image changed since the run: ${file(1)}`)
  const page = readFileSync(at("found", "audit.html"), "utf8")
  const [{ file: first, label, answer, confidence }] = doubt.doubts
  expect(page).toContain(`given ${label}, predicted ${answer} with ${(100 * confidence).toFixed(1)} %`)
  expect(page).toContain(`<figcaption>${first}</figcaption>`)

  expect(await cnn(["audit", at("drawn"), "--doubt", at("run"), "--out", at("run")])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/audit\.json: .*what cnn audit wrote; name another folder with --out/),
  })
  expect(await cnn(["audit"])).toMatchObject({ code: 2, stderr: expect.stringContaining("--doubt RUN") })
})
