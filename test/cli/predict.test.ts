/** `cnn predict` and `cnn augment` as users run them. */
import { readFileSync } from "node:fs"
import { cp, rm, writeFile } from "node:fs/promises"
import path from "node:path"
import { parse } from "csv-parse/sync"
import sharp from "sharp"
import { beforeAll, describe, expect, it } from "vitest"
import { cnn } from "../support/cli.ts"
import { at, folder, json, PHANTOM, table, train, writePhantom } from "../support/train_fixture.ts"

beforeAll(() => train("first", ...PHANTOM, "--seed", "3"))

describe("cnn predict", () => {
  const predictions = async (source: string, images: string[]) => {
    const { stdout, code } = await cnn(["predict", source, ...images, "--json"])
    expect(code).toBe(0)
    return JSON.parse(stdout).predictions as { file: string; probability: number; calibrated: number; label: string }[]
  }

  it("says what the run's answers are worth less for", async () => {
    const dir = await writePhantom("some", 3)
    const image = path.join(dir, table("first", "predictions.csv")[0].file)
    await cp(at("first"), at("lacking"), { recursive: true })
    await rm(at("lacking", "fold-1.safetensors"))
    const { code, stdout, stderr } = await cnn(["predict", at("lacking"), image])
    expect([code, stdout]).toEqual([0, expect.stringContaining("phantom-")])
    expect(stderr).toMatch(/lacking: Weights are missing in its folder: fold-1\.safetensors\.$/m)
  })

  it("says of an image what the run's own network said of it, and averages the folds", async () => {
    const dir = await writePhantom("phantom", 3)
    const rows = table("first", "predictions.csv")
    const files = rows.map(({ file }) => path.join(dir, file))
    const each = [0, 1].map((fold) => predictions(at("first", `fold-${fold}.safetensors`), files))
    const [zero, one] = await Promise.all(each)
    rows.forEach(({ fold, probability, calibrated, answer }, i) => {
      const own = fold === "0" ? zero[i] : one[i]
      expect(own.probability).toBeCloseTo(Number(probability), 6)
      expect(own.calibrated).toBeCloseTo(Number(calibrated), 6)
      expect(own.label).toBe(answer)
    })
    const both = await predictions(at("first"), files)
    const folds: { threshold: number }[] = json("first", "summary.json").folds
    const threshold = (folds[0].threshold + folds[1].threshold) / 2
    both.forEach(({ file, probability, calibrated, label }, i) => {
      expect(file).toBe(files[i])
      expect(probability).toBeCloseTo((zero[i].probability + one[i].probability) / 2, 12)
      expect(calibrated).toBeCloseTo((zero[i].calibrated + one[i].calibrated) / 2, 12)
      expect(label).toBe(probability > threshold ? "fractured" : "not_fractured")
    })
  })

  it("tells which images it could not use and predicts the others, as a table and as CSV", async () => {
    await writeFile(at("text.png"), "no image")
    const image = path.join(await writePhantom("others", 3), "fractured", "phantom-0001.png")
    const images = [at("text.png"), image, at("absent.png")]
    const plain = await cnn(["predict", at("first"), ...images])
    expect(plain.code).toBe(1)
    expect(plain.stdout).toMatch(
      /^file +probability of fractured +calibrated +label, above 0\.\d{4} fractured\n.*phantom-0001\.png +0\.\d{4} +0\.\d{4} +(not_)?fractured\n$/,
    )
    expect(plain.stderr).toMatch(/text\.png: not an image/)
    expect(plain.stderr).toMatch(/absent\.png: no such file/)
    const csv = await cnn(["predict", at("first"), image, "--csv"])
    const [row] = parse(csv.stdout, { columns: true }) as Record<string, string>[]
    expect(Object.keys(row)).toEqual(["file", "probability", "calibrated", "label", "warning"])
    expect(row.file).toBe(image)
  })

  it("warns of images on which there is nothing to be seen, and predicts them", async () => {
    const good = path.join(await writePhantom("seen", 3), "fractured", "phantom-0001.png")
    const square = async (name: string, gray: (i: number) => number, width = 16) => {
      const pixels = Uint8Array.from({ length: width * 16 }, (_, i) => gray(i))
      await sharp(pixels, { raw: { width, height: 16, channels: 1 } })
        .toColourspace("b-w")
        .png()
        .toFile(at(name))
      return at(name)
    }
    const blank = [
      await square("black.png", () => 0),
      await square("gray.png", () => 140),
      await square("nearly.png", (i) => 200 + (i % 4)),
      // The bars beside it are no contrast.
      await square("wide.png", () => 140, 48),
    ]
    const reason = /^(nearly )?blank \(.* of 255.*\)$/
    const images = [good, ...blank]
    const { code, stdout, stderr } = await cnn(["predict", at("first"), ...images, "--json"])
    expect(code).toBe(0)
    const { predictions, failed } = JSON.parse(stdout)
    expect(failed).toEqual([])
    expect(predictions.map(({ warning }: { warning?: string }) => warning)).toEqual([
      undefined,
      ...blank.map(() => expect.stringMatching(reason)),
    ])
    for (const file of blank) expect(stderr).toMatch(new RegExp(`^cnn: warning: ${file}: (nearly )?blank`, "m"))
    expect(stderr).not.toContain(good)
    const printed = await cnn(["predict", at("first"), ...images, "--csv"])
    const rows = parse(printed.stdout, { columns: true }) as Record<string, string>[]
    expect(rows.map(({ warning }) => warning)).toEqual(["", ...blank.map(() => expect.stringMatching(reason))])
    const file = await cnn(["predict", at("first"), ...images, "--csv", at("blank.csv")])
    expect(file.code).toBe(0)
    expect(file.stderr).toMatch(/warning: .*black\.png: blank/)
    const kept = table("blank.csv")
    expect(kept.map(({ warning, error }) => [warning, error])).toEqual([
      ["", ""],
      ...blank.map(() => [expect.stringMatching(reason), ""]),
    ])
    expect(kept.every(({ label }) => label !== "")).toBe(true)
  })

  it("refuses what holds no weights", async () => {
    const cases: [string, RegExp][] = [
      [at("absent"), /absent: no such file or folder; expected a run folder or a weights file/],
      [folder, /: no weights \(\*\.safetensors\) in this folder/],
      [at("text.png"), /text\.png: not a safetensors file that can be read/],
    ]
    await writeFile(at("text.png"), "no image")
    for (const [source, message] of cases) {
      const { code, stderr } = await cnn(["predict", source, at("text.png")])
      expect(code).toBe(1)
      expect(stderr).toMatch(message)
    }
  })
})

describe("cnn augment", () => {
  it("draws the image and its transforms side by side, and overwrites nothing unasked", async () => {
    const image = path.join(await writePhantom("sheet", 7), "fractured", "phantom-0001.png")
    const args = ["augment", image, "--out", at("sheet.png"), "--size", "32", "--count", "5", "--seed", "2"]
    expect(await cnn(args)).toMatchObject({ code: 0, stderr: "" })
    const sheet = await sharp(at("sheet.png")).toColourspace("b-w").raw().toBuffer({ resolveWithObject: true })
    expect(sheet.info).toMatchObject({ width: 3 * 36 + 4, height: 2 * 36 + 4 })
    const original = await sharp(image).resize(32, 32).toColourspace("b-w").raw().toBuffer()
    const corner = await sharp(at("sheet.png")).extract({ left: 4, top: 4, width: 32, height: 32 })
    const tile = await corner.toColourspace("b-w").raw().toBuffer()
    expect(tile.equals(original)).toBe(true)

    const before = readFileSync(at("sheet.png"))
    const refused = await cnn([...args, "--rotation", "90"])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/sheet\.png: there is such a file already; --force overwrites it/)
    expect(readFileSync(at("sheet.png")).equals(before)).toBe(true)
    expect((await cnn([...args, "--rotation", "90", "--force"])).code).toBe(0)
    expect(readFileSync(at("sheet.png")).equals(before)).toBe(false)
  })
})
