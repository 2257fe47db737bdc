/** `cnn predict --by-patient`: one row per patient. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { cp, writeFile } from "node:fs/promises"
import path from "node:path"
import { beforeAll, expect, it } from "vitest"
import { mean } from "../../src/eval/mean.ts"
import { commonFolder } from "../../src/predict/by_patient.ts"
import { cnn } from "../support/cli.ts"
import { at, json, PHANTOM, table, train, writePhantom } from "../support/train_fixture.ts"

interface Row {
  patient: string
  images: number
  label: string
  calibrated: Record<string, number>
  first_file: string
}

const predict = (...args: string[]) => cnn(["predict", at("run"), at("films"), ...args])

beforeAll(async () => {
  expect((await train("run", ...PHANTOM, "--seed", "3")).code).toBe(0)
  const dir = await writePhantom("drawn", 9)
  const files = ["fractured", "not_fractured"].flatMap((name) =>
    readdirSync(path.join(dir, name)).map((file) => path.join(dir, name, file)),
  )
  for (const [i, file] of files.entries()) await cp(file, at("films", `P${100 + (i >> 1)}`, `view${i & 1}.png`))
})

it("gives the mean of the calibrated probabilities of the patients that names tell", async () => {
  const [each, all] = [await predict("--json"), await predict("--json", "--by-patient")]
  expect([all.code, all.stderr]).toEqual([0, expect.stringContaining("24 images in 12 groups, by patients' numbers")])
  const images = JSON.parse(each.stdout).predictions as { file: string; calibrated: number }[]
  const { patients, threshold } = JSON.parse(all.stdout) as { patients: Row[]; threshold: number }
  expect(patients).toHaveLength(12)
  for (const { first_file, images: count, calibrated, label } of patients) {
    const own = images.filter(({ file }) => path.dirname(file) === path.dirname(first_file))
    expect(count).toBe(2)
    expect(calibrated.fractured).toBeCloseTo(mean(own.map((image) => image.calibrated))!, 12)
    expect(label).toBe(calibrated.fractured > threshold ? "fractured" : "not_fractured")
  }
  const folds = json("run", "metrics.json").folds as { threshold: { logit: number }; temperature: { value: number } }[]
  const scaled = folds.map((fold) => 1 / (1 + Math.exp(-fold.threshold.logit / fold.temperature.value)))
  expect(threshold).toBeCloseTo(mean(scaled)!, 9)
})

it("writes a CSV whole, by the groups that are given, and does not continue one", async () => {
  const rows = Array.from({ length: 24 }, (_, i) => `P${100 + (i >> 1)}/view${i & 1}.png,${i % 3}`)
  await writeFile(at("groups.csv"), ["file,group", ...rows].join("\n"))
  const flags = ["--by-patient", "--groups", at("groups.csv"), "--csv", at("patients.csv")]
  expect(await predict(...flags)).toMatchObject({ code: 0, stdout: expect.stringContaining("3 rows, one per patient") })
  expect(table("patients.csv").map(({ patient, images }) => [patient, images])).toEqual([["0", "8"], ["1", "8"], ["2", "8"]]) // biome-ignore format: pairs
  const before = readFileSync(at("patients.csv"), "utf8")
  const again = await predict(...flags)
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("this file exists")])
  expect(readFileSync(at("patients.csv"), "utf8")).toBe(before)
})

it("prints a table", async () => {
  const { stdout } = await predict("--by-patient", "--group-by", "^P(1\\d)")
  const [header, ...rows] = stdout.trim().split("\n")
  expect(header).toMatch(
    /^patient +images +calibrated probability of fractured +label, above 0\.\d{4} fractured +first image$/,
  )
  expect(rows.map((row) => row.split(/ +/).slice(0, 2))).toEqual([["10", "20"], ["11", "4"]]) // biome-ignore format: pairs
})

it.each([
  [["--groups", "x.csv"], "needs --by-patient"],
  [["--by-patient", "--json", "--csv", "never.csv"], "give --json or --csv FILE, not both"],
  [["--by-patient", "--groups", "x.csv", "--group-by", "P"], "give one of them"],
])("refuses %j", async (flags, message) => {
  const { code, stderr } = await predict(...flags)
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  expect(existsSync("never.csv")).toBe(false)
})

it("finds the folder that holds all files", () => {
  expect(commonFolder(["/a/b/c/1.png", "/a/b/2.png"])).toBe(path.resolve("/a/b"))
  expect(commonFolder(["/a/1.png", "/b/2.png"])).toBe(path.resolve("/"))
  expect(commonFolder(["/ab/1.png", "/abc/2.png"])).toBe(path.resolve("/"))
})
