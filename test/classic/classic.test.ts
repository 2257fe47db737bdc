/** The traditional methods against scikit-learn's and scikit-image's (test/fixtures/classic.py). */
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { breathing } from "../../src/classic/breath.ts"
import { type Features, rowOf, standardise } from "../../src/classic/features.ts"
import { fitForest, forestShare, type Node } from "../../src/classic/forest.ts"
import { hog, hogFeatures } from "../../src/classic/hog.ts"
import { kernelRow, linearKernel, rbfKernel } from "../../src/classic/kernel.ts"
import { fitLogistic, logitOf } from "../../src/classic/logistic.ts"
import { nearest } from "../../src/classic/nearest.ts"
import { decisionOf, fitSvm } from "../../src/classic/svm.ts"
import { rocAuc } from "../../src/eval/auc.ts"

const fixture = JSON.parse(readFileSync(new URL("../fixtures/classic.json", import.meta.url), "utf8"))
const breath = breathing()

const features = (rows: number[][]): Features => {
  return { n: rows.length, d: rows[0].length, values: Float32Array.from(rows.flat()) }
}
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, k) => from + k)
const near = (actual: ArrayLike<number>, expected: number[], digits: number) => {
  expect(actual).toHaveLength(expected.length)
  for (const [i, value] of expected.entries()) expect(actual[i], `${i}`).toBeCloseTo(value, digits)
}

/** Those to learn from, then new ones. */
const { x: known, y, new: unknown } = fixture
const both = features([...known, ...unknown])
const train = range(0, known.length)
const others = range(known.length, both.n)

describe("HOG", () => {
  it.each(fixture.hog as { size: number; gray: number[]; features: number[] }[])(
    "is scikit-image's at $size x $size",
    (image) => {
      near(hog(image.gray, image.size), image.features, 7)
    },
  )

  it("has one row per image, and needs 16 x 16 pixels", async () => {
    const [first] = fixture.hog
    const data = { pixels: Uint8Array.from([...first.gray, ...first.gray]), size: first.size, files: ["a", "b"] }
    const made = await hogFeatures(data, breath)
    near(rowOf(made, 1), first.features, 6)
    await expect(hogFeatures({ ...data, size: 15 }, breath)).rejects.toThrow("16 x 16 pixels or more, got 15")
  })
})

describe("logistic regression", () => {
  it.each(fixture.logistic as { c: number; w: number[]; b: number }[])(
    "is scikit-learn's, C = $c",
    async ({ c, w, b }) => {
      const line = await fitLogistic(both, y, train, { c, tolerance: 1e-7 }, breath)
      near(line.w, w, 6)
      expect(line.b).toBeCloseTo(b, 6)
      expect(logitOf(both, 3, line)).toBeCloseTo(
        w.reduce((sum, value, j) => sum + value * known[3][j], b),
        5,
      )
    },
  )

  it("has a finite answer where the classes are separated, and where one is missing", async () => {
    const x = features([[-1], [-2], [1], [2]])
    const { w } = await fitLogistic(x, [0, 0, 1, 1], range(0, 4), { c: 1000 }, breath)
    expect(w[0]).toBeGreaterThan(3)
    const one = await fitLogistic(x, [1, 1, 1, 1], range(0, 4), { c: 1 }, breath)
    expect([...one.w, one.b].every(Number.isFinite)).toBe(true)
    expect(logitOf(x, 0, one)).toBeGreaterThan(2)
  })
})

it.each(fixture.knn as { k: number; share: number[] }[])(
  "k-nearest neighbours are scikit-learn's, k = $k",
  async ({ k, share }) => {
    const found = await nearest(both, train, others, 10, breath)
    const shares = others.map(
      (i) =>
        found
          .get(i)!
          .slice(0, k)
          .filter((t) => y[t] === 1).length / k,
    )
    near(shares, share, 12)
  },
)

it.each(fixture.svm as { kernel: string; c: number; decisions: number[] }[])(
  "the support vector machine is LIBSVM's, $kernel, C = $c",
  async ({ kernel, c, decisions }) => {
    const root = Math.sqrt(both.d)
    const scaled = { ...both, values: both.values.map((value) => value / root) }
    const all = [...train, ...others]
    const products = await linearKernel(scaled, all, train, breath)
    const lengths = all.map((i) => rowOf(scaled, i).reduce((sum, value) => sum + value * value, 0))
    const wide = kernel === "linear" ? products : rbfKernel(products, lengths, lengths.slice(0, train.length))
    const machine = await fitSvm(wide.values.subarray(0, train.length ** 2), y, { c, tolerance: 1e-6 }, breath)
    near(
      others.map((i) => decisionOf(machine, kernelRow(wide, i))),
      decisions,
      4,
    )
  },
)

describe("the random forest", () => {
  const { x, y: labels, testX, testY, cases } = fixture.forest
  const all = features([...x, ...testX])
  const rows = range(0, x.length)

  it.each(cases as { leaf: number; mean: number; sd: number }[])(
    "has scikit-learn's AUC within noise, leaves of $leaf",
    async ({ leaf, mean, sd }) => {
      const aucs = await Promise.all(
        range(0, 10).map(async (seed) => {
          const forest = await fitForest(all, labels, rows, { trees: 100, leaf, seed }, breath)
          return rocAuc(
            testY,
            range(x.length, all.n).map((i) => forestShare(forest, all, i)),
          )!
        }),
      )
      const ours = aucs.reduce((a, b) => a + b) / aucs.length
      // Of the difference of two means, of 10 and of 20 forests.
      expect(Math.abs(ours - mean)).toBeLessThan(4 * sd * Math.sqrt(1 / 10 + 1 / 20))
    },
  )

  it("splits until leaves are pure or would be too small, and repeats with its seed", async () => {
    const options = { trees: 3, leaf: 5, seed: 1 }
    const forest = await fitForest(all, labels, rows, options, breath)
    expect(await fitForest(all, labels, rows, options, breath)).toEqual(forest)
    expect(await fitForest(all, labels, rows, { ...options, seed: 2 }, breath)).not.toEqual(forest)
    const depth = (node: Node): number => ("feature" in node ? 1 + Math.max(depth(node.low), depth(node.high)) : 0)
    expect(depth(forest[0])).toBeGreaterThan(2)
    const flat = features([[1], [1], [1]])
    const [stump] = await fitForest(flat, [1, 0, 1], [0, 1, 2], { trees: 1, leaf: 1, seed: 1 }, breath)
    expect(stump).toHaveProperty("share")
  })
})

it("standardised features have mean 0 and a mean squared row length of 1 over the training rows", () => {
  const x = features([[1, 5, 7], [3, 5, 1], [5, 5, 1], [100, 9, 100]]) // biome-ignore format: a table
  const scaled = standardise(x, [0, 1, 2])
  const squares = [0, 1, 2].map((i) => rowOf(scaled, i).reduce((sum, value) => sum + value * value, 0))
  expect(squares.reduce((a, b) => a + b) / 3).toBeCloseTo(2 / 3, 6)
  expect([0, 1, 2, 3].map((i) => rowOf(scaled, i)[1])).toEqual([0, 0, 0, 0])
  expect(rowOf(scaled, 3)[0]).toBeCloseTo(97 / Math.sqrt(8 / 3) / Math.sqrt(3), 4)
})

it("a breath ends a computation that is to end", async () => {
  const abort = new AbortController()
  const ending = breathing(abort.signal)
  await ending()
  abort.abort(new Error("interrupted"))
  await new Promise((resolve) => setTimeout(resolve, 60))
  await expect(ending()).rejects.toThrow("interrupted")
})
