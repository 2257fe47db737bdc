import { describe, expect, it } from "vitest"
import { checkAugment, everyKind, type ImageShape, noise } from "../../bench/reference/augment_check.ts"
import { type AugmentRanges, augment, drawTransform, type Transform } from "../../src/layers/augment.ts"
import { openForTests } from "../support/open.ts"

const gpu = await openForTests()

const off: AugmentRanges = {
  rotation: 0,
  zoom: 0,
  shift: 0,
  shear: 0,
  flipHorizontal: false,
  flipVertical: false,
  brightness: 0,
  contrast: 0,
}
const identity: Transform = { matrix: [1, 0, 0, 1], tx: 0, ty: 0, gain: 1, offset: 0 }

async function run(shape: ImageShape, values: Float32Array, transforms: Transform[]) {
  const y = augment(gpu.tensor(shape, values), transforms)
  expect(y.shape).toEqual(shape)
  const out = await y.read()
  gpu.endStep()
  return out
}

describe("augment.wgsl", () => {
  it.each<ImageShape>([
    [4, 1, 16, 16],
    [3, 2, 13, 9],
    [1, 1, 1, 7],
    [5, 1, 33, 65],
  ])("samples a batch %j as the float64 reference does", async (...shape) => {
    await checkAugment(gpu, shape)
  })

  it("leaves an image as it is, bit for bit, where nothing is to be done", async () => {
    const shape: ImageShape = [2, 1, 15, 10]
    const x = noise(shape)
    expect(await run(shape, x, [identity, identity])).toEqual(x)
    const drawn = [0, 1].map((image) => drawTransform(off, 1, 1, image, 15))
    expect(await run(shape, x, drawn)).toEqual(x)
  })

  it("flips exactly, for even and odd sides", async () => {
    for (const [h, w] of [
      [6, 8],
      [7, 5],
    ]) {
      const shape: ImageShape = [1, 1, h, w]
      const x = noise(shape)
      const at = (row: number, column: number) => x[row * w + column]
      const image = (pixel: (i: number, j: number) => number) =>
        Float32Array.from({ length: h * w }, (_, k) => pixel(Math.floor(k / w), k % w))
      const flip = (a: number, d: number) => run(shape, x, [{ ...identity, matrix: [a, 0, 0, d] }])
      expect(await flip(-1, 1)).toEqual(image((i, j) => at(i, w - 1 - j)))
      expect(await flip(1, -1)).toEqual(image((i, j) => at(h - 1 - i, j)))
      expect(await flip(-1, -1)).toEqual(image((i, j) => at(h - 1 - i, w - 1 - j)))
    }
  })

  it("turns by a right angle and shifts by whole pixels exactly, and what comes in is black", async () => {
    const x = noise([1, 1, 5, 5])
    const turned = await run([1, 1, 5, 5], x, [{ ...identity, matrix: [0, 1, -1, 0] }])
    expect(turned).toEqual(Float32Array.from(x, (_, k) => x[(4 - (k % 5)) * 5 + Math.floor(k / 5)]))
    const shifted = await run([1, 1, 5, 5], x, [{ ...identity, tx: 2, ty: -1 }])
    const source = (k: number) => [Math.floor(k / 5) - 1, (k % 5) + 2]
    const moved = Float32Array.from(x, (_, k) => {
      const [row, column] = source(k)
      return row < 0 || column > 4 ? 0 : x[row * 5 + column]
    })
    expect(shifted).toEqual(moved)
  })

  it("is black far outside, however far", async () => {
    const x = noise([1, 1, 8, 8])
    const far = await run([1, 1, 8, 8], x, [{ ...identity, tx: 1e9, ty: -1e9 }])
    expect(far).toEqual(new Float32Array(64))
  })

  it("does to normalised gray values what it does to plain ones", async () => {
    await checkAugment(gpu, [2, 1, 12, 12], { mean: 0.4, sd: 0.2 })
  })

  it("refuses a table that does not fit the batch", () => {
    const x = gpu.tensor([2, 1, 2, 2], new Float32Array(8))
    expect(() => augment(x, [identity])).toThrow(/1 transforms for a batch of 2 images/)
  })
})

describe("drawTransform", () => {
  const draws = (ranges: Partial<AugmentRanges>, size = 64) =>
    Array.from({ length: 400 }, (_, image) => drawTransform({ ...off, ...ranges }, 9, 1, image, size))
  const extremes = (values: number[]) => [Math.min(...values), Math.max(...values)]

  /** All within the range, and most of the range used. */
  function fills(values: number[], low: number, high: number) {
    const [least, most] = extremes(values)
    expect(least).toBeGreaterThanOrEqual(low - 1e-9)
    expect(most).toBeLessThanOrEqual(high + 1e-9)
    expect(most - least).toBeGreaterThan(0.95 * (high - low))
  }

  it("depends on seed, epoch and image, and on nothing else", () => {
    const draw = (seed: number, epoch: number, image: number) => drawTransform(everyKind, seed, epoch, image, 64)
    expect(draw(1, 2, 3)).toEqual(draw(1, 2, 3))
    for (const other of [draw(2, 2, 3), draw(1, 3, 3), draw(1, 2, 4)]) expect(other).not.toEqual(draw(1, 2, 3))
  })

  it("gives an image the same pixels in whatever batch it falls", async () => {
    const shape: ImageShape = [3, 1, 12, 12]
    const x = noise(shape)
    const transform = (image: number) => drawTransform(everyKind, 4, 7, image, 12)
    const together = await run(shape, x, [8, 5, 6].map(transform))
    const alone = await run([1, 1, 12, 12], x.slice(144, 288), [transform(5)])
    expect(together.slice(144, 288)).toEqual(alone)
  })

  it("keeps to the range of each kind, and uses all of it", () => {
    const degrees = (radians: number) => (radians * 180) / Math.PI
    const rotations = draws({ rotation: 20 })
    fills(
      rotations.map(({ matrix: [a, b] }) => degrees(Math.atan2(b, a))),
      -20,
      20,
    )
    for (const { matrix } of rotations) expect(matrix[0] * matrix[3] - matrix[1] * matrix[2]).toBeCloseTo(1, 12)
    fills(
      draws({ zoom: 0.3 }).map(({ matrix }) => 1 / matrix[0]),
      0.7,
      1.3,
    )
    fills(
      draws({ shear: 15 }).map(({ matrix }) => degrees(Math.atan(-matrix[1]))),
      -15,
      15,
    )
    fills(
      draws({ shift: 0.25 }).map(({ tx }) => tx),
      -16,
      16,
    )
    fills(
      draws({ shift: 0.25 }).map(({ ty }) => ty),
      -16,
      16,
    )
    fills(
      draws({ contrast: 0.4 }).map(({ gain }) => gain),
      0.6,
      1.4,
    )
    fills(
      draws({ brightness: 0.1 }).map(({ offset }) => offset),
      -0.1,
      0.1,
    )
  })

  it("flips about half of the draws, each way by itself", () => {
    const half = (values: number[]) => {
      const share = values.filter((value) => value === -1).length / values.length
      expect(Math.abs(share - 0.5)).toBeLessThan(0.1)
    }
    half(draws({ flipHorizontal: true }).map(({ matrix }) => matrix[0]))
    half(draws({ flipVertical: true }).map(({ matrix }) => matrix[3]))
    half(draws({ flipHorizontal: true, flipVertical: true }).map(({ matrix }) => matrix[0] * matrix[3]))
    expect(draws({ flipHorizontal: true }).every(({ matrix }) => matrix[3] === 1)).toBe(true)
  })

  it("stretches contrast about the middle gray", () => {
    for (const { gain, offset } of draws({ contrast: 0.5 })) expect(gain * 0.5 + offset).toBeCloseTo(0.5, 12)
  })
})
