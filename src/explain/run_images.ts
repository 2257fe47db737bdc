/** The images of a run again, one by one, from where the run had them. */
import path from "node:path"
import { type Point, phantomFracture, phantomImage, phantomItems } from "../data/phantom.ts"
import { ImageError, readImage } from "../data/read_image.ts"
import { fileInside } from "../files/inside.ts"
import type { Run, RunImage } from "../run/read_run.ts"

export interface RunImages {
  /** Gray values 0..255, [size, size]. @throws naming the file when it is not there or cannot be read */
  pixels(image: RunImage): Promise<Uint8Array>
  /** Points along the broken edges, in pixels; undefined if they are not marked. */
  fracture?(image: RunImage): Point[]
}

export function runImages({ config, folder }: Pick<Run, "config" | "folder">): RunImages {
  const { source, size } = config
  if (source.kind === "folder") {
    const pixels = async ({ file }: RunImage) => decoded(source.dir, file, size)
    return { pixels }
  }
  const items = new Map(phantomItems(source).map((item) => [item.file, item]))
  const patient = ({ file }: RunImage) => {
    const item = items.get(file)
    if (!item) throw new Error(`${folder}: ${file} of predictions.csv is none of the phantom that config.json names`)
    return { seed: source.seed, index: item.index, size, fracture: item.type }
  }
  return {
    pixels: async (image) => phantomImage(patient(image)).pixels,
    fracture: (image) => phantomFracture(patient(image)),
  }
}

async function decoded(dir: string, name: string, size: number): Promise<Uint8Array> {
  const file = path.resolve(dir, name)
  try {
    return (await readImage(await fileInside(dir, name), size)).pixels
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === "ENOENT")
      throw new Error(`${file}: no such file; the run was trained on it, put it back to explain it`, { cause: error })
    throw error instanceof ImageError ? error : new Error(`${file}: ${message}`, { cause: error })
  }
}
