/** Patients of DICOM files: kept together, and named nowhere. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import path from "node:path"
import { expect, it } from "vitest"
import { aspectRatios } from "../../src/data/dimensions.ts"
import { loadFolder } from "../../src/data/load.ts"
import { dataHash } from "../../src/run/data_source.ts"
import { keepGroupNames, keptGroupNames } from "../../src/run/group_names.ts"
import { cnn } from "../support/cli.ts"
import { dicomPicture, type Element, SYNTAX } from "../support/dicom_files.ts"
import { phantomDataset } from "../support/drawn.ts"
import { tempFolder } from "../support/temp_folder.ts"

const SIZE = 16
const SECRETS = [
  "SECRETDOE",
  "SECRETPID",
  "19680229",
  "19990131",
  "SECRETCLINIC",
  "SECRETISSUER",
  "2.25.777123",
  "SECRETNOTE",
]

/** What a scanner writes of a patient; `patient` two images each. */
const about = (patient: number, study: number): Element[] => [
  ["00080020", "DA", "19990131"],
  ["00080080", "LO", "SECRETCLINIC"],
  ["00080090", "PN", "SECRETDOE^Doctor"],
  ["00081030", "LO", "SECRETNOTE of the study"],
  ["00100010", "PN", `SECRETDOE^${patient}`],
  ["00100020", "LO", patient < 0 ? "" : `SECRETPID${patient}`],
  ["00100021", "LO", "SECRETISSUER"],
  ["00100030", "DA", "19680229"],
  ["00104000", "LT", "SECRETNOTE"],
  ["0020000d", "UI", `2.25.777123.${study}`],
]

/**
 * Drawn limbs, one folder a class, two images a patient; the last two have a study and no patient.
 */
async function dicomFolder(count: number): Promise<string> {
  const dir = await tempFolder()
  const { files, pixels, labels } = phantomDataset({ count, seed: 5, size: SIZE })
  for (const i of files.keys()) {
    const folder = path.join(dir, labels[i] ? "fractured" : "normal")
    mkdirSync(folder, { recursive: true })
    const values = [...pixels.subarray(i * SIZE ** 2, (i + 1) * SIZE ** 2)].map((value) => value * 16)
    const patient = i >= count - 2 ? -1 : Math.floor(i / 2)
    const syntax = [SYNTAX.explicit, SYNTAX.implicit, SYNTAX.deflated][i % 3]
    const name = i % 4 === 0 ? `${i}.png` : i % 2 === 0 ? `${i}.dcm` : `IM${i}`
    writeFileSync(path.join(folder, name), dicomPicture({ ...{ width: SIZE, height: SIZE, values }, bits: 12, syntax, more: about(patient, Math.floor(i / 2)) })) // biome-ignore format: one file
  }
  return dir
}

const load = (dir: string, pseudonyms?: Awaited<ReturnType<typeof keptGroupNames>>) =>
  loadFolder(dir, { size: SIZE, cacheDir: false, pseudonyms })

it("are groups, by their id or else the study's, under names that are others in each run", async () => {
  const dir = await dicomFolder(12)
  const [one, other] = [await load(dir), await load(dir)]
  const number = (file: string) => Math.floor(Number(/\d+/.exec(file)![0]) / 2)
  const byPatient = new Map<string, Set<number>>()
  for (const [i, group] of one.groups.entries()) {
    expect(group).toMatch(number(one.files[i]) === 5 ? /^study-[0-9a-f]{16}$/ : /^patient-[0-9a-f]{16}$/)
    if (!byPatient.has(group)) byPatient.set(group, new Set())
    byPatient.get(group)!.add(number(one.files[i]))
  }
  expect([...byPatient.values()].map((set) => set.size)).toEqual([1, 1, 1, 1, 1, 1])
  expect(one.grouping).toBe(
    "12 images in 6 groups, by the ids of patient, study, series and frame of reference in 12 DICOM files.",
  )
  expect(one.groups.filter((group) => other.groups.includes(group))).toEqual([])
  // Nevertheless it can be told that they are the same images in the same groups.
  expect(dataHash(other)).toBe(dataHash(one))
  expect(await aspectRatios(dir, one.files)).toEqual(one.files.map(() => 1))
})

it("keep their names when a run goes on, without the key that they were made with", async () => {
  const [dir, run] = [await dicomFolder(8), await tempFolder()]
  const first = await load(dir)
  keepGroupNames(run, first)
  expect((await load(dir, await keptGroupNames(run))).groups).toEqual(first.groups)
  const kept = readFileSync(path.join(run, "checkpoints", "groups.csv"), "utf8")
  expect(kept.trim().split("\n")).toHaveLength(9)
  expect(SECRETS.filter((secret) => kept.includes(secret))).toEqual([])
})

it("are named in nothing that audit, train, explain and predict write, print and cache", async () => {
  const dir = await dicomFolder(24)
  const out = await tempFolder()
  const at = (name: string) => path.join(out, name)
  const env = { CNN_CACHE: at("cache"), CNN_DEBUG: "1" }
  const broken = readFileSync(path.join(dir, "normal", readdirSync(path.join(dir, "normal"))[0])).subarray(0, 700)
  writeFileSync(path.join(dir, "normal", "broken.dcm"), broken)
  const small = ["--size", "16", "--epochs", "1", "--folds", "2", "--batch", "8"]
  for (const name of ["audit", "again"]) mkdirSync(at(name))
  const said = []
  const places: Record<string, string> = { DIR: dir, AUDIT: at("audit"), RUN: at("run"), MAPS: at("maps"), "out.csv": at("out.csv") } // biome-ignore format: a table
  const page = readFileSync("docs/dicom.md", "utf8")
  const commands = [...page.matchAll(/^npx cnn (.+)$/gm)].map(([, text]) => text.split(" ").map((word) => places[word] ?? word)) // biome-ignore format: a chain
  expect(commands.map(([name]) => name)).toEqual(["audit", "train", "predict"])
  for (const args of [
    ["audit", dir, "--out", at("again"), "--json"],
    ...commands.map((args) => (args[0] === "train" ? [...args, ...small] : args)),
    ["explain", at("run"), "--all", "--out", at("explained")],
  ]) {
    const { code, stdout, stderr } = await cnn(args, env)
    expect(stderr).not.toMatch(/TypeError|RangeError/)
    expect(`${stderr} ${code}`.slice(-600)).toMatch(RegExp(`${args[0] === "predict" ? 1 : 0}$`))
    said.push(stdout, stderr)
  }
  writeFileSync(at("said.txt"), said.join("\n"))
  expect(readFileSync(at("out.csv"), "utf8")).toMatch(/broken\.dcm.*DICOM file/)
  expect(JSON.stringify(JSON.parse(said[0]))).toContain("DICOM elements")
  expect(readFileSync(at("run/predictions.csv"), "utf8")).toMatch(/,patient-[0-9a-f]{16},/)
  const packs = filesIn(at("cache")).filter((file) => file.endsWith(".pack"))
  expect(packs.reduce((sum, file) => sum + statSync(file).size, 0)).toBeGreaterThan(5_000)
  expect(readdirSync(at("run"))).not.toContain("checkpoints")
  // The search itself finds what is there.
  expect(named(dir)).toHaveLength(SECRETS.length)
  expect(named(out)).toEqual([])
}, 120_000)

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))

/** The secrets that are in any file. */
function named(folder: string): string[] {
  const texts = filesIn(folder).map((file) => `${file}\n${readFileSync(file, "latin1")}`)
  return SECRETS.filter((secret) => texts.some((text) => text.includes(secret)))
}
