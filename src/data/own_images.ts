/** Pictures that this program draws of films: nothing is to be learnt from them. */
import sharp from "sharp"
import { plasma } from "./plasma.ts"

export type OwnKind = "heatmap" | "contact sheet"

/** Length of a PNG's signature and its first chunk, IHDR. */
const IHDR_END = 33
const SOFTWARE = "Software\0cnn "

/**
 * A PNG with its kind written into it, directly behind its header:
 * https://www.w3.org/TR/png-3/#11tEXt
 */
export function stampPng(png: Uint8Array, kind: OwnKind): Uint8Array {
  const chunk = Buffer.from(`tEXt${SOFTWARE}${kind}`, "latin1")
  const frame = Buffer.alloc(chunk.length + 8)
  frame.writeUInt32BE(chunk.length - 4, 0)
  chunk.copy(frame, 4)
  frame.writeUInt32BE(crc32(chunk), chunk.length + 4)
  return Buffer.concat([png.subarray(0, IHDR_END), frame, png.subarray(IHDR_END)])
}

/**
 * What an image is if this program drew it: by what `stampPng` wrote, or, of versions before there
 * was that and of copies that lost it, by what it shows.
 */
export async function ownImage(bytes: Uint8Array): Promise<OwnKind | undefined> {
  const head = Buffer.from(bytes.subarray(0, IHDR_END + 64))
  if (!head.subarray(0, 8).equals(PNG) || head.length < IHDR_END) return undefined
  const stamp = /tEXtSoftware\0cnn (heatmap|contact sheet)/.exec(head.toString("latin1", IHDR_END))
  if (stamp) return stamp[1] as OwnKind
  const [width, height, depth, colour] = [head.readUInt32BE(16), head.readUInt32BE(20), head[24], head[25]]
  if (depth !== 8 || Math.max(width, height) > MOST) return undefined
  if (colour === RGB && width === height && width >= WIDTH) return (await isHeatmap(bytes)) ? "heatmap" : undefined
  if (colour === GRAY) return (await isContactSheet(bytes)) ? "contact sheet" : undefined
  return undefined
}

const PNG = Buffer.from("\x89PNG\r\n\x1a\n", "latin1")
const [GRAY, RGB] = [0, 2]
/** Pixels that a heatmap is wide at least, and that either is at most. */
const [WIDTH, MOST] = [400, 4096]

/**
 * Colours differ from gray by so much where they count, and by so little from those of a heatmap.
 */
const [COLOURED, NEAR] = [24, 10]

/** Whether what is coloured is gray under colours of `plasma`, as a heatmap has them. */
async function isHeatmap(bytes: Uint8Array): Promise<boolean> {
  const image = await sharp(bytes).raw().toBuffer().catch(() => undefined) // biome-ignore format: a chain
  if (image === undefined) return false
  let [coloured, like] = [0, 0]
  for (let i = 0; i < image.length; i += 3 * STEP) {
    const [a, b] = [image[i] - image[i + 1], image[i + 1] - image[i + 2]]
    if (Math.abs(a) + Math.abs(b) < COLOURED) continue
    coloured++
    if (OVERLAID.some(([x, y]) => Math.abs(a - x) <= NEAR && Math.abs(b - y) <= NEAR)) like++
  }
  return coloured * 3 * STEP > LEAST_COLOURED * image.length && like > LEAST_LIKE * coloured
}

/** Every such pixel is looked at. */
const STEP = 7
/** Parts of the pixels. */
const [LEAST_COLOURED, LEAST_LIKE] = [0.01, 0.97]

/** Red less green and green less blue of every value of a heatmap, whatever gray lies under it. */
const OVERLAID = Array.from({ length: 65 }, (_, i) => {
  const [r, g, b] = plasma(i / 64)
  const opacity = (0.75 * i) / 64
  return [opacity * (r - g), opacity * (g - b)]
})

/** Pixels between the images of a contact sheet, and their gray. */
export const GAP = 4
export const BACKGROUND = 128

/** Whether it is framed and divided by lines of one gray. */
async function isContactSheet(bytes: Uint8Array): Promise<boolean> {
  const read = sharp(bytes).toColourspace("b-w").raw()
  const { data, info } = await read.toBuffer({ resolveWithObject: true }).catch(() => ({ data: undefined, info: undefined })) // biome-ignore format: short
  if (!data || info.channels !== 1) return false
  const { width, height } = info
  const isLine = (length: number, at: (k: number) => number) => {
    for (let k = 0; k < length; k++) if (data[at(k)] !== BACKGROUND) return false
    return true
  }
  const rows = Array.from({ length: height }, (_, y) => isLine(width, (x) => y * width + x))
  if (!rows.slice(0, GAP).every(Boolean) || !rows.slice(-GAP).every(Boolean)) return false
  const columns = Array.from({ length: width }, (_, x) => isLine(height, (y) => y * width + x))
  const gaps = [linesIn(rows), linesIn(columns)]
  return gaps.every((found) => found >= 2) && Math.max(...gaps) >= 3
}

/** How many bands of `GAP` lines there are. */
function linesIn(lines: readonly boolean[]): number {
  const bands = lines.map((one) => (one ? "1" : "0")).join("").split(/0+/) // biome-ignore format: a chain
  return bands.every((band) => band.length === 0 || band.length === GAP)
    ? bands.filter((band) => band !== "").length
    : 0
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
  return c
})

/** Of PNG's chunks; zlib's own is there from Node 22 on. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}
