/** Everything that reads a file of somebody else's, each with what it is to be tried on. */
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import fc from "fast-check"
import yargs, { type CommandModule } from "yargs"
import { COMMANDS } from "../../src/cli/commands.ts"
import { readDicomIds } from "../../src/data/dicom/ids.ts"
import { isDicom } from "../../src/data/dicom/parse.ts"
import { readGroupsCsv } from "../../src/data/groups_csv.ts"
import { jpegHeader } from "../../src/data/jpeg_header.ts"
import { decodeImage, fileFacts } from "../../src/data/read_image.ts"
import { csv } from "../../src/files/csv.ts"
import { readTuned, tunedFile, writeTuned } from "../../src/gpu/tuned.ts"
import { networks } from "../../src/models/networks.ts"
import { readComparison } from "../../src/report/comparison_file.ts"
import { readRunFiles } from "../../src/report/run_files.ts"
import { runReport } from "../../src/report/run_report.ts"
import type { RunConfig } from "../../src/run/run_config.ts"
import { layersOf } from "../../src/weights/layers_of.ts"
import { readWeights } from "../../src/weights/read_weights.ts"
import { readSafetensors } from "../../src/weights/safetensors.ts"
import { encodeWeights } from "../../src/weights/weights_file.ts"
import { sampleDicoms } from "../support/hostile_dicom.ts"
import { sampleImages } from "../support/hostile_images.ts"
import { hostileText, mutated, mutatedJson, NAMES } from "./hostile_values.ts"

export interface Reader<Input = unknown> {
  name: string
  /** Inputs tried in the test suite. */
  few: number
  inputs: fc.Arbitrary<Input>
  /** @throws what the reader throws */
  read(input: Input): unknown
  /** What every refusal is to hold: the file's name where the reader knows it. */
  says: RegExp
}

export const reader = <Input>(made: Reader<Input>): Reader => made as unknown as Reader

/** @param run a run folder of the phantom that came to its end */
export async function readers(run: string): Promise<Reader[]> {
  const folder = mkdtempSync(path.join(tmpdir(), "cnn-fuzz-"))
  return [
    ...(await imageReaders()),
    dicomReader(folder),
    ...tensorReaders(folder),
    ...tableReaders(folder),
    ...runReaders(run, folder),
    ...(await commandReaders()),
  ]
}

async function imageReaders(): Promise<Reader[]> {
  const samples = Object.values(await sampleImages())
  const says = /damaged|not an image|whatever its name|empty|megapixels|on a side|samples of type/
  return [
    reader({
      name: "images",
      few: 300,
      inputs: fc.oneof(fc.constantFrom(...samples), mutated(samples)),
      read: (bytes) => decodeImage(bytes, 16),
      says,
    }),
    reader({
      ...{ name: "image headers", few: 200, inputs: mutated(samples), says: /./ },
      read: async (bytes) => [jpegHeader(bytes), await fileFacts(bytes)],
    }),
  ]
}

/** Picture, facts and ids; no refusal repeats what a file says. */
function dicomReader(folder: string): Reader {
  const samples = sampleDicoms()
  const file = path.join(folder, "fuzz.dcm")
  const refuse = (error: unknown) => {
    if (error instanceof Error && error.message.includes("SECRET")) throw new TypeError("a refusal names the patient")
    throw error
  }
  return reader({
    ...{ name: "DICOM", few: 300, inputs: fc.oneof(fc.constantFrom(...samples), mutated(samples)) },
    read: async (bytes) => {
      writeFileSync(file, bytes)
      await readDicomIds(file)
      await fileFacts(bytes).catch((error) => isDicom(bytes) && refuse(error))
      await decodeImage(bytes, 16).catch(refuse)
    },
    says: /DICOM|not an image|whatever its name|empty|megapixels|on a side/,
  })
}

function tensorReaders(folder: string): Reader[] {
  const weights = new Map([
    ["a", { shape: [2, 3], data: Float32Array.from({ length: 6 }, (_, i) => i) }],
    ["b", { shape: [4], data: new Float32Array(4) }],
  ])
  const layers = layersOf(networks.small, networks.small.build(16, 1))
  const about = { model: "small", size: 16, outputs: 1, classes: ["a", "b"], normalisation: { mean: 0, sd: 1 } }
  const network = { ...about, ...layers }
  const bytes = encodeWeights(weights, { ...network, threshold: 0.5, temperature: 1, repeat: 0, fold: 0, version: "0" })
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))
  const withHeader = (text: string) => {
    const json = Buffer.from(text)
    const size = Buffer.alloc(8)
    size.writeBigUInt64LE(BigInt(json.length))
    return Buffer.concat([size, json, bytes.subarray(8 + length)])
  }
  const claims = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((claim) => {
    const copy = Uint8Array.from(bytes)
    new DataView(copy.buffer).setBigUint64(0, claim, true)
    return copy as Uint8Array
  })
  const place = fc.tuple(fc.integer({ min: 8 + length, max: bytes.length - 1 }), fc.nat(255))
  const otherNumbers = fc.array(place, { minLength: 1 }).map((places) => {
    const copy = Uint8Array.from(bytes)
    for (const [at, value] of places) copy[at] = value
    return copy as Uint8Array
  })
  const inputs = fc.oneof(mutated([bytes]), mutatedJson(header).map(withHeader), claims, otherNumbers)
  const file = path.join(folder, "fold-0.safetensors")
  return [
    reader({ name: "safetensors", few: 500, inputs, read: (input) => readSafetensors(input, file), says: /fold-0/ }),
    reader({
      ...{ name: "weights files", few: 300, inputs, says: /fold-0/ },
      read: (input) => {
        writeFileSync(file, input)
        return readWeights(file)
      },
    }),
  ]
}

function tableReaders(folder: string): Reader[] {
  const file = path.join(folder, "groups.csv")
  const rows = fc.array(fc.tuple(hostileText, hostileText), { maxLength: 6 })
  const table = fc.oneof(
    rows.map((cells) => csv(["file", "group"], cells)),
    mutated([
      Buffer.from(
        csv(
          ["file", "group"],
          NAMES.map((name) => [name, name]),
        ),
      ),
    ]).map((bytes) => Buffer.from(bytes).toString()),
  )
  const info = { name: "fuzz", driver: "1", backend: "vulkan", subgroupSize: 4 }
  writeTuned(info as never, { conv2d: "tile", dense: "gemm" }, new Date(0))
  const tuned = JSON.parse(readFileSync(tunedFile(info as never), "utf8"))
  return [
    reader({
      ...{ name: "groups.csv", few: 500, inputs: table, says: /groups\.csv/ },
      read: (text) => {
        writeFileSync(file, text)
        return readGroupsCsv(file)
      },
    }),
    reader({
      ...{ name: "tables of cnn tune", few: 200, inputs: mutatedJson(tuned), says: /never/ },
      read: (text) => {
        writeFileSync(tunedFile(info as never), text)
        return readTuned(info as never)
      },
    }),
  ]
}

const PEAK = { x: 1, y: 1, value: 1 }
const IMAGE = { file: "a.png", repeat: 0, fold: 0, label: "x", answer: "x", class: "x", peak: PEAK, distance: null }
const FIGURE = { value: 0.9, interval: [0.8, 1] }
const COMPARISON = {
  complete: true,
  contenders: ["a", "b"].map((id) => {
    return {
      id,
      title: id,
      kind: "cnn",
      auc: FIGURE,
      accuracy: FIGURE,
      balancedAccuracy: FIGURE,
      meanFoldAuc: 0.9,
      seconds: 1,
    }
  }),
  differences: [{ a: "a", b: "b", better: null, ...FIGURE }],
  claims: [{ claim: "cnn-beats-traditional", subject: "a", better: [], worse: [], open: ["b"], holds: false }],
}

/** Each file of a run folder damaged in turn, and the page made of it. */
function runReaders(run: string, folder: string): Reader[] {
  const copy = path.join(folder, "run")
  cpSync(run, copy, { recursive: true })
  const documents = Object.fromEntries(
    ["config.json", "summary.json", "metrics.json", "predictions.csv", "history.csv"].map((name) => [
      name,
      readFileSync(path.join(run, name), "utf8"),
    ]),
  )
  documents["audit.json"] = JSON.stringify({ findings: [{ kind: "copies", level: "problem", text: "x" }], advice: "x" })
  documents["explanations.json"] = JSON.stringify({
    "grad-cam": {
      options: {},
      hitRate: null,
      images: [IMAGE],
    },
  })
  const config: RunConfig = JSON.parse(documents["config.json"])
  const comparison = { ...COMPARISON, config }
  documents["comparison.json"] = JSON.stringify(comparison)
  const damaged = Object.entries(documents).map(([name, text]) =>
    (name.endsWith(".json")
      ? mutatedJson(JSON.parse(text))
      : mutated([Buffer.from(text)]).map((bytes) => Buffer.from(bytes).toString())
    ).map((changed) => ({ ...documents, [name]: changed })),
  )
  const write = (files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(copy, name), text)
  }
  const inputs = fc.oneof(fc.constant(documents), ...damaged)
  const says = /cnn-fuzz-\w+\/run/
  return [
    reader({
      ...{ name: "run folders", few: 100, inputs, says },
      read: (files) => {
        write(files)
        return readRunFiles(copy)
      },
    }),
    reader({
      ...{ name: "run folders to pages", few: 8, inputs, says },
      read: async (files) => {
        write(files)
        const page = await runReport(readRunFiles(copy), new Error("no device"))
        if (/<img src=x|<script>alert/.test(page)) throw new TypeError("the page holds what a file said, as it stands")
      },
    }),
    reader({
      ...{ name: "comparison.json", few: 200, inputs: mutatedJson(comparison), says: /comparison\.json/ },
      read: (text) => {
        writeFileSync(path.join(copy, "comparison.json"), text)
        return readComparison(copy, config)
      },
    }),
  ]
}

/** The command line, up to where a command would begin to work. */
async function commandReaders(): Promise<Reader[]> {
  const commands = await Promise.all(
    COMMANDS.map(async ({ load }) => ({ ...(await load()).command, handler() {} }) as CommandModule),
  )
  const flags = [
    "data",
    "size",
    "folds",
    "lr",
    "group-by",
    "augment",
    "out",
    "class",
    "fill",
    "optimizer",
    "x",
    "__proto__",
  ]
  const value = fc.oneof(
    hostileText,
    fc.constantFrom("1e309", "-0", "NaN", "0x10", "1e-400", "true", "null", "[object Object]"),
  )
  const flag = fc.tuple(fc.constantFrom(...flags), value).map(([name, given]) => [`--${name}`, given])
  const words = fc
    .array(
      fc.oneof(
        flag,
        value.map((word) => [word]),
      ),
      { maxLength: 5 },
    )
    .map((parts) => parts.flat())
  const inputs = fc
    .tuple(fc.constantFrom(...COMMANDS.map(({ name }) => name)), words)
    .map(([name, rest]) => [name, ...rest])
  const read = async (args: string[]) => {
    const parser = yargs(args).scriptName("cnn").locale("en").strict().exitProcess(false).version(false).help(false)
    parser.fail((message, error) => {
      throw error ?? new Error(message)
    })
    for (const command of commands) parser.command(command)
    await parser.parseAsync()
  }
  return [reader({ name: "command lines", few: 150, inputs, read, says: /./ })]
}
