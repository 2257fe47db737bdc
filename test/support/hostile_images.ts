/** Small image files of every kind that is read, and headers that lie. */
import { crc32, deflateSync } from "node:zlib"
import sharp from "sharp"

/**
 * A few hundred bytes each: gray, colour, 16 bit, palette, interlaced, tiled, with EXIF and with a
 * profile.
 */
export async function sampleImages(): Promise<Record<string, Buffer>> {
  const gray = () => {
    const pixels = Uint8Array.from({ length: 24 * 16 }, (_, i) => (i * 7919) % 251)
    return sharp(pixels, { raw: { width: 24, height: 16, channels: 1 } })
  }
  const wide = sharp(
    Uint16Array.from({ length: 64 }, (_, i) => i * 900),
    { raw: { width: 8, height: 8, channels: 1 } },
  ).toColourspace("grey16")
  const made = {
    "gray.png": gray().toColourspace("b-w").png(),
    "wide.png": wide.png(),
    "palette.png": gray().png({ palette: true }),
    "interlaced.png": gray().png({ progressive: true }),
    "a.jpg": gray().jpeg(),
    "progressive.jpg": gray().jpeg({ progressive: true }),
    "turned.jpg": gray()
      .withExif({ IFD0: { Copyright: "x" } })
      .withMetadata({ orientation: 6 })
      .jpeg(),
    "cmyk.jpg": gray().toColourspace("cmyk").jpeg(),
    "lossy.webp": gray().webp(),
    "lossless.webp": gray().webp({ lossless: true }),
    "lzw.tif": gray().tiff({ compression: "lzw" }),
    "deflate.tif": gray().tiff({ compression: "deflate", predictor: "horizontal" }),
    "tiled.tif": gray().tiff({ tile: true, tileWidth: 16, tileHeight: 16 }),
    "jpeg.tif": gray().tiff({ compression: "jpeg" }),
    "a.gif": gray().gif(),
  }
  const files = await Promise.all(Object.entries(made).map(async ([name, image]) => [name, await image.toBuffer()]))
  return Object.fromEntries(files)
}

function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}

/** A PNG whose header claims a size, with a few bytes of data behind it. */
export function pngHeader(width: number, height: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 0, 0, 0, 0], 8)
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1")
  const data = pngChunk("IDAT", deflateSync(Buffer.alloc(99)))
  return Buffer.concat([signature, pngChunk("IHDR", header), data, pngChunk("IEND", new Uint8Array())])
}

/** The samples with their size set to the largest that the format's header can say. */
export function lyingHeaders(samples: Record<string, Buffer>): Record<string, Buffer> {
  const jpeg = Buffer.from(samples["a.jpg"])
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]))
  jpeg.fill(0xff, frame + 5, frame + 9)
  const gif = Buffer.from(samples["a.gif"])
  gif.fill(0xff, 6, 10)
  const image = gif.indexOf(Buffer.from([0x2c, 0, 0, 0, 0, 24, 0, 16, 0]))
  gif.fill(0xff, image + 5, image + 9)
  const lossless = Buffer.from(samples["lossless.webp"])
  lossless.fill(0xff, lossless.indexOf("VP8L") + 9, lossless.indexOf("VP8L") + 12)
  const tiff = Buffer.from(samples["lzw.tif"])
  const directory = tiff.readUInt32LE(4)
  for (let i = 0; i < tiff.readUInt16LE(directory); i++) {
    const entry = directory + 2 + 12 * i
    if ([256, 257].includes(tiff.readUInt16LE(entry))) {
      tiff.writeUInt16LE(4, entry + 2)
      tiff.writeUInt32LE(65_535, entry + 8)
    }
  }
  return {
    "png 65535": pngHeader(65_535, 65_535),
    "png 2^31-1": pngHeader(2 ** 31 - 1, 2 ** 31 - 1),
    "png 1 x 10^8": pngHeader(1, 100_000_000),
    ...{ jpeg, gif, "webp 16384": lossless, tiff },
  }
}

/** The largest WebP that there is, in some 40 bytes. */
export const largestWebp = (side = 16_383): Promise<Buffer> =>
  sharp({ create: { width: side, height: side, channels: 3, background: "#123" }, limitInputPixels: false })
    .webp({ lossless: true, effort: 0 })
    .toBuffer()
