import type { CommandModule } from "yargs"
import { visible } from "../data/visible.ts"
import { openGpu } from "../tensor/tensor_gpu.ts"
import { Predictor } from "../train/predictor.ts"
import { batchFlag } from "./flag_batch.ts"
import { type AdapterArguments, adapterFlags } from "./flags_adapter.ts"
import { predictionCsv, predictionJson, predictionTable } from "./predict_output.ts"
import { readImages } from "./read_images.ts"

interface Arguments extends AdapterArguments {
  run: string
  images: string[]
  json?: boolean
  csv?: boolean
  batch?: number
}

/** `npx cnn predict`: exit code 1 where an image could not be used; the others are predicted nevertheless. */
export const command: CommandModule<object, Arguments> = {
  command: "predict <run> <images...>",
  builder: (yargs) =>
    yargs
      .positional("run", {
        type: "string",
        demandOption: true,
        describe: "a run folder, whose folds' networks are averaged, or one weights file",
      })
      .positional("images", { type: "string", array: true, demandOption: true, describe: "PNG, JPEG, WebP, TIFF, GIF" })
      .options({
        json: { type: "boolean", describe: "print JSON, the probability of each class included" },
        csv: { type: "boolean", describe: "print CSV; with more than two classes, a probability column a class" },
        batch: batchFlag,
        ...adapterFlags,
      })
      .conflicts("json", "csv") as never,
  async handler({ run, images, json, csv, batch, adapter, exact }) {
    const gpu = await openGpu({ adapter, exact })
    try {
      const predictor = Predictor.open(gpu, run)
      const { files, pixels, failed } = await readImages(images, predictor.size)
      const predictions = files.length > 0 ? await predictor.predict(pixels, batch) : []
      const rows = files.map((file, i) => ({ file, ...predictions[i] }))
      const print = json ? predictionJson : csv ? predictionCsv : predictionTable
      process.stdout.write(print(predictor, rows, failed))
      for (const { file, reason } of failed) console.error(`cnn: ${visible(file)}: ${visible(reason)}`)
      if (failed.length > 0) process.exitCode = 1
    } finally {
      gpu.close()
    }
  },
}
