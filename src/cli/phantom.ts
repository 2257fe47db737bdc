import { existsSync } from "node:fs"
import path from "node:path"
import { PNG } from "pngjs"
import type { CommandModule } from "yargs"
import { type PhantomSet, phantomClasses, phantomImage, phantomItems } from "../data/phantom.ts"
import { makeFolder } from "../files/folders.ts"
import { writeWhole } from "../files/write_whole.ts"
import { networks } from "../models/networks.ts"
import { defaultConfig, defaultData } from "../train/defaults.ts"
import { Bar } from "./bar.ts"
import { numberFlag } from "./flag_number.ts"
import { isTerminal } from "./print.ts"
import { UsageError } from "./usage_error.ts"

interface Arguments {
  dir: string
  count?: number
  seed?: number
  size?: number
  byType: boolean
  json: boolean
}

const CSV = "phantom.csv"
const { size: SIZE } = networks[defaultConfig.model]

/** `npx cnn phantom`: the built-in data as files, in the layout that `train --data` reads. */
export const command: CommandModule<object, Arguments> = {
  command: "phantom <dir>",
  builder: (yargs) =>
    yargs.positional("dir", { type: "string", demandOption: true, describe: "folder for the class folders" }).options({
      count: numberFlag("count", { describe: "images", default: defaultData.count, integer: true, min: 1, max: 1e6 }),
      seed: numberFlag("seed", {
        describe: "random seed of the drawing",
        default: 0,
        integer: true,
        min: 0,
        max: 2 ** 32 - 1,
      }),
      size: numberFlag("size", {
        describe: "width and height of the images, in pixels",
        default: SIZE,
        integer: true,
        min: 32,
        max: 1024,
      }),
      "by-type": { type: "boolean", default: false, describe: "one class folder per type of fracture" },
      json: { type: "boolean", default: false, describe: "list the files written, as JSON" },
    }) as never,
  handler({ dir, count = defaultData.count, seed = 0, size = SIZE, byType, json }) {
    if (dir === "") throw new UsageError("the folder's name is empty")
    const counts = writePhantoms(dir, { count, seed, size, byType }, isTerminal(process.stderr) && !json)
    const csv = path.join(dir, CSV)
    if (json) console.log(JSON.stringify({ dir, csv, count, seed, size, byType, classes: counts }))
    else {
      for (const [name, images] of Object.entries(counts)) console.log(`${path.join(dir, name)}: ${images} images`)
      console.log(`${csv}: type and place of each fracture`)
    }
  },
}

/** Writes the images and the table, and gives the number of images of each class. */
function writePhantoms(dir: string, set: PhantomSet, showProgress: boolean): Record<string, number> {
  const items = phantomItems(set)
  refuseOverwriting(dir, [...items.map(({ file }) => file), CSV])
  const counts = Object.fromEntries(phantomClasses(set.byType).map((name) => [name, 0]))
  for (const name of Object.keys(counts)) makeFolder(path.join(dir, name))
  const rows = ["file,type,x,y"]
  const bar = showProgress ? new Bar(process.stderr, "Drawing the images") : null
  try {
    for (const [done, { index, type, file }] of items.entries()) {
      const { pixels, centre } = phantomImage({ ...set, index, fracture: type })
      writeWhole(path.join(dir, file), grayPng(pixels, set.size))
      rows.push([file, type ?? "none", centre?.x.toFixed(1) ?? "", centre?.y.toFixed(1) ?? ""].join(","))
      counts[file.split("/")[0]]++
      bar?.update((done + 1) / items.length, [`${done + 1} of ${items.length}`])
    }
  } finally {
    // A bar that goes on would keep the process from ending.
    bar?.stop()
  }
  writeWhole(path.join(dir, CSV), `${rows.join("\n")}\n`)
  return counts
}

function refuseOverwriting(dir: string, files: string[]): void {
  const there = files.filter((file) => existsSync(path.join(dir, file)))
  if (there.length === 0) return
  const others = there.length > 1 ? ` (and ${there.length - 1} more)` : ""
  throw new Error(
    `${path.join(dir, there[0])}${others}: there already, and nothing is overwritten. Name another folder.`,
  )
}

/** 8 bits a pixel, one channel. */
function grayPng(pixels: Uint8Array, size: number): Uint8Array {
  const png = new PNG({ width: size, height: size })
  png.data = Buffer.from(pixels)
  return PNG.sync.write(png, { colorType: 0, inputColorType: 0, bitDepth: 8 })
}
