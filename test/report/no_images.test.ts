/**
 * Pages without images: no film, no name of a file, a group or a folder, on any page that may be
 * passed on.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { cp } from "node:fs/promises"
import path from "node:path"
import sharp from "sharp"
import { beforeAll, describe, expect, it } from "vitest"
import { HiddenNames } from "../../src/report/hidden_names.ts"
import { hideCommand } from "../../src/report/hide.ts"
import { cnn } from "../support/cli.ts"
import { phantomDataset } from "../support/drawn.ts"
import { send, serveRun } from "../support/served.ts"
import { at, json, table } from "../support/train_fixture.ts"

const SIZE = 32
const COUNT = 24
/** Names of folders, files and groups that name people. */
const DATA = "dr_schulz"
const read = (...names: string[]) => readFileSync(at(...names), "utf8")

let files: string[]
let groups: string[]

async function write(file: string, pixels: Uint8Array): Promise<void> {
  mkdirSync(path.dirname(at(DATA, file)), { recursive: true })
  const raw = { width: SIZE, height: SIZE, channels: 1 as const }
  writeFileSync(at(DATA, file), await sharp(pixels, { raw }).toColourspace("b-w").png().toBuffer())
}

/**
 * With what makes an audit name files: copies in two classes, a blank one, one that is no image.
 */
async function writeData(): Promise<void> {
  const drawn = phantomDataset({ count: COUNT, seed: 5, size: SIZE })
  const image = (i: number) => drawn.pixels.subarray(i * SIZE * SIZE, (i + 1) * SIZE * SIZE)
  const usable = drawn.files.map((file, i) => `${path.dirname(file)}/Mueller_Hans_${100 + i}a.png`)
  for (const [i, file] of usable.entries()) await write(file, image(i))
  const copy = "not_fractured/Meier, Eva 7.png"
  await write(copy, image(usable.findIndex((file) => file.startsWith("fractured/"))))
  const [blank, damaged] = ["fractured/Leer_Anna.png", "fractured/Kaputt_Otto.png"]
  await write(blank, new Uint8Array(SIZE * SIZE).fill(90))
  writeFileSync(at(DATA, damaged), "no image")
  const grouped = [...usable, copy].map((file, i) => [file, i % 5 === 0 ? `pat schmidt${i}` : `Pat${4000 + i}`])
  // Two spellings of one patient, which the run warns of.
  grouped[1][1] = "PAT4002"
  const rows = [...grouped, [blank, "PatLeer"], [damaged, "PatKaputt"]].map((row) => row.map((cell) => `"${cell}"`))
  writeFileSync(at(DATA, "groups.csv"), `file,group\n${rows.map((row) => row.join(",")).join("\n")}\n`)
  files = [...usable, copy, blank, damaged]
  groups = [...new Set(grouped.map(([, group]) => group)), "PatLeer", "PatKaputt"]
}

/** What of a page says who the images are of. */
function found(page: string): string[] {
  const names = [...files, ...files.map((file) => path.basename(file, ".png")), ...groups, DATA]
  const images = page.match(/data:image[^"']{0,20}|;base64,|<img |<image |<canvas /g) ?? []
  return [...names.filter((name) => page.includes(name)), ...images]
}

const NONE = "This page contains no images; file and group names are hashed."

beforeAll(async () => {
  await writeData()
  const args = ["train", "--data", at(DATA), "--size", "32", "--epochs", "2", "--folds", "2", "--seed", "1"]
  const results = [
    await cnn([...args, "--out", at("private"), "--no-images"]),
    await cnn([...args, "--out", at("open"), "--lr", "0.002"]),
  ]
  for (const { code, stderr } of results) expect({ code, stderr }, stderr).toMatchObject({ code: 0 })
}, 120_000)

describe("a run with --no-images", () => {
  it("writes a report without films and names, and says so", () => {
    const page = read("private", "report.html")
    expect(found(page)).toEqual([])
    expect(page).toContain(NONE)
    // Not because there was nothing to hide.
    expect(page).toMatch(/show nothing, such as image-[0-9a-f]{12}: blank/)
    expect(page).toMatch(/more than one class, such as image-[0-9a-f]{12} and image-[0-9a-f]{12}/)
    expect(page).toMatch(/differ only in case.*&quot;(group|name)-[0-9a-f]{12}&quot;/)
    expect(page).toContain("npx cnn train --data ... --size 32")
  })

  it("an open one shows both, and says how many", () => {
    const page = read("open", "report.html")
    const films = new Set(page.match(/<div class="pair"><img src="[^"]+"/g)).size
    expect(films).toBeGreaterThan(0)
    expect(page).toContain(`This page contains ${films} film${films === 1 ? "" : "s"} and file names`)
    expect(found(page).length).toBeGreaterThan(films)
    expect(existsSync(at("open", "hidden_names.csv"))).toBe(false)
  })

  it("has one hash for a name on every page, which only its own table resolves", async () => {
    const before = read("private", "report.html")
    const names = new Map(table("private", "hidden_names.csv").map(({ shown, name }) => [shown, name]))
    const shown = [...before.matchAll(/image-[0-9a-f]{12}/g)].map(([name]) => name)
    expect(shown.every((name) => files.includes(names.get(name)!))).toBe(true)
    const grouped = table("private", "predictions.csv").map(({ group }) => group)
    expect(new Set(names.values())).toEqual(new Set([...files, ...grouped]))
    await cp(at("private"), at("again"), { recursive: true })
    expect(await cnn(["report", at("again")])).toMatchObject({ code: 0, stderr: "" })
    const again = new Set([...read("again", "report.html").matchAll(/image-[0-9a-f]{12}/g)].map(([name]) => name))
    expect(again).toEqual(new Set(shown))
  })

  it("is remembered until cnn report says otherwise, and --no-images makes an open run one", async () => {
    await cp(at("private"), at("shown"), { recursive: true })
    expect(await cnn(["report", at("shown"), "--images"])).toMatchObject({ code: 0 })
    expect(read("shown", "report.html")).toContain("data:image/webp")
    expect(json("shown", "config.json").hidden).toBeUndefined()
    expect(existsSync(at("shown", "hidden_names.csv"))).toBe(false)
    await cp(at("open"), at("closed"), { recursive: true })
    expect(await cnn(["report", at("closed"), "--no-images"])).toMatchObject({ code: 0 })
    expect(found(read("closed", "report.html"))).toEqual([])
    // Another run's key makes other names.
    const key = (run: string) => json(run, "config.json").hidden
    expect(key("closed")).toMatch(/^[0-9a-f]{64}$/)
    expect(key("closed")).not.toBe(key("private"))
    expect(table("closed", "hidden_names.csv")[0]).not.toEqual(table("private", "hidden_names.csv")[0])
  }, 60_000)

  it("serves a page without films and names", async () => {
    const serving = await serveRun(at("private"))
    try {
      const { body, status } = await send(serving.port, { path: "/run.json" })
      expect(status).toBe(200)
      expect(found(body)).toEqual([])
      const { predictions, problems } = JSON.parse(body)
      expect(predictions.images).toHaveLength(table("private", "predictions.csv").length)
      expect(predictions.images[0]).toMatchObject({ file: expect.stringMatching(/^image-[0-9a-f]{12}$/) })
      expect(predictions.images[0].pixels).toBeUndefined()
      expect(problems.join()).toMatch(/image-[0-9a-f]{12}/)
      expect((await send(serving.port, { path: "/images/0.png" })).status).toBe(404)
    } finally {
      await serving.close()
    }
  })
})

describe("other pages", () => {
  it("of an audit", async () => {
    const out = at("audited")
    const { code, stdout, stderr } = await cnn(["audit", at(DATA), "--no-images", "--out", out])
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(stdout).toContain("Mueller_Hans_")
    const page = read("audited", "audit.html")
    expect(found(page)).toEqual([])
    expect(page).toContain(NONE)
    expect(page).toMatch(/<figcaption>image-[0-9a-f]{12}</)
    expect(table("audited", "audit_hidden_names.csv").map(({ name }) => name)).toEqual(expect.arrayContaining(files))
    expect(await cnn(["audit", at(DATA), "--out", at("audited_open")])).toMatchObject({ code: 0 })
    expect(read("audited_open", "audit.html")).toMatch(/This page contains \d+ films and file names/)
    expect(found(read("audited_open", "audit.html")).length).toBeGreaterThan(2)
  })

  it("of several runs beside each other", async () => {
    await cp(at("open"), at("other"), { recursive: true })
    const args = ["report", at("private"), at("other"), "--no-images", "--out", at("runs.html")]
    expect(await cnn(args)).toMatchObject({ code: 0 })
    expect(found(read("runs.html"))).toEqual([])
    expect(read("runs.html")).not.toContain(at())
  })

  it("of a comparison, in the report as well", async () => {
    const flags = ["--methods", "majority", "--optimizers", "none", "--size", "32", "--folds", "2"]
    expect(await cnn(["compare", at(DATA), ...flags, "--seed", "1", "--out", at("compared")])).toMatchObject({
      code: 0,
    })
    expect(found(read("compared", "comparison.svg"))).toEqual([])
    const args = ["report", at("private"), "--comparison", at("compared"), "--out", at("with.html")]
    expect(await cnn(args)).toMatchObject({ code: 0, stderr: "" })
    expect(read("with.html")).toContain("Beside other methods")
    expect(found(read("with.html"))).toEqual([])
  })

  it("of explanations; heatmaps show films, and the command says so", async () => {
    await cp(at("private"), at("explained"), { recursive: true })
    const { code, stderr } = await cnn(["explain", at("explained"), "--all", "--out", at("maps")])
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining("the run's pages are without images, but these heatmaps show films"),
    })
    expect(await cnn(["report", at("explained")])).toMatchObject({ code: 0, stderr: "" })
    expect(read("explained", "report.html")).toContain("Where the networks looked")
    expect(found(read("explained", "report.html"))).toEqual([])
  })
})

describe("patients with images of several classes, of three or more", () => {
  const patients = Array.from({ length: 9 }, (_, k) => `Huber_Maria_${k}`)
  const isNamed = (text: string) => patients.some((name) => text.includes(name))
  const section = (page: string) => /<section id="subgroups">[\s\S]*?<\/section>/.exec(page)![0]

  beforeAll(async () => {
    expect(await cnn(["phantom", at("types"), "--by-type", "--count", "40", "--size", "32"])).toMatchObject({ code: 0 })
    const all = readdirSync(at("types"), { recursive: true, encoding: "utf8" })
    const films = all.filter((name) => name.endsWith(".png")).sort()
    const rows = films.map((file, k) => {
      // Of neighbours in a class's folder, but for one patient.
      const patient = patients[k % 4 === 0 ? 8 : Math.floor(k / 5)]
      return [file, path.dirname(file), patient, ["north", "south"][k % 2]].join(",")
    })
    writeFileSync(at("types.csv"), ["file,label,patient,site", ...rows].join("\n"))
    const flags = ["--labels", at("types.csv"), "--size", "16", "--epochs", "1", "--folds", "2", "--no-audit"]
    const { code, stderr } = await cnn(["train", "--data", at("types"), ...flags, "--no-images", "--out", at("mixed")])
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
  }, 60_000)

  it("are counted in metrics.json and the report, and not named", () => {
    const { mixed } = json("mixed", "metrics.json").patients
    expect(mixed).toBeGreaterThan(0)
    expect(read("mixed", "report.html")).toContain(`${mixed} patients with images of several classes left out.`)
    expect(["metrics.json", "report.html"].filter((file) => isNamed(read("mixed", file)))).toEqual([])
  })

  it("nor named by the report of a run whose metrics.json has their names", async () => {
    await cp(at("mixed"), at("earlier"), { recursive: true })
    const metrics = json("earlier", "metrics.json")
    const { mixed } = metrics.patients
    metrics.patients.mixed = patients.slice(0, mixed)
    writeFileSync(at("earlier", "metrics.json"), JSON.stringify(metrics))
    expect(await cnn(["report", at("earlier")])).toMatchObject({ code: 0, stderr: "" })
    expect(read("earlier", "report.html")).toContain(`${mixed} patients with images of several classes left out.`)
    expect(isNamed(read("earlier", "report.html"))).toBe(false)
  })

  it("nor as subgroups; other values stay", async () => {
    const { code, stderr } = await cnn(["report", at("mixed"), "--by", "patient,site", "--out", at("by.html")])
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(isNamed(read("by.html"))).toBe(false)
    const shown = new Set(section(read("by.html")).match(/group-[0-9a-f]{12}/g))
    const names = new Map(table("mixed", "hidden_names.csv").map((row) => [row.shown, row.name]))
    expect([...shown].map((name) => names.get(name)).sort()).toEqual(patients)
    for (const site of ["north", "south"]) expect(section(read("by.html"))).toContain(`<th scope="row">${site}</th>`)
  })
})

describe("hidden names", () => {
  const names = new HiddenNames("ab".repeat(32), {
    files: ["fractured/a.png", "P012/view 3.png", "P012/view 3.png.dcm", "constructor"],
    groups: ["P012", "1", "hand", "a"],
    classes: ["fractured", "2-part"],
    places: [["/data/schulz", "DIR"]],
  })
  const text = (sentence: string) => names.text(sentence).replaceAll(/-[0-9a-f]{12}/g, "")

  it.each([
    ["fractured", "fractured"],
    ["1", "group"],
    ["constructor", "image"],
    ['"1" and "fractured" and "Schulz"', '"group" and "fractured" and "name"'],
    ["1 group with a hand, of 1 image", "1 group with a group, of 1 image"],
    ["P012/view 3.png.dcm: damaged", "image: damaged"],
    ["/data/schulz: 3 images, such as P012/view 3.png", "DIR: 3 images, such as image"],
    ["XP012 is P012, and view 3.png too", "XP012 is group, and image too"],
    [`2 images by numbers in names ("P012" in P012/view 3.png; 2 per patient).`, `2 images by numbers in names ("group" in image; 2 per patient).`], // biome-ignore format: a pair
    ["no line in x/Praxis Schulz.xlsx, and not in groups.csv", "no line in x/Praxis file, and not in groups.csv"],
    ["an unknown sub/Schulz_Eva.JPG, config.json names them", "an unknown file, config.json names them"],
  ])("%s", (sentence, hidden) => expect(text(sentence)).toBe(hidden))

  it("leave words of the program in a command", () => {
    const command = ["cnn", "train", "--data", "schulz", "--seed", "7", "--optimizer", "sgd", "--out=runs/eva", "--model", "./eva.mjs", "--lr=0.1", "--groups", "4711"] // biome-ignore format: a list
    const hidden = ["cnn", "train", "--data", "...", "--seed", "7", "--optimizer", "sgd", "--out=...", "--model", "...", "--lr=0.1", "--groups", "..."] // biome-ignore format: a list
    expect(hideCommand(command)).toEqual(hidden)
    const evaluated = ["cnn", "evaluate", "4711", "12", "--no-images", "4", "--batch", "8", "--strict", "5", "--", "6"]
    const left = ["cnn", "evaluate", "...", "...", "--no-images", "...", "--batch", "8", "--strict", "...", "--", "..."]
    expect(hideCommand(evaluated)).toEqual(left)
  })
})
