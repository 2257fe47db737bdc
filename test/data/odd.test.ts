import { existsSync } from "node:fs"
import { readdir, readFile } from "node:fs/promises"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { decodeImage } from "../../src/data/read_image.ts"

/**
 * Radiographs for trying things out; they are local only, so a checkout elsewhere is without them.
 */
const odd = fileURLToPath(new URL("../../../shared/xray/odd", import.meta.url))
const SIZE = 64

const decode = async (name: string) => decodeImage(await readFile(path.join(odd, name)), SIZE)

/** Rows and columns that hold anything: [left, top, right, bottom], ends excluded. */
function box(pixels: Uint8Array): number[] {
  const lit = [...pixels.keys()].filter((i) => pixels[i] > 8)
  const xs = lit.map((i) => i % SIZE)
  const ys = lit.map((i) => Math.floor(i / SIZE))
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1]
}

const meanOf = (pixels: Uint8Array) => pixels.reduce((a, b) => a + b, 0) / pixels.length

function correlation(a: Uint8Array, b: Uint8Array): number {
  const [ma, mb] = [meanOf(a), meanOf(b)]
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] - ma) * (b[i] - mb)
    aa += (a[i] - ma) ** 2
    bb += (b[i] - mb) ** 2
  }
  return ab / Math.sqrt(aa * bb)
}

/** gray[y][x] = the other's [63 - x][y]: turned a quarter to the right. */
const turned = (pixels: Uint8Array) =>
  pixels.map((_, i) => pixels[(SIZE - 1 - (i % SIZE)) * SIZE + Math.floor(i / SIZE)])

describe.skipIf(!existsSync(odd))("files that real folders hold", () => {
  const refused: Record<string, RegExp> = {
    "empty.jpg": /^the file is empty$/,
    "text-not-image.png": /^not an image/,
    "truncated.jpg": /^truncated or damaged jpeg file/,
  }

  it("either decode to more than one gray value or say why not", async () => {
    const names = (await readdir(odd)).sort()
    expect(names.length).toBeGreaterThan(10)
    for (const name of names) {
      if (refused[name]) await expect(decode(name), name).rejects.toThrow(refused[name])
      else expect(new Set(await decode(name)).size, name).toBeGreaterThan(name === "1x1.png" ? 0 : 16)
    }
  })

  it("show the same film in 16 bit, palette, CMYK and turned by EXIF", async () => {
    const film = await decode("gray16.png")
    expect(correlation(film, await decode("palette16.png"))).toBeGreaterThan(0.98)
    expect(correlation(film, await decode("cmyk.jpg"))).toBeGreaterThan(0.98)
    expect(correlation(turned(film), await decode("exif-orientation6.jpg"))).toBeGreaterThan(0.98)
    expect(correlation(film, await decode("exif-orientation6.jpg"))).toBeLessThan(0.9)
  })

  it("stay inverted where only a person could know", async () => {
    expect(correlation(await decode("gray16.png"), await decode("inverted-monochrome1.png"))).toBeLessThan(-0.5)
  })

  it("show transparent parts black", async () => {
    const [film, clear] = [await decode("gray16.png"), await decode("rgba-transparent-top.png")]
    expect(meanOf(clear.subarray(0, (SIZE * SIZE) / 8))).toBe(0)
    const lower = (pixels: Uint8Array) => pixels.subarray((SIZE * SIZE) / 2)
    expect(correlation(lower(film), lower(clear))).toBeGreaterThan(0.98)
  })

  it("keep their shape: 520 x 1466 fills the height and 23 of 64 columns", async () => {
    const [left, top, right, bottom] = box(await decode("extreme-aspect (spaces) ü.jpg"))
    expect(left).toBeGreaterThanOrEqual(20)
    expect(right).toBeLessThanOrEqual(43)
    expect(bottom - top).toBeGreaterThan(55)
  })
})
