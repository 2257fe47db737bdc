/**
 * Images fitted without sharp against decodeImage, which is sharp: noise, the hardest there is,
 * larger and smaller.
 */
import sharp from "sharp"
import { expect, it } from "vitest"
import { fitSquare } from "../../src/data/fit.ts"
import { luminance } from "../../src/data/luminance.ts"
import { decodeImage } from "../../src/data/read_image.ts"
import { Random } from "../../src/tensor/random.ts"

const noise = (count: number, seed = 4) => {
  const random = new Random(seed, 0, 0)
  return Uint8Array.from({ length: count }, () => random.integer(256))
}

it.each([
  [48, 48, 48],
  [300, 200, 128],
  [257, 123, 128],
  [640, 480, 80],
  [130, 90, 128],
  [801, 601, 96],
  [50, 90, 80],
  [100, 100, 128],
  [64, 40, 128],
  [40, 200, 64],
  [1, 1, 16],
])("%i x %i pixels into a square of %i", async (width, height, size) => {
  const pixels = noise(width * height)
  const png = await sharp(pixels, { raw: { width, height, channels: 1 } })
    .toColourspace("b-w")
    .png()
    .toBuffer()
  const theirs = await decodeImage(png, size)
  const ours = fitSquare({ pixels, width, height }, size)
  const off = ours.map((value, i) => Math.abs(value - theirs[i]))
  // Here and there a place lies just between two phases.
  expect(Math.max(...off)).toBeLessThanOrEqual(1)
  expect(off.reduce((a, b) => a + b, 0) / off.length).toBeLessThan(0.01)
})

it("a colour's gray is that of sharp, but for a step once in a hundred thousand", async () => {
  const pixels = 2e5
  const raw = noise(3 * pixels, 5)
  const image = sharp(raw, { raw: { width: pixels / 100, height: 100, channels: 3 } })
  const theirs = await image.greyscale().toColourspace("b-w").raw().toBuffer()
  const off = theirs.map((gray, i) => Math.abs(gray - luminance(raw[3 * i], raw[3 * i + 1], raw[3 * i + 2])))
  expect(Math.max(...new Set(off))).toBeLessThanOrEqual(1)
  expect(off.filter((steps) => steps > 0).length).toBeLessThan(10)
})
