/**
 * DICOM pictures of every syntax and depth that is read, pixel by pixel against what was put in.
 */
import { readFileSync } from "node:fs"
import sharp from "sharp"
import { describe, expect, it } from "vitest"
import { openDicom } from "../../src/data/dicom/decode.ts"
import { throughWindow } from "../../src/data/dicom/gray.ts"
import { decodeImage } from "../../src/data/read_image.ts"
import { compressed, dicomPicture, type Element, type Picture, runLengths, SYNTAX } from "../support/dicom_files.ts"

const [width, height] = [24, 24]
const pixel = (i: number) => (i * 7919 + (i % width) * 311) >>> 0
const picture = (bits: number, signed = false): Picture => {
  const half = signed ? 2 ** (bits - 1) : 0
  const values = Array.from(
    { length: width * height },
    (_, i) => (i === 0 ? 2 ** bits - 1 : i === 1 ? 0 : pixel(i) % 2 ** bits) - half,
  )
  return { width, height, bits, signed, values }
}
const grayOf = async (bytes: Uint8Array) => [...(await openDicom(bytes).decode()).gray]
/** From the lowest value that there is to the highest. */
const fullRange = ({ values, bits = 16, signed }: Picture) => {
  if (bits === 8 && !signed) return values.map((value) => value * 257)
  const [min, max] = [Math.min(...values), Math.max(...values)]
  return values.map((value) => Math.round(((value - min) / (max - min)) * 65_535))
}

describe("without compression", () => {
  const depths: [number, boolean][] = [[8, false], [10, false], [12, false], [16, false], [8, true], [12, true], [16, true]] // biome-ignore format: pairs
  for (const syntax of ["implicit", "explicit", "deflated", "big"] as const)
    it.each(depths)(`${syntax}: %s bits, signed %s`, async (bits, signed) => {
      const made = picture(bits, signed)
      expect(await grayOf(dicomPicture({ ...made, syntax: SYNTAX[syntax] }))).toEqual(fullRange(made))
    })

  it("8 bits in words of 16, and bits beyond those stored are no part of a value", async () => {
    const made = picture(8)
    expect(await grayOf(dicomPicture({ ...made, allocated: 16 }))).toEqual(fullRange(made))
    const overlaid = { ...picture(12), values: picture(12).values.map((value, i) => value | ((i % 16) << 12)) }
    expect(await grayOf(dicomPicture(overlaid))).toEqual(fullRange(picture(12)))
  })

  it("8 bits a pixel in words are turned round where the words are", async () => {
    const made = picture(8)
    const bytes = Uint8Array.from(made.values)
    const turned = Uint8Array.from(bytes, (_, i) => bytes[i ^ 1])
    const words: Element = ["7fe00010", "OW", turned]
    expect(await grayOf(dicomPicture({ ...made, syntax: SYNTAX.big, more: [words] }))).toEqual(fullRange(made))
  })

  it("an element that is cut off at the end of the file is an error with a reason", async () => {
    const end = Buffer.from([0x28, 0x00, 0x20, 0x01, 0x55, 0x53, 0x01, 0x00, 0x07])
    const cut = Buffer.concat([dicomPicture(picture(12)), end])
    await expect(decodeImage(cut, 8)).rejects.toThrow(
      /^truncated or damaged DICOM file \(its elements cannot be read\)$/,
    )
  })

  it("comes to the same pixels as the same picture in a PNG, also when scaled", async () => {
    const { values } = picture(8)
    const raw = { width, height, channels: 1 as const }
    const png = await sharp(Uint8Array.from(values), { raw }).toColourspace("b-w").png().toBuffer()
    const file = dicomPicture(picture(8))
    expect([...(await decodeImage(file, width))]).toEqual(values)
    const [small, same] = [await decodeImage(file, 9), await decodeImage(png, 9)]
    for (const [i, value] of small.entries()) expect(Math.abs(value - same[i])).toBeLessThanOrEqual(1)
  })
})

describe("compressed without loss", () => {
  for (const kind of ["jpegLs", "jpeg2000", "htj2k"] as const)
    it.each([
      [8, false],
      [12, false],
      [16, false],
      [12, true],
    ] as [number, boolean][])(`${kind}: %s bits, signed %s`, async (bits, signed) => {
      // biome-ignore format: pairs
      const made = picture(bits, signed)
      const bytes = compressed(kind, {
        ...made,
        values: made.values.map((value) => value & (2 ** (kind === "jpegLs" ? bits : 16) - 1)),
      })
      const file = dicomPicture({ ...made, syntax: SYNTAX[kind], fragments: [bytes] })
      expect(await grayOf(file)).toEqual(fullRange(made))
    })

  it.each([8, 12, 16])("RLE: %s bits, also in several pieces", async (bits) => {
    const made = picture(bits)
    const bytes = runLengths(made)
    const pieces = [bytes.subarray(0, 100), bytes.subarray(100)]
    for (const fragments of [[bytes], pieces])
      expect(await grayOf(dicomPicture({ ...made, syntax: SYNTAX.rle, fragments }))).toEqual(fullRange(made))
  })

  it.each([8, 12, 16])("JPEG Lossless: %s bits", async (bits) => {
    const made = picture(bits)
    const bytes = readFileSync(new URL(`../fixtures/dicom/lossless-${bits}.jpg`, import.meta.url))
    expect(await grayOf(dicomPicture({ ...made, syntax: SYNTAX.lossless, fragments: [bytes] }))).toEqual(
      fullRange(made),
    )
  })
})

describe("JPEG with loss", () => {
  const values = Array.from({ length: width * height }, (_, i) => 4 * (i % width) + 4 * Math.floor(i / width))
  const raw = { width, height, channels: 1 as const }
  const jpeg = () => sharp(Uint8Array.from(values), { raw }).toColourspace("b-w").jpeg({ quality: 95 }).toBuffer()

  it.each(["baseline", "extended"] as const)("%s, 8 bits: near to what was put in", async (syntax) => {
    const gray = await grayOf(
      dicomPicture({ ...{ width, height, values }, bits: 8, syntax: SYNTAX[syntax], fragments: [await jpeg()] }),
    )
    for (const [i, value] of gray.entries()) expect(Math.abs(value / 257 - values[i])).toBeLessThan(8)
  })

  it("of 12 bits is refused by its name", async () => {
    const bytes = await jpeg()
    bytes[bytes.indexOf(Buffer.from([0xff, 0xc0])) + 4] = 12
    const file = dicomPicture({ ...{ width, height, values }, bits: 12, syntax: SYNTAX.extended, fragments: [bytes] })
    await expect(grayOf(file)).rejects.toThrow(/lossy JPEG of 12 bits.*dcmdjpeg IN\.dcm OUT\.dcm/)
  })
})

describe("what the values mean", () => {
  const shown = (more: Element[], extra: Partial<Picture> = {}) =>
    grayOf(dicomPicture({ ...picture(12), more, ...extra }))
  const { values } = picture(12)
  const window = (centre: number, wide: number, shape?: string): Element[] => [
    ["00281050", "DS", `${centre}\\40`],
    ["00281051", "DS", `${wide}\\400`],
    ...(shape ? ([["00281056", "CS", shape]] as Element[]) : []),
  ]
  const to16 = (part: number) => Math.round(Math.min(1, Math.max(0, part)) * 65_535)

  it("MONOCHROME1 is turned", async () => {
    expect(await shown([], { photometric: "MONOCHROME1" })).toEqual(
      fullRange(picture(12)).map((_, i) => to16(1 - (values[i] - 0) / 4095)),
    )
  })

  it("the first window is taken, by each of its functions, on rescaled values", async () => {
    const rescaled: Element[] = [["00281052", "DS", "-1024"], ["00281053", "DS", "0.5"]] // biome-ignore format: pairs
    const x = values.map((value) => 0.5 * value - 1024)
    expect(await shown([...window(100, 1000), ...rescaled])).toEqual(x.map((v) => to16((v - 99.5) / 999 + 0.5)))
    expect(await shown([...window(100, 1000, "LINEAR_EXACT"), ...rescaled])).toEqual(
      x.map((v) => to16((v - 100) / 1000 + 0.5)),
    )
    expect(await shown([...window(100, 1000, "SIGMOID"), ...rescaled])).toEqual(
      x.map((v) => to16(1 / (1 + Math.exp((-4 * (v - 100)) / 1000)))),
    )
  })

  it("the standard's example of a step, and its ends", () => {
    const step = { centre: 2048, width: 1, shape: "LINEAR" } as const
    expect([2047, 2048].map((value) => throughWindow(value, step))).toEqual([0, 1])
    const all = { centre: 2048, width: 4096, shape: "LINEAR" } as const
    expect([0, 4095].map((value) => throughWindow(value, all))).toEqual([0, 1])
  })

  it("a falling slope turns the picture; without an intercept it says nothing, and 0 would leave nothing", async () => {
    const slope = (one: string, other?: string): Element[] => [
      ["00281053", "DS", one],
      ...(other ? ([["00281052", "DS", other]] as Element[]) : []),
    ]
    const turned = values.map((value) => to16((4095 - value) / 4095))
    expect(await shown(slope("-1", "0"))).toEqual(turned)
    for (const nothing of [slope("-1"), slope("0", "5")]) expect(await shown(nothing)).toEqual(fullRange(picture(12)))
  })

  it("padding is black and no part of the range, also on a turned picture", async () => {
    const padded = values.map((value) => (value === 0 ? 4095 : 500 + (value % 1000)))
    const own = padded.filter((value) => value !== 4095)
    const [min, max] = [Math.min(...own), Math.max(...own)]
    const more: Element[] = [["00280120", "US", 4095]]
    const gray = await shown(more, { values: padded, photometric: "MONOCHROME1" })
    expect(gray).toEqual(padded.map((value) => (value === 4095 ? 0 : to16(1 - (value - min) / (max - min)))))
  })

  it("a picture of one value is black", async () => {
    expect(new Set(await shown([], { values: values.map(() => 7) }))).toEqual(new Set([0]))
  })
})

describe("what is refused, with the reason", () => {
  const refused = (extra: Partial<Picture>) => decodeImage(dicomPicture({ ...picture(12), ...extra }), 8)
  it.each<[string, Partial<Picture>, string]>([
    ["several frames", { more: [["00280008", "IS", "3"]] }, "of several frames"],
    ["three samples of no known kind", { photometric: "HSV", more: [["00280002", "US", 3]] }, "neither MONOCHROME1 or MONOCHROME2"],
    ["a palette in segments", { photometric: "PALETTE COLOR" }, "its palette is not written entry by entry"],
    ["a highest bit below those stored", { more: [["00280102", "US", 10]] }, "bits stored 12 of 16, highest bit 10"],
    ["32 bits", { more: [["00280100", "US", 32]] }, "32 bits allocated a pixel; 8 and 16"],
    ["more bits stored than there are", { more: [["00280101", "US", 17]] }, "bits stored 17 of 16"],
    ["a side too long", { more: [["00280010", "US", 0]] }, "how large its picture is"],
    ["too many pixels", { more: [["00280010", "US", 60_000], ["00280011", "US", 60_000]] }, "more than 100 megapixels"],
    ["fewer pixels than it claims", { more: [["00280010", "US", 100]] }, "truncated DICOM file (its picture has 1152 bytes, 4800"],
    ["a film", { syntax: SYNTAX.mpeg2 }, "the transfer syntax MPEG-2"],
    ["an unknown syntax", { syntax: "Doe^Jane" }, "transfer syntax of an unknown name"],
    ["a window that is no number", { more: [["00281050", "DS", "x"], ["00281051", "DS", "1"]] }, "a number of its rescaling or window is none"],
    ["compressed, by its syntax alone", { syntax: SYNTAX.jpegLs }, "not written as its transfer syntax says"],
    ["no compressed picture", { syntax: SYNTAX.jpegLs, fragments: [new Uint8Array(50)] }, "picture's header cannot be read"],
  ])("%s", async (_, extra, reason) => {
    await expect(refused(extra)).rejects.toThrow(reason)
    await expect(refused(extra)).rejects.not.toThrow("Doe")
  }) // biome-ignore format: a table
})
