import type { CommandModule } from "yargs"
import { openBench } from "../../bench/device.ts"
import { allRight, type TuneJob, tune } from "../../bench/tune/run.ts"
import type { AdapterInfo } from "../gpu/adapter.ts"
import { readTuned, removeTuned, tunedFile } from "../gpu/tuned.ts"
import { MAX_SIZE } from "../models/define_network.ts"
import { defaultConfig, defaultData } from "../train/defaults.ts"
import { numberFlag } from "./flag_number.ts"
import { type AdapterArguments, adapterFlags } from "./flags_adapter.ts"
import { namedNetwork, namedNetworkFlag } from "./named_network.ts"
import { status } from "./status.ts"
import { tableText, tunedText } from "./tune_text.ts"

interface Arguments extends AdapterArguments {
  model?: string
  size?: number
  batch?: number
  steps?: number
  rounds?: number
  candidates?: number
  show?: boolean
  reset?: boolean
  json: boolean
}

const ROUNDS = 9
const CANDIDATES = 6

const whole = (name: string, describe: string, value: number | string, min: number, max: number) =>
  numberFlag(name, { describe, default: value, integer: true, min, max })

/** `npx cnn tune`: exit code 1 where a candidate computed something wrong. */
export const command: CommandModule<object, Arguments> = {
  command: "tune",
  builder: (yargs) =>
    yargs
      .options({
        model: namedNetworkFlag("network whose convolutions are measured"),
        size: whole("size", "width and height of the images, in pixels", "the network's", 8, MAX_SIZE),
        batch: whole("batch", "images per training step", defaultConfig.batch, 1, 65535),
        steps: whole(
          "steps",
          "training steps over which a longer compilation must pay off",
          "those of cnn train",
          1,
          1e9,
        ),
        rounds: whole(
          "rounds",
          "number of rounds per kernel; with fewer than 5 nothing is significant",
          ROUNDS,
          2,
          1000,
        ),
        candidates: whole(
          "candidates",
          "number of kernels tried per pass in addition to the default",
          CANDIDATES,
          1,
          100,
        ),
        show: { type: "boolean", describe: "print what is stored for the adapter without measuring" },
        reset: { type: "boolean", describe: "remove what is stored for the adapter" },
        json: { type: "boolean", default: false, describe: "print one JSON document" },
        ...adapterFlags,
      })
      .conflicts("show", "reset") as never,
  async handler(given) {
    const { show, reset, json, adapter, exact } = given
    const job = await jobOf(given)
    const gpu = await openBench({ adapter, exact })
    try {
      if (show || reset) console.log(stored(gpu.adapter, { reset, json }))
      else {
        const result = await tune(gpu, job, json ? () => {} : status)
        status("")
        console.log(json ? JSON.stringify(result, null, 2) : tunedText(result, tunedFile(gpu.adapter)))
        if (!allRight(result)) process.exitCode = 1
      }
    } finally {
      gpu.close()
    }
  },
}

async function jobOf({
  model = defaultConfig.model,
  rounds = ROUNDS,
  candidates = CANDIDATES,
  ...given
}: Arguments): Promise<TuneJob> {
  const { batch = defaultConfig.batch } = given
  const named = await namedNetwork(model, given.size)
  return { ...named, batch, steps: given.steps ?? stepsOf(batch), rounds, candidates }
}

/** Steps of a default `cnn train` with this batch size, if it does not stop early. */
function stepsOf(batch: number): number {
  const { folds, epochs, validation } = defaultConfig
  const trained = defaultData.count * (1 - 1 / folds) * (1 - validation)
  return folds * epochs * Math.ceil(trained / batch)
}

/** What is stored, or was until now. */
function stored(adapter: AdapterInfo, { reset = false, json }: { reset?: boolean; json: boolean }): string {
  const [file, table] = [tunedFile(adapter), readTuned(adapter)]
  const removed = reset && removeTuned(adapter)
  if (json) return JSON.stringify({ adapter, file, table: table ?? null, removed }, null, 2)
  if (!reset) return tableText(adapter, file, table)
  return removed ? `removed ${file}` : `nothing is stored for ${adapter.name}`
}
