/** Where a network starts, and what of it stays so: `--init` and `--freeze`. */
import type { Options } from "yargs"
import { frozenParameters } from "../layers/freeze.ts"
import type { NetworkDefinition } from "../models/define_network.ts"
import { headFor } from "../models/head.ts"
import { classesIn, type DataSource } from "../run/data_source.ts"
import { checkInit } from "../run/initial_weights.ts"
import type { TrainConfig } from "../train/config.ts"
import { once, textFlag } from "./flag_text.ts"
import { asUsage, UsageError } from "./usage_error.ts"

export interface InitArguments {
  /** A weights file or a run folder. */
  init?: string
  freeze?: string[]
}

const GROUP = "Training:"

export const initFlags: Record<string, Options> = {
  init: {
    ...textFlag("init", "start from the tensors that fit in a weights file, or from a run with the same folds"),
    group: GROUP,
  },
  freeze: {
    ...textFlag("freeze", "keep these layers as they begin, by prefixes of names, such as conv1,layer1"),
    coerce: (given: string | undefined) => (given === undefined ? undefined : prefixes(once("freeze")(given))),
    group: GROUP,
  },
}

function prefixes(text: string): string[] {
  const names = String(text).split(",").map((name) => name.trim().replace(/\.$/, "")) // biome-ignore format: a chain
  if (names.every(Boolean)) return [...new Set(names)]
  throw new UsageError(
    `--freeze is "${text}"; expected names of layers or parameters with commas between: conv1,layer1`,
  )
}

/** @throws before images are read, if nothing could be trained so */
export async function checkStart(job: {
  network: NetworkDefinition
  config: TrainConfig
  source: DataSource
  size: number
  init?: string
}): Promise<void> {
  const { network, config, source, size, init } = job
  const { freeze } = config
  if (freeze === undefined && init === undefined) return
  const built = network.buildChecked(size, headFor((await classesIn(source)).length || 2).outputs)
  if (freeze) asUsage(() => frozenParameters(built, freeze), "--freeze ")
  if (init !== undefined) checkInit(init, { network: built, model: network.name, freeze })
}
