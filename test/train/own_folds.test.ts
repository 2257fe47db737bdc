/** The set's own split and folds by a column: which images go where, and what is refused. */
import { describe, expect, it } from "vitest"
import type { Part } from "../../src/data/dataset.ts"
import { planFolds, splits, withFolds } from "../../src/train/cross_validation.ts"
import { defaultConfig } from "../../src/train/defaults.ts"
import { phantomDataset } from "../support/drawn.ts"

const drawn = phantomDataset({ count: 24, seed: 1, size: 16 })
const groups = drawn.files.map((_, i) => `g${i >> 1}`)
/** Two images of each class in turn, so that a group of two is of one. */
const labels = Uint8Array.from(drawn.files, (_, i) => (i >> 1) % 2)
const data = { ...drawn, groups, labels, grouping: "12 groups." }
const parts = (of: (i: number) => Part) => ({ ...data, parts: data.files.map((_, i) => of(i)) })
const byColumn = (of: (i: number) => string) => ({ ...data, columns: { Site: data.files.map((_, i) => of(i)) } })
const given = { ...defaultConfig, split: "given" as const }
const bySite = { ...defaultConfig, foldsBy: "site" }
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

describe("--split given", () => {
  it("has nothing to choose an epoch or a threshold on without a val part", () => {
    const without = parts((i) => (i < 16 ? "train" : "test"))
    expect(splits(without, given)[0].validation).toEqual([])
    expect(() => splits(without, { ...given, keep: "best" })).toThrow(/--keep best .*no val part\. Use --keep last/)
    expect(() => splits(without, { ...given, sensitivity: 0.95 })).toThrow(/--sensitivity .*no val part\. Leave it out/)
  })

  it("is one fold of the parts as they are", () => {
    const set = parts((i) => (i < 12 ? "train" : i < 16 ? "val" : "test"))
    const expected = { train: range(0, 12), validation: range(12, 16), test: range(16, 24) }
    expect(splits(set, given)).toEqual([expected])
    expect(withFolds(set, given).folds).toBe(1)
    expect(planFolds(set, given)).toMatchObject([{ repeat: 0, fold: 0, split: expected }])
  })

  it.each([
    ["no part", data, /24 of 24 images have no part, such as .*column "split"/],
    ["no test part", parts(() => "train"), /no image is in test/],
    [
      "a group in two parts",
      parts((i) => (i < 13 ? "train" : "test")),
      /1 group has images in more than one part: "g6" \(train: .*, test: .*\)\. Move .* Groups: 12 groups\./,
    ],
    ["a test part of one class", parts((i) => (i < 22 ? "train" : "test")), /^test: all 2 images are/],
  ])("refuses %s", (_, set, message) => {
    expect(() => splits(set, given)).toThrow(message)
  })

  it("refuses a test class of which there is nothing to train on", () => {
    const three = { ...parts((i) => (i < 16 ? "train" : "test")), classes: ["a", "b", "c"] }
    three.labels = labels.map((label, i) => (i >= 20 && i < 22 ? 2 : label))
    expect(() => splits(three, given)).toThrow(/the test part holds class "c", of which there is no image to train on/)
  })
})

describe("--folds-by", () => {
  const three = byColumn((i) => ["north", "south", "west"][Math.floor(i / 4) % 3])

  it("makes a fold of each value, in order, with validation images from the others", () => {
    const all = splits(three, bySite)
    expect(all.map(({ test }) => new Set(test.map((i) => three.columns.Site[i])))).toEqual([
      ...[new Set(["north"]), new Set(["south"]), new Set(["west"])],
    ])
    for (const { train, validation, test } of all) {
      expect([...train, ...validation, ...test].sort((a, b) => a - b)).toEqual(range(0, 24))
      expect(validation.length).toBeGreaterThan(0)
      const trained = new Set(train.map((i) => groups[i]))
      for (const i of [...validation, ...test]) expect(trained.has(groups[i])).toBe(false)
    }
    expect(withFolds(three, bySite).folds).toBe(3)
    expect(planFolds(three, { ...bySite, repeats: 2 })).toHaveLength(6)
  })

  it.each([
    ["no such column", data, /--folds-by site: no such column; it is one of a labels table/],
    ["a single value", byColumn(() => "north"), /all images have "north"; expected two values or more/],
    ["an empty cell", byColumn((i) => (i === 5 ? "" : `${i >> 3}`)), /the cell is empty for 1 image, such as/],
    ["values alike", byColumn((i) => ["North", "north "][i >> 3] ?? "west"), /"North" and "north " differ only in/],
    [
      "a group with two values",
      byColumn((i) => (i < 13 ? "a" : "b")),
      /1 group has images with more than one value: "g6" \(a: .*, b: .*\)\. Give all images of a group one value/,
    ],
    ["training parts of one class", byColumn((i) => (labels[i] ? "a" : "b")), /training part of the fold "a": all 12/],
  ])("refuses %s", (_, set, message) => {
    expect(() => splits(set, bySite)).toThrow(message)
  })
})
