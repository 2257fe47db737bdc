import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import sharp from "sharp"
import { onTestFinished } from "vitest"

/** A folder for one test, with these files in it; gone when the test ends. */
export async function tempFolder(files: Record<string, string | Uint8Array> = {}): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "cnn-test-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
    await writeFile(path.join(folder, name), content)
  }
  return folder
}

/**
 * A PNG of one gray value, and of another in the lowest quarter: an image of one is blank, and left
 * out.
 */
export function grayPng(value: number, width = 8, height = 8): Promise<Buffer> {
  const other = value < 128 ? value + 100 : value - 100
  const pixels = new Uint8Array(width * height).fill(value).fill(other, width * Math.floor(0.75 * height))
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .toColourspace("b-w")
    .png()
    .toBuffer()
}
