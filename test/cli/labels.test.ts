/**
 * Labels from a table, the set's own split, and a fold per value of a column, as users run them.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import path from "node:path"
import { parse } from "csv-parse/sync"
import { describe, expect, it } from "vitest"
import { sha256 } from "../../src/files/sha256.ts"
import { readRun } from "../../src/run/read_run.ts"
import { cnn } from "../support/cli.ts"
import { pictures } from "../support/pictures.ts"
import { tempFolder } from "../support/temp_folder.ts"

const TINY = ["--size", "16", "--epochs", "1", "--batch", "8"]

async function run(command: string, dir: string, ...args: string[]) {
  const out = path.join(await tempFolder(), "out")
  const where = command === "train" ? ["--data", dir, "--no-audit", ...TINY] : [dir]
  const result = await cnn([command, ...where, "--out", out, ...args], { CNN_CACHE: await tempFolder() })
  return { ...result, said: result.stdout + result.stderr, out }
}

const train = (dir: string, ...args: string[]) => run("train", dir, ...args)
const json = (...file: string[]) => JSON.parse(readFileSync(path.join(...file), "utf8"))
const rows = (...file: string[]): Record<string, string>[] =>
  parse(readFileSync(path.join(...file), "utf8"), { columns: true })
const line = (text: string, start: string) => text.split("\n").find((one) => one.startsWith(start))

const names = (count: number, folder = "images") => Array.from({ length: count }, (_, i) => `${folder}/im${i}.png`)

/** A table beside the data, of a row per image. */
async function table(header: string, files: readonly string[], row: (name: string, i: number) => string) {
  const lines = files.map((file, i) => row(path.parse(file).name, i))
  return path.join(await tempFolder({ "labels.csv": `${[header, ...lines].join("\n")}\n` }), "labels.csv")
}

describe("--labels", () => {
  it("names the classes of a flat folder, the groups, and columns that predictions.csv repeats", async () => {
    const files = names(16)
    const header = "image_id,fractured,patient,fold,site"
    const labels = await table(header, files, (name, i) => `${name}.png,${i % 2},p${i >> 1},x,=s${i % 3}`)
    const { code, stdout, out } = await train(await pictures(files), "--labels", labels, "--folds", "2")
    expect(code).toBe(0)
    expect(line(stdout, "Classes")).toBe(`Classes   not_fractured: 8 images from column "fractured" of ${labels}`)
    expect(line(stdout, "Groups ")).toContain(`16 images in 8 groups, from the column "patient" of ${labels}.`)
    const { data, source } = json(out, "config.json")
    expect(source).toMatchObject({ labels })
    expect(data.table).toEqual({
      ...{ file: labels, sha256: sha256(readFileSync(labels)), fileColumn: "image_id", labelColumn: "fractured" },
      ...{ groupColumn: "patient", columns: ["patient", "fold", "site"], withoutFile: [], contradicted: [] },
    })
    const [, second] = rows(out, "predictions.csv")
    expect(second).toMatchObject({ file: "images/im1.png", label: "fractured", group: "p0" })
    expect(second).toMatchObject({ patient: "p0", table_fold: "x", site: "'=s1" })
    const { images } = readRun(out)
    expect(images[1].columns).toEqual({ patient: "p0", table_fold: "x", site: "=s1" })
    for (const name of ["fold", "table_fold"]) {
      const report = await cnn([
        "report",
        out,
        "--by",
        `${name},site`,
        "--out",
        path.join(out, `${name}.html`),
        "--json",
      ])
      expect(report.code, report.stderr).toBe(0)
      expect(JSON.parse(report.stdout).subgroups.by).toEqual(["fold", "site"])
    }
    expect(readFileSync(path.join(out, "report.html"), "utf8")).toContain(
      "The column “fractured” of labels.csv is taken",
    )
  })

  it("reads GRAZPEDWRI-DX's table, where an empty cell means no", async () => {
    const files = names(16)
    const header = "filestem,patient_id,fracture_visible"
    const labels = await table(header, files, (name, i) => `${name},${i >> 1},${i % 2 ? "1.0" : ""}`)
    const { stdout, out } = await train(await pictures(files), "--labels", labels, "--folds", "2")
    expect(line(stdout, "Images")).toContain("8 not_fractured, 8 fractured")
    expect(json(out, "config.json").data.groups).toBe(8)
  })

  it("lists what does not fit, in the run and in the audit, and ends with --strict", async () => {
    const files = [...names(8, "Fractured"), ...names(8, "Non_fractured").map((file) => file.replace("im", "no"))]
    const dir = await pictures([...files, "Fractured/new.png"])
    const all = [...files, "gone.png"]
    // The third is of the other folder.
    const labels = await table("file,fractured", all, (name, i) => `${name}.png,${Number(i < 8 && i !== 2)}`)
    const { code, stdout, out } = await train(dir, "--labels", labels, "--folds", "2")
    expect(code).toBe(0)
    const contradicts =
      "1 image lies in a folder whose name contradicts labels.csv, which was used: " +
      'Fractured/im2.png is "not_fractured" in line 4.'
    expect(stdout).toContain("Labels    1 row of labels.csv names no image: gone.png (line 18).")
    expect(stdout).toContain(`Labels    ${contradicts}`)
    expect(stdout).toContain("Fractured/new.png: no row in labels.csv")
    const { data } = json(out, "config.json")
    expect(data.classes).toEqual({ not_fractured: 9, fractured: 7 })
    expect(data.table).toMatchObject({
      withoutFile: [{ file: "gone.png", line: 18 }],
      contradicted: [{ file: "Fractured/im2.png", folder: "Fractured", label: "not_fractured", line: 4 }],
    })
    expect(data.skipped).toEqual([{ file: "Fractured/new.png", reason: "no row in labels.csv" }])
    const html = readFileSync(path.join(out, "report.html"), "utf8")
    for (const name of ["gone.png", "Fractured/im2.png"]) expect(html).toContain(name)

    const audited = await run("audit", dir, "--labels", labels, "--strict")
    expect([audited.code, audited.stdout]).toEqual([1, expect.stringContaining(contradicts)])
    expect(audited.stdout).toContain("such as Fractured/new.png: no row in labels.csv")

    const strict = await train(dir, "--labels", labels, "--strict")
    expect([strict.code, existsSync(strict.out)]).toEqual([1, false])
    for (const name of ["gone.png (line 18)", "Fractured/new.png", "Fractured/im2.png"])
      expect(strict.stderr).toContain(name)
  })

  it("is used once, with columns that it has: exit code 2", async () => {
    const files = names(4)
    const dir = await pictures(files, { "groups.txt": "file,group\n" })
    const labels = await table("file,label,group", files, (name, i) => `${name},${i % 2},${i}`)
    const plain = await table("file,thing", files, (name, i) => `${name},${i % 2}`)
    const refused: [string[], RegExp][] = [
      [
        ["--labels", labels, "--groups", path.join(dir, "groups.txt")],
        /--groups and the column "group" of .* both say/,
      ],
      [["--labels", labels, "--group-by", "im(.)"], /--group-by and the column "group" of .* both say/],
      [["--labels", labels, "--no-group-names"], /--no-group-names and the column "group" of .* both say/],
      [["--labels", labels, "--classes", "a=x,b=y"], /--labels and --classes both say what the classes are/],
      [["--label-column", "label"], /--label-column names a column of the table that --labels FILE gives/],
      [["--labels", plain], /no column "label"; found "file", "thing".*--label-column NAME/],
      [["--labels", plain, "--label-column", "thng"], /no column "thng" \(--label-column\)/],
      [["--labels", labels, "--split", "given", "--folds", "3"], /leave --folds out/],
      [["--split", "given", "--repeats", "2"], /tests once on the set's own test part: leave --repeats out/],
      [["--folds-by", "site"], /--folds-by names a column of the table that --labels FILE gives/],
    ]
    for (const [args, message] of refused)
      expect([args, await train(dir, ...args)]).toMatchObject([
        args,
        { code: 2, stderr: expect.stringMatching(message) },
      ])
    writeFileSync(labels, Uint8Array.from([0x50, 0x4b, 3, 4, 20, 0, 6, 0]))
    const workbook = await train(dir, "--labels", labels)
    expect([workbook.code, workbook.stderr]).toEqual([1, expect.stringContaining("is a workbook")])
  })
})

describe("--resume", () => {
  it("resumes with the same table, wherever it lies, and refuses a changed one", async () => {
    const files = names(16)
    const dir = await pictures(files)
    const header = "file,label,site"
    const labels = await table(header, files, (name, i) => `${name},${i % 2},${(i >> 1) % 2}`)
    const { code, out } = await train(dir, "--labels", labels, "--folds-by", "Site")
    expect(code).toBe(0)
    const whole = readFileSync(path.join(out, "predictions.csv"), "utf8")
    // As if it had been stopped before its first fold.
    for (const name of readdirSync(out)) if (!["config.json", "files.csv"].includes(name)) rmSync(path.join(out, name))
    mkdirSync(path.join(out, "checkpoints"))
    const moved = path.join(await tempFolder(), "moved.csv")
    renameSync(labels, moved)
    const resume = (...args: string[]) => cnn(["train", "--resume", out, ...args], {})
    expect(await resume()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("--labels FILE gives its new place"),
    })
    expect(await resume("--labels", moved, "--folds-by", "part")).toMatchObject({ code: 2 })
    const text = readFileSync(moved, "utf8")
    writeFileSync(moved, text.replace("im3,1,1", "im3,1,0"))
    const changed = await resume("--labels", moved)
    expect([changed.code, changed.stderr]).toEqual([1, expect.stringContaining("the labels table has changed since")])
    writeFileSync(moved, text)
    expect(await resume("--labels", moved)).toMatchObject({ code: 0 })
    expect(readFileSync(path.join(out, "predictions.csv"), "utf8")).toBe(whole)
  })
})

describe("--split given", () => {
  const parts = { train: 12, val: 4, test: 6 }
  const inFolders = (skip?: string) =>
    Object.entries(parts).flatMap(([part, n]) =>
      part === skip
        ? []
        : ["fractured", "normal"].flatMap((c) => names(n, `${part}/${c}`).map((f) => f.replace("im", `${part}_${c}_`))),
    )

  it("tests once on the test folder, and everything else works with such a run", async () => {
    const dir = await pictures(inFolders())
    const { code, stdout, out } = await train(dir, "--split", "given")
    expect(code).toBe(0)
    expect(line(stdout, "fold-0")).toBe("fold-0: 24 images to train on, 8 to validate, 12 to test")
    expect(stdout).toContain("Tested once on the set's own test part")
    expect(rows(out, "predictions.csv").map(({ file }) => file.split("/")[0])).toEqual(Array(12).fill("test"))
    expect(json(out, "config.json").train).toMatchObject({ split: "given", folds: 1 })
    expect(json(out, "summary.json")).toMatchObject({ complete: true, foldCount: 1, split: "given" })
    const html = readFileSync(path.join(out, "report.html"), "utf8")
    expect(html).toContain("Tested once on the set’s own test part")
    expect(html).not.toContain("1-fold")
    const image = path.join(dir, "test/normal/test_normal_0.png")
    expect(await cnn(["predict", out, image])).toMatchObject({ code: 0 })
    expect(await cnn(["train", "--resume", out, "--split", "given"])).toMatchObject({ code: 0 })
    expect(await cnn(["train", "--resume", out, "--split", "cross-validation"])).toMatchObject({ code: 2 })
  })

  it("goes by the column split, without a val part at 0.5 and temperature 1, and says so", async () => {
    const files = names(24)
    const part = (i: number) => (i < 16 ? "Training" : "test")
    const labels = await table("file,label,split", files, (name, i) => `${name},${i % 2},${part(i)}`)
    const dir = await pictures(files)
    const { code, said, out } = await train(dir, "--labels", labels, "--split", "given")
    expect(code).toBe(0)
    const says = "The split has no val part: the threshold is 0.5 and the temperature 1, neither was chosen."
    expect(said).toContain(says)
    expect(said).toMatch(/^Calibration error [\d.]+ %\.$/m)
    expect(readFileSync(path.join(out, "report.html"), "utf8")).toContain(says)
    const { folds } = json(out, "metrics.json")
    expect(folds).toMatchObject([{ validation: 0, threshold: { probability: 0.5 }, temperature: { value: 1 } }])
    const best = await train(dir, "--labels", labels, "--split", "given", "--keep", "best")
    expect([best.code, best.stderr]).toEqual([1, expect.stringContaining("the split has no val part")])
  })

  it("refuses groups on both sides by name, and compare one without a val part", async () => {
    const dir = await pictures(inFolders("val"))
    const compared = await run("compare", dir, ...["--split", "given", "--methods", "majority", "--optimizers", "none"])
    expect([compared.code, compared.stderr]).toEqual([1, expect.stringContaining("the split has no val part")])
    expect(compared.stdout).not.toMatch(/Reading/)
    cpSync(path.join(dir, "train/normal/train_normal_0.png"), path.join(dir, "test/normal/again.png"))
    const { code, stderr, out } = await train(dir, "--split", "given")
    expect([code, existsSync(out)]).toEqual([1, false])
    expect(stderr).toContain("--split given: 1 group has images in more than one part:")
    expect(stderr).toMatch(/test: test\/normal\/again.png, train: train\/normal\/train_normal_0.png/)
  })
})

it("--folds-by leaves each value out in turn, and names it in every table", async () => {
  const files = names(24)
  const sites = ["north", "south", "west"]
  const header = "file,label,patient,site"
  const labels = await table(header, files, (name, i) => `${name},${i % 2},p${i >> 1},${sites[(i >> 1) % 3]}`)
  const dir = await pictures(files)
  const early = await train(dir, "--labels", labels, "--folds-by", "scanner")
  expect([early.code, early.stderr]).toEqual([1, expect.stringContaining('no such column; found "patient", "site"')])
  expect(early.stdout).not.toContain("Reading")
  const { code, stdout, out } = await train(dir, "--labels", labels, "--folds-by", "site")
  expect(code).toBe(0)
  for (const [fold, site] of sites.entries()) expect(stdout).toContain(`fold-${fold} (${site})`)
  expect(new Set(rows(out, "predictions.csv").map(({ fold, site }) => `${fold} ${site}`))).toEqual(
    new Set(["0 north", "1 south", "2 west"]),
  )
  expect(json(out, "summary.json")).toMatchObject({
    foldsBy: "site",
    foldCount: 3,
    folds: sites.map((value) => ({ value })),
  })
  const html = readFileSync(path.join(out, "report.html"), "utf8")
  for (const text of ["Each site unseen", "fold-2 (west)"]) expect(html).toContain(text)
})
