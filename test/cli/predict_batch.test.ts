/** `cnn predict` over folders and lists, to a CSV that can be resumed. */
import { spawn } from "node:child_process"
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import sharp from "sharp"
import { beforeAll, describe, expect, it } from "vitest"
import { plainPredictView } from "../../src/cli/predict_view.ts"
import { inOrder } from "../../src/data/in_order.ts"
import { heatmapName } from "../../src/predict/heatmap_name.ts"
import { listedNames } from "../../src/predict/inputs.ts"
import { endOfRows, PredictionFile } from "../../src/predict/prediction_file.ts"
import { cnn } from "../support/cli.ts"
import { at, PHANTOM, table, train, writePhantom } from "../support/train_fixture.ts"

const MAIN = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url))

let images: string
beforeAll(async () => {
  await train("run", ...PHANTOM, "--seed", "3")
  images = await writePhantom("images", 5)
}, 60_000)

/** `cnn predict` with a list on standard input. */
function piped(args: string[], list: string): Promise<{ code: number | null; stdout: string }> {
  const child = spawn(process.execPath, [MAIN, "predict", at("run"), ...args], { stdio: ["pipe", "pipe", "ignore"] })
  child.stdin.end(list)
  let stdout = ""
  child.stdout.on("data", (chunk) => (stdout += chunk))
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout })))
}

const predict = (...args: string[]) => cnn(["predict", at("run"), ...args])
const text = (name: string) => readFileSync(at(name), "utf8")

describe("cnn predict of folders", () => {
  it("adds a row a file, says why one could not be used, and computes nothing twice", async () => {
    const bad = path.join(images, "fractured", "bad.png")
    writeFileSync(bad, "no image")
    const first = await predict(images, at("absent.png"), "--csv", at("a.csv"))
    expect(first.code).toBe(1)
    expect(first.stdout).toMatch(/a\.csv: 26 images, 2 could not be used, [\d.]+ images\/s\n$/)
    expect(first.stderr).toMatch(/bad\.png: not an image/)
    const rows = table("a.csv")
    expect(rows).toHaveLength(26)
    const of = (file: string) => rows.find((row) => row.file === file)!
    expect(of(bad)).toMatchObject({ probability: "", label: "", bytes: "8" })
    expect(of(bad).error).toMatch(/^not an image/)
    expect(of(at("absent.png"))).toMatchObject({ error: "no such file", bytes: "", modified: "" })

    const printed = JSON.parse((await predict(images, "--json")).stdout)
    for (const { file, probability, label } of printed.predictions)
      expect(of(file)).toMatchObject({ probability: String(probability), label })

    const before = text("a.csv")
    const again = await predict(images, at("absent.png"), "--csv", at("a.csv"))
    expect(again).toMatchObject({
      code: 1,
      stdout: `${at("a.csv")}: 26 images, 26 were there before, 2 could not be used\n`,
    })
    expect(text("a.csv")).toBe(before)

    rmSync(bad)
    copyFileSync(path.join(images, readdirFirst(images)), at("absent.png"))
    const mended = await predict(images, at("absent.png"), "--csv", at("a.csv"), "--json")
    const end = JSON.parse(mended.stdout.trim().split("\n").at(-1)!)
    expect(end).toMatchObject({ type: "end", images: 25, before: 24, predicted: 1, failed: 0, interrupted: false })
    expect(text("a.csv").startsWith(before)).toBe(true)
    expect(mended.code).toBe(0)
  }, 60_000)

  it("goes on after a cut in the middle of a row, with the same rows in the end", async () => {
    expect((await predict(images, "--csv", at("whole.csv"))).code).toBe(0)
    const whole = text("whole.csv")
    truncateSync(at("whole.csv"), Math.floor(whole.length / 2))
    expect((await predict(images, "--csv", at("whole.csv"))).code).toBe(0)
    expect(text("whole.csv")).toBe(whole)
  }, 60_000)

  it("refuses flags that do not go together, before anything is opened", async () => {
    for (const args of [
      ["--csv", at("x.png")],
      ["--csv", "--json"],
    ])
      expect((await predict(images, ...args)).code).toBe(2)
  }, 60_000)

  it("takes a list from standard input", async () => {
    const files = readdirSync(path.join(images, "fractured")).map((name) => path.join(images, "fractured", name))
    expect((await piped(commandOf("docs/predict.md", 1), `${files.join("\n")}\n`)).code).toBe(0)
    expect(table("list.csv").map(({ file }) => file)).toEqual(files)
    expect(listedNames("a b\0c\nd\0")).toEqual(["a b", "c\nd"])
  })
})

describe("heatmaps", () => {
  it("are one per image, under names that no other has; a missing one is drawn again", async () => {
    const twin = at("twin", path.basename(readdirFirst(images)))
    mkdirSync(path.dirname(twin), { recursive: true })
    copyFileSync(path.join(images, readdirFirst(images)), twin)
    const args = [...commandOf("docs/predict.md", 0), twin]
    expect(await predict(...args)).toMatchObject({ code: 0 })
    const names = table("out.csv").map(({ heatmap }) => heatmap)
    expect(new Set(names).size).toBe(25)
    expect(readdirSync(at("MAPS")).sort()).toEqual([...names].sort())
    const { width, format } = await sharp(at("MAPS", names[0])).metadata()
    expect({ width, format }).toEqual({ width: 400, format: "png" })

    const [one] = names
    const drawn = readFileSync(at("MAPS", one))
    rmSync(at("MAPS", one))
    const before = text("out.csv")
    expect((await predict(...args)).code).toBe(0)
    expect(readFileSync(at("MAPS", one)).equals(drawn)).toBe(true)
    expect(text("out.csv")).toBe(before)

    expect((await predict(images, "--heatmaps", at("MAPS"))).stderr).toMatch(/MAPS: the folder holds 25 files already/)
  }, 60_000)

  it("have names that stay in their folder, whatever the image is called", () => {
    const files = ["../../a.png", "a/a.png", "b/a.png", "..", "C:\\x\\a.png", ".hidden", "a\nb.png", "x".repeat(300)]
    const names = files.map(heatmapName)
    expect(new Set(names).size).toBe(files.length)
    for (const name of names) expect(name).toMatch(/^[\p{L}\p{N}_][\p{L}\p{N}._-]{0,90}\.png$/u)
  })
})

it("Ctrl-C leaves a file that can be resumed", async () => {
  const list = Array.from({ length: 400 }, (_, i) => {
    const name = path.join(images, "many", `${i}.png`)
    mkdirSync(path.dirname(name), { recursive: true })
    copyFileSync(path.join(images, readdirFirst(images)), name)
    return name
  })
  const args = [MAIN, "predict", at("run"), path.join(images, "many"), "--csv", at("stopped.csv"), "--json"]
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] })
  child.stdout.once("data", () => child.kill("SIGINT"))
  const code = await new Promise((resolve) => child.on("close", resolve))
  // Where the machine was faster than the signal, it came to its end.
  expect([0, 130]).toContain(code)
  expect(text("stopped.csv").endsWith("\n")).toBe(true)
  appendFileSync(at("stopped.csv"), '"half a row')
  expect((await predict(path.join(images, "many"), "--csv", at("stopped.csv"))).code).toBe(0)
  expect(
    table("stopped.csv")
      .map(({ file }) => file)
      .sort(),
  ).toEqual([...list].sort())
}, 60_000)

describe("the file of predictions", () => {
  const options = { classes: ["a", "b"], checksum: "0".repeat(64), heatmaps: false }
  const input = (file: string) => ({ file, stamp: { bytes: 1, modified: "2026-01-01T00:00:00.000Z" } })

  it("keeps names with quotes, line ends and formulas, and what is cut within one is dropped", () => {
    const names = ['a"b.png', "line\nend.png", "=1+1.png", "plain.png"]
    const file = PredictionFile.open(at("odd.csv"), options)
    file.append(names.map((name) => ({ input: input(name), reason: "why\nnot" })))
    file.close()
    expect(text("odd.csv")).toContain("'=1+1.png")
    const again = PredictionFile.open(at("odd.csv"), options)
    expect(names.every((name) => again.has(input(name)))).toBe(true)
    expect(again.has({ ...input("plain.png"), stamp: { bytes: 2, modified: "" } })).toBe(false)
    again.close()
    const bytes = readFileSync(at("odd.csv"))
    const header = bytes.indexOf("\n") + 1
    for (let length = 0; length <= bytes.length; length++) {
      writeFileSync(at("cut.csv"), bytes.subarray(0, length))
      PredictionFile.open(at("cut.csv"), options).close()
      const left = readFileSync(at("cut.csv"))
      expect(left.length >= header && bytes.subarray(0, left.length).equals(left)).toBe(true)
      const whole = bytes.subarray(0, endOfRows(bytes.subarray(0, length))).toString()
      expect(whole === "" || bytes.toString().startsWith(whole)).toBe(true)
      expect(whole.split('"').length % 2).toBe(1)
    }
  })
})

it("a file of predictions that is somebody else's, or of another run, is refused and left as it is", () => {
  const options = { classes: ["a", "b"], checksum: "0".repeat(64), heatmaps: false }
  PredictionFile.open(at("own.csv"), options).close()
  const own = PredictionFile.open(at("rows.csv"), options)
  own.append([{ input: { file: "a.png" }, reason: "no such file" }])
  own.close()
  writeFileSync(at("mine.csv"), "file,group\na.png,1\n")
  writeFileSync(at("letter.csv"), "Dear reader")
  mkdirSync(at("folder.csv"))
  const cases: [string, object, RegExp][] = [
    [
      "mine.csv",
      {},
      /mine\.csv: expected a CSV that cnn predict --csv wrote.*columns are others.*Nothing is overwritten/,
    ],
    ["letter.csv", {}, /letter\.csv: expected a CSV/],
    ["folder.csv", {}, /folder\.csv: expected a CSV.*is a folder/],
    ["rows.csv", { checksum: "1".repeat(64) }, /rows\.csv: row 1 is of other networks .*Name another file/],
    ["own.csv", { heatmaps: true }, /own\.csv: was started without --heatmaps/],
    ["own.csv", { classes: ["a", "b", "c"] }, /own\.csv: expected a CSV/],
  ]
  for (const [name, other, message] of cases) {
    const before = name === "folder.csv" ? "" : text(name)
    expect(() => PredictionFile.open(at(name), { ...options, ...other })).toThrow(message)
    if (before) expect(text(name)).toBe(before)
  }
})

describe("work ahead", () => {
  it("gives results in order, never too many at once or too far ahead, and ends with its reader", async () => {
    let [running, most, begun] = [0, 0, 0]
    const work = async (i: number) => {
      begun++
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, (7 * i) % 5))
      running--
      return i
    }
    const items = [...new Array(40).keys()]
    const taken = []
    for await (const value of inOrder(items, work, { atOnce: 3, ahead: 6 })) {
      taken.push(value)
      expect(begun).toBeLessThanOrEqual(taken.length + 6)
    }
    expect(taken).toEqual(items)
    expect(most).toBe(3)
    begun = 0
    for await (const value of inOrder(items, work, { atOnce: 3, ahead: 6 })) if (value === 2) break
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(begun).toBeLessThan(12)
  })

  it("throws what the work threw, at its place", async () => {
    const work = async (i: number) => {
      if (i === 1) throw new Error("one")
      return i
    }
    const read = async () => {
      for await (const _ of inOrder([0, 1, 2], work, { atOnce: 2, ahead: 3 }));
    }
    await expect(read()).rejects.toThrow("one")
  })
})

it("a log has a line every ten seconds", () => {
  let now = 0
  const lines: string[] = []
  const view = plainPredictView(
    (line) => lines.push(line),
    () => now,
  )
  for (; now <= 25_000; now += 1000) view.show({ done: now / 100, total: 1000, failed: 1, imagesPerSecond: 10 })
  expect(lines).toEqual([
    "predicted 100 of 1,000: 10 images/s, 1:30 left, 1 failed",
    "predicted 200 of 1,000: 10 images/s, 1:20 left, 1 failed",
  ])
})

/** An image below a folder of classes. */
const readdirFirst = (folder: string): string =>
  path.join("fractured", readdirSync(path.join(folder, "fractured")).sort()[0])

/** What a page says behind `npx cnn predict RUN`, with this test's folders. */
function commandOf(page: string, which: number): string[] {
  const found = [...readFileSync(page, "utf8").matchAll(/npx cnn predict RUN (.+)$/gm)][which][1].split(" ")
  return found.map((word) => (word === "DIR" ? images : /^(MAPS|.*\.csv)$/.test(word) ? at(word) : word))
}
