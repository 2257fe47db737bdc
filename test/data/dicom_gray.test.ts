/**
 * What becomes of stored values that a header describes in an odd way: windows, tables, colours,
 * missing headers.
 */
import { readFileSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import path from "node:path"
import sharp from "sharp"
import { describe, expect, it } from "vitest"
import { openDicom } from "../../src/data/dicom/decode.ts"
import { isDicom } from "../../src/data/dicom/parse.ts"
import { loadFolder } from "../../src/data/load.ts"
import { decodeImage } from "../../src/data/read_image.ts"
import {
  compressed,
  dicom,
  dicomPicture,
  type Element,
  type Item,
  type Picture,
  SYNTAX,
} from "../support/dicom_files.ts"
import { inFunctionalGroups } from "../support/functional_groups.ts"
import { tempFolder } from "../support/temp_folder.ts"

const [width, height] = [24, 24]
const n = width * height
/** 1,000 to 2,725 of 4,096, each value as often as any other. */
const ramp = Array.from({ length: n }, (_, i) => 1000 + 3 * ((i * 7) % n))
const limb: Picture = { width, height, bits: 12, values: ramp }
const grayOf = async (bytes: Uint8Array) => [...(await openDicom(bytes).decode()).gray]
const shown = (more: Element[], extra: Partial<Picture> = {}) => grayOf(dicomPicture({ ...limb, more, ...extra }))
const to16 = (part: number) => Math.round(Math.min(1, Math.max(0, part)) * 65_535)
const stretched = (values: readonly number[]) => {
  const [min, max] = [Math.min(...values), Math.max(...values)]
  return values.map((value) => to16((value - min) / (max - min)))
}
const window = (centre: string | number, wide: string | number, shape?: string): Element[] => [
  ["00281050", "DS", String(centre)],
  ["00281051", "DS", String(wide)],
  ...(shape ? ([["00281056", "CS", shape]] as Element[]) : []),
]

describe("functional groups", () => {
  const rescaled: Element[] = [
    ["00281052", "DS", "-1000"],
    ["00281053", "DS", "2"],
  ]
  const table: Element = ["00283010", "SQ", [[["00283002", "US", [4, 1000, 8]], ["00283006", "OW", [0, 85, 170, 255]]]]] // biome-ignore format: a table
  const cases: [string, Element[]][] = [
    ["a window", window(1800, 500)],
    ["a window with a function", window(1800, 500, "SIGMOID")],
    ["rescaling and a window", [...rescaled, ...window(2600, 900)]],
    ["a falling slope", [["00281052", "DS", "4000"], ["00281053", "DS", "-1"], ...window(2200, 900)]], // biome-ignore format: a list
    ["a table", [table]],
  ]

  it.each(cases)("say %s of the one frame as the file itself would", async (_, more) => {
    const right = await shown(more)
    expect(new Set(right).size).toBeGreaterThan(1)
    for (const where of ["shared", "frame", "both"] as const)
      expect(await shown(inFunctionalGroups(more, where)), where).toEqual(right)
    // What the file says besides is overruled.
    const wrong = [...inFunctionalGroups(more, "shared"), ...window(900, 90)]
    if (more.length > 1) expect(await shown(wrong)).toEqual(right)
  })

  it("that are empty, or of other things, leave what the file says", async () => {
    const right = await shown(window(1800, 500))
    for (const item of [[], [["00209111", "SQ", []]]] as Item[])
      expect(await shown([...window(1800, 500), ["52009229", "SQ", item.length > 0 ? [item] : []]])).toEqual(right)
  })
})

describe("a window", () => {
  it.each([
    ["below all values", window(300, 200)],
    ["above all values", window(30_000, 2000)],
    ["at so few values that the rest is white", window(900, 220)],
    ["a step beside the values", window(50, 1)],
    ["so wide that it leaves two gray levels", window(2048, 1_000_000)],
    ["linear exact, beside them", window(-500, 100, "LINEAR_EXACT")],
    ["a sigmoid beside them", window(-5000, 100, "SIGMOID")],
    ["of width 0", window(1500, 0)],
    ["of a width below 1", window(1500, 0.5)],
    ["of a negative width", window(1500, -400)],
    ["of width 0, linear exact", window(1500, 0, "LINEAR_EXACT")],
  ])("%s is not believed", async (_, more) => {
    expect(await shown(more)).toEqual(stretched(ramp))
  })

  it.each([
    ["that cuts off a lot", window(1100, 100), (v: number) => (v - 1099.5) / 99 + 0.5],
    ["of width 1 between the values", window(1800, 1), (v: number) => (v <= 1799.5 ? 0 : 1)],
    ["that leaves little contrast", window(2048, 40_000), (v: number) => (v - 2047.5) / 39_999 + 0.5],
    [
      "that is the first of several, though it shows less",
      window("1100\\1862", "100\\1725"),
      (v: number) => (v - 1099.5) / 99 + 0.5,
    ],
    ["in small letters", window(1800, 500, "sigmoid"), (v: number) => 1 / (1 + Math.exp((-4 * (v - 1800)) / 500))],
  ])("%s is taken at its word", async (_, more, part) => {
    expect(await shown(more)).toEqual(ramp.map((value) => to16(part(value))))
  })

  it("over an image of one value stays as it is: there is nothing to be seen otherwise either", async () => {
    const flat = { values: ramp.map(() => 1500) }
    expect(new Set(await shown(window(300, 200), flat))).toEqual(new Set([65_535]))
    expect(new Set(await shown(window(3000, 200), flat))).toEqual(new Set([0]))
  })

  it("beside the values of 8 bits leaves them as they are stored", async () => {
    const values = ramp.map((_, i) => 40 + (i % 120))
    expect(await shown(window(1000, 50), { bits: 8, values })).toEqual(values.map((value) => value * 257))
  })
})

const table = (
  tag: string,
  entries: readonly number[] | Uint8Array,
  { first = 0, bits = 12, data = "OW", length = entries.length } = {},
): Element => {
  const descriptor = [length === 65_536 ? 0 : length, first, bits]
  const item: Item = [["00283002", first < 0 ? "SS" : "US", descriptor], ["00283006", data, entries]] // biome-ignore format: pairs
  return [tag, "SQ", [item]]
}
const VOI = "00283010"
const MODALITY = "00283000"
const all = (length: number, entry: (i: number) => number) => Array.from({ length }, (_, i) => entry(i))
const bent = all(4096, (i) => Math.round((i * i) / 4095))

describe("look-up tables", () => {
  it.each([SYNTAX.implicit, SYNTAX.explicit, SYNTAX.big, SYNTAX.deflated])("a VOI LUT in %s", async (syntax) => {
    const right = ramp.map((value) => to16(bent[value] / 4095))
    expect(await shown([table(VOI, bent)], { syntax })).toEqual(right)
    expect(await shown([table(VOI, bent, { data: "US" })], { syntax })).toEqual(right)
  })

  it("a VOI LUT comes before a window, falling as rising, and the first item of several", async () => {
    const [tag, vr, [item]] = table(
      VOI,
      bent.map((entry) => 4095 - entry),
    ) as [string, string, Item[]]
    const [, , [other]] = table(VOI, bent) as [string, string, Item[]]
    const right = ramp.map((value) => to16(1 - bent[value] / 4095))
    expect(await shown([[tag, vr, [item, other]], ...window(1800, 500)])).toEqual(right)
    expect(await shown([[tag, vr, []], ...window(1100, 100)])).toEqual(ramp.map((v) => to16((v - 1099.5) / 99 + 0.5)))
  })

  it("first values: above 0, below it, and 65,536 entries", async () => {
    const entry = (value: number, first: number): number => bent[Math.min(4095, Math.max(0, value - first))]
    for (const first of [1200, -900])
      expect(await shown([table(VOI, bent, { first })])).toEqual(ramp.map((value) => to16(entry(value, first) / 4095)))
    const long = all(65_536, (i) => 65_535 - i)
    const values = ramp.map((value) => value * 20)
    expect(await shown([table(VOI, long, { bits: 16 })], { bits: 16, values })).toEqual(
      values.map((v) => to16(1 - v / 65_535)),
    )
    const signed = { signed: true, values: ramp.map((value) => value - 2048) }
    expect(await shown([table(VOI, bent, { first: -2048 })], { ...signed, syntax: SYNTAX.implicit })).toEqual(
      ramp.map((value) => to16(bent[value] / 4095)),
    )
  })

  it("8 bits, a word each or two in one, in both orders of bytes", async () => {
    const entries = all(256, (i) => 255 - i)
    const values = ramp.map((value) => (value - 1000) >> 3)
    const right = values.map((value) => to16(1 - value / 255))
    const packed = Uint8Array.from(entries)
    for (const more of [table(VOI, entries, { bits: 8 }), table(VOI, packed, { bits: 8 })])
      expect(await shown([more], { values })).toEqual(right)
    const swapped = Uint8Array.from(packed, (_, i) => packed[i ^ 1])
    expect(await shown([table(VOI, swapped, { bits: 8 })], { values, syntax: SYNTAX.big })).toEqual(right)
  })

  it("entries with more bits than the table says are not cut off", async () => {
    expect(await shown([table(VOI, bent, { bits: 8 })])).toEqual(ramp.map((value) => to16(bent[value] / 4095)))
  })

  it("a Modality LUT comes before rescaling, and the window is over what it gives", async () => {
    const falling = all(4096, (i) => 4095 - i)
    const rescale: Element[] = [["00281053", "DS", "2"], ["00281052", "DS", "7"]] // biome-ignore format: pairs
    const modality = table(MODALITY, falling, { bits: 16 })
    expect(await shown([modality, ...rescale, ...window(2048, 4096)])).toEqual(
      ramp.map((value) => to16((4095 - value - 2047.5) / 4095 + 0.5)),
    )
    expect(await shown([modality, ...rescale])).toEqual(stretched(ramp.map((value) => -value)))
    expect(await shown([modality, table(VOI, bent)])).toEqual(ramp.map((value) => to16(bent[4095 - value] / 4095)))
  })

  it("in a sequence that a program copied as unknown bytes", async () => {
    const inner = dicomPicture({ ...limb, syntax: SYNTAX.implicit, more: [table(VOI, bent)] })
    const at = inner.indexOf(Buffer.from([0x28, 0, 0x10, 0x30]))
    const unknown: Element = [VOI, "UN", inner.subarray(at + 8, at + 8 + inner.readUInt32LE(at + 4))]
    expect(await shown([unknown])).toEqual(ramp.map((value) => to16(bent[value] / 4095)))
  })

  it("that hides the image is not believed, and one that is damaged is named", async () => {
    expect(
      await shown([
        table(
          VOI,
          all(4096, () => 4095),
        ),
      ]),
    ).toEqual(stretched(ramp))
    const lone = (tag: string): Element => [tag, "SQ", [[["00283002", "US", [4096, 0, 16]]]]]
    expect(await shown([lone(VOI), ...window(1100, 100)])).toEqual(ramp.map((v) => to16((v - 1099.5) / 99 + 0.5)))
    await expect(shown([lone(MODALITY)])).rejects.toThrow(/^damaged DICOM file \(a look-up table of its gray values/)
    await expect(shown([table(VOI, [1, 2, 3], { length: 4096 })])).rejects.toThrow(/look-up table/)
  })
})

describe("bits, padding and what is low", () => {
  it("values in the upper bits of a word are moved down", async () => {
    const high: Element = ["00280102", "US", 15]
    const raised = ramp.map((value) => value << 4)
    expect(await shown([high, ...window(2048, 4096)], { values: raised })).toEqual(
      ramp.map((value) => to16((value - 2047.5) / 4095 + 0.5)),
    )
  })

  it("padding: a range, one that is no stored value, and one that would leave nothing", async () => {
    const values = ramp.map((value, i) => (i % 9 === 0 ? 0 : i % 9 === 1 ? 12 : value))
    const right = stretched(values.filter((value) => value > 12))
    const padded = await shown([["00280120", "US", 0], ["00280121", "US", 20]], { values }) // biome-ignore format: pairs
    expect(padded.filter((_, i) => values[i] > 12)).toEqual(right)
    expect(new Set(padded.filter((_, i) => values[i] <= 12))).toEqual(new Set([0]))
    const word = ramp.map((value, i) => (i % 9 === 0 ? 0xf830 : value))
    const outside = await shown([["00280120", "US", 0xf830]], { values: word })
    expect(outside).toEqual(
      word.map((value, i) =>
        value > 4095 ? 0 : stretched(ramp.filter((_, k) => k % 9 !== 0))[i - Math.floor(i / 9) - 1],
      ),
    )
    expect(await shown([["00280120", "US", 0], ["00280121", "US", 4095]])).toEqual(stretched(ramp)) // biome-ignore format: pairs
  })

  it("a Presentation LUT Shape of INVERSE turns the picture, and MONOCHROME1 not twice", async () => {
    const shape = (said: string): Element[] => [["20500020", "CS", said]]
    const turned = stretched(ramp.map((value) => -value))
    expect(await shown(shape("INVERSE"))).toEqual(turned)
    expect(await shown(shape("INVERSE"), { photometric: "MONOCHROME1" })).toEqual(turned)
    expect(await shown(shape("IDENTITY"))).toEqual(stretched(ramp))
  })
})

/** Fewer than a hundredth of the pixels, none of which is the darkest or the brightest. */
const isMark = (i: number) => i >= 10 && i < 15
const without = <Value>(values: readonly Value[]) => values.filter((_, i) => !isMark(i))

describe("without a window", () => {
  it.each([0, 4095])("a mark of %s does not turn the rest black or white", async (mark) => {
    const values = ramp.map((value, i) => (isMark(i) ? mark : value))
    const gray = await shown([], { values })
    expect(without(gray)).toEqual(without(stretched(ramp)))
    expect(gray.slice(10, 15)).toEqual(Array(5).fill(mark === 0 ? 0 : 65_535))
  })

  it("nor do two, in a picture that is turned", async () => {
    const values = ramp.map((value, i) => (isMark(i) ? (i < 12 ? 0 : 4095) : value))
    const gray = await shown([], { values, photometric: "MONOCHROME1" })
    expect(without(gray)).toEqual(without(stretched(ramp.map((value) => -value))))
  })

  it("noise around one value is no picture", async () => {
    const gray = await shown([], { values: ramp.map((_, i) => 2000 + (i % 4)) })
    expect(Math.max(...gray)).toBe(Math.round((3 / 255) * 65_535))
  })
})

describe("three samples a pixel", () => {
  const gray8 = ramp.map((value) => (value - 1000) >> 3)
  const gray = { values: gray8, bits: 8 }
  const right = gray8.map((value) => value * 257)
  const rgb = gray8.flatMap((value) => [value, value, value])
  const of = (more: Partial<Picture>) => grayOf(dicomPicture({ ...limb, bits: 8, samples: 3, ...more }))

  it("that are equal are gray: RGB by pixel and by plane, YBR, 16 bits", async () => {
    expect(await of({ values: rgb })).toEqual(right)
    expect(await of({ values: [...gray8, ...gray8, ...gray8], more: [["00280006", "US", 1]] })).toEqual(right)
    expect(await of({ values: gray8.flatMap((value) => [value, 128, 128]), photometric: "YBR_FULL" })).toEqual(right)
    const pairs = gray8.flatMap((value, i) => (i % 2 === 0 ? [value, gray8[i + 1], 128, 128] : []))
    expect(await of({ values: pairs, photometric: "YBR_FULL_422" })).toEqual(right)
    const wide = ramp.flatMap((value) => [value, value, value])
    expect(await of({ values: wide, bits: 12 })).toEqual(stretched(ramp))
  })

  it("that are equal, compressed", async () => {
    const raw = { raw: { width, height, channels: 3 as const } }
    const jpeg = await sharp(Uint8Array.from(rgb), raw).jpeg({ quality: 100 }).toBuffer()
    for (const photometric of ["RGB", "YBR_FULL_422"])
      for (const [i, value] of (
        await of({ photometric, syntax: SYNTAX.baseline, fragments: [jpeg], values: [] })
      ).entries())
        expect(Math.abs(value - right[i])).toBeLessThan(257 * 4)
    for (const kind of ["jpegLs", "jpeg2000", "htj2k"] as const) {
      const bytes = compressed(kind, { ...limb, ...gray, values: rgb, samples: 3 })
      expect(await of({ syntax: SYNTAX[kind], fragments: [bytes], values: [] })).toEqual(right)
    }
  })

  it("of a coloured mark are refused, with the number of its pixels", async () => {
    const values = rgb.slice()
    values[30] += 60
    await expect(of({ values })).rejects.toThrow(/^DICOM file in colour \(1 of its 576 pixels\): save it as/)
    values[30] -= 58
    expect(await of({ values })).toHaveLength(n)
    await expect(of({ values: gray8.flatMap((value) => [value, 128, 90]), photometric: "YBR_FULL" })).rejects.toThrow(
      "in colour",
    )
  })

  it("in a palette of grays, and one of colours", async () => {
    const entries = all(256, (i) => 255 - i)
    const palette = (blue: readonly number[]): Element[] => [
      ...["1", "2", "3"].map((k): Element => [`0028110${k}`, "US", [256, 0, 8]]),
      ...["1", "2", "3"].map((k): Element => [`0028120${k}`, "OW", k === "3" ? blue : entries]),
    ]
    const file = { ...gray, photometric: "PALETTE COLOR" }
    expect(await shown(palette(entries), file)).toEqual(gray8.map((value) => (255 - value) * 257))
    await expect(shown(palette(all(256, () => 0)), file)).rejects.toThrow(/in colour \(its palette has colours\)/)
  })
})

describe("HTJ2K as OpenJPH's own encoder writes it", () => {
  const fixture = (name: string) => readFileSync(new URL(`../fixtures/dicom/${name}.j2c`, import.meta.url))
  const drawn = (bits: number) =>
    all(n, (i) => (i === 0 ? 2 ** bits - 1 : i === 1 ? 0 : (i * 7919 + (i % width) * 311) % 2 ** bits))

  it.each([
    ["htj2k-12", 12, SYNTAX.htj2k],
    ["htj2k-16", 16, SYNTAX.htj2k],
    ["htj2k-rpcl-8", 8, SYNTAX.htj2kRpcl],
  ])("%s", async (name, bits, syntax) => {
    const gray = await shown([], { bits, syntax, fragments: [fixture(name)] })
    expect(gray).toEqual(bits === 8 ? drawn(8).map((value) => value * 257) : stretched(drawn(bits)))
  })

  it("with loss: near to what was put in", async () => {
    const gray = await shown([], { bits: 8, syntax: SYNTAX.htj2kLossy, fragments: [fixture("htj2k-lossy-8")] })
    for (const [i, value] of gray.entries())
      expect(Math.abs(value / 257 - 4 * (i % width) - 4 * Math.floor(i / width))).toBeLessThan(8)
  })
})

describe("without a header", () => {
  const forms = { implicit: SYNTAX.implicit, explicit: SYNTAX.explicit, big: SYNTAX.big }
  const more: Element[] = [
    ["00080005", "CS", "ISO_IR 100"],
    ["00080008", "CS", "ORIGINAL\\PRIMARY"],
    ["00080060", "CS", "DX"],
    ["00100020", "LO", "P1"],
  ]
  const right = () => shown(more)
  const body = (syntax: string) => {
    const whole = dicomPicture({ ...limb, more, syntax })
    return whole.subarray(144 + whole.readUInt32LE(140))
  }
  const preamble = Buffer.concat([Buffer.alloc(128), Buffer.from("DICM")])
  const meta = Buffer.from([2, 0, 0x12, 0, 0x55, 0x49, 4, 0, 0x31, 0x2e, 0x32, 0])

  describe.each(Object.entries(forms))("%s", (_, syntax) => {
    it.each<[string, () => Buffer]>([
      ["the elements alone", () => body(syntax)],
      ["a preamble, no meta information", () => Buffer.concat([preamble, body(syntax)])],
      ["meta information without a transfer syntax", () => Buffer.concat([preamble, meta, body(syntax)])],
      ["meta information without a preamble", () => Buffer.concat([meta, body(syntax)])],
      ["a transfer syntax that is another one", () => {
        const other = syntax === SYNTAX.implicit ? SYNTAX.explicit : SYNTAX.implicit
        return Buffer.concat([dicom([], other), body(syntax)])
      }],
    ])("%s", async (_, make) => {
      const bytes = make()
      expect(isDicom(bytes.subarray(0, 132))).toBe(true)
      expect(await grayOf(bytes)).toEqual(await right())
      expect(await decodeImage(bytes, width)).toEqual(await decodeImage(dicomPicture({ ...limb, more }), width))
    }) // biome-ignore format: a table
  })

  it("a compressed picture is refused, since nothing says how", async () => {
    const whole = dicomPicture({ ...limb, more, syntax: SYNTAX.jpegLs, fragments: [compressed("jpegLs", limb)] })
    const bytes = whole.subarray(144 + whole.readUInt32LE(140))
    await expect(decodeImage(bytes, 8)).rejects.toThrow("does not name the transfer syntax of its compressed picture")
  })

  it("what only begins alike is no DICOM file", () => {
    const others = [[8, 0, 0, 0, 255, 255, 255, 255], [8, 0, 5, 0, 0x43, 0x53, 3, 0], [0, 8, 0, 5], [2, 0, 0, 0, 4, 0, 0, 0], [8, 0], []] // biome-ignore format: first bytes
    for (const first of others) expect(isDicom(Buffer.concat([Buffer.from(first), Buffer.alloc(40)]))).toBe(false)
    expect(isDicom(Buffer.from("\x89PNG\r\n\x1a\n".padEnd(200), "latin1"))).toBe(false)
  })

  it("files of a folder are found, also without an ending, and their ids group them", async () => {
    const dir = await tempFolder()
    for (const [i, label] of ["fractured", "normal", "fractured", "normal"].entries()) {
      await mkdir(path.join(dir, label), { recursive: true })
      const values = ramp.map((value, k) => (k % 5 === i ? 4095 - value : value))
      const whole = dicomPicture({ ...limb, values, more: [...more.slice(0, 3), ["00100020", "LO", `P${i >> 1}`]] })
      await writeFile(path.join(dir, label, `IM${i}`), whole.subarray(144 + whole.readUInt32LE(140)))
    }
    const data = await loadFolder(dir, { size: width, cacheDir: false })
    expect(data.files).toEqual(["fractured/IM0", "fractured/IM2", "normal/IM1", "normal/IM3"])
    expect(data.groups[0]).toBe(data.groups[2])
    expect(data.groups[1]).toBe(data.groups[3])
    expect(new Set(data.groups).size).toBe(2)
  })
})

describe("16-bit PNG and TIFF", () => {
  const file = (values: readonly number[], kind: "png" | "tiff") =>
    sharp(Uint16Array.from(values), { raw: { width, height, channels: 1 } })
      .toColourspace("grey16")
      .toFormat(kind, { compression: "lzw" })
      .toBuffer()
  const marked = (value: number) => ramp.map((one, i) => (isMark(i) ? value : one))
  const plain = ramp.map((value) => Math.round((255 * (value - 1000)) / 1725))

  it.each(["png", "tiff"] as const)("%s: one bright or dark mark leaves the rest as it is", async (kind) => {
    expect([...(await decodeImage(await file(ramp, kind), width))]).toEqual(plain)
    for (const value of [65_535, 20_000, 0])
      expect(without([...(await decodeImage(await file(marked(value), kind), width))])).toEqual(without(plain))
  })

  it("a mark leaves no rings where the image is made smaller", async () => {
    const at = (i: number) => i % 12 === 5 && Math.floor(i / width) === 12
    const small = await decodeImage(
      await file(
        ramp.map((value, i) => (at(i) ? 65_535 : value)),
        "png",
      ),
      8,
    )
    const white = await decodeImage(
      await file(
        ramp.map((value, i) => (at(i) ? 2725 : value)),
        "png",
      ),
      8,
    )
    expect(small).toEqual(white)
  })

  it("8 bits in words of 16 are not brightened, nor is noise", async () => {
    const low = ramp.map((value) => (value - 1000) >> 4)
    expect([...(await decodeImage(await file(low, "png"), width))]).toEqual(low)
  })
})
