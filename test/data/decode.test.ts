import { crc32, deflateSync } from "node:zlib"
import { PNG } from "pngjs"
import sharp, { type Sharp } from "sharp"
import { describe, expect, it } from "vitest"
import { decodeImage } from "../../src/data/read_image.ts"

const gray = (width: number, height: number, value: (x: number, y: number) => number): Sharp =>
  sharp(
    Uint8Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))),
    { raw: { width, height, channels: 1 } },
  ).toColourspace("b-w")

const gray16 = (size: number, value: (i: number) => number): Sharp =>
  sharp(
    Uint16Array.from({ length: size * size }, (_, i) => value(i)),
    { raw: { width: size, height: size, channels: 1 } },
  ).toColourspace("grey16")

/** Four quadrants with the values 40, 90, 160, 220, from top left to bottom right. */
const quadrants = (size = 32) =>
  gray(size, size, (x, y) => [40, 90, 160, 220][(x < size / 2 ? 0 : 1) + (y < size / 2 ? 0 : 2)])

/** The means of the four quadrants of a decoded image, away from their edges. */
function means(pixels: Uint8Array, size: number): number[] {
  const q = size / 4
  return [
    [q, q],
    [3 * q, q],
    [q, 3 * q],
    [3 * q, 3 * q],
  ].map(([x, y]) => pixels[Math.floor(y) * size + Math.floor(x)])
}

function expectClose(actual: number[], expected: number[], tolerance: number): void {
  const far = actual.filter((v, i) => Math.abs(v - expected[i]) > tolerance)
  expect(far, `${actual} is not within ${tolerance} of ${expected}`).toEqual([])
}

describe("decodeImage: formats", () => {
  const cases: [string, () => Promise<Buffer>, number][] = [
    ["8-bit PNG", () => quadrants().png().toBuffer(), 0],
    ["palette PNG", () => quadrants().png({ palette: true }).toBuffer(), 2],
    ["interlaced PNG", () => quadrants().png({ progressive: true }).toBuffer(), 0],
    ["RGB PNG", () => quadrants().toColourspace("srgb").png().toBuffer(), 1],
    ["JPEG", () => quadrants().jpeg({ quality: 95 }).toBuffer(), 3],
    ["progressive JPEG", () => quadrants().jpeg({ quality: 95, progressive: true }).toBuffer(), 3],
    ["WebP", () => quadrants().webp({ quality: 95 }).toBuffer(), 3],
    ["TIFF", () => quadrants().tiff({ compression: "lzw" }).toBuffer(), 0],
    ["white-is-zero TIFF", () => quadrants().tiff({ compression: "lzw", miniswhite: true }).toBuffer(), 0],
    ["GIF", () => quadrants().gif().toBuffer(), 2],
    [
      "16-bit PNG",
      () =>
        gray16(32, (i) => [40, 90, 160, 220][(i % 32 < 16 ? 0 : 1) + (i < 512 ? 0 : 2)] * 257)
          .png()
          .toBuffer(),
      0,
    ],
  ]
  it.each(cases)("%s", async (_, make, tolerance) => {
    expectClose(means(await decodeImage(await make(), 32), 32), [40, 90, 160, 220], tolerance)
  })

  it("CMYK JPEG: light stays light, dark stays dark", async () => {
    const bytes = await quadrants().toColourspace("cmyk").jpeg({ quality: 95 }).toBuffer()
    expect((await sharp(bytes).metadata()).space).toBe("cmyk")
    // Through the printing profile, whose inks are not quite sRGB's grays.
    expectClose(means(await decodeImage(bytes, 32), 32), [40, 90, 160, 220], 30)
  })

  it("colour becomes luminance: green is lighter than red, red than blue", async () => {
    const flat = (background: string) =>
      sharp({ create: { width: 4, height: 4, channels: 3, background } })
        .png()
        .toBuffer()
    const [red, green, blue] = await Promise.all(
      ["#f00", "#0f0", "#00f"].map(async (c) => (await decodeImage(await flat(c), 4))[0]),
    )
    expect(green).toBeGreaterThan(red + 50)
    expect(red).toBeGreaterThan(blue + 30)
  })

  it("transparency shows black, half transparency half of it, in 8 and 16 bit", async () => {
    const png = new PNG({ width: 3, height: 3 })
    for (let i = 0; i < 9; i++) png.data.set([200, 200, 200, [255, 0, 128][i % 3]], i * 4)
    expectClose([...(await decodeImage(PNG.sync.write(png), 3))].slice(0, 3), [200, 0, 100], 1)
    const wide = await sharp(Uint16Array.of(51400, 51400, 65535, 0), { raw: { width: 2, height: 1, channels: 2 } })
      .resize(2, 2, { kernel: "nearest", fit: "fill" })
      .toColourspace("grey16")
      .png()
      .toBuffer()
    expect((await sharp(wide).metadata()).depth).toBe("ushort")
    expectClose([...(await decodeImage(wide, 2))], [157, 0, 157, 0], 2)
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8])("EXIF orientation %i", async (orientation) => {
    // What each orientation does to the quadrants, from the EXIF standard: the n-th row and column
    // stored first.
    const upright = [40, 90, 160, 220]
    const stored: Record<number, number[]> = {
      1: [0, 1, 2, 3],
      2: [1, 0, 3, 2],
      3: [3, 2, 1, 0],
      4: [2, 3, 0, 1],
      5: [0, 2, 1, 3],
      6: [1, 3, 0, 2],
      7: [3, 1, 2, 0],
      8: [2, 0, 3, 1],
    }
    const values = stored[orientation].map((i) => upright[i])
    const bytes = await gray(32, 32, (x, y) => values[(x < 16 ? 0 : 1) + (y < 16 ? 0 : 2)])
      .withMetadata({ orientation })
      .jpeg({ quality: 95 })
      .toBuffer()
    expectClose(means(await decodeImage(bytes, 32), 32), upright, 3)
  })
})

describe("decodeImage: geometry", () => {
  it.each([
    [40, 20, 32, [0, 32], [8, 24]],
    [20, 40, 32, [8, 24], [0, 32]],
    [10, 5, 20, [0, 20], [5, 15]],
    [3000, 3, 16, [0, 16], [7, 8]],
  ])("letterboxes %i x %i to %i on black, centred", async (width, height, size, [left, right], [top, bottom]) => {
    const pixels = await decodeImage(
      await gray(width, height, () => 200)
        .png()
        .toBuffer(),
      size,
    )
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++)
        expect(pixels[y * size + x], `(${x}, ${y})`).toBe(x >= left && x < right && y >= top && y < bottom ? 200 : 0)
  })

  it("keeps a circle a circle in a wide image", async () => {
    const bytes = await gray(200, 100, (x, y) => ((x - 100) ** 2 + (y - 50) ** 2 < 40 ** 2 ? 255 : 0))
      .png()
      .toBuffer()
    const pixels = await decodeImage(bytes, 100)
    const row = [...pixels.subarray(50 * 100, 51 * 100)].filter((v) => v > 127).length
    const column = Array.from({ length: 100 }, (_, y) => pixels[y * 100 + 50]).filter((v) => v > 127).length
    expect(row).toBe(column)
    expect(row).toBe(40)
  })

  it.each(["png", "jpeg"] as const)("averages a fine checkerboard to gray instead of aliasing (%s)", async (format) => {
    const bytes = await gray(512, 512, (x, y) => ((x + y) % 2) * 200)
      .toFormat(format, { quality: 100 })
      .toBuffer()
    const pixels = await decodeImage(bytes, 60)
    expect(Math.min(...pixels)).toBeGreaterThan(90)
    expect(Math.max(...pixels)).toBeLessThan(110)
  })

  it("enlarges a single pixel", async () => {
    expect(
      await decodeImage(
        await gray(1, 1, () => 57)
          .png()
          .toBuffer(),
        4,
      ),
    ).toEqual(new Uint8Array(16).fill(57))
  })
})

describe("decodeImage: 16 bit", () => {
  it("stretches detector data of fewer bits by its own range", async () => {
    const pixels = await decodeImage(
      await gray16(32, (i) => 1000 + (i % 32) * 100)
        .png()
        .toBuffer(),
      32,
    )
    expect(pixels[0]).toBe(0)
    expect(pixels[31]).toBe(255)
    expect(pixels[16]).toBe(Math.round((255 * 16) / 31))
  })
  it("stretches 14-bit data with the sharpest edges there are", async () => {
    const pixels = await decodeImage(
      await gray16(64, (i) => (i % 64 < 32 ? 0 : 16383))
        .tiff({ compression: "lzw" })
        .toBuffer(),
      24,
    )
    expect([Math.min(...pixels), Math.max(...pixels)]).toEqual([0, 255])
  })
  it("keeps the scale of data that use the range", async () => {
    const pixels = await decodeImage(
      await gray16(32, (i) => (i % 32 < 16 ? 2570 : 51400))
        .png()
        .toBuffer(),
      32,
    )
    expect([pixels[0], pixels[31]]).toEqual([10, 200])
  })
  it("keeps a constant image", async () => {
    expect(
      (
        await decodeImage(
          await gray16(8, () => 2570)
            .png()
            .toBuffer(),
          8,
        )
      )[0],
    ).toBe(10)
  })
  it("does not touch the range of 8 bit", async () => {
    const pixels = await decodeImage(
      await gray(8, 8, (x) => 50 + x)
        .png()
        .toBuffer(),
      8,
    )
    expect([...pixels.subarray(0, 8)]).toEqual([50, 51, 52, 53, 54, 55, 56, 57])
  })
})

describe("decodeImage: refusals give the reason", () => {
  const noise = () => gray(64, 64, (x, y) => (x * 7919 + y * 104729) % 251)
  const refuse = (bytes: Uint8Array, reason: RegExp) => expect(decodeImage(bytes, 8)).rejects.toThrow(reason)

  it("empty", () => refuse(new Uint8Array(), /^the file is empty$/))
  it("text", () => refuse(Buffer.from("hello"), /^not an image: its content is none of PNG, JPEG/))
  it("BMP", () => refuse(Buffer.from("BM____\0\0\0\0____"), /^is a BMP file.*convert it to PNG/))
  it("DICOM", () => refuse(Buffer.from(`${"\0".repeat(128)}DICM\x02\0`), /^truncated or damaged DICOM file/))
  it("SVG", () =>
    refuse(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), /^is a SVG file/))

  it.each(["png", "jpeg", "webp", "tiff", "gif"] as const)("%s cut anywhere", async (format) => {
    const bytes = await noise().toFormat(format).toBuffer()
    for (const part of [0.2, 0.5, 0.9])
      await refuse(bytes.subarray(0, Math.floor(bytes.length * part)), /^truncated or damaged/)
  })

  it("a PNG with a wrong byte", async () => {
    const bytes = await noise().png().toBuffer()
    bytes[bytes.length >> 1] ^= 255
    await refuse(bytes, /^truncated or damaged png/)
  })

  it("more than 100 megapixels, by the header alone", async () => {
    const chunk = (type: string, data: Uint8Array) => {
      const body = Buffer.concat([Buffer.from(type), data])
      const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
      length.writeUInt32BE(data.length)
      check.writeUInt32BE(crc32(body))
      return Buffer.concat([length, body, check])
    }
    const header = Buffer.alloc(13)
    header.writeUInt32BE(10_001, 0)
    header.writeUInt32BE(10_000, 4)
    header.set([8, 0, 0, 0, 0], 8)
    const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1")
    const file = [
      signature,
      chunk("IHDR", header),
      chunk("IDAT", deflateSync(Buffer.alloc(99))),
      chunk("IEND", new Uint8Array()),
    ]
    await refuse(Buffer.concat(file), /^more than 100 megapixels: scale it down first$/)
  })

  it("samples of other types", async () => {
    // One pixel of 32-bit float: width, height, bits, compression, photometric, offset, samples,
    // rows, bytes, format.
    const tags = [
      [256, 1],
      [257, 1],
      [258, 32],
      [259, 1],
      [262, 1],
      [273, 134],
      [277, 1],
      [278, 1],
      [279, 4],
      [339, 3],
    ]
    const bytes = Buffer.alloc(138)
    bytes.write("II*\0", 0, "latin1")
    bytes.writeUInt32LE(8, 4)
    bytes.writeUInt16LE(tags.length, 8)
    for (const [i, [tag, value]] of tags.entries()) {
      bytes.writeUInt16LE(tag, 10 + i * 12)
      bytes.writeUInt16LE(3, 12 + i * 12)
      bytes.writeUInt32LE(1, 14 + i * 12)
      bytes.writeUInt16LE(value, 18 + i * 12)
    }
    bytes.writeFloatLE(0.5, 134)
    await refuse(bytes, /^samples of type float are not supported: save it with 8 or 16 bits/)
  })
})
