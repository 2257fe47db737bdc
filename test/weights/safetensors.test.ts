import { describe, expect, it } from "vitest"
import { readSafetensors, writeSafetensors } from "../../src/weights/safetensors.ts"

const tensors = new Map([
  ["0.weight", { shape: [2, 3], data: new Float32Array([1, -2.5, 3e-30, 4, Number.POSITIVE_INFINITY, -0]) }],
  ["0.bias", { shape: [1], data: new Float32Array([0.1]) }],
  ["ü scalar", { shape: [], data: new Float32Array([7]) }],
])

/** A file with this header, however wrong, and so many bytes of data. */
function file(header: unknown, size: number, length?: bigint): Uint8Array {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header))
  const start = Buffer.alloc(8)
  start.writeBigUInt64LE(length ?? BigInt(json.length))
  return Buffer.concat([start, json, Buffer.alloc(size)])
}

const entry = (shape: unknown, data_offsets: unknown, dtype = "F32") => ({ dtype, shape, data_offsets })

describe("safetensors", () => {
  it("come back as they went", () => {
    const bytes = writeSafetensors(tensors, { model: "small", note: 'a "quoted" ü' })
    const { tensors: back, metadata } = readSafetensors(bytes)
    expect(back).toEqual(tensors)
    expect(metadata).toEqual({ model: "small", note: 'a "quoted" ü' })
  })

  it("are laid out as the format says", () => {
    const bytes = Buffer.from(writeSafetensors(tensors, { a: "b" }))
    const length = Number(bytes.readBigUInt64LE(0))
    expect(length % 8).toBe(0)
    expect(JSON.parse(bytes.toString("utf8", 8, 8 + length))).toEqual({
      __metadata__: { a: "b" },
      "0.weight": entry([2, 3], [0, 24]),
      "0.bias": entry([1], [24, 28]),
      "ü scalar": entry([], [28, 32]),
    })
    expect(bytes.length).toBe(8 + length + 32)
    expect(bytes.readFloatLE(8 + length + 4)).toBe(-2.5)
  })

  it("are read from where they lie in a larger buffer", () => {
    const bytes = writeSafetensors(tensors)
    const buffer = new Uint8Array(bytes.length + 3)
    buffer.set(bytes, 3)
    expect(readSafetensors(buffer.subarray(3)).tensors).toEqual(tensors)
  })

  it("are read in half precision: the numbers that 16 bits mean", () => {
    const bits = {
      F16: [0x3c00, 0xc100, 0x7bff, 0x0001, 0x03ff, 0x0400, 0x8000, 0x7c00, 0xfc00, 0x7e00],
      BF16: [0x3f80, 0xc020, 0x0001, 0x7f80, 0x7fc0, 0x4049],
    }
    const values = {
      F16: [1, -2.5, 65504, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, -0, Infinity, -Infinity, Number.NaN],
      BF16: [1, -2.5, 2 ** -133, Infinity, Number.NaN, 3.140625],
    }
    for (const dtype of ["F16", "BF16"] as const) {
      const count = bits[dtype].length
      const bytes = file({ a: entry([count], [0, 2 * count], dtype) }, 2 * count)
      const view = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 2 * count)
      for (const [i, value] of bits[dtype].entries()) view.setUint16(2 * i, value, true)
      expect([...readSafetensors(bytes).tensors.get("a")!.data]).toEqual(values[dtype])
    }
  })

  it("may lie in any order in the file", () => {
    const bytes = file({ a: entry([1], [4, 8]), b: entry([1], [0, 4]) }, 8)
    new DataView(bytes.buffer, bytes.byteOffset).setFloat32(bytes.length - 4, 5, true)
    expect(readSafetensors(bytes).tensors.get("a")!.data).toEqual(new Float32Array([5]))
  })

  it.each([
    ["3 bytes", new Uint8Array(3), /3 bytes/],
    ["a header longer than is allowed", file({}, 0, 2n ** 63n), /at most 100000000/],
    ["a header longer than the file", file({}, 0, 5000n), /claims 5000 bytes.*cut short/],
    ["a header that is not JSON", file("{oops", 0), /not JSON/],
    ["a header that is not UTF-8", Buffer.concat([file("", 0, 2n), Buffer.from([0xff, 0xfe])]), /not JSON/],
    ["a list for a header", file([], 0), /no JSON object/],
    ["null for a header", file("null", 0), /no JSON object/],
    ["metadata that is no text", file({ __metadata__: { a: 1 } }, 0), /__metadata__/],
    ["an entry without a shape", file({ a: { dtype: "F32", data_offsets: [0, 4] } }, 4), /"a" lacks/],
    ["an extent below 0", file({ a: entry([-1, -1], [0, 4]) }, 4), /"a" lacks/],
    ["an offset that is no whole number", file({ a: entry([1], [0.5, 4.5]) }, 4), /"a" lacks/],
    ["another dtype", file({ a: entry([1], [0, 8], "F64") }, 8), /"a" is F64, only F32, F16, BF16, I64 are supported/],
    ["offsets that do not fit the shape", file({ a: entry([2], [0, 4]) }, 4), /takes 8 bytes, its offsets span 4/],
    ["a shape beyond all numbers", file({ a: entry([2 ** 50, 2 ** 50], [0, 4]) }, 4), /its offsets span 4/],
    ["overlapping offsets", file({ a: entry([2], [0, 8]), b: entry([1], [4, 8]) }, 8), /"b" starts at byte 4.*overlap/],
    ["a hole", file({ a: entry([1], [0, 4]), b: entry([1], [8, 12]) }, 12), /"b" starts at byte 8.*hole/],
    ["data behind the last tensor", file({ a: entry([1], [0, 4]) }, 8), /take 4 bytes, the file holds 8/],
    ["too little data", file({ a: entry([2], [0, 8]) }, 4), /take 8 bytes, the file holds 4; cut short/],
  ])("refuse %s, naming the file", (_, bytes, message) => {
    expect(() => readSafetensors(bytes, "x.safetensors")).toThrow(message)
    expect(() => readSafetensors(bytes, "x.safetensors")).toThrow(/^x\.safetensors: /)
  })
})
