/** Image files as Chromium decodes them for the page, and as sharp does for `decodeImage`. */
import path from "node:path"
import type { Browser } from "playwright-core"
import sharp, { type Sharp } from "sharp"
import { afterAll, expect, it } from "vitest"
import { decodeImage } from "../../src/data/read_image.ts"
import { Random } from "../../src/tensor/random.ts"
import { openBrowser, resultOf } from "../support/browser.ts"
import { bundle, bundleWithEsbuild } from "../support/bundlers.ts"
import { root } from "../support/docs_pages.ts"
import { tempFolder } from "../support/temp_folder.ts"

const SIZE = 64

const browser: Browser | string = await openBrowser()
afterAll(async () => {
  if (typeof browser !== "string") await browser.close()
})

/** Patches of random colours with soft edges and some noise. */
async function drawn(width: number, height: number, channels: 1 | 3): Promise<Sharp> {
  const random = new Random(7, 0, 0)
  const [columns, rows] = [12, 9]
  const raw = Uint8Array.from({ length: columns * rows * channels }, () => random.integer(256))
  const patches = sharp(raw, { raw: { width: columns, height: rows, channels } }).resize(width, height, { fit: "fill" })
  const pixels = await (channels === 1 ? patches.toColourspace("b-w") : patches).raw().toBuffer()
  for (let i = 0; i < pixels.length; i++) pixels[i] = Math.min(255, Math.max(0, pixels[i] + random.integer(21) - 10))
  return sharp(pixels, { raw: { width, height, channels } })
}

const gray = async (width: number, height: number) => (await drawn(width, height, 1)).toColourspace("b-w")
const colour = (width: number, height: number) => drawn(width, height, 3)

const kinds: Record<string, () => Promise<Sharp>> = {
  "gray JPEG": async () => (await gray(301, 263)).jpeg(),
  "gray JPEG of over 8 times the size": async () => (await gray(1203, 1001)).jpeg(),
  "progressive gray JPEG": async () => (await gray(700, 501)).jpeg({ progressive: true }),
  "JPEG 4:4:4": async () => (await colour(330, 235)).jpeg({ chromaSubsampling: "4:4:4" }),
  "JPEG 4:2:0": async () => (await colour(330, 236)).jpeg({ chromaSubsampling: "4:2:0" }),
  "JPEG 4:2:0 of odd sides": async () => (await colour(1101, 901)).jpeg({ chromaSubsampling: "4:2:0" }),
  "progressive JPEG 4:2:0": async () => (await colour(641, 480)).jpeg({ progressive: true }),
  "JPEG smaller than the network's images": async () => (await colour(40, 31)).jpeg(),
  "lossy WebP": async () => (await colour(333, 250)).webp(),
  "lossless WebP": async () => (await colour(333, 250)).webp({ lossless: true }),
  GIF: async () => (await colour(333, 250)).gif(),
  PNG: async () => (await colour(333, 250)).png(),
}
for (let orientation = 1; orientation <= 8; orientation++) {
  kinds[`JPEG turned by EXIF orientation ${orientation}`] = async () =>
    (await colour(403, 300)).withMetadata({ orientation }).jpeg()
}

/** What the page makes of each file. */
async function inPage(chromium: Browser, files: Buffer[]): Promise<number[][]> {
  const program = `import { grayImage } from ${JSON.stringify(path.join(root, "src/page/gray_image.ts"))}
    globalThis.result = []
    for (const file of ${JSON.stringify(files.map((file) => file.toString("base64")))}) {
      const bytes = Uint8Array.from(atob(file), (character) => character.charCodeAt(0))
      const gray = grayImage(new Blob([bytes]), ${SIZE})
      globalThis.result.push(await gray.then((pixels) => [...pixels], (error) => error.message))
    }`
  return resultOf(chromium, await bundle(bundleWithEsbuild, await tempFolder({}), "program.mjs", program))
}

/** A test that says why it is skipped where there is no browser. */
const inChromium = (what: string, body: (chromium: Browser) => Promise<void>) =>
  it(`in Chromium ${what}`, async (context) => (typeof browser === "string" ? context.skip(browser) : body(browser)))

inChromium(
  "each kind of file comes to the gray values of decodeImage, but for a step here and there",
  async (chromium) => {
    const files: Buffer[] = []
    for (const make of Object.values(kinds)) files.push(await (await make()).toBuffer())
    const shown = await inPage(chromium, files)
    for (const [i, name] of Object.keys(kinds).entries()) {
      const decoded = await decodeImage(files[i], SIZE)
      const off = shown[i].map((value, at) => Math.abs(value - decoded[at]))
      expect(off, name).toHaveLength(SIZE * SIZE)
      // Where a place lies just between two phases of the filter that scales.
      expect(Math.max(...off), name).toBeLessThanOrEqual(1)
      expect(off.reduce((sum, value) => sum + value, 0) / off.length, name).toBeLessThan(0.05)
    }
  },
)

inChromium("CMYK, which has no colours of its own, is refused", async (chromium) => {
  const cmyk = await (await colour(80, 60)).toColourspace("cmyk").jpeg().toBuffer()
  const [said] = await inPage(chromium, [cmyk])
  expect(said).toMatch(/^CMYK, which browsers convert .*cnn predict/)
})
