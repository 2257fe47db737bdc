/** The images of a run again, one by one, from where the run had them. */
import { existsSync } from "node:fs"
import path from "node:path"
import { aspectRatios } from "../data/dimensions.ts"
import { type Point, phantomFracture, phantomImage, phantomItems } from "../data/phantom.ts"
import { ImageError, readImage } from "../data/read_image.ts"
import { fileInside } from "../files/inside.ts"
import type { Run, RunImage } from "../run/read_run.ts"
import { BOXES, type Box, boxesOf, boxPoints } from "./boxes.ts"

export interface RunImages {
  /**
   * Gray values 0..255, [size, size]. @throws naming the file when it is not there or cannot be
   * read
   */
  pixels(image: RunImage): Promise<Uint8Array>
  /**
   * Points along the broken edges or on the boxes around them, in pixels; none for an image
   * without a mark. Undefined if no fractures are marked.
   */
  fracture?(image: RunImage): Promise<Point[]>
}

export function runImages({ config, folder, images }: Pick<Run, "config" | "folder" | "images">): RunImages {
  const { source, size } = config
  if (source.kind === "folder") {
    const pixels = async ({ file }: RunImage) => decoded(source.dir, file, size)
    const files = [...new Set(images.map(({ file }) => file))]
    return { pixels, fracture: markedFractures(source.dir, files, size) }
  }
  const items = new Map(phantomItems(source).map((item) => [item.file, item]))
  const patient = ({ file }: RunImage) => {
    const item = items.get(file)
    if (!item) throw new Error(`${folder}: ${file} of predictions.csv is none of the phantom that config.json names`)
    return { seed: source.seed, index: item.index, size, fracture: item.type }
  }
  return {
    pixels: async (image) => phantomImage(patient(image)).pixels,
    fracture: async (image) => phantomFracture(patient(image)),
  }
}

/** What boxes.csv in the data folder says; undefined without one. */
function markedFractures(dir: string, files: readonly string[], size: number): RunImages["fracture"] {
  const csv = path.join(dir, BOXES)
  if (!existsSync(csv)) return undefined
  let boxes: Promise<Map<string, Box[]>> | undefined
  return async ({ file }) => {
    boxes ??= boxesOf(csv, files)
    const own = (await boxes).get(file)
    if (own === undefined) return []
    const [ratio] = await aspectRatios(dir, [file])
    return boxPoints(own, ratio, size)
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
