/**
 * Gray values beside pydicom's, of headers drawn at random and of pydicom's own test files. Skipped
 * where no Python has it.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"
import fc from "fast-check"
import { afterAll, describe, expect, it } from "vitest"
import { openDicom } from "../../src/data/dicom/decode.ts"
import { dicomPicture, type Element, type Item, SYNTAX } from "../support/dicom_files.ts"
import { inFunctionalGroups } from "../support/functional_groups.ts"
import { askPython, pythonWith, runPython } from "../support/python.ts"

const SIDE = 24
const python = await pythonWith("numpy, pydicom")
const reference = python
  ? askPython(python, fileURLToPath(new URL("../support/pydicom_gray.py", import.meta.url)))
  : undefined
const folder = mkdtempSync(path.join(tmpdir(), "cnn-pydicom-"))
afterAll(() => {
  reference?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** The greatest difference of a pixel, in gray levels of 255. */
async function farthest(file: string): Promise<number> {
  const { gray } = await openDicom(readFileSync(file)).decode()
  const answer = await reference!.ask(file)
  if (typeof answer === "string") throw new Error(answer)
  const right = answer as number[]
  expect(gray).toHaveLength(right.length)
  return gray.reduce((most, value, i) => Math.max(most, Math.abs(value / 257 - right[i])), 0)
}

interface Values {
  bits: number
  signed: boolean
}

const part = fc.double({ min: 0, max: 1, noNaN: true })
const decimal = (value: number) => String(Number(value.toPrecision(8)))

/**
 * A table of rising, falling or any entries for values from about `low` on; the second item is
 * another one and never used.
 */
const table = (tag: string, low: number, span: number, depths: number[]) =>
  fc
    .record({
      length: fc.integer({ min: 2, max: 900 }),
      at: fc.double({ min: -0.5, max: 0.8, noNaN: true }),
      depth: fc.constantFrom(...depths),
      kind: fc.constantFrom("rising", "falling", "any"),
    })
    .map(({ length, at, depth, kind }): Element => {
      const first = Math.round(Math.max(low < 0 ? -32_768 : 0, Math.min(32_767, low + at * span)))
      const most = 2 ** depth - 1
      const entries = Array.from({ length: depth === 8 ? Math.min(length, 256) : length }, (_, i) => {
        const share = kind === "any" ? ((i * 7919) % 613) / 612 : i / (length - 1)
        return Math.round(most * (kind === "falling" ? 1 - share : share))
      })
      const vr = first < 0 ? "SS" : "US"
      const item = (values: number[]): Item => [["00283002", vr, [values.length, first, depth]], ["00283006", "OW", values]] // biome-ignore format: pairs
      return [tag, "SQ", [item(entries), item(entries.map((value) => most - value))]]
    })

const rescale = ({ bits, signed }: Values) =>
  fc
    .record({
      slope: fc.oneof(
        fc.constantFrom(1, -1, 0.5, 2),
        part.map((p) => (p - 0.5) * 8),
      ),
      at: part,
    })
    .filter(({ slope }) => Math.abs(slope) > 1e-3)
    .map(({ slope, at }) => {
      const [one, other] = [decimal(slope), decimal((at - 0.5) * 2 ** bits)].map(Number)
      const ends = [signed ? -(2 ** (bits - 1)) : 0, signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1].map(
        (v) => one * v + other,
      )
      const elements: Element[] = [["00281053", "DS", String(one)], ["00281052", "DS", String(other)]] // biome-ignore format: pairs
      return { elements, low: Math.min(...ends), high: Math.max(...ends) }
    })

const voi = (low: number, high: number): fc.Arbitrary<Element[]> => {
  const window = fc
    .record({
      at: part,
      width: part,
      shape: fc.constantFrom("", "LINEAR", "LINEAR_EXACT", "SIGMOID"),
      several: fc.boolean(),
    })
    .map(({ at, width, shape, several }): Element[] => [
      ["00281050", "DS", decimal(low + at * (high - low)) + (several ? "\\17" : "")],
      ["00281051", "DS", decimal(1 + width * (high - low)) + (several ? "\\3" : "")],
      ...(shape ? ([["00281056", "CS", shape]] as Element[]) : []),
    ])
  const lut = table("00283010", low, high - low, [8, 10, 12, 16]).map((one) => [one])
  return fc.oneof<fc.Arbitrary<Element[]>[]>(
    fc.constant([]),
    window,
    lut,
    fc.tuple(window, lut).map((both) => both.flat()),
  )
}

/** Modality, VOI and padding of a picture of these values. */
const meaning = (values: Values): fc.Arbitrary<Element[]> => {
  const low = values.signed ? -(2 ** (values.bits - 1)) : 0
  const high = low + 2 ** values.bits - 1
  const none = fc.constant({ elements: [] as Element[], low, high })
  const lut = table("00283000", low, high - low, [8, 16]).map((one) => {
    const [[descriptor]] = (one[2] as Item[]).map((item) => item.map(([, , value]) => value as number[]))
    return { elements: [one], low: 0, high: 2 ** descriptor[2] - 1 }
  })
  const padding = fc
    .option(part.map((p) => Math.round(low + p * (high - low))))
    .map((value): Element[] => (value === null ? [] : [["00280120", values.signed ? "SS" : "US", [value]]]))
  const mapped = fc
    .oneof(none, rescale(values), lut)
    .chain((modality) => voi(modality.low, modality.high).map((more) => [...modality.elements, ...more]))
  return fc.tuple(mapped, padding).map((all) => all.flat())
}

const file = fc
  .record({
    bits: fc.integer({ min: 6, max: 16 }),
    words: fc.boolean(),
    signed: fc.boolean(),
    spread: part,
    at: part,
    mark: fc.boolean(),
    high: fc.boolean(),
  })
  .chain(({ words, spread, at, mark, high, ...kind }) => {
    const low = kind.signed ? -(2 ** (kind.bits - 1)) : 0
    const span = Math.max(1, Math.round(spread * (2 ** kind.bits - 1)))
    const from = low + Math.round(at * (2 ** kind.bits - 1 - span))
    const allocated = kind.bits > 8 || words ? (16 as const) : (8 as const)
    const shift = high ? allocated - kind.bits : 0
    const value = (i: number) =>
      mark && i % 150 === 7 ? low + 2 ** kind.bits - 1 : from + Math.round((span * ((i * 7919) % 577)) / 576)
    const values = Array.from({ length: SIDE * SIDE }, (_, i) => (value(i) & (2 ** kind.bits - 1)) << shift)
    const highest: Element = ["00280102", "US", kind.bits - 1 + shift]
    return fc
      .tuple(
        meaning(kind),
        fc.constantFrom("MONOCHROME1", "MONOCHROME2"),
        fc.constantFrom(SYNTAX.implicit, SYNTAX.explicit, SYNTAX.big),
        fc.constantFrom(null, null, "shared", "frame", "both"),
      )
      .map(([more, photometric, said, groups]) => {
        // Where no VR is written, pydicom takes a table's first value for signed if pixels are, and
        // not if its input is.
        const isNegative = more.some(([, vr, value]) => vr === "SQ" && (value as Item[])[0][0][1] === "SS")
        const hasTable = more.some(([, vr]) => vr === "SQ")
        const isUnclear = (isNegative && !kind.signed) || (hasTable && groups !== null)
        const syntax = isUnclear && said === SYNTAX.implicit ? SYNTAX.explicit : said
        return {
          ...{ width: SIDE, height: SIDE, values },
          ...kind,
          allocated,
          photometric,
          syntax,
          more: [highest, ...(groups === null ? more : inFunctionalGroups(more, groups))],
        }
      })
  })

describe.skipIf(!python)("within one gray level of pydicom", () => {
  it("headers drawn at random", async () => {
    const at = path.join(folder, "drawn.dcm")
    const runs = Number(process.env.CNN_PYDICOM_RUNS ?? 60)
    await fc.assert(
      fc.asyncProperty(file, async (picture) => {
        writeFileSync(at, dicomPicture(picture))
        expect(await farthest(at)).toBeLessThanOrEqual(1)
      }),
      { numRuns: runs, seed: Number(process.env.CNN_PYDICOM_SEED ?? 16) },
    )
  }, 600_000)

  it("its own test files of one gray picture", async () => {
    const list =
      "import glob, os, pydicom.data as d; print('\\n'.join(f for f in glob.glob(os.path.join(os.path.dirname(d.__file__), 'test_files/**/*'), recursive=True) if os.path.isfile(f)))"
    const files = (await runPython(python!, list)).trim().split("\n")
    const [read, refused]: [string[], string[]] = [[], []]
    for (const one of files) {
      const name = path.basename(one)
      const why = await farthest(one).then(
        (most) => (most <= 1 ? read.push(name) && undefined : `off by ${most}`),
        (error: Error) => error.message,
      )
      if (why !== undefined) refused.push(`${name}: ${why}`)
    }
    expect(refused.filter((line) => /: off by /.test(line))).toEqual([])
    if (process.env.CNN_PYDICOM_LIST) console.log(`read ${read.length}: ${read.join(" ")}\n${refused.join("\n")}`)
    // Those that Debian's pydicom ships since 2.0: 14 beside the folders of its DICOMDIRs.
    expect(read.length).toBeGreaterThanOrEqual(14)
  }, 600_000)
})
