import { existsSync } from "node:fs"
import type { CommandModule } from "yargs"
import type { Sequential } from "../layers/sequential.ts"
import { MAX_SIZE } from "../models/define_network.ts"
import { headFor } from "../models/head.ts"
import { weightsFiles } from "../run/predictor.ts"
import { openGpu } from "../tensor/tensor_gpu.ts"
import { bytesText } from "../text/bytes.ts"
import { plural } from "../text/plural.ts"
import { table } from "../text/table.ts"
import { type OptimizerName, optimizerNames } from "../train/config.ts"
import { defaultConfig } from "../train/defaults.ts"
import { type StepMemory, stepMemory } from "../train/step_memory.ts"
import { networkFor } from "../weights/member.ts"
import { readWeights } from "../weights/read_weights.ts"
import { modelName, NAMES, openModel } from "./flag_model.ts"
import { numberFlag } from "./flag_number.ts"
import { choiceFlag } from "./flag_text.ts"
import { adapterFlags } from "./flags_adapter.ts"
import { asUsage, UsageError } from "./usage_error.ts"

interface Arguments {
  model: string
  size?: number
  classes?: number
  batch?: number
  optimizer?: OptimizerName
  adapter?: string
  json: boolean
}

/** `npx cnn summary`: what a network costs, layer by layer, and what training it takes. */
export const command: CommandModule<object, Arguments> = {
  command: "summary <model>",
  builder: (yargs) =>
    yargs
      .positional("model", {
        type: "string",
        demandOption: true,
        describe: `${NAMES}, a file that defines a network, a weights file or a run folder`,
      })
      .options({
        size: numberFlag("size", {
          describe: "width and height of the images, in pixels",
          default: "the network's",
          integer: true,
          min: 8,
          max: MAX_SIZE,
        }),
        classes: numberFlag("classes", { describe: "number of classes", default: 2, integer: true, min: 2, max: 255 }),
        batch: numberFlag("batch", {
          describe: "images per training step",
          default: defaultConfig.batch,
          integer: true,
          min: 1,
          max: 65535,
        }),
        optimizer: choiceFlag("optimizer", "optimiser", optimizerNames, defaultConfig.optimizer),
        adapter: adapterFlags.adapter,
        json: { type: "boolean", default: false, describe: "print JSON" },
      }) as never,
  async handler({ adapter, json, batch = defaultConfig.batch, optimizer = defaultConfig.optimizer, ...given }) {
    const { name, network, size, classes } = await networkOf(given)
    const summary = network.summary([1, 1, size, size])
    const gpu = await openGpu({ adapter })
    try {
      const config = { ...defaultConfig, batch, optimizer }
      const memory = stepMemory(gpu, network, { size, classes, config })
      const { rows: layers, parameters, multiplyAdds } = summary
      const about = { model: name, size, classes, batch, optimizer, adapter: gpu.adapter.name }
      if (json) console.log(JSON.stringify({ ...about, layers, parameters, multiplyAdds, memory }))
      else console.log([`${name}, ${size} x ${size} gray, ${plural(classes, "class", "classes")}`, summary, "", ...memoryText(memory, about)].join("\n")) // biome-ignore format: short
    } finally {
      gpu.close()
    }
  },
}

interface Summarised {
  name: string
  network: Sequential
  size: number
  classes: number
}

/** @throws if there is no such network, or it does not take images of that size */
async function networkOf({
  model,
  size: asked,
  classes: count,
}: Pick<Arguments, "model" | "size" | "classes">): Promise<Summarised> {
  if (model.endsWith(".safetensors") || (existsSync(model) && !/\.[cm]?[jt]s$/.test(model))) {
    if (asked !== undefined || count !== undefined)
      throw new UsageError(
        "--size and --classes are for a network by its name or file; weights have their own. Leave them out.",
      )
    const [file] = weightsFiles(model)
    const { info } = readWeights(file)
    return { name: info.model, network: networkFor(info, file), size: info.size, classes: info.classes.length }
  }
  const definition = await openModel(modelName("the model", model, []))
  const [size, classes] = [asked ?? definition.size, count ?? 2]
  const flag = asked === undefined ? "" : `--size ${asked}: `
  const network = asUsage(() => definition.buildChecked(size, headFor(classes).outputs), flag)
  return { name: definition.name, network, size, classes }
}

const WORDS: Record<keyof StepMemory, string> = {
  parameters: "parameters",
  gradients: "gradients",
  optimizer: "optimiser state",
  statistics: "running statistics",
  activations: "activations and the like",
}

function memoryText(
  memory: StepMemory,
  { batch, optimizer, adapter }: { batch: number; optimizer: string; adapter: string },
): string[] {
  const parts = Object.entries(memory) as [keyof StepMemory, number][]
  const total = parts.reduce((sum, [, bytes]) => sum + bytes, 0)
  const rows = parts.filter(([, bytes]) => bytes > 0).map(([part, bytes]) => [WORDS[part], bytesText(bytes)])
  return [
    `A training step of ${plural(batch, "image")} with ${optimizer} holds ${bytesText(total)} on ${adapter}:`,
    ...table(rows).map((line) => `  ${line}`),
  ]
}
