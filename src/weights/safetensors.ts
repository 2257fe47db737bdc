/**
 * Tensors by name in one file: 8 bytes little-endian length of the header, the header as JSON, then
 * the numbers. https://huggingface.co/docs/safetensors/index#format . F32 here, and I64 for what
 * PyTorch counts; PyTorch's and numpy's safetensors packages read and write the same. F16 and BF16
 * are read, since weights are often passed on in half precision.
 */
import type { Weights } from "./weights.ts"

/** Free text beside the tensors, `__metadata__` in the header. */
export type Metadata = Record<string, string>

/** As in the reference implementation. */
const MAX_HEADER = 100_000_000

/** Bytes of a number. */
const WIDTHS: Record<string, number> = { F32: 4, F16: 2, BF16: 2, I64: 8 }

/** The number at a byte, by its type; each is exact as float32, I64 up to 2^24. */
const READ: Record<string, (view: DataView, at: number) => number> = {
  F32: (view, at) => view.getFloat32(at, true),
  F16: (view, at) => half(view.getUint16(at, true)),
  // The upper half of a float32.
  BF16: (view, at) => float32(view.getUint16(at, true) << 16),
  I64: (view, at) => Number(view.getBigInt64(at, true)),
}

const scratch = new DataView(new ArrayBuffer(4))

function float32(bits: number): number {
  scratch.setInt32(0, bits)
  return scratch.getFloat32(0)
}

/** IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction. Node 20 has no getFloat16. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25))
}

interface Entry {
  dtype: string
  shape: number[]
  data_offsets: [number, number]
}

/**
 * The bytes of a file with these tensors; the header has them in their order.
 *
 * @param counts whether the tensor of that name holds whole numbers and is to be I64
 */
export function writeSafetensors(
  tensors: Weights,
  metadata: Metadata = {},
  counts: (name: string) => boolean = () => false,
): Uint8Array {
  const { entries, bytes } = layOut(tensors, counts)
  const json = new TextEncoder().encode(JSON.stringify({ __metadata__: metadata, ...entries }))
  // Spaces at the end of the header, so that the numbers start at a multiple of 8.
  const length = Math.ceil(json.length / 8) * 8
  const file = new Uint8Array(8 + length + bytes)
  const view = new DataView(file.buffer)
  view.setBigUint64(0, BigInt(length), true)
  file.fill(0x20, 8, 8 + length).set(json, 8)
  for (const [name, { data }] of tensors) {
    const { dtype, data_offsets } = entries[name]
    let at = 8 + length + data_offsets[0]
    for (const value of data) {
      if (dtype === "I64") view.setBigInt64(at, BigInt(value), true)
      else view.setFloat32(at, value, true)
      at += WIDTHS[dtype]
    }
  }
  return file
}

/**
 * Where each lies: those of 8 bytes a number first, so that all are aligned for readers that map
 * the file.
 */
function layOut(tensors: Weights, counts: (name: string) => boolean) {
  const entries: Record<string, Entry> = {}
  for (const [name, { shape }] of tensors) {
    if (name === "__metadata__") throw new Error("safetensors: no tensor can be named __metadata__")
    entries[name] = { dtype: counts(name) ? "I64" : "F32", shape: [...shape], data_offsets: [0, 0] }
  }
  let bytes = 0
  for (const dtype of ["I64", "F32"]) {
    for (const [name, { data }] of tensors) {
      if (entries[name].dtype !== dtype) continue
      entries[name].data_offsets = [bytes, (bytes += data.length * WIDTHS[dtype])]
    }
  }
  return { entries, bytes }
}

/**
 * The tensors and the metadata in a file's bytes.
 *
 * @param name of the file, for errors
 * @returns all as float32; whole numbers are exact up to 2^24
 * @throws when the bytes are not what the format says, or hold other than F32, F16, BF16 and I64
 */
export function readSafetensors(bytes: Uint8Array, name = "these bytes"): { tensors: Weights; metadata: Metadata } {
  const refuse = (what: string) => new Error(`${name}: not a safetensors file that can be read: ${what}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 8) throw refuse(`${bytes.length} bytes, a header length alone takes 8`)
  const length = Number(view.getBigUint64(0, true))
  if (length > MAX_HEADER) throw refuse(`its header claims ${length} bytes, at most ${MAX_HEADER} are allowed`)
  if (8 + length > bytes.length)
    throw refuse(`its header claims ${length} bytes, the file has ${bytes.length - 8} after the length; cut short?`)
  const header = parseHeader(bytes.subarray(8, 8 + length), refuse)
  const { __metadata__: metadata = {}, ...entries } = header
  if (!isText(metadata)) throw refuse("__metadata__ is no object of strings")
  const start = 8 + length
  checkEntries(entries, bytes.length - start, refuse)
  const tensors: Weights = new Map()
  for (const [key, { dtype, shape, data_offsets }] of Object.entries(entries as Record<string, Entry>)) {
    const [from, to] = data_offsets
    const [width, read] = [WIDTHS[dtype], READ[dtype]]
    const data = new Float32Array((to - from) / width)
    for (let i = 0; i < data.length; i++) data[i] = read(view, start + from + i * width)
    tensors.set(key, { shape, data })
  }
  return { tensors, metadata }
}

type Refuse = (what: string) => Error

function parseHeader(bytes: Uint8Array, refuse: Refuse): Record<string, unknown> {
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes))
  } catch {
    throw refuse("its header is not JSON")
  }
  if (!isObject(header)) throw refuse("its header is no JSON object")
  return header
}

/**
 * Each entry is sound, and together they cover the data once: no overlap, no hole, nothing behind.
 */
function checkEntries(entries: Record<string, unknown>, size: number, refuse: Refuse): void {
  const spans: { key: string; from: number; to: number }[] = []
  for (const [key, entry] of Object.entries(entries)) {
    if (!isEntry(entry)) throw refuse(`the entry of "${key}" lacks dtype, shape or data_offsets`)
    if (!Object.hasOwn(WIDTHS, entry.dtype))
      throw refuse(
        `"${key}" is ${entry.dtype}, only ${Object.keys(WIDTHS).join(", ")} are supported; PyTorch's .float() makes it F32`,
      )
    const [from, to] = entry.data_offsets
    const wanted = entry.shape.reduce((product, extent) => product * extent, WIDTHS[entry.dtype])
    if (to - from !== wanted)
      throw refuse(`"${key}" of shape [${entry.shape}] takes ${wanted} bytes, its offsets span ${to - from}`)
    spans.push({ key, from, to })
  }
  spans.sort((a, b) => a.from - b.from || a.to - b.to)
  let end = 0
  for (const { key, from, to } of spans) {
    if (from !== end) throw refuse(`"${key}" starts at byte ${from} of the data, expected ${end}: overlap or hole`)
    end = to
  }
  if (end !== size) throw refuse(`its tensors take ${end} bytes, the file holds ${size}; cut short?`)
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isText = (value: unknown): value is Metadata =>
  isObject(value) && Object.values(value).every((text) => typeof text === "string")

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

function isEntry(value: unknown): value is Entry {
  if (!isObject(value) || typeof value.dtype !== "string") return false
  const { shape, data_offsets: offsets } = value
  return (
    Array.isArray(shape) &&
    shape.every(isCount) &&
    Array.isArray(offsets) &&
    offsets.length === 2 &&
    offsets.every(isCount)
  )
}
