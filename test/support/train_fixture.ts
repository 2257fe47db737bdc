/**
 * A folder for runs of `cnn train` on small drawn images, as users run it, from the built command
 * line to the files.
 */
import { readFileSync } from "node:fs"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { parse } from "csv-parse/sync"
import sharp from "sharp"
import { afterAll, beforeAll } from "vitest"
import { cnn } from "./cli.ts"
import { phantomDataset } from "./drawn.ts"

export const SIZE = 16
export const SMALL = ["--size", `${SIZE}`, "--epochs", "2", "--folds", "2", "--batch", "8"]
export const PHANTOM = ["--count", "24", ...SMALL]
export const RUN_FILES = [
  "config.json",
  "fold-0.safetensors",
  "fold-1.safetensors",
  "history.csv",
  "metrics.json",
  "predictions.csv",
  "report.html",
  "summary.json",
]
export let folder: string
export const at = (...names: string[]) => path.join(folder, ...names)
export const train = (name: string, ...args: string[]) => cnn(["train", ...args, "--out", at(name)])
export const json = (...names: string[]) => JSON.parse(readFileSync(at(...names), "utf8"))
export const table = (...names: string[]) =>
  parse(readFileSync(at(...names)), { columns: true }) as Record<string, string>[]

/** The phantom as files, one folder a class. */
export async function writePhantom(name: string, seed: number): Promise<string> {
  const { files, pixels } = phantomDataset({ count: 24, seed, size: SIZE })
  for (const [i, file] of files.entries()) {
    await mkdir(path.dirname(at(name, file)), { recursive: true })
    const raw = { width: SIZE, height: SIZE, channels: 1 as const }
    const image = sharp(pixels.subarray(i * SIZE * SIZE, (i + 1) * SIZE * SIZE), { raw }).toColourspace("b-w")
    await writeFile(at(name, file), await image.png().toBuffer())
  }
  return at(name)
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "cnn-train-"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
