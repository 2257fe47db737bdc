/** Images fitted without sharp against decodeImage, which is sharp: noise, the hardest there is, larger and smaller. */
import sharp from "sharp"
import { expect, it } from "vitest"
import { decodeImage } from "../src/data/decode.ts"
import { decodedSmaller, fitSquare } from "../src/data/fit.ts"
import { luminance } from "../src/data/luminance.ts"
import { Random } from "../src/tensor/random.ts"

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

it.each([
  [250, 201],
  [330, 235],
  [700, 501],
  [1100, 900],
])("a JPEG of %i x %i pixels, which is decoded smaller where that is enough", async (width, height) => {
  const smooth = await sharp(noise(20 * 20), { raw: { width: 20, height: 20, channels: 1 } })
    .resize(width, height, { fit: "fill" })
    .toColourspace("b-w")
    .raw()
    .toBuffer()
  const jpeg = await sharp(smooth, { raw: { width, height, channels: 1 } })
    .toColourspace("b-w")
    .jpeg()
    .toBuffer()
  const pixels = new Uint8Array(await sharp(jpeg).toColourspace("b-w").raw().toBuffer())
  const theirs = await decodeImage(jpeg, 64)
  const ours = fitSquare(decodedSmaller({ pixels, width, height }, 64), 64)
  expect(Math.max(...ours.map((value, i) => Math.abs(value - theirs[i])))).toBeLessThanOrEqual(1)
})

it("a colour's gray is that of sharp, to one step", async () => {
  const raw = noise(3 * 500, 5)
  const image = sharp(raw, { raw: { width: 500, height: 1, channels: 3 } })
  const theirs = await image.greyscale().toColourspace("b-w").raw().toBuffer()
  const ours = theirs.map((_, i) => luminance(raw[3 * i], raw[3 * i + 1], raw[3 * i + 2]))
  expect(Math.max(...ours.map((value, i) => Math.abs(value - theirs[i])))).toBeLessThanOrEqual(1)
})
