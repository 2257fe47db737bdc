import { expect, it } from "vitest"
import { bytesText, parseBytes } from "../../src/text/bytes.ts"

it.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [999_949, "999.9 kB"],
  [999_950, "1.0 MB"],
  [34_540_000, "34.5 MB"],
  [2e9, "2.0 GB"],
  [5e15, "5000.0 TB"],
])("%i bytes are %s", (bytes, text) => {
  expect(bytesText(bytes)).toBe(text)
})

it.each([
  ["4096", 4096],
  ["500MB", 500e6],
  ["1.5 GB", 1.5e9],
  ["2g", 2e9],
  ["20kB", 20_000],
  [" 3T ", 3e12],
  ["0", 0],
])("%j is a size", (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes)
})

it.each(["", "much", "-1", "1e9", "2 GiB", "GB", "1,5GB", "9".repeat(30)])("%j is none", (text) => {
  expect(parseBytes(text)).toBeUndefined()
})
