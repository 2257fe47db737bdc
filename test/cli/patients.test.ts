/**
 * What train, audit and compare say of patients, classes and folders, and with which exit code they
 * end.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "vitest"
import { audit } from "../../src/audit/audit.ts"
import { readGroupsCsv } from "../../src/data/groups_csv.ts"
import { loadFolder } from "../../src/data/load.ts"
import { comparisonText } from "../../src/report/comparison.ts"
import { cnn } from "../support/cli.ts"
import { pictures } from "../support/pictures.ts"
import { tempFolder } from "../support/temp_folder.ts"

const CLAIM = "No group was both trained on and tested."
const UNKNOWN = "Images of one patient may be both trained on and tested"
const TINY = ["--size", "16", "--epochs", "1", "--folds", "2", "--batch", "8"]

/** `patients` with two views each, every other one in each class. */
const views = (name: (patient: number, view: number) => string, patients = 8) =>
  Array.from({ length: 2 * patients }, (_, i) => `${i & 2 ? "fractured" : "normal"}/${name(i >> 1, i & 1)}.png`)

async function run(command: string, dir: string, ...args: string[]) {
  const out = path.join(await tempFolder(), "out")
  const env = { CNN_CACHE: await tempFolder() }
  const where = command === "train" ? ["--data", dir] : [dir]
  const result = await cnn([command, ...where, ...(command === "audit" ? [] : TINY), "--out", out, ...args], env)
  return { ...result, said: result.stdout + result.stderr, out, cache: env.CNN_CACHE }
}

describe("cnn train", () => {
  it("prints the classes and where they come from before it trains, and the patients that it recognised", async () => {
    const { code, stdout, out } = await run("train", await pictures(views((p, v) => `P0${p}/view${v}`)), "--no-audit")
    expect(code).toBe(0)
    const lines = stdout.split("\n")
    const at = (text: string) => lines.findIndex((line) => line.startsWith(text))
    expect(lines[at("Classes")]).toBe("Classes   normal: 8 images from normal/")
    expect(lines[at("Classes") + 1]).toBe("Classes   fractured: 8 images from fractured/")
    expect(at("Classes")).toBeLessThan(at("fold-0"))
    expect(lines[at("Groups ")]).toMatch(/16 images in 8 groups, by patients' numbers .*2 images per patient/)
    expect(stdout).toContain(CLAIM)
    expect(readFileSync(path.join(out, "report.html"), "utf8")).toContain(CLAIM)
    const { data } = JSON.parse(readFileSync(path.join(out, "config.json"), "utf8"))
    expect(data.tree[1]).toEqual({ name: "fractured", images: 8, from: [{ folder: "fractured", images: 8 }] })
  })

  it("claims nothing where patients are unknown, in no place, and says what to type", async () => {
    const { code, said, out } = await run("train", await pictures(views((p, v) => `10${p}_${v}`)), "--no-audit")
    expect(code).toBe(0)
    expect(said).toMatch(/^Groups {4}16 images, groups unknown: each image counts as a patient/m)
    expect(said).toMatch(/^Warning {3}Names share a number .*--group-by '/m)
    expect(said).toMatch(/^Problem: Names share a number/m)
    const written = readdirSync(out).map((name) => readFileSync(path.join(out, name), "latin1"))
    for (const text of [said, ...written]) expect(text).not.toContain(CLAIM)
    expect(said).toContain(UNKNOWN)
    expect(readFileSync(path.join(out, "report.html"), "utf8")).toContain(UNKNOWN)
  })

  it("refuses such names with --strict, and takes the expression", async () => {
    const dir = await pictures(views((p, v) => `10${p}_${v}`))
    const { code, stderr } = await run("train", dir, "--strict")
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/--strict allows no problems, .*\n(.*\n)* {2}Names share/),
    ])
    const expression = /--group-by '(.*)'/.exec(stderr)![1]
    const taken = await run("train", dir, "--group-by", expression, "--no-audit")
    expect(taken.stdout).toMatch(/^Groups: 16 images in 8 groups, by the expression .* No group was both/m)
  })

  it("takes --classes and --no-group-names, also when it goes on", async () => {
    const dir = await pictures(views((p, v) => `P${p}/${v}`).map((file) => file.replace(/^f\w+/, "a/spiral").replace(/^n\w+/, "b/flat")))
    const flags = ["--classes", "fractured=spiral,normal=b/*", "--no-group-names", "--no-audit"]
    const { code, stdout, out } = await run("train", dir, ...flags)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Classes {3}normal: 8 images from b\/flat\/$/m)
    expect(stdout).toMatch(/--no-group-names/)
    const again = await cnn(["train", "--resume", out, "--classes", "a=spiral,b=flat"])
    expect([again.code, again.stderr]).toEqual([2, expect.stringMatching(/--classes .* was given, but .* was started with fractured=spiral/)])
  }) // biome-ignore format: short

  it("refuses a stale groups.csv before the audit", async () => {
    const dir = await pictures(views((p, v) => `P${p}/${v}`), { "groups.csv": "file,group\nnormal/P0/0.png,p\n" })
    const { code, stderr, stdout, cache } = await run("train", dir)
    expect([code, stderr]).toEqual([1, expect.stringMatching(/groups\.csv: no line for 15 of 16 images/)])
    expect([stdout, readdirSync(cache).filter((name) => /audit/.test(name))]).toEqual([expect.not.stringMatching(/Audit/), []])
  }) // biome-ignore format: short
})

describe("folders and adapter are checked before the audit", () => {
  it.each<[string, string[], RegExp]>([
    ["an adapter that is not there", ["--adapter", "none-such"], /none-such/],
    ["a folder that cannot be made", ["--out", "/dev/null/run"], /\/dev\/null/],
  ])("%s", async (_, flags, message) => {
    const dir = await pictures(views((p, v) => `P${p}/${v}`))
    for (const [command, ...where] of [["train", "--data", dir], ["compare", dir]]) {
      const cache = await tempFolder()
      const { code, stdout, stderr } = await cnn([command, ...where, ...TINY, ...flags], { CNN_CACHE: cache })
      expect([code, stderr]).toEqual([1, expect.stringMatching(message)])
      expect(stdout).not.toMatch(/Auditing|Comparing/)
      expect(readdirSync(cache).filter((name) => /audit/.test(name))).toEqual([])
    }
  }) // biome-ignore format: short
  it("a data folder that is not there, first", async () => {
    for (const args of [["train", "--data", "none"], ["compare", "none"]])
      expect(await cnn([...args, "--adapter", "none-such"])).toMatchObject({ code: 1, stderr: expect.stringMatching(/no such folder/) })
  }) // biome-ignore format: short
})

describe("an ambiguous folder", () => {
  const files = ["fractured", "normal", "implant"].flatMap((name) => [1, 2, 3, 4].map((i) => `${name}/${i}.png`))
  it("ends train and compare with exit code 2 and the command to type, which works", async () => {
    const dir = await pictures(files)
    for (const command of ["train", "compare"]) {
      const { code, stdout, stderr } = await run(command, dir)
      expect([code, stdout]).toEqual([2, expect.not.stringMatching(/Images/)])
      expect(stderr).toMatch(/^To train on those alone: --classes fractured=fractured,normal=normal$/m)
    }
    const { code, stdout } = await run("train", dir, "--classes", "fractured=fractured,normal=normal", "--no-audit")
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Skipped {3}4 files: 4 in no class folder\n.*implant\/1\.png, .*: lies in no folder of --cl/m)])
  }) // biome-ignore format: short
  it("is audited without classes, and with --classes", async () => {
    const dir = await pictures(files)
    const { code, stdout } = await run("audit", dir, "--strict")
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^Problem {2}Classes were not checked: .*implant/m)])
    const given = await run("audit", dir, "--classes", "yes=f*,no=normal", "--positive", "yes")
    expect([given.code, given.stdout]).toEqual([0, expect.stringMatching(/8 images: 4 no, 4 yes\nno: 4 images from normal\//)])
  }) // biome-ignore format: short
  it("is refused where the flag is wrong", async () => {
    const dir = await pictures(files)
    expect(await run("train", dir, "--classes", "a")).toMatchObject({ code: 2, stderr: expect.stringMatching(/NAME|expected a folder/) })
    expect((await run("train", dir, "--classes", "a=x,b=y")).code).toBe(2)
    expect((await cnn(["train", "--classes", "a=x,b=y"])).stderr).toMatch(/--classes goes with --data/)
  }) // biome-ignore format: short
})

describe("cnn audit", () => {
  const files = views((p, v) => `P${p}/${v}`, 4)
  it.each<[string, string, RegExp]>([
    ["lines are missing", "file,group,age\nnormal/P0/0.png,mine,7\nnormal/P0/1.png,mine,7\n", /Problem {2}.*no line for 6 of 8 images/],
    ["it holds other files", "file,group,age\ngone.png,x,1\n", /Problem {2}.*no line for 8 of 8 images/],
    ["it cannot be read", "name;who\na;b\n", /Problem {2}.*found the columns name, who.*It was not used\./],
    ["a group is empty", "file,group,age\nnormal/P0/0.png,,7\n", /Problem {2}.*line 2: the group is empty.*It was not used\./],
  ])("runs though groups.csv is stale: %s", async (_, csv, message) => {
    const dir = await pictures(files, { "groups.csv": csv })
    const { code, stdout, out } = await run("audit", dir)
    expect([code, stdout]).toEqual([0, expect.stringMatching(message)])
    expect(readFileSync(path.join(dir, "groups.csv"), "utf8")).toBe(csv)
    // What it writes is complete.
    const table = await readGroupsCsv(path.join(out, "groups.csv"))
    expect(files.map((file) => table.get(file)).every((group) => group !== undefined)).toBe(true)
  }) // biome-ignore format: a table

  it("adds missing images with --force, and keeps lines and columns", async () => {
    const dir = await pictures(files, { "groups.csv": "file,group,age\nnormal/P0/0.png,mine,7\nnormal/P0/1.png,mine,7\n" })
    const env = { CNN_CACHE: await tempFolder() }
    expect((await cnn(["audit", dir], env)).stdout).toMatch(/left unchanged, though images are missing from it; --force/)
    expect((await cnn(["audit", dir, "--force"], env)).code).toBe(0)
    const lines = readFileSync(path.join(dir, "groups.csv"), "utf8").trim().split("\n")
    expect(lines.slice(0, 3)).toEqual(["file,group,age", "normal/P0/0.png,mine,7", "normal/P0/1.png,mine,7"])
    expect(lines.slice(3)).toHaveLength(6)
    expect((await cnn(["audit", dir], env)).stdout).toMatch(/already holds all of this/)
  }) // biome-ignore format: short

  it("groups as train does", async () => {
    const dir = await pictures([...files, "normal/7.png", "fractured/7-rotated1.png", "fractured/7.png"])
    for (const options of [{}, { groupNames: false }, { groupBy: "P\\d|7" }, { classes: "a=normal,b=fractured", positive: "b" }]) {
      const { files: names, groups, grouping, tree } = await audit(dir, { ...options, cacheDir: false })
      const data = await loadFolder(dir, { ...options, size: 16, cacheDir: false })
      expect({ files: data.files, groups: data.groups, grouping: data.grouping, tree: data.tree }).toEqual({ files: names, groups, grouping, tree })
    }
  }) // biome-ignore format: short
})

describe("causes that messages name", () => {
  it("a class made only of links", async () => {
    const dir = await pictures(views((p, v) => `P${p}/${v}`))
    const outside = path.join(await tempFolder(), "store")
    renameSync(path.join(dir, "fractured"), outside)
    symlinkSync(outside, path.join(dir, "fractured"))
    const linked = await run("train", dir, "--no-audit")
    expect([linked.code, linked.stderr]).toEqual([1, expect.stringMatching(/"fractured" can be used \(fractured\): a symbolic link .* cp -rL/)])
    rmSync(path.join(dir, "fractured"))
    mkdirSync(path.join(dir, "fractured"))
    for (const i of [0, 1, 2]) symlinkSync(path.join(outside, `P1/${i % 2}.png`), path.join(dir, `fractured/${i}.png`))
    const links = await run("train", dir, "--no-audit")
    expect([links.code, links.stderr]).toEqual([1, expect.stringMatching(/"fractured" can be used \(3 files in fractured, such as .*a symbolic link/)])
  }) // biome-ignore format: short

  it.runIf(process.platform === "linux")("a class whose names are not UTF-8, also in audit and predict", async () => {
    const dir = await pictures(views((p, v) => `P${p}/${v}`))
    rmSync(path.join(dir, "fractured"), { recursive: true })
    mkdirSync(path.join(dir, "fractured"))
    writeFileSync(Buffer.concat([Buffer.from(`${dir}/fractured/M`), Buffer.from([0xfc]), Buffer.from("ller.png")]), "x")
    const { code, stderr } = await run("train", dir, "--no-audit")
    expect([code, stderr]).toEqual([1, expect.stringMatching(/"fractured" can be used .*the name is not UTF-8: rename it/)])
    expect((await run("audit", dir)).stdout).toMatch(/the name is not UTF-8/)
  }) // biome-ignore format: short
})

it("a comparison claims nothing of patients where they are unknown", () => {
  const comparison = { contenders: [], claims: [], differences: [], level: 0.95, complete: true, config: { methods: [], optimizers: [] } }
  const result = { comparison: comparison as never, folder: "x", grouping: "By name.", problems: [], interrupted: false }
  expect(comparisonText(result).join("\n")).toContain(CLAIM)
  expect(comparisonText({ ...result, patientsUnknown: true }).join("\n")).toContain(UNKNOWN)
  expect(comparisonText({ ...result, patientsUnknown: true }).join("\n")).not.toContain(CLAIM)
}) // biome-ignore format: short
