import type { CommandModule } from "yargs"
import { formatNames } from "../data/formats.ts"
import { refuseFile } from "../files/folders.ts"
import { writeWhole } from "../files/write_whole.ts"
import { type AugmentRanges, augment, drawTransform } from "../layers/augment.ts"
import { contactSheet, graysOf } from "../report/contact_sheet.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { openGpu } from "../tensor/tensor_gpu.ts"
import { imageTensor } from "../train/batches.ts"
import { numberFlag } from "./flag_number.ts"
import { textFlag } from "./flag_text.ts"
import { type AdapterArguments, adapterFlags } from "./flags_adapter.ts"
import { type AugmentArguments, augmentFlags, rangesOf } from "./flags_augment.ts"
import { readImages } from "./read_images.ts"

interface Arguments extends AugmentArguments, AdapterArguments {
  image: string
  out: string
  size?: number
  count?: number
  seed?: number
  force: boolean
}

const SIZE = 128
const COUNT = 15

/** `npx cnn augment`: what training sees of an image, by the kernel that training uses. */
export const command: CommandModule<object, Arguments> = {
  command: "augment <image>",
  builder: (yargs) =>
    yargs.positional("image", { type: "string", demandOption: true, describe: formatNames(", ") }).options({
      out: { ...textFlag("out", "PNG file for the contact sheet"), demandOption: true },
      force: { type: "boolean", default: false, describe: "overwrite an existing file" },
      size: numberFlag("size", {
        describe: "width and height of each image, in pixels",
        default: SIZE,
        integer: true,
        min: 8,
        max: 1024,
      }),
      count: numberFlag("count", {
        describe: "number of transformed images next to the original",
        default: COUNT,
        integer: true,
        min: 1,
        max: 399,
      }),
      seed: numberFlag("seed", {
        describe: "random seed of the transforms",
        default: 0,
        integer: true,
        min: 0,
        max: 2 ** 32 - 1,
      }),
      ...augmentFlags,
      ...adapterFlags,
    }) as never,
  async handler(given) {
    const { image, out, force, size = SIZE, count = COUNT, seed = 0, adapter, exact } = given
    refuseFile(out, force)
    const { pixels, failed } = await readImages([image], size)
    if (failed.length > 0) throw new Error(`${image}: ${failed[0].reason}`)
    const gpu = await openGpu({ adapter, exact })
    try {
      const tiles = await transformed(gpu, pixels, { ranges: rangesOf(given), size, count, seed })
      writeWhole(out, await contactSheet([pixels, ...tiles], size))
    } finally {
      gpu.close()
    }
    console.log(`${out}: the image, and ${count} times as training would see it`)
  },
}

/** The image as in epochs 1 to `count`. */
async function transformed(
  gpu: TensorGpu,
  pixels: Uint8Array,
  { ranges, size, count, seed }: { ranges: AugmentRanges; size: number; count: number; seed: number },
): Promise<Uint8Array[]> {
  const norm = { mean: 0, sd: 1 }
  const x = imageTensor(gpu, size, count, () => new Array(count).fill(pixels), norm)
  const transforms = Array.from({ length: count }, (_, i) => drawTransform(ranges, seed, i + 1, 0, size))
  const values = await augment(x, transforms, norm).read()
  return transforms.map((_, i) => graysOf(values.subarray(i * size * size, (i + 1) * size * size)))
}
